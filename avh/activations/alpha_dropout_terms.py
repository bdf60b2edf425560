"""The affine map of alpha dropout."""

import math
from typing import NamedTuple


class AlphaDropoutTerms(NamedTuple):
    """What alpha dropout makes of a value x: `kept * x + shift`, or `dropped` in its place."""

    kept: float
    shift: float
    dropped: float


def alpha_dropout_terms(
    rate: float, mean: float, variance: float, alpha: float, scale: float
) -> AlphaDropoutTerms:
    """The affine map that gives mean and variance back after units were dropped.

    With q = 1 - rate, units are dropped to SELU's saturation value alpha' = -scale * alpha, which
    leaves the mean q * mean + (1 - q) * alpha' and the variance
    q * variance + q * (1 - q) * (alpha' - mean)^2. Then x becomes a * x + b with

        a = sqrt(variance / (q * (variance + (1 - q) * (alpha' - mean)^2)))
        b = mean - a * (q * mean + (1 - q) * alpha')

    (Klambauer et al., "Self-Normalizing Neural Networks", 2017, section "New Dropout Technique",
    there for (0, 1).) Nothing is divided by q: a and b hold the moments already.

    Args:
        rate: the share that is dropped, in [0, 1).
        mean: of what comes in.
        variance: of what comes in, above 0.
        alpha: of the SELU that it comes from.
        scale: of the same.

    >>> alpha_dropout_terms(0.0, 0.0, 1.0, 1.6733, 1.0507)[:2]
    (1.0, 0.0)
    """
    keep, saturation = 1 - rate, -scale * alpha
    kept = math.sqrt(variance / (keep * (variance + rate * (saturation - mean) ** 2)))
    shift = mean - kept * (keep * mean + rate * saturation)
    return AlphaDropoutTerms(kept, shift, kept * saturation + shift)
