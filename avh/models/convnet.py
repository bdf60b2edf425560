"""The network of the comparison: three convolutions, then three dense layers.

The same architecture for every activation; only the function, the initialiser and the kind of
dropout that go with it differ. The same seed gives the same weights, bit by bit, whatever the
dropout or the batch normalisation.
"""

from collections.abc import Sequence
from functools import partial

import keras

from avh.activations.registry import Activation, get_activation
from avh.models.block import block, check_applies, check_built, derived_seed, hidden_layers

KERNEL, STRIDE = 5, 2
HIDDEN_PER_CLASS = (16, 4)  # units of the hidden dense layers, in multiples of the classes


def build_convnet(
    input_shape: tuple[int, int, int],
    classes: int,
    activation: Activation,
    *,
    channels: Sequence[int] = (32, 64, 128),
    batch_norm: bool = False,
    dropout: float = 0.0,
    seed: int = 0,
) -> keras.Model:
    """Build the network.

    Args:
        input_shape: (h, w, c) of an image.
        classes: how many, at least 1.
        activation: of all layers but the last.
        channels: of the convolutions, one 5x5 with stride 2 for each.
        batch_norm: whether to normalise before each activation.
        dropout: share of units dropped after each hidden dense layer, in [0, 1).
        seed: of the weights and of dropout, at least 0.

    Returns:
        A functional model named "convnet", [n, h, w, c] -> logits [n, classes], float32. With three
        `channels` its layers are conv_1, conv_2, conv_3, flatten, fc_4 (16 x classes units), fc_5
        (4 x classes) and fc_6 (the logits).

    Raises:
        ValueError: an argument out of its range, or an activation that can not be applied.

    >>> model = build_convnet((28, 28, 1), 10, get_activation("relu"))
    >>> model.get_layer("conv_3").output.shape, model.output.shape
    ((None, 4, 4, 128), (None, 10))
    """
    check_built(classes, dropout, channels=channels)
    check_applies(activation)
    inputs = keras.Input(input_shape, name="images")
    tensor = inputs
    for number, filters in enumerate(channels, start=1):
        tensor = block(
            tensor,
            partial(keras.layers.Conv2D, filters, KERNEL, strides=STRIDE, padding="same"),
            activation,
            name=f"conv_{number}",
            seed=derived_seed(seed, number),
            batch_norm=batch_norm,
        )
    tensor = keras.layers.Flatten(name="flatten")(tensor)
    tensor = hidden_layers(
        tensor,
        [per_class * classes for per_class in HIDDEN_PER_CLASS],
        activation,
        first=len(channels) + 1,
        seed=seed,
        batch_norm=batch_norm,
        dropout=dropout,
    )
    last = len(channels) + len(HIDDEN_PER_CLASS) + 1
    logits = block(
        tensor,
        partial(keras.layers.Dense, classes),
        get_activation("linear"),
        name=f"fc_{last}",
        seed=derived_seed(seed, last),
    )
    return keras.Model(inputs, logits, name="convnet")
