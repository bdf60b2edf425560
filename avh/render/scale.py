"""Axis limits and ticks on round numbers.

Limits are snapped outwards, so that small changes of the data leave the axes as they were: pictures
of successive steps can be compared by eye, and their axes need not be drawn again.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from avh.render.wording import MINUS, TIMES

_ROUND = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_SMALLEST_PLAIN, _LARGEST_PLAIN = 1e-2, 1e5  # magnitudes that are labelled without a power of ten
_FLAT = 1e-5  # a range narrower than this share of its magnitude is no range in float32


def round_up(value: float, choices: tuple[float, ...] = _ROUND) -> float:
    """The smallest of `choices` times a power of ten that is not below `value` (> 0).

    >>> round_up(0.043), round_up(7.0), round_up(5.0)
    (0.05, 8.0, 5.0)
    """
    power = 10.0 ** math.floor(math.log10(value))
    return next(
        (_clean(c * power) for c in choices if c * power >= value * (1 - 1e-9)), 10.0 * power
    )


def snap(low: float, high: float, parts: int = 10) -> tuple[float, float, float]:
    """Round limits around `low`..`high` (finite, low <= high), and the step they are multiples of.

    The step is a round number of about a `parts`-th of the range. A range of no width is widened.

    >>> snap(-0.93, 3.9)
    (-1.0, 4.0, 0.5)
    """
    magnitude = max(abs(low), abs(high))
    if high - low <= _FLAT * magnitude or magnitude == 0:
        half = 10 * _FLAT * magnitude if magnitude and low * high > 0 and low != high else None
        half = half or (0.5 * magnitude or 1.0)
        low, high = low - half, high + half
    step = round_up((high - low) / parts, _STEPS)
    return (
        _clean(math.floor(low / step + 1e-9) * step),
        _clean(math.ceil(high / step - 1e-9) * step),
        step,
    )


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most `most` round positions within low..high.

    >>> ticks(-0.3, 4.1)
    [0.0, 1.0, 2.0, 3.0, 4.0]
    """
    step = round_up((high - low) / max(most - 1, 1), _STEPS)
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    return [_clean(index * step) for index in range(first, last + 1)]


def tick_labels(positions: Sequence[float]) -> tuple[list[str], int]:
    """Labels for evenly spaced positions, and the power of ten (a multiple of 3) taken out of them.

    >>> tick_labels([-0.0004, 0.0, 0.0004])
    (['−400', '0', '400'], -6)
    """
    largest = max(map(abs, positions), default=0.0)
    if not largest:
        return ["0"] * len(positions), 0
    plain = _SMALLEST_PLAIN <= largest < _LARGEST_PLAIN
    exponent = 0 if plain else 3 * math.floor(math.log10(largest) / 3 + 1e-9)
    scaled = [position / 10.0**exponent for position in positions]
    spacing = min((abs(b - a) for a, b in pairwise(scaled)), default=largest)
    decimals = next((n for n in range(12) if _is_round(spacing * 10**n)), 12)
    labels = [f"{value:.{decimals}f}".replace("-", MINUS) for value in scaled]
    return ["0" if not x else text for x, text in zip(positions, labels, strict=True)], exponent


def power(exponent: int) -> str:
    """How the power of ten that `tick_labels` took out is written beside an axis.

    >>> power(-6)
    '× 1e−6'
    """
    return f"{TIMES} 1e{exponent}".replace("-", MINUS)


def _is_round(value: float) -> bool:
    return value >= 1 - 1e-6 and abs(value - round(value)) < 1e-6 * value


def _clean(value: float) -> float:
    """`value` without the dust of binary multiplication."""
    return float(f"{value:.12g}") + 0.0
