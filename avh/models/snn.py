"""The convolutional network of the tutorial on self-normalizing networks (Klambauer, 2017).

Two 5x5 convolutions, each followed by a 2x2 max-pooling, a dense layer with dropout, the logits.
What the two sides of the tutorial differ in (initialiser, dropout, inputs) follows from the
activation: see `avh.models.presets`.
"""

from collections.abc import Sequence
from functools import partial

import keras

from avh.activations.registry import Activation
from avh.models.block import block, check_applies, check_built, derived_seed, hidden_layers, logits

KERNEL, POOL = 5, 2


def build_snn(
    input_shape: tuple[int, int, int],
    classes: int,
    activation: Activation,
    *,
    channels: Sequence[int] = (32, 64),
    units: Sequence[int] = (1024,),
    batch_norm: bool = False,
    dropout: float = 0.0,
    seed: int = 0,
) -> keras.Model:
    """Build the network.

    Args:
        input_shape: (h, w, c) of an image.
        classes: how many, at least 1.
        activation: of all layers but the last; the weights of the last follow its initialiser too.
        channels: of the convolutions, one 5x5 with stride 1 and "same" padding for each.
        units: of the hidden dense layers.
        batch_norm: whether to normalise before each activation.
        dropout: share of units dropped after each hidden dense layer, in [0, 1).
        seed: of the weights and of dropout, at least 0.

    Returns:
        A functional model named "snn", [n, h, w, c] -> logits [n, classes], float32. With the
        default sizes its layers are conv_1, pool_1, conv_2, pool_2, flatten, fc_3, and fc_4 (the
        logits).

    Raises:
        ValueError: an argument out of its range, or an activation that can not be applied.

    >>> from avh.activations.registry import get_activation
    >>> model = build_snn((28, 28, 1), 10, get_activation("selu"))
    >>> model.get_layer("conv_2").output.shape, model.get_layer("flatten").output.shape
    ((None, 14, 14, 64), (None, 3136))
    """
    check_built(classes, dropout, channels=channels, units=units)
    check_applies(activation)
    inputs = keras.Input(input_shape, name="images")
    tensor = inputs
    for number, filters in enumerate(channels, start=1):
        tensor = block(
            tensor,
            partial(keras.layers.Conv2D, filters, KERNEL, padding="same"),
            activation,
            name=f"conv_{number}",
            seed=derived_seed(seed, number),
            batch_norm=batch_norm,
        )
        tensor = keras.layers.MaxPooling2D(POOL, padding="same", name=f"pool_{number}")(tensor)
    tensor = keras.layers.Flatten(name="flatten")(tensor)
    tensor = hidden_layers(
        tensor,
        units,
        activation,
        first=len(channels) + 1,
        seed=seed,
        batch_norm=batch_norm,
        dropout=dropout,
    )
    last = len(channels) + len(units) + 1
    outputs = logits(tensor, classes, activation, name=f"fc_{last}", seed=derived_seed(seed, last))
    return keras.Model(inputs, outputs, name="snn")
