"""Dense layers only: 300 and 100 units by default, then the logits.

The same seed gives the same weights, bit by bit, whatever the dropout or the batch normalisation.
"""

from collections.abc import Sequence

import keras

from avh.activations.registry import Activation
from avh.models.block import check_applies, check_built, derived_seed, hidden_layers, logits


def build_mlp(
    input_shape: tuple[int, int, int],
    classes: int,
    activation: Activation,
    *,
    units: Sequence[int] = (300, 100),
    batch_norm: bool = False,
    dropout: float = 0.0,
    seed: int = 0,
    name: str = "mlp",
) -> keras.Model:
    """Build the network.

    Args:
        input_shape: (h, w, c) of an image, which is flattened.
        classes: how many, at least 1.
        activation: of all layers but the last; the weights of the last follow its initialiser too.
        units: of the hidden layers, one for each.
        batch_norm: whether to normalise before each activation.
        dropout: share of units dropped after each hidden layer, in [0, 1).
        seed: of the weights and of dropout, at least 0.
        name: of the model.

    Returns:
        A functional model, [n, h, w, c] -> logits [n, classes], float32. Its layers are flatten,
        fc_1, fc_2 and so on; the last gives the logits. From ten layers on their numbers have two
        digits, fc_01, so that names sort as the layers do.

    Raises:
        ValueError: an argument out of its range, or an activation that can not be applied.

    >>> from avh.activations.registry import get_activation
    >>> model = build_mlp((28, 28, 1), 10, get_activation("selu"))
    >>> [layer.name for layer in model.layers], model.count_params()
    (['images', 'flatten', 'fc_1', 'fc_2', 'fc_3'], 266610)
    """
    check_built(classes, dropout, units=units)
    check_applies(activation)
    last = len(units) + 1
    digits = len(str(last))
    inputs = keras.Input(input_shape, name="images")
    tensor = keras.layers.Flatten(name="flatten")(inputs)
    tensor = hidden_layers(
        tensor,
        units,
        activation,
        first=1,
        digits=digits,
        seed=seed,
        batch_norm=batch_norm,
        dropout=dropout,
    )
    outputs = logits(
        tensor, classes, activation, name=f"fc_{last:0{digits}}", seed=derived_seed(seed, last)
    )
    return keras.Model(inputs, outputs, name=name)
