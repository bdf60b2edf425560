"""What is kept of a tensor: counts, moments and extremes, mergeable.

A sketch of two batches is the merge of their sketches: counts add exactly, moments by the pairwise
formula of Chan, Golub and LeVeque (1979, STAN-CS-79-773, equation 2.1). Statistics describe the
finite elements; NaN and Inf are counted apart. All arithmetic here is float64 on the host.
"""

import functools
from dataclasses import dataclass

import numpy as np

from avh.records.schema import MAGNITUDES, QUANTILES, STATISTICS

# The layout of the packed vector; avh.monitor.kernel writes it.
LOWEST, HIGHEST, SIDE, INTS, FLOATS, UNIT_ROWS = -48, 16, 64 * 16 + 5, 3, 4, 2
FINE = SIDE - 2  # zero, tiny, the bins, huge


def _fine_edges() -> np.ndarray:
    """Edges of the bins of one sign but zero, [FINE]: 0, 2**-48, …, 2**16, 2**128."""
    octaves = 2.0 ** np.arange(LOWEST, HIGHEST)
    inner = (octaves[:, None] * (1 + np.arange(16) / 16)).ravel()
    return np.concatenate([[0.0], inner, [2.0**HIGHEST, 2.0**128]])


FINE_EDGES = _fine_edges()
# Where each magnitude bin begins among the bins of one sign: zero, which is bin 0, is left out.
_COARSE_STARTS = np.concatenate([[1], 1 + np.searchsorted(FINE_EDGES, MAGNITUDES)])
_LOWER = np.concatenate([-FINE_EDGES[:0:-1], [0.0], FINE_EDGES[:-1]])
_UPPER = np.concatenate([-FINE_EDGES[-2::-1], [0.0], FINE_EDGES[1:]])


