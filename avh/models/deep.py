"""Thirty dense layers of one width, to see what depth does to a signal.

An `mlp` in everything but its size: fc_01 to fc_30, then the logits, fc_31.
"""

from collections.abc import Sequence

import keras

from avh.activations.registry import Activation
from avh.models.mlp import build_mlp

DEPTH, WIDTH = 30, 100


def build_deep(
    input_shape: tuple[int, int, int],
    classes: int,
    activation: Activation,
    *,
    units: Sequence[int] = (WIDTH,) * DEPTH,
    **options: object,
) -> keras.Model:
    """Build the network; arguments and errors are those of `build_mlp`.

    >>> from avh.activations.registry import get_activation
    >>> model = build_deep((28, 28, 1), 10, get_activation("selu"))
    >>> model.layers[2].name, model.layers[-1].name, model.count_params()
    ('fc_01', 'fc_31', 372410)
    """
    return build_mlp(input_shape, classes, activation, units=units, name="deep", **options)
