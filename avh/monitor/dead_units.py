"""Units that are dead: the same for every example and position, record after record.

Where the activation's flat range is known (`avh.monitor.flat_range`), a unit is dead that never
leaves it: exactly 0 for ReLU. Elsewhere one that is the same constant at every record. A constant
that changes still learns, and a negative value alone is no sign of death.
"""

from collections.abc import Sequence

import numpy as np

from avh.monitor.flat_range import flat_range
from avh.monitor.sketch import Sketch
from avh.records.finding import DEAD_UNITS, Finding
from avh.records.schema import LayerInfo

_NAMED_UNITS = 8  # in a sentence; the finding holds all
_ADVICE = {
    "relu": "Lower the learning rate, or use leaky_relu, elu or selu: they pass a gradient there.",
    "elu": "Lower the learning rate, or initialise so that the sums before it stay near 0.",
}
_ADVICE["relu6"] = _ADVICE["relu"]
_OTHER_ADVICE = "Look at what goes into these units: their weights and biases learn nothing there."


class DeadUnits:
    """Counts, for every unit, the records in a row at which it showed no sign of life."""

    def __init__(self, records: int, slope: float, share: float, most: int) -> None:
        """Begin a run.

        Args:
            records: a unit is dead after so many in a row.
            slope: see `flat_range`.
            share: a layer is told of from this share of dead units on.
            most: at most so many findings a layer.
        """
        self._records, self._slope, self._share, self._most = records, slope, share, most
        self._layout: list[tuple[str, int]] = []
        self._kept: dict[tuple[str, int], np.ndarray] = {}
        self._told: dict[str, list[int]] = {}  # layer -> dead units as they were said; 0: over

    def feed(self, step: int, layers: Sequence[tuple[LayerInfo, Sketch]]) -> list[Finding]:
        """Look at the layers that ran; what is new.

        Layers with NaN or Inf, and with fewer than two elements a unit, cannot be judged: for them
        the record does not count.
        """
        judged = [
            (info, sketch)
            for info, sketch in layers
            if sketch.count == sketch.finite_count >= 2 * len(sketch.unit_min)
        ]
        if not judged:
            return []
        self._lay_out(judged)
        dead = self._update(
            step,
            np.concatenate([sketch.unit_min for _, sketch in judged]),
            np.concatenate([sketch.unit_max for _, sketch in judged]),
        )
        counts = np.add.reduceat(dead.astype(np.int64), self._starts).tolist()
        found = []
        for (info, sketch), start, count in zip(judged, self._starts, counts, strict=True):
            width = len(sketch.unit_min)
            if self._is_news(info.path, count, width):
                place = slice(start, start + width)
                units = np.flatnonzero(dead[place])
                since = int(self._since[place][units].min()) if count else step
                found.append(self._finding(step, info, sketch, units.tolist(), since))
        return found

    def _is_news(self, layer: str, count: int, width: int) -> bool:
        """Whether so many dead units are a finding that was not said, or one that is over.

        While it holds, it is said again when their number has doubled or halved.
        """
        told = self._told.setdefault(layer, [])
        last = told[-1] if told else 0
        enough = count > 0 and count >= self._share * width
        changed = count >= 2 * last or 2 * count <= last if last else enough
        if not changed or len(told) == self._most:
            return False
        told.append(count if enough else 0)
        return True

    def _update(self, step: int, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Count one record, [units] each; which units are dead, bool."""
        constant = low == high
        same = constant & (low == self._last)
        flat = (low >= self._floor) & (high <= self._ceiling)  # not where these are NaN
        goes_on = flat | (same & self._has_no_range)
        begins = constant & self._has_no_range
        self._streak = np.where(goes_on, self._streak + 1, begins.astype(np.int64))
        self._since = np.where(self._streak == 1, step, self._since)
        self._last = np.where(constant, low, np.nan)
        return self._streak >= self._records

    def _lay_out(self, judged: Sequence[tuple[LayerInfo, Sketch]]) -> None:
        """Have the arrays of all units in the order of these layers."""
        layout = [(info.path, len(sketch.unit_min)) for info, sketch in judged]
        if layout == self._layout:
            return
        if self._layout:
            states = np.stack([self._streak, self._since, self._last])
            pieces = np.split(states, self._starts[1:], axis=1)
            self._kept.update(zip(self._layout, pieces, strict=True))
        pieces = []
        for layer in layout:
            fresh = np.array([[0.0], [0.0], [np.nan]]).repeat(layer[1], axis=1)
            pieces.append(self._kept.get(layer, fresh))
        streak, since, self._last = np.concatenate(pieces, axis=1)
        self._streak, self._since = streak.astype(np.int64), since.astype(np.int64)
        self._layout = layout
        widths = [width for _, width in layout]
        self._starts = np.cumsum([0, *widths[:-1]])
        ranges = [flat_range(i.activation, self._slope) or (np.nan, np.nan) for i, _ in judged]
        self._floor, self._ceiling = np.repeat(np.array(ranges), widths, axis=0).T
        self._has_no_range = np.isnan(self._floor)

    def _finding(
        self, step: int, info: LayerInfo, sketch: Sketch, units: list[int], since: int
    ) -> Finding:
        count, width = len(units), len(sketch.unit_min)
        values = sketch.count // width
        numbers = {"dead": count, "units": width, "records": self._records, "values": values}
        if not self._told[info.path][-1]:
            before = max(self._told[info.path])
            message = f"{count or 'none'} of {width} units are dead; up to {before} were"
            return Finding(DEAD_UNITS, info.path, step, message, numbers=numbers, recovered=True)
        named = ", ".join(map(str, units[:_NAMED_UNITS])) + (", …" * (count > _NAMED_UNITS))
        message = (
            f"{count} of {width} {'unit is' if width == 1 else 'units are'} dead ({named}): "
            f"{self._how(info.activation)} for all {values} values"
        )
        if self._records > 1:
            message += (
                f" in each of {self._records} consecutive records or more, since step {since}"
            )
        advice = _ADVICE.get(info.activation or "", _OTHER_ADVICE)
        numbers["since"] = since
        return Finding(DEAD_UNITS, info.path, step, message, tuple(units), numbers, advice)

    def _how(self, activation: str | None) -> str:
        within = flat_range(activation, self._slope)
        if within is None:
            return "the same constant"
        if within == (0.0, 0.0):
            return "exactly 0"
        return f"where {activation}'s slope is below {self._slope:g}"
