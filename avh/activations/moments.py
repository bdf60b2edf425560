"""Mean and variance of a layer of SELUs, from those of the layer below it, in closed form.

What goes into a unit is taken to be normal, as a sum of many terms is (Klambauer et al.,
"Self-Normalizing Neural Networks", 2017, equation 3). All expectations are written with the scaled
complementary error function, so that no variance, however large, overflows.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erfcx, ndtr

_LARGEST_EXPONENT = 700.0  # beyond it exp overflows; such an entry is discarded


class HalfMoments(NamedTuple):
    """Moments of the two halves of SELU, without its parameters, for z ~ N(mean, variance).

    Attributes:
        line: E[z; z > 0], at least 0.
        line_square: E[z^2; z > 0], at least 0.
        curve: E[exp(z) - 1; z <= 0], at most 0.
        curve_square: E[(exp(z) - 1)^2; z <= 0], at least 0.
        cancellation: how many times larger than the results the terms are that they were
            subtracted from; times 1e-16 it estimates their relative error.
    """

    line: np.ndarray
    line_square: np.ndarray
    curve: np.ndarray
    curve_square: np.ndarray
    cancellation: np.ndarray


def half_moments(mean: ArrayLike, variance: ArrayLike) -> HalfMoments:
    """The moments of z > 0 and z <= 0 apart (the integrals of equation 4 and 5 of the paper).

    Args:
        mean: of z, any shape.
        variance: of z, above 0, broadcast with `mean`.

    Returns:
        float64, of the broadcast shape.
    """
    mean, variance = np.broadcast_arrays(
        np.asarray(mean, np.float64), np.asarray(variance, np.float64)
    )
    deviation = np.sqrt(variance)
    share = ndtr(mean / deviation)  # of z > 0
    density = np.exp(-0.5 * (mean / deviation) ** 2) / np.sqrt(2 * np.pi)
    line = mean * share + deviation * density
    line_terms = (mean**2 + variance) * share, mean * deviation * density
    one, two, three = (_tilted(mean, variance, power) for power in (0, 1, 2))
    curve_square = three - 2 * two + one
    line_square = sum(line_terms)
    with np.errstate(divide="ignore", invalid="ignore"):
        cancellation = np.maximum(
            (np.abs(line_terms[0]) + np.abs(line_terms[1])) / line_square,
            (three + 2 * two + one) / curve_square,
        )
    return HalfMoments(line, line_square, two - one, curve_square, cancellation)


def moment_map(
    mean: ArrayLike,
    variance: ArrayLike,
    alpha: float,
    scale: float,
    *,
    omega: float = 0.0,
    tau: float = 1.0,
    bias: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of a SELU whose inputs have a mean and a variance.

    The map g of Klambauer et al., 2017, equations 3 to 5: the unit sees z of mean
    `omega * mean + bias` and variance `tau * variance`.

    Args:
        mean: of the units of the layer below, any shape.
        variance: of the same, above 0, broadcast with `mean`.
        alpha: of SELU.
        scale: of SELU, lambda in the paper.
        omega: the sum of the unit's weights.
        tau: the sum of the squares of the unit's weights, above 0.
        bias: of the unit.

    Returns:
        Mean and variance, float64, of the broadcast shape.

    >>> mean, variance = moment_map(0.0, 1.0, 1.6732632423543772, 1.0507009873554805)
    >>> abs(mean) < 1e-12, abs(variance - 1) < 1e-12
    (np.True_, np.True_)
    """
    half = half_moments(
        omega * np.asarray(mean, np.float64) + bias, tau * np.asarray(variance, np.float64)
    )
    first = scale * (half.line + alpha * half.curve)
    second = scale**2 * (half.line_square + alpha**2 * half.curve_square)
    return first, second - first**2


def _tilted(mean: np.ndarray, variance: np.ndarray, power: int) -> np.ndarray:
    """E[exp(power * z); z <= 0].

    Completing the square gives exp(k m + k^2 v / 2) / 2 * erfc(x), x = (m + k v) / sqrt(2 v), and
    the exponent of erfc's own decay turns the factor into exp(-m^2 / 2 v) where x is positive.
    """
    x = (mean + power * variance) / np.sqrt(2 * variance)
    scaled = 0.5 * np.exp(-(mean**2) / (2 * variance)) * erfcx(np.maximum(x, 0))
    exponent = np.minimum(power * mean + power**2 * variance / 2, _LARGEST_EXPONENT)
    plain = np.exp(exponent) * ndtr(-np.sqrt(2) * x)
    return np.where(x >= 0, scaled, plain)
