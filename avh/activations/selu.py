"""The parameters with which SELU keeps a given mean and variance.

    selu(x) = scale * x                      for x > 0
    selu(x) = scale * alpha * (exp(x) - 1)   for x <= 0

(Klambauer et al., "Self-Normalizing Neural Networks", 2017, equation 2; scale is its lambda.) What
is returned has been put back into the moment equations; what can not be determined is an error.
"""

import math
from numbers import Real
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from avh.activations.moments import HalfMoments, half_moments, moment_map

_PRECISION = 1e-9  # to which alpha has to be determined, and the moments have to come back
_ROUNDING = 4 * np.finfo(np.float64).eps


class SeluParameters(NamedTuple):
    """What makes a SELU."""

    alpha: float
    scale: float


def selu_parameters(mean: float = 0.0, variance: float = 1.0) -> SeluParameters:
    """The alpha and scale of the SELU that maps N(mean, variance) to that mean and variance.

    The two moment equations (Klambauer et al., 2017, equations 4 and 5, with omega = tau = 1) are

        scale * (P1 + alpha * N1) = mean
        scale^2 * (P2 + alpha^2 * N2) = variance + mean^2

    with the moments P of z > 0 and N of z <= 0 of `half_moments`. Dividing the first by the root of
    the second leaves an equation in alpha alone; its left side falls strictly as alpha grows, so
    there is at most one solution, and a bracket that holds it.

    A network holds the pair (mean, variance) where its pre-activations have them: for (0, 1) with
    weights of mean 0 and variance 1 / fan_in; for another mean, with biases equal to that mean and
    weights of variance `variance / (variance + mean**2) / fan_in`.

    Args:
        mean: finite. From about three standard deviations above 0 on, the curved half of SELU is
            hardly reached and alpha not determined; far below 0 neither is scale.
        variance: finite, above 0. Below about 1e-5, SELU is straight to the precision of doubles.

    Returns:
        alpha and scale, both above 0.

    Raises:
        TypeError: an argument is no number.
        ValueError: an argument out of its range, or far from what doubles can solve.

    >>> alpha, scale = selu_parameters()
    >>> f"{alpha:.10f} {scale:.10f}"
    '1.6732632424 1.0507009874'
    """
    mean, variance = _checked("mean", mean), _checked("variance", variance)
    if variance <= 0:
        raise ValueError(f"expected a variance above 0, got {variance:g}")
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        half = half_moments(mean, variance)
        found = _solve(mean, variance, half) if np.isfinite(half).all() else None
        if found is None or not _comes_back(mean, variance, found):
            raise ValueError(
                f"no SELU can be determined for mean={mean:g}, variance={variance:g}: expected a "
                "mean within a few standard deviations of 0 and a variance that is not minute"
            )
    return found


def _checked(name: str, value: float) -> float:
    if not isinstance(value, Real):
        raise TypeError(f"expected a number for {name}, got {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"expected a finite {name}, got {value}")
    return float(value)


def _solve(mean: float, variance: float, half: HalfMoments) -> SeluParameters | None:
    """The root; None if there is none, or if rounding could move it further than `_PRECISION`.

    With alpha = tan(angle) * sqrt(P2 / N2) the equation in alpha is one in an angle of 0..pi/2.
    """
    if not (half.line_square > 0 and half.curve_square > 0):
        return None
    line = float(half.line / np.sqrt(half.line_square))
    curve = float(half.curve / np.sqrt(half.curve_square))
    wanted = mean / math.hypot(mean, math.sqrt(variance))

    def excess(angle: float) -> float:
        return line * math.cos(angle) + curve * math.sin(angle) - wanted

    if not excess(0) > 0 > excess(math.pi / 2):
        return None
    angle = brentq(excess, 0, math.pi / 2, xtol=1e-300, rtol=_ROUNDING)
    slope = curve * math.cos(angle) - line * math.sin(angle)
    room = abs(slope) * math.sin(angle) * math.cos(angle)
    if not _ROUNDING * half.cancellation < _PRECISION * room:
        return None
    alpha = math.tan(angle) * math.sqrt(half.line_square / half.curve_square)
    square = half.line_square + alpha**2 * half.curve_square
    return SeluParameters(alpha, math.hypot(mean, math.sqrt(variance)) / math.sqrt(square))


def _comes_back(mean: float, variance: float, found: SeluParameters) -> bool:
    again = moment_map(mean, variance, *found, omega=1.0)
    return bool(
        abs(again[0] - mean) <= _PRECISION * math.sqrt(variance)
        and abs(again[1] - variance) <= _PRECISION * variance
    )
