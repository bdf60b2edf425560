"""Where an activation is flat, told from its output.

Behind a slope near 0 a unit learns next to nothing. An output near an asymptote gives that away;
that it is negative does not: a leaky ReLU's slope never is below its leak, so it has no such range.
"""

import functools
import math
from collections.abc import Callable

import numpy as np

_SELU_FLOOR = -1.0507009873554805 * 1.6732632423543772  # -scale * alpha
# A floor in bfloat16 is off by up to 0.4 %. Outputs further below are of another floor than the
# usual one, and tell nothing of the slope.
_BELOW_FLOOR = 1.01
_GRID = np.arange(-20, 0, 0.001)  # where gelu, silu and mish fall to 0, and have fallen


def _gelu(x: np.ndarray) -> np.ndarray:
    return x * np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in x])


def _silu(x: np.ndarray) -> np.ndarray:
    return x / (1 + np.exp(-x))


def _mish(x: np.ndarray) -> np.ndarray:
    return x * np.tanh(np.log1p(np.exp(x)))


_TO_ZERO_FROM_BELOW: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "gelu": _gelu,
    "silu": _silu,
    "swish": _silu,
    "mish": _mish,
}


@functools.cache
def flat_range(activation: str | None, slope: float) -> tuple[float, float] | None:
    """Outputs, closed at both ends, whose slope is below `slope`; None if there is no such range.

    ReLU and ReLU6: exactly 0. ELU, SELU: above the floor by less than `slope`, as their slope is
    the output's distance from the floor. GELU, SiLU (swish), Mish: from 0 down to the output at the
    rightmost input that only flat ones are left of.

    Args:
        activation: Keras's name of it, as in the records.
        slope: in (0, 1).

    >>> flat_range("relu", 0.01), flat_range("leaky_relu", 0.01)
    ((0.0, 0.0), None)
    >>> [round(float(end), 3) for end in flat_range("elu", 0.01)]
    [-1.01, -0.99]
    """
    if activation in ("relu", "relu6"):
        return 0.0, 0.0
    if activation == "elu":
        return -_BELOW_FLOOR, -1 + slope
    if activation == "selu":
        return _BELOW_FLOOR * _SELU_FLOOR, _SELU_FLOOR + slope
    if activation == "softplus":  # its slope is 1 - exp(-output)
        return 0.0, -math.log1p(-slope)
    function = _TO_ZERO_FROM_BELOW.get(activation)
    if function is None:
        return None
    values = function(_GRID)
    steep = np.abs(np.gradient(values, _GRID)) >= slope
    return float(values[max(int(np.argmax(steep)) - 1, 0)]), 0.0
