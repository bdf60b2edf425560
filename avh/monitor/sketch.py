"""What is kept of a tensor: counts, moments and extremes, mergeable.

A sketch of two batches is the merge of their sketches: counts add exactly, moments by the pairwise
formula of Chan, Golub and LeVeque (1979, STAN-CS-79-773, equation 2.1). Statistics describe the
finite elements; NaN and Inf are counted apart. All arithmetic here is float64 on the host.
"""

import functools
from dataclasses import dataclass

import numpy as np

from avh.monitor import tabulate
from avh.monitor.layout import COUNTS, FINE, FLOATS, INTS, SIDE, UNIT_ROWS, UNITS_START


@dataclass(frozen=True)
class Sketch:
    """The sketch of a tensor, or of several merged ones."""

    counts: np.ndarray  # [2, SIDE] int64, see avh.monitor.layout: x >= 0, then -x with x < 0
    low_count: int  # elements at or below the lower saturation bound
    high_count: int
    mean: float  # of the finite elements; NaN if there is none
    m2: float  # sum of their squared deviations from it
    unit_min: np.ndarray  # [units] float64; +Inf for a unit without finite elements
    unit_max: np.ndarray  # [units] float64; -Inf likewise

    @classmethod
    def unpack(cls, packed: np.ndarray) -> "Sketch":
        """Read the vector of `avh.monitor.kernel.sketch_tensor`, float32 [size]."""
        ints = packed[: COUNTS.stop].view(np.int32)
        _, low_count, high_count = ints[:INTS].tolist()
        counts = ints[COUNTS].astype(np.int64).reshape(2, SIDE)
        rest = packed[UNITS_START - FLOATS :].astype(np.float64)
        scale, centre, total, squares = rest[:FLOATS].tolist()
        minimum, maximum = rest[FLOATS:].reshape(UNIT_ROWS, -1)
        finite = int(counts[:, :FINE].sum())
        return cls(
            counts=counts,
            low_count=low_count,
            high_count=high_count,
            mean=scale * (centre + total / finite) if finite else float("nan"),
            m2=scale**2 * max(squares - total**2 / finite, 0.0) if finite else 0.0,
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
            counts=self.counts + other.counts,
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
        return int(self.counts[:, :FINE].sum())

    @property
    def positive_inf(self) -> int:
        """Elements that are +Inf."""
        return int(self.counts[0, FINE])

    @property
    def negative_inf(self) -> int:
        """Elements that are -Inf."""
        return int(self.counts[1, FINE])

    @property
    def inf_count(self) -> int:
        """Infinite elements of either sign."""
        return self.positive_inf + self.negative_inf

    @property
    def nan_count(self) -> int:
        """Elements that are not a number."""
        return int(self.counts[0, FINE + 1] + self.counts[1, FINE + 1])

    @functools.cached_property
    def count(self) -> int:
        """All elements, NaN and Inf included."""
        return int(self.counts.sum())

    @property
    def zero_count(self) -> int:
        """Elements that are 0 or -0, denormals below 7.3e-40 included: most kernels flush them."""
        return int(self.counts[0, 0] + self.counts[1, 0])

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
        return np.count_nonzero(self.unit_min == self.unit_max) / len(self.unit_min)

    def quantiles(self, shares: np.ndarray) -> np.ndarray:
        """Quantiles of the finite elements, float64 [len(shares)]; NaN if there is none.

        See `avh.monitor.tabulate.quantiles`.
        """
        ends = np.array([self.min]), np.array([self.max])
        return tabulate.quantiles([self], np.asarray(shares), *ends)[0]

    def statistics(self, *, saturates: bool = False) -> np.ndarray:
        """The row of `avh.records.schema.STATISTICS`, float32 [statistics].

        Args:
            saturates: whether the layer's activation has an asymptote (else that share is NaN).
        """
        return tabulate.statistics([self], [saturates])[0]

    def histogram(self) -> np.ndarray:
        """Counts of the finite elements on `avh.records.schema.EDGES`, float32 [BINS]."""
        return tabulate.histograms([self])[0]
