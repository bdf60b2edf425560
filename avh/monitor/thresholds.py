"""From when on something is a finding: named numbers, each with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

# Consecutive records: a unit that is silent for one batch may be rare, and one batch may be odd.
RECORDS = 5
# Behind a slope of 0.01 a unit learns a hundred times slower than behind 1.
SLOPE = 0.01
# Narrow ReLU layers of networks that train well were seen to have up to 9 % of silent units from
# the start (4 layers of 32 units, He's initialiser).
DEAD_SHARE = 0.1
# More than half of the values pass nearly no gradient; healthy tanh layers stay below a tenth.
SATURATED_SHARE = 0.5
# A factor a layer. Glorot's initialiser before ReLU halves the variance: 0.71, to be found.
VANISHING_FACTOR = 0.75
# Layers of classifiers that train well grow by 1.4 each (MNIST, ReLU, 1,000 steps).
EXPLODING_FACTOR = 1.5
# From the first layer to the last: in a shallow network a factor a layer does no harm, and well
# trained ones were seen to grow five times.
TOTAL_FACTOR = 10.0
# Fewer layers show no rule.
CHAIN_LAYERS = 4
# The last SELU layer of a classifier that trains well was seen at mean 0.8 and standard deviation
# 2.3 (MNIST, 1,000 steps); the others stay within 0.5 and 1.7.
FIXED_POINT_MEAN = 1.0  # in intended standard deviations
FIXED_POINT_STD = 3.0  # times, or a part
# Of one kind and layer, so that what comes and goes does not fill the console.
MOST_TOLD = 8


@dataclass(frozen=True)
class Thresholds:
    """From when on something is a finding. Each default is a constant above, with its reason."""

    records: int = RECORDS  # how many records in a row; a NaN or Inf needs one only
    slope: float = SLOPE  # a unit is dead where its activation's slope stays below this
    dead_share: float = DEAD_SHARE  # of a layer's units, at least; 0 for any
    saturated_share: float = SATURATED_SHARE  # of values within 1 % of an asymptote
    vanishing_factor: float = VANISHING_FACTOR  # from layer to layer, below 1
    exploding_factor: float = EXPLODING_FACTOR  # from layer to layer, above 1
    total_factor: float = TOTAL_FACTOR  # from the first layer to the last, at least
    chain_layers: int = CHAIN_LAYERS  # needed to speak of a factor a layer
    fixed_point_mean: float = FIXED_POINT_MEAN  # see `avh.monitor.fixed_point.distances`
    fixed_point_std: float = FIXED_POINT_STD
    most_told: int = MOST_TOLD  # findings of one kind and layer

    @classmethod
    def of(cls, changed: Mapping[str, float]) -> "Thresholds":
        """The defaults but for what is given; see `Findings`."""
        known = [field.name for field in fields(cls)]
        for name in changed:
            if name not in known:
                raise TypeError(f"thresholds: some of {', '.join(known)} expected, got {name!r}")
        return cls(**changed)

    def __post_init__(self) -> None:
        """Check the values; see `Findings`."""
        for name in ("records", "chain_layers", "most_told"):
            least = 2 if name == "chain_layers" else 1
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise ValueError(f"{name}: a whole number from {least} up expected, got {value!r}")
        for name in ("slope", "saturated_share", "vanishing_factor"):
            _check(name, getattr(self, name), 0, 1)
        for name in ("exploding_factor", "total_factor", "fixed_point_std"):
            _check(name, getattr(self, name), 1, np.inf)
        if not 0 <= self.dead_share <= 1:
            raise ValueError(f"dead_share: a number in [0, 1] expected, got {self.dead_share!r}")
        _check("fixed_point_mean", self.fixed_point_mean, 0, np.inf)


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low < value < high:
        raise ValueError(f"{name}: a number in ({low:g}, {high:g}) expected, got {value!r}")