@dataclass(frozen=True)
class Sketch:
    """The sketch of a tensor, or of several merged ones."""

    positive: np.ndarray  # [FINE] int64: zeros, then counts on FINE_EDGES
    negative: np.ndarray  # [FINE] int64, the same for -x; the first bin is negative zero
    nan_count: int
    positive_inf: int
    negative_inf: int
    low_count: int  # elements at or below the lower saturation bound
    high_count: int
    mean: float  # of the finite elements; NaN if there is none
    m2: float  # sum of their squared deviations from it
    unit_min: np.ndarray  # [units] float64; +Inf for a unit without finite elements
    unit_max: np.ndarray  # [units] float64; -Inf likewise

    @classmethod
    def unpack(cls, packed: np.ndarray) -> "Sketch":
        """Read the vector of `avh.monitor.kernel.sketch_tensor`, float32 [size]."""
        ints = packed[: INTS + 2 * SIDE].view(np.int32)
        low_count, high_count = (int(count) for count in ints[1:INTS])
        positive, negative = ints[INTS:].astype(np.int64).reshape(2, SIDE)
        rest = packed[INTS + 2 * SIDE :].astype(np.float64)
        scale, centre, total, squares = rest[:FLOATS].tolist()
        minimum, maximum = rest[FLOATS:].reshape(UNIT_ROWS, -1)
        finite = int(positive[:FINE].sum() + negative[:FINE].sum())
        known = finite > 0
        return cls(
            positive=positive[:FINE],
            negative=negative[:FINE],
            nan_count=int(positive[FINE + 1] + negative[FINE + 1]),
            positive_inf=int(positive[FINE]),
            negative_inf=int(negative[FINE]),
            low_count=low_count,
            high_count=high_count,
            mean=scale * (centre + total / finite) if known else float("nan"),
            m2=scale**2 * max(squares - total**2 / finite, 0.0) if known else 0.0,
            unit_min=minimum,
            unit_max=maximum,
        )

    @staticmethod
    def step_of(packed: np.ndarray) -> int:
        """The step at which a packed sketch was made."""
        return int(packed[:1].view(np.int32)[0])

    def merge(self, other: "Sketch") -> "Sketch":
        """The sketch of both tensors together.

        Raises:
            ValueError: the two have different numbers of units.
        """
        if self.unit_min.shape != other.unit_min.shape:
            raise ValueError(
                f"sketches of as many units expected, got {len(self.unit_min)} and "
                f"{len(other.unit_min)}"
            )
        mean, m2 = self._merged_moments(other)
        return Sketch(
            positive=self.positive + other.positive,
            negative=self.negative + other.negative,
            nan_count=self.nan_count + other.nan_count,
            positive_inf=self.positive_inf + other.positive_inf,
            negative_inf=self.negative_inf + other.negative_inf,
            low_count=self.low_count + other.low_count,
            high_count=self.high_count + other.high_count,
            mean=mean,
            m2=m2,
            unit_min=np.minimum(self.unit_min, other.unit_min),
            unit_max=np.maximum(self.unit_max, other.unit_max),
        )

    def _merged_moments(self, other: "Sketch") -> tuple[float, float]:
        one, two = self.finite_count, other.finite_count
        if not one or not two:
            filled = self if one else other
            return filled.mean, filled.m2
        delta = other.mean - self.mean
        mean = self.mean + delta * two / (one + two)
        return mean, self.m2 + other.m2 + delta**2 * one * two / (one + two)

    @functools.cached_property
    def finite_count(self) -> int:
        """Finite elements."""
        return int(self.positive.sum() + self.negative.sum())

    @property
    def inf_count(self) -> int:
        """Infinite elements of either sign."""
        return self.positive_inf + self.negative_inf

    @property
    def count(self) -> int:
        """All elements, NaN and Inf included."""
        return self.finite_count + self.nan_count + self.inf_count

    @property
    def zero_count(self) -> int:
        """Elements that are 0 or -0, denormals below 7.3e-40 included: most kernels flush them."""
        return int(self.positive[0] + self.negative[0])

    @functools.cached_property
    def std(self) -> float:
        """Population standard deviation of the finite elements; NaN if there is none."""
        finite = self.finite_count
        return float(np.sqrt(self.m2 / finite)) if finite else float("nan")

    @functools.cached_property
    def min(self) -> float:
        """Smallest finite element; NaN if there is none."""
        return float(self.unit_min.min()) if self.finite_count else float("nan")

    @functools.cached_property
    def max(self) -> float:
        """Largest finite element; NaN if there is none."""
        return float(self.unit_max.max()) if self.finite_count else float("nan")

    @property
    def dead_fraction(self) -> float:
        """Share of units that hold one constant over all elements; NaN below 2 elements a unit."""
        if self.count < 2 * len(self.unit_min):
            return float("nan")
        return float((self.unit_min == self.unit_max).mean())

    def quantiles(self, shares: np.ndarray) -> np.ndarray:
        """Quantiles of the finite elements, float64 [len(shares)]; NaN if there is none.

        The value is interpolated inside its fine bin, so it is within 1/16 of the true one (half
        of that, typically), and never outside [min, max].
        """
        total = self.finite_count
        if not total:
            return np.full(len(shares), np.nan)
        counts = np.concatenate([self.negative[:0:-1], [self.zero_count], self.positive[1:]])
        filled = np.flatnonzero(counts)
        counts = counts[filled]
        ends = np.cumsum(counts)
        ranks = np.asarray(shares) * (total - 1) + 0.5
        bins = np.searchsorted(ends, ranks, side="left")
        inside = (ranks - (ends[bins] - counts[bins])) / counts[bins]
        low = np.maximum(_LOWER[filled[bins]], self.min)
        high = np.minimum(_UPPER[filled[bins]], self.max)
        return np.clip(low + inside * (high - low), self.min, self.max)

    def statistics(self, *, saturates: bool = False) -> np.ndarray:
        """The row of `avh.records.schema.STATISTICS`, float32 [statistics].

        Args:
            saturates: whether the layer's activation has an asymptote (else that share is NaN).
        """
        count = self.count
        share = 1.0 / count if count else float("nan")
        values = {
            "count": count,
            "mean": self.mean,
            "std": self.std,
            "min": self.min,
            "max": self.max,
            "zero_fraction": self.zero_count * share,
            "dead_fraction": self.dead_fraction,
            "saturated_fraction": (self.low_count + self.high_count) * share
            if saturates
            else float("nan"),
            "nan_count": self.nan_count,
            "inf_count": self.inf_count,
        }
        names = (f"q{round(100 * share):02d}" for share in QUANTILES)
        values.update(zip(names, self.quantiles(np.array(QUANTILES)), strict=True))
        with np.errstate(over="ignore"):
            return np.array([values[name] for name in STATISTICS]).astype(np.float32)

    def histogram(self) -> np.ndarray:
        """Counts of the finite elements on `avh.records.schema.EDGES`, float32 [BINS]."""
        positive = np.add.reduceat(self.positive, _COARSE_STARTS)
        negative = np.add.reduceat(self.negative, _COARSE_STARTS)
        return np.concatenate([negative[::-1], [self.zero_count], positive]).astype(np.float32)
