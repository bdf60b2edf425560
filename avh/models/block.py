"""One weighted layer with its activation, the same way for every activation.

The tensor that people look at bears the block's name: it is what the activation gives, before
dropout. Weights are drawn from the block's own seed, so they depend on nothing but that seed and
the layer's shape.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import keras
import numpy as np

from avh.activations.registry import Activation, get_activation

DROPOUT_SEEDS = 1000  # indices of the seeds of dropout begin here, past those of the weights


def derived_seed(seed: int, index: int) -> int:
    """A seed in [0, 2**32) of its own for each index, the same for the same two numbers.

    Raises:
        ValueError: a seed or an index below 0.

    >>> derived_seed(0, 1) == derived_seed(0, 1) != derived_seed(1, 0)
    True
    """
    if seed < 0 or index < 0:
        raise ValueError(f"expected a seed of at least 0, got seed={seed}, index={index}")
    return int(np.random.SeedSequence([seed, index]).generate_state(1)[0])


def seeded_initializer(name: str, seed: int) -> keras.initializers.Initializer:
    """The initialiser of Keras that a name stands for, with a seed."""
    return type(keras.initializers.get(name))(seed=seed)


class _Trial(keras.Operation):
    """Traces a function without computing; keeps what it fails with, which Keras buries."""

    def __init__(self, function: Callable[[object], object]) -> None:
        super().__init__()
        self.function, self.failure = function, ""

    def call(self, tensor: object) -> object:
        try:
            return self.function(tensor)
        except Exception as error:
            self.failure = " ".join(f"{type(error).__name__}: {error}".split())
            raise


def check_applies(activation: Activation) -> None:
    """Check that a function works on a tensor of Keras and keeps its shape.

    Raises:
        ValueError: it does not.
    """
    probe = keras.Input((3, 2))
    trial = _Trial(keras.activations.get(activation.function))
    try:
        result = trial(probe)
    except Exception as error:  # a function of the user's may fail in any way
        reason = trial.failure or "it gives no tensor"
        raise ValueError(
            f"the activation {activation.name!r} can not be applied to a tensor: {reason}"
        ) from error
    shape = getattr(result, "shape", None)
    if shape != probe.shape:
        raise ValueError(
            f"expected the activation {activation.name!r} to keep the shape {probe.shape}, "
            f"got {shape if shape is not None else type(result).__name__}"
        )


def check_built(classes: int, dropout: float, **sizes: Sequence[int]) -> None:
    """Check the arguments that all builders share.

    Raises:
        ValueError: no class, an empty or non-positive size, or a dropout out of [0, 1).
    """
    for name, counts in sizes.items():
        if not counts or min(counts) < 1 or classes < 1:
            raise ValueError(
                f"expected {name} and classes of at least 1, "
                f"got {name}={tuple(counts)}, classes={classes}"
            )
    if not 0 <= dropout < 1:
        raise ValueError(f"expected a dropout of at least 0 and below 1, got {dropout}")


def block(
    inputs: keras.KerasTensor,
    layer: Callable[..., keras.layers.Layer],
    activation: Activation,
    *,
    name: str,
    seed: int,
    batch_norm: bool = False,
) -> keras.KerasTensor:
    """Apply a weighted layer and its activation.

    Args:
        inputs: what goes in.
        layer: makes the layer; it is given `name`, `activation`, `use_bias`, `kernel_initializer`.
        activation: the activation, whose initialiser the weights follow.
        name: the name of the layer that gives the result.
        seed: of the weights, at least 0.
        batch_norm: whether to normalise between the two. Then they are three layers, `NAME_linear`
            (without bias, as the normalisation has one), `NAME_bn` and `NAME`; else one, `NAME`.

    Returns:
        What the activation gives.
    """
    initializer = seeded_initializer(activation.kernel_initializer, seed)
    if not batch_norm:
        return layer(
            name=name,
            activation=activation.function,
            use_bias=True,
            kernel_initializer=initializer,
        )(inputs)
    linear = layer(
        name=f"{name}_linear", activation=None, use_bias=False, kernel_initializer=initializer
    )(inputs)
    normalized = keras.layers.BatchNormalization(name=f"{name}_bn")(linear)
    return keras.layers.Activation(activation.function, name=name)(normalized)


def logits(
    inputs: keras.KerasTensor, classes: int, activation: Activation, *, name: str, seed: int
) -> keras.KerasTensor:
    """A dense layer without an activation whose weights are drawn as those of `activation` are."""
    linear = replace(get_activation("linear"), kernel_initializer=activation.kernel_initializer)
    return block(inputs, partial(keras.layers.Dense, classes), linear, name=name, seed=seed)


def hidden_layers(
    tensor: keras.KerasTensor,
    widths: Sequence[int],
    activation: Activation,
    *,
    first: int,
    digits: int = 1,
    seed: int,
    batch_norm: bool,
    dropout: float,
) -> keras.KerasTensor:
    """Dense layers with their activation and dropout: `fc_FIRST` and so on.

    Args:
        tensor: what goes in, [n, features].
        widths: the units of each.
        activation: of all.
        first: number of the first one, in its name and for its seeds.
        digits: of the numbers in the names, at least.
        seed: of the network, at least 0.
        batch_norm: whether to normalise before each activation.
        dropout: share of units dropped after each, in [0, 1).
    """
    for number, width in enumerate(widths, start=first):
        name = f"fc_{number:0{digits}}"
        tensor = block(
            tensor,
            partial(keras.layers.Dense, width),
            activation,
            name=name,
            seed=derived_seed(seed, number),
            batch_norm=batch_norm,
        )
        own_seed = derived_seed(seed, DROPOUT_SEEDS + number)
        tensor = dropped(tensor, activation, dropout, name=f"{name}_dropout", seed=own_seed)
    return tensor


def dropped(
    inputs: keras.KerasTensor, activation: Activation, rate: float, *, name: str, seed: int
) -> keras.KerasTensor:
    """Drop units in the way that goes with the activation.

    Args:
        inputs: what the activation gave.
        activation: knows the kind.
        rate: the share that is dropped, in [0, 1); at 0 there is no layer at all.
        name: of the layer.
        seed: of the choice, at least 0.
    """
    if rate == 0:
        return inputs
    if activation.dropout == "dropout":
        return keras.layers.Dropout(rate, seed=seed, name=name)(inputs)
    if (activation.mean, activation.variance) == (0, 1):  # Keras's own loads without avh
        return keras.layers.AlphaDropout(rate, seed=seed, name=name)(inputs)
    from avh.activations.alpha_dropout import AlphaDropout

    return AlphaDropout(
        rate,
        activation.mean,
        activation.variance,
        activation.alpha,
        activation.scale,
        seed=seed,
        name=name,
    )(inputs)
