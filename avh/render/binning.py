"""How a layer's values are distributed, ready to be drawn as bars.

Shares are of the finite values: those of the bars and of the exact zeros add up to 1. Exact zeros
are counted apart, since a ReLU's would dwarf every bar. Bars are closed-open, the last one
closed, and 0 is never inside a bar. NaN and Inf are counted, never binned.
"""

from dataclasses import dataclass

import numpy as np

from avh.render.scale import snap

_BARS = 36  # about; a bar is a whole part of a round step, so that 0 is an edge
_SAMPLE = 8192  # values drawn to find the bulk; enough for a 0.5 % quantile to be off by 0.1 %
_TAIL = 0.005
_STRETCH = 2.0  # a range wider than this many bulks is cut to the bulk


@dataclass(frozen=True)
class Distribution:
    """Shares of a layer's finite values.

    Attributes:
        edges: [bars + 1], float64, ascending, evenly spaced.
        shares: [bars], float64; the first and last hold what lies beyond the edges too.
        zero_share: share of the exact zeros, which are in no bar.
        beyond_share: share of the values outside of the edges.
        lowest, highest: of the finite values; NaN if there are none, as are mean and std.
        finite, nans, infs: counts.
    """

    edges: np.ndarray
    shares: np.ndarray
    zero_share: float
    beyond_share: float
    lowest: float
    highest: float
    mean: float
    std: float
    finite: int
    nans: int
    infs: int


def distribution(values: np.ndarray) -> Distribution:
    """The distribution of values of any shape, taken as float32 numbers.

    A few outliers do not stretch the edges: where the full range is more than twice as wide
    as that of the middle 99 %, the edges follow the latter.

    >>> d = distribution(np.array([0.0, 0.0, 1.0, 3.0]))
    >>> d.zero_share, float(d.shares.sum()), d.mean
    (0.5, 0.5, 1.0)
    """
    with np.errstate(over="ignore"):
        flat = np.asarray(values).astype(np.float32, copy=False).ravel()
    is_finite = np.isfinite(flat)
    finite = flat.astype(np.float64) if is_finite.all() else flat[is_finite].astype(np.float64)
    nans = int(np.isnan(flat).sum()) if finite.size < flat.size else 0
    count = int(np.count_nonzero(finite))
    nonzero = finite if count == finite.size else finite[finite != 0]
    if nonzero.size:
        low, high, step = _limits(nonzero, zeros=nonzero.size < finite.size)
        steps = round((high - low) / step)
        bars = steps * max(1, round(_BARS / steps))
        shares, beyond = _shares(nonzero, low, high, bars, finite.size)
    else:
        low, high, beyond = -1.0, 1.0, 0.0
        shares = np.zeros(_BARS)
    return Distribution(
        edges=np.linspace(low, high, len(shares) + 1),
        shares=shares,
        zero_share=1 - nonzero.size / finite.size if finite.size else 0.0,
        beyond_share=beyond,
        lowest=float(finite.min()) if finite.size else np.nan,
        highest=float(finite.max()) if finite.size else np.nan,
        mean=float(finite.mean()) if finite.size else np.nan,
        std=float(finite.std()) if finite.size else np.nan,
        finite=finite.size,
        nans=nans,
        infs=flat.size - finite.size - nans,
    )


def _limits(nonzero: np.ndarray, *, zeros: bool) -> tuple[float, float, float]:
    low, high = float(nonzero.min()), float(nonzero.max())
    sample = nonzero
    if nonzero.size > _SAMPLE:
        sample = nonzero[np.random.default_rng(0).integers(0, nonzero.size, _SAMPLE)]
    bulk_low, bulk_high = np.quantile(sample, (_TAIL, 1 - _TAIL)).tolist()
    bulk = bulk_high - bulk_low
    if bulk > 0 and high - low > _STRETCH * bulk:
        low, high = max(low, bulk_low - bulk / 4), min(high, bulk_high + bulk / 4)
    if zeros:
        low, high = min(low, 0.0), max(high, 0.0)
    return snap(low, high)


def _shares(
    nonzero: np.ndarray, low: float, high: float, bars: int, total: int
) -> tuple[np.ndarray, float]:
    position = (nonzero - low) * (bars / (high - low))
    beyond = int(np.count_nonzero(position < 0) + np.count_nonzero(position > bars))
    index = np.clip(position, 0, bars - 1, out=position).astype(np.intp)
    return np.bincount(index, minlength=bars) / total, beyond / total
