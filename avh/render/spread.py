"""The distributions of recorded histograms, on axes that several of them share.

A record's bins are unequal in width: narrow near 0, wide far out. Within a bin the values are taken
to be spread evenly, which makes the cumulative share a broken line; every other quantity is read
off it. Exact zeros, which have no density, are kept apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from avh.render.scale import snap

_TAIL = 0.005  # axes leave out this share at either end
_BINS = 60  # about, along an axis
_TALLEST = 2.5  # no peak is drawn higher than this many times the lowest peak of its row


@dataclass(frozen=True)
class Spread:
    """Shares of the finite values of one layer at one step.

    Attributes:
        knots: [k], float64, ascending: finite edges of the recorded bins.
        below: [k], share of all finite values, exact zeros left out, that lie below each knot.
        zero_share: share of exact zeros.
    """

    knots: np.ndarray
    below: np.ndarray
    zero_share: float

    def density(self, edges: np.ndarray) -> np.ndarray:
        """Probability density between consecutive `edges` [n + 1], without the zeros: [n]."""
        return np.diff(np.interp(edges, self.knots, self.below)) / np.diff(edges)


def spread(counts: np.ndarray, magnitudes: Sequence[float]) -> Spread | None:
    """The spread of one recorded histogram.

    Args:
        counts: [2 * m + 3]: -Inf .. -magnitudes .. -0, exact zeros, +0 .. magnitudes .. +Inf.
        magnitudes: [m], ascending, positive.

    Returns:
        None if nothing was counted.

    Raises:
        ValueError: the number of counts does not fit the magnitudes.
    """
    counts, magnitudes = np.asarray(counts, np.float64), np.asarray(magnitudes, np.float64)
    middle = len(magnitudes) + 1
    if counts.shape != (2 * middle + 1,):
        raise ValueError(f"expected {2 * middle + 1} counts, got shape {counts.shape}")
    total = counts.sum()
    if not total > 0:
        return None
    knots = np.concatenate([-magnitudes[::-1], [0.0], magnitudes])
    others = np.delete(counts, middle) / total
    return Spread(knots, np.cumsum(others[:-1]), counts[middle] / total)


def shared_edges(spreads: Sequence[Spread]) -> np.ndarray:
    """Evenly spaced edges from round limits that hold the middle 99 % of all spreads together.

    Each spread weighs the same. 0 is within the limits if one has exact zeros, and if within, it is
    an edge. Without any value other than 0 the limits are -1 and 1.

    Returns:
        float64 [n + 1], ascending.
    """
    ends = []
    if spreads:
        knots = spreads[0].knots
        below = np.mean([np.interp(knots, s.knots, s.below) for s in spreads], 0)
        above = np.mean([1 - s.zero_share for s in spreads])
        if above > 0:
            ends = [_quantile(knots, below, above * share) for share in (_TAIL, 1 - _TAIL)]
    low, high = ends or (-1.0, 1.0)
    if any(s.zero_share for s in spreads):
        low, high = min(low, 0.0), max(high, 0.0)
    low, high, step = snap(low, high)
    steps = round((high - low) / step)
    return np.linspace(low, high, steps * max(1, round(_BINS / steps)) + 1)


def shared_top(densities: Sequence[np.ndarray]) -> float:
    """The density at the top of the axis: every peak fits, unless it would flatten another one."""
    peaks = [float(d.max()) for d in densities if d.max() > 0]
    if not peaks:
        return 1.0
    return 1.06 * min(max(peaks), _TALLEST * min(peaks))


def _quantile(knots: np.ndarray, below: np.ndarray, share: float) -> float:
    """Where the cumulative line reaches `share`; the first or last knot if that lies outside."""
    after = int(np.searchsorted(below, share))
    if after == 0 or after == len(knots):
        return float(knots[min(after, len(knots) - 1)])
    rise = below[after] - below[after - 1]
    part = (share - below[after - 1]) / rise
    return float(knots[after - 1] + part * (knots[after] - knots[after - 1]))
