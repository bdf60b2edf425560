"""Findings: which layer is dying, since when, and with which numbers.

Fed record by record on the host. Everything is said once, when it begins to hold; and once more
when it no longer does. Judging a record of fifty layers takes a fraction of a millisecond.
"""

from collections.abc import Callable, Sequence

import numpy as np

from avh.monitor.activation import saturation
from avh.monitor.dead_units import DeadUnits
from avh.monitor.depth import GRADIENT, Chain, chains, is_output
from avh.monitor.episodes import BEGINS, Episodes
from avh.monitor.fixed_point import Distances, distances
from avh.monitor.sketch import Sketch
from avh.monitor.thresholds import Thresholds
from avh.records.finding import (
    EXPLODING_SIGNAL,
    NONFINITE,
    OFF_FIXED_POINT,
    SATURATED_UNITS,
    VANISHING_SIGNAL,
    Finding,
)
from avh.records.schema import LayerInfo

_NONFINITE_ADVICE = (
    "Lower the learning rate or clip the gradients, and look for a division, log or sqrt of 0 and "
    "for overflow in float16 at or just before this layer."
)


class Findings:
    """Looks at the records of one run, in their order.

    Example:
        >>> Findings(records=2, slope=0.05).thresholds.records
        2
    """

    def __init__(
        self, nonfinite_weights: Callable[[str], int] | None = None, **thresholds: float
    ) -> None:
        """Begin a run.

        Args:
            nonfinite_weights: counts the NaN and Inf among the weights of a layer, by its path.
                It is asked about layers with silent units: a ReLU fused into a matrix product can
                turn NaN into 0, so that no output shows it.
            **thresholds: of the fields of `Thresholds`, those that shall be others.

        Raises:
            ValueError: a value is out of its range.
            TypeError: there is no threshold of that name.
        """
        limits = self.thresholds = Thresholds.of(thresholds)
        self.found: list[Finding] = []  # all so far, in their order
        self._dead = DeadUnits(limits.records, limits.slope, limits.dead_share, limits.most_told)
        self._episodes = Episodes(limits.records, limits.most_told)
        self._at_once = Episodes(1, limits.most_told)
        self._said: dict[object, str] = {}  # subject -> the layer that was named
        self._count_broken = nonfinite_weights
        self._silent: set[str] = set()  # layers all of whose values were 0 at the last record
        self._finite_until: int | None = None  # the last record's step, while all was finite

    def feed(
        self, step: int, infos: Sequence[LayerInfo], sketches: Sequence[Sketch | None]
    ) -> list[Finding]:
        """Judge one record.

        Args:
            step: its step.
            infos: what is watched, in the model's order.
            sketches: as many, of the same order; None where a layer did not run.

        Returns:
            What is new, the most urgent first.
        """
        ran = [
            (info, sketch)
            for info, sketch in zip(infos, sketches, strict=True)
            if sketch is not None and sketch.count
        ]
        outputs = [(info, sketch) for info, sketch in ran if is_output(info)]
        new = self._nonfinite(step, ran, outputs)
        if not any(sketch.count != sketch.finite_count and sketch.nan_count for _, sketch in ran):
            # Behind a NaN the other numbers mean nothing: a ReLU may make zeros of it.
            dead = self._dead.feed(step, outputs)
            new = [
                *(new or self._broken_weights(step, outputs, dead)),
                *dead,
                *self._saturated(step, outputs),
                *self._depth(step, ran),
                *self._fixed_point(step, outputs),
            ]
        self.found += new
        return new

    # Each kind

    def _nonfinite(self, step: int, ran: list, outputs: list) -> list[Finding]:
        bad = [(i, s) for i, s in ran if s.count != s.finite_count]
        change = self._at_once.observe(NONFINITE, bool(bad), step)
        before = self._finite_until
        if not bad:
            self._finite_until = step
        if change is None:
            return []
        if change[0] != BEGINS:
            layer = self._said[NONFINITE]
            message = f"all layers are finite again, from step {step} on"
            return [Finding(NONFINITE, layer, step, message, recovered=True)]
        # Values run forward and gradients back: the first in that order is where it began.
        order = ([(i, s) for i, s in bad if is_output(i)], _forward(bad), bad[::-1])
        info, sketch = next(pairs for pairs in order if pairs)[0]
        self._said[NONFINITE] = info.path
        numbers = {"nan": sketch.nan_count, "inf": sketch.inf_count, "values": sketch.count}
        known = "the first record" if before is None else f"at step {before} all were finite"
        message = (
            f"the first layer with non-finite values, at step {step}: {sketch.nan_count} NaN and "
            f"{sketch.inf_count} Inf of {sketch.count} values ({known})"
        )
        return [Finding(NONFINITE, info.path, step, message, (), numbers, _NONFINITE_ADVICE)]

    def _broken_weights(self, step: int, outputs: list, dead: list[Finding]) -> list[Finding]:
        """The first layer that has just fallen silent and has weights that are not finite."""
        before, self._silent = self._silent, {i.path for i, s in outputs if s.zero_count == s.count}
        suspects = (self._silent - before) | {f.layer for f in dead if not f.recovered}
        if self._count_broken is None or NONFINITE in self._said or not suspects:
            return []
        for info, _ in outputs:
            count = self._count_broken(info.path) if info.path in suspects else 0
            if count:
                self._said[NONFINITE] = info.path
                message = f"{count} of its weights are NaN or Inf, and units of it put out only 0"
                numbers = {"weights": count}
                return [
                    Finding(NONFINITE, info.path, step, message, (), numbers, _NONFINITE_ADVICE)
                ]
        return []

    def _saturated(self, step: int, outputs: list) -> list[Finding]:
        found = []
        # The last layer is left out: at an output saturation is confidence.
        for info, sketch in outputs[:-1] if len(outputs) > 1 else outputs:
            bounds = saturation(info.activation)
            if bounds is None or sketch.count != sketch.finite_count:
                continue
            share = (sketch.low_count + sketch.high_count) / sketch.count
            holds = share >= self.thresholds.saturated_share
            change = self._episodes.observe((SATURATED_UNITS, info.path), holds, step)
            if change is not None:
                found.append(self._saturated_finding(step, info, sketch, bounds, share, change))
        return found

    def _saturated_finding(
        self,
        step: int,
        info: LayerInfo,
        sketch: Sketch,
        bounds: tuple[float, float],
        share: float,
        change: tuple[str, int],
    ) -> Finding:
        whole = (sketch.unit_max <= bounds[0]) | (sketch.unit_min >= bounds[1])
        units = tuple(np.flatnonzero(whole).tolist())
        numbers = {"share": share, "saturated": len(units), "units": len(whole)}
        values = f"{share:.0%} of the values are within 1 % of {info.activation}'s asymptotes"
        if change[0] != BEGINS:
            message = f"only {values} now"
            return Finding(SATURATED_UNITS, info.path, step, message, (), numbers, recovered=True)
        message = f"{values}, and all values of {len(units)} of {len(whole)} units"
        message += self._for_records(change)
        advice = (
            "Make what goes in smaller: normalise the inputs, initialise for this activation, or "
            "lower the learning rate."
        )
        return Finding(SATURATED_UNITS, info.path, step, message, units, numbers, advice)

    def _depth(self, step: int, ran: list) -> list[Finding]:
        limits, found = self.thresholds, []
        for chain in chains(ran, limits.chain_layers):
            total = chain.total
            falls = total <= 1 / limits.total_factor and chain.factor <= limits.vanishing_factor
            grows = total >= limits.total_factor and chain.factor >= limits.exploding_factor
            for kind, holds in ((VANISHING_SIGNAL, falls), (EXPLODING_SIGNAL, grows)):
                subject = (kind, chain.name, chain.is_gradient)
                change = self._episodes.observe(subject, holds, step)
                if change is not None:
                    layer = self._layer(subject, change, chain.paths[-1])
                    found.append(self._depth_finding(step, kind, layer, chain, change))
        return found

    def _depth_finding(
        self, step: int, kind: str, layer: str, chain: Chain, change: tuple[str, int]
    ) -> Finding:
        first, last = chain.strengths[[0, -1]].tolist()
        numbers = {
            "factor": chain.factor,
            "first": first,
            "last": last,
            "layers": len(chain.paths),
        }
        what = "norm of the gradient" if chain.is_gradient else "standard deviation"
        ends = f"from {first:.3g} at {chain.paths[0]} to {last:.3g} at {chain.paths[-1]}"
        verb = "falls" if kind == VANISHING_SIGNAL else "grows"
        amount = f"by a factor of {chain.factor:.2f} a layer, {ends}"
        over = f"over {len(chain.paths)} {chain.name} layers"
        if change[0] != BEGINS:
            message = f"the {what} no longer {verb} too much: {amount}, {over}"
            return Finding(kind, layer, step, message, (), numbers, recovered=True)
        message = f"the {what} {verb} {amount}, {over}{self._for_records(change)}"
        how = "larger" if kind == VANISHING_SIGNAL else "smaller"
        advice = (
            f"Initialise with {how} weights (he_normal for the ReLU family, lecun_normal for "
            "SELU), or normalise between the layers."
        )
        return Finding(kind, layer, step, message, (), numbers, advice)

    def _fixed_point(self, step: int, outputs: list) -> list[Finding]:
        limits, found = self.thresholds, []
        known = distances(outputs, limits.fixed_point_mean, limits.fixed_point_std)
        for activation, layers in known.items():
            subject = (OFF_FIXED_POINT, activation)
            change = self._episodes.observe(subject, bool(layers.off.any()), step)
            if change is not None:
                layer = self._layer(subject, change, layers.paths[layers.worst])
                found.append(self._fixed_point_finding(step, layer, layers, change))
        return found

    def _fixed_point_finding(
        self, step: int, layer: str, layers: Distances, change: tuple[str, int]
    ) -> Finding:
        if change[0] != BEGINS:
            words, numbers = layers.back, layers.numbers
            return Finding(OFF_FIXED_POINT, layer, step, words, (), numbers, recovered=True)
        message = layers.message + self._for_records(change)
        advice = (
            "Standardise the inputs, initialise with lecun_normal, and use AlphaDropout in place "
            "of dropout."
        )
        return Finding(OFF_FIXED_POINT, layer, step, message, (), layers.numbers, advice)

    # What they share

    def _for_records(self, change: tuple[str, int]) -> str:
        if self.thresholds.records == 1:
            return ""
        return f"; in {self.thresholds.records} consecutive records, since step {change[1]}"

    def _layer(self, subject: object, change: tuple[str, int], layer: str) -> str:
        """The layer to name: a recovery is told beside the layer where it began."""
        if change[0] == BEGINS:
            self._said[subject] = layer
        return self._said[subject]


def _forward(pairs: list) -> list:
    return [(info, sketch) for info, sketch in pairs if not info.path.endswith(GRADIENT)]
