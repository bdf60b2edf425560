"""From packed sketches to what is written: the work of the background thread.

One record is one event: the statistics and the histograms of all layers. Before it comes what is
newly found, in an event of its own; behind it, where pictures are due, the stock summaries.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from avh.monitor import tabulate
from avh.monitor.carried import Carried, read_earlier
from avh.monitor.findings import Findings
from avh.monitor.recorder import Slot
from avh.monitor.sketch import Sketch
from avh.records import events
from avh.records.event_file import EventFile
from avh.records.finding import Finding, to_json, to_markdown
from avh.records.schema import BINS, STATISTICS, LayerInfo, RunInfo
from avh.render.activation_map import ActivationPicture, colour, layout
from avh.render.histogram import HistogramPicture
from avh.render.png import encode_png

Packed = list[tuple[Slot, list[np.ndarray]]]
_STOCK_SCALARS = {  # tag prefix -> statistic
    "activation_mean": "mean",
    "activation_std": "std",
    "zero_fraction": "zero_fraction",
    "dead_fraction": "dead_fraction",
}


@dataclass
class Measured:
    """One layer at one step."""

    info: LayerInfo
    sketch: Sketch | None  # None where the layer did not run at this step
    saturates: bool = False

    @property
    def statistics(self) -> np.ndarray:
        """[statistics] float32; NaN where the layer did not run."""
        if self.sketch is None:
            return np.full(len(STATISTICS), np.nan, np.float32)
        return self.sketch.statistics(saturates=self.saturates)

    @property
    def histogram(self) -> np.ndarray:
        """[bins] float32; 0 where the layer did not run."""
        return np.zeros(BINS, np.float32) if self.sketch is None else self.sketch.histogram()


def measure(packed: Packed, step: int) -> list[Measured]:
    """Unpack the sketches of one step, merged over replicas."""
    return [Measured(slot.info, _merged(vectors, step), slot.saturates) for slot, vectors in packed]


def _merged(vectors: list[np.ndarray], step: int) -> Sketch | None:
    merged = None
    for vector in vectors:
        if Sketch.step_of(vector) == step:
            sketch = Sketch.unpack(vector)
            merged = sketch if merged is None else merged.merge(sketch)
    return merged


def raise_first(step: int, failed: Mapping[str, Exception]) -> None:
    """Raise the first of several errors."""
    raise next(iter(failed.values()))


@dataclass
class Journal:
    """What one run has written so far; used by the background thread only."""

    seed: int | None = None
    probe_hash: str | None = None
    layers: list[LayerInfo] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    on_findings: Callable[[Sequence[Finding]], object] = lambda new: None  # told what is new
    group: str | None = None
    # Told at which step pictures failed, and of which layers; what it raises ends the recording.
    on_undrawable: Callable[[int, Mapping[str, Exception]], object] = raise_first
    _carried: Carried = field(default_factory=Carried)
    _is_carrying: bool = False  # whether what was taken over is still to be written
    _undrawable: set[str] = field(default_factory=set)
    _histogram_picture: HistogramPicture = field(default_factory=HistogramPicture)
    _activation_picture: ActivationPicture = field(default_factory=ActivationPicture)

    def carry_on(self, file: EventFile, first_step: int) -> None:
        """Take over what an earlier monitor found in this directory before `first_step`.

        The first job on a file; a journal that has written before knows all of it already.
        """
        earlier = read_earlier(file.directory, first_step) if not self.layers else None
        if earlier is not None:
            self._is_carrying = True
            self._carried = Carried(earlier, self.findings.thresholds.records, first_step)
            self.findings.found += earlier

    def write_record(self, file: EventFile, step: int, time: float, packed: Packed) -> None:
        """Write the record of one step."""
        self._write(file, step, time, measure(packed, step))

    def write_summaries(self, file: EventFile, step: int, time: float, packed: Packed) -> None:
        """Write the record of one step and its stock scalars and histograms."""
        measured = measure(packed, step)
        self._write(file, step, time, measured)
        ran = [layer for layer in measured if layer.sketch is not None]
        file.write(step, [value for layer in ran for value in _stock_values(layer)], time)

    def write_pictures(
        self, file: EventFile, step: int, time: float, activations: dict[str, np.ndarray]
    ) -> None:
        """Draw and write what the layers put out for the probe.

        A layer that cannot be drawn is told to `on_undrawable` and not tried again.

        Args:
            activations: name -> float32 [examples, ...]; names without a record, and what has no
                examples, are ignored.
        """
        drawable = {layer.path for layer in self.layers} - self._undrawable
        failed = {}
        for name, values in activations.items():
            if name not in drawable or not values.ndim or not len(values):
                continue
            try:
                pictures = self._pictures(name, step, values)
            except Exception as error:
                failed[name] = error
            else:
                file.write(step, pictures, time)
        if failed:
            self._undrawable |= failed.keys()
            self.on_undrawable(step, failed)

    def _write(self, file: EventFile, step: int, time: float, measured: list[Measured]) -> None:
        self._find(file, step, time, measured)
        known = {layer.path: row for row, layer in enumerate(self.layers)}
        fresh = [layer.info for layer in measured if layer.info.path not in known]
        values = []
        if fresh:
            self.layers += fresh
            known = {layer.path: row for row, layer in enumerate(self.layers)}
            info = RunInfo(tuple(self.layers), self.seed, self.probe_hash, self.group)
            values.append(events.run_info(info))
        rows = np.full((len(known), len(STATISTICS)), np.nan, np.float32)
        hist = np.zeros((len(known), BINS), np.float32)
        ran = [layer for layer in measured if layer.sketch is not None]
        if ran:
            places = [known[layer.info.path] for layer in ran]
            sketches = [layer.sketch for layer in ran]
            rows[places] = tabulate.statistics(sketches, [layer.saturates for layer in ran])
            hist[places] = tabulate.histograms(sketches)
        file.write(step, [*values, events.statistics(rows), events.histograms(hist)], time)

    def _find(self, file: EventFile, step: int, time: float, measured: list[Measured]) -> None:
        infos = [layer.info for layer in measured]
        new = self.findings.feed(step, infos, [layer.sketch for layer in measured])
        over = self._carried.over(step, new)
        self.findings.found += over
        new = [*new, *over]
        if new or self._is_carrying:
            self._is_carrying = False
            found = self.findings.found
            values = [events.findings(to_json(found)), events.text("findings", to_markdown(found))]
            file.write(step, values, time)
        if new:
            self.on_findings(new)

    def _pictures(self, name: str, step: int, values: np.ndarray) -> list:
        bars = self._histogram_picture.draw(values, layer=name, step=step)
        plot = self._activation_picture.draw(values[0], layer=name, step=step)
        bare = colour(layout(values[0]))
        return [
            events.image(f"histogram/{name}", [encode_png(bars)], *bars.shape[:2]),
            events.image(f"visualization/{name}", [encode_png(plot)], *plot.shape[:2]),
            events.layer_image(name, encode_png(bare)),
        ]


def _stock_values(layer: Measured) -> list:
    path, sketch, statistics = layer.info.path, layer.sketch, layer.statistics
    named = [
        events.scalar(f"{tag}/{path}", statistics[STATISTICS.index(name)])
        for tag, name in _STOCK_SCALARS.items()
    ]
    bars = events.histogram(f"activation/{path}", layer.histogram, sketch.min, sketch.max)
    return [*named, bars]
