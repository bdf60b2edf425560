"""The numbers of a record from the sketches of its layers, all layers at once.

NumPy's cost is a few microseconds a call, whatever the size: a loop over fifty layers would take
as long as the training step that it describes.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from avh.monitor.layout import FINE, FINE_EDGES
from avh.records.schema import BINS, MAGNITUDES, QUANTILES, STATISTICS

if TYPE_CHECKING:
    from avh.monitor.sketch import Sketch

# Where each magnitude bin begins among the bins of one sign: zero, which is bin 0, is left out.
_COARSE_STARTS = np.concatenate([[1], 1 + np.searchsorted(FINE_EDGES, MAGNITUDES)])
# Ends of the bins from the most negative to the most positive, zero once, [2 * FINE - 1].
_LOWER = np.concatenate([-FINE_EDGES[:0:-1], [0.0], FINE_EDGES[:-1]])
_UPPER = np.concatenate([-FINE_EDGES[-2::-1], [0.0], FINE_EDGES[1:]])
_COLUMN = {name: column for column, name in enumerate(STATISTICS)}
_FIRST_QUANTILE = _COLUMN["q01"]


def statistics(sketches: Sequence["Sketch"], saturates: Sequence[bool]) -> np.ndarray:
    """The rows of `avh.records.schema.STATISTICS`, float32 [sketches, statistics].

    Args:
        sketches: at least one.
        saturates: whether a layer's activation has an asymptote (else that share is NaN).
    """
    finite = np.array([sketch.finite_count for sketch in sketches], float)
    count = np.array([sketch.count for sketch in sketches], float)
    low, high = extremes(sketches, finite)
    asymptotic = [
        sketch.low_count + sketch.high_count if has else np.nan
        for sketch, has in zip(sketches, saturates, strict=True)
    ]
    rows = np.empty((len(sketches), len(STATISTICS)))

    def put(name: str, values: object) -> None:
        rows[:, _COLUMN[name]] = values

    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        put("count", count)
        put("mean", [sketch.mean for sketch in sketches])
        put("std", np.sqrt(np.array([sketch.m2 for sketch in sketches]) / finite))
        put("min", low)
        put("max", high)
        put("zero_fraction", np.array([sketch.zero_count for sketch in sketches]) / count)
        put("dead_fraction", [sketch.dead_fraction for sketch in sketches])
        put("saturated_fraction", np.array(asymptotic) / count)
        put("nan_count", [sketch.nan_count for sketch in sketches])
        put("inf_count", [sketch.inf_count for sketch in sketches])
        shares = np.array(QUANTILES)
        place = slice(_FIRST_QUANTILE, _FIRST_QUANTILE + len(shares))
        rows[:, place] = quantiles(sketches, shares, low, high)
        return rows.astype(np.float32)


def extremes(sketches: Sequence["Sketch"], finite: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest finite element, float64 [sketches] each; NaN where there is none."""
    starts = np.cumsum([0, *(len(sketch.unit_min) for sketch in sketches[:-1])])
    low = np.minimum.reduceat(np.concatenate([s.unit_min for s in sketches]), starts)
    high = np.maximum.reduceat(np.concatenate([s.unit_max for s in sketches]), starts)
    return np.where(finite > 0, low, np.nan), np.where(finite > 0, high, np.nan)


def quantiles(
    sketches: Sequence["Sketch"], shares: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Quantiles of the finite elements, float64 [sketches, shares]; NaN where there is none.

    A value is interpolated inside its fine bin, so it is within 1/16 of the true one (half of
    that, typically), and never outside [low, high], the extremes, [sketches] each.
    """
    positive, negative = _sides(sketches)
    zeros = positive[:, :1] + negative[:, :1]
    counts = np.concatenate([negative[:, :0:-1], zeros, positive[:, 1:]], axis=1)
    ends = np.cumsum(counts, axis=1)
    total = ends[:, -1]
    ranks = shares * (total[:, None] - 1) + 0.5
    # One search for all rows: every row's ends lie above those of the rows before it.
    above = np.concatenate([[0], np.cumsum(total[:-1])])
    found = np.searchsorted((ends + above[:, None]).ravel(), (ranks + above[:, None]).ravel())
    bins = found.reshape(ranks.shape) - counts.shape[1] * np.arange(len(sketches))[:, None]
    bins = np.clip(bins, 0, counts.shape[1] - 1)  # a row without elements finds nothing of its own
    rows = np.arange(len(sketches))[:, None]
    held = counts[rows, bins]
    inside = (ranks - (ends[rows, bins] - held)) / np.maximum(held, 1)
    left = np.maximum(_LOWER[bins], low[:, None])
    right = np.minimum(_UPPER[bins], high[:, None])
    values = np.clip(left + inside * (right - left), low[:, None], high[:, None])
    return np.where(total[:, None] > 0, values, np.nan)


def histograms(sketches: Sequence["Sketch"]) -> np.ndarray:
    """Counts of the finite elements on `avh.records.schema.EDGES`, float32 [sketches, BINS]."""
    positive, negative = _sides(sketches)
    rows = np.empty((len(sketches), BINS), np.float32)
    half = len(_COARSE_STARTS)
    rows[:, half + 1 :] = np.add.reduceat(positive, _COARSE_STARTS, axis=1)
    rows[:, :half] = np.add.reduceat(negative, _COARSE_STARTS, axis=1)[:, ::-1]
    rows[:, half] = positive[:, 0] + negative[:, 0]
    return rows


def _sides(sketches: Sequence["Sketch"]) -> tuple[np.ndarray, np.ndarray]:
    """Counts of either sign, int64 [sketches, FINE] each."""
    counts = np.stack([sketch.counts for sketch in sketches])
    return counts[:, 0, :FINE], counts[:, 1, :FINE]
