"""An activation as propagation needs it: its values, and gradients pulled back through it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from avh.activations import functions
from avh.activations.derivatives import DERIVATIVES, selu
from avh.activations.registry import Activation


@dataclass(frozen=True)
class Elementwise:
    """An activation on NumPy arrays.

    Attributes:
        values: z -> f(z), the same shape and dtype.
        pull_back: (z, gradient by f(z)) -> gradient by z.
    """

    values: Callable[[np.ndarray], np.ndarray]
    pull_back: Callable[[np.ndarray, np.ndarray], np.ndarray]


def elementwise(activation: Activation) -> Elementwise:
    """Closed forms of what the registry holds; for others TensorFlow, which it imports then.

    Raises:
        ValueError: the function can not be applied to a tensor, or changes its shape.

    >>> from avh.activations.registry import get_activation
    >>> relu = elementwise(get_activation("relu"))
    >>> relu.pull_back(np.array([-1.0, 2.0]), np.array([3.0, 3.0]))
    array([0., 3.])
    """
    if activation.alpha is not None:
        parameters = {"alpha": activation.alpha, "scale": activation.scale}
        derivative = partial(selu, **parameters)
        return _closed(partial(functions.selu, **parameters), derivative)
    if activation.name in functions.FUNCTIONS:
        return _closed(functions.FUNCTIONS[activation.name], DERIVATIVES[activation.name])
    traced = _traced(activation.function)
    _try(traced, activation.name)
    return traced


def _closed(
    function: Callable[[np.ndarray], np.ndarray], derivative: Callable[[np.ndarray], np.ndarray]
) -> Elementwise:
    return Elementwise(function, lambda z, gradient: gradient * derivative(z))


def _traced(function: Callable[[object], object]) -> Elementwise:
    import tensorflow as tf

    def values(z: np.ndarray) -> np.ndarray:
        return np.asarray(function(tf.convert_to_tensor(z)))

    def pull_back(z: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        z = tf.convert_to_tensor(z)
        with tf.GradientTape() as tape:
            tape.watch(z)
            result = function(z)
        zero = tf.UnconnectedGradients.ZERO
        return np.asarray(tape.gradient(result, z, gradient, unconnected_gradients=zero))

    return Elementwise(values, pull_back)


def _try(traced: Elementwise, name: str) -> None:
    probe = np.zeros((2, 3), np.float32)
    try:
        result = traced.values(probe)
    except Exception as error:  # a function of the user's may fail in any way
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise ValueError(f"the activation {name!r} can not be applied: {reason}") from error
    if result.shape != probe.shape:
        raise ValueError(
            f"expected the activation {name!r} to keep the shape {probe.shape}, got {result.shape}"
        )
