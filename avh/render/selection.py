"""What of several runs is put side by side: which layers, at which step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avh.render.spread import Spread, spread

if TYPE_CHECKING:
    from avh.records.reader import RunRecords

_EARLY = 0.5  # a run that ended before this part of the longest holds the others not back


@dataclass(frozen=True)
class Cell:
    """One layer of one run at one step.

    Attributes:
        spread: None where no finite value was counted.
        statistics: by name, as recorded.
        shape: of the layer's output for one example, such as "14 x 14 x 32".
    """

    spread: Spread | None
    statistics: dict[str, float]
    shape: str


def common_records(runs: "Sequence[RunRecords]") -> list[int | None]:
    """For every run the index of the record to show: of the last step that all runs have recorded.

    A run that ended before half of the longest run, or shares no step with the others, is shown at
    its own last step and does not hold the others back. None for a run without records.
    """
    steps = [[int(step) for step in run.steps] for run in runs]
    last = [max(own, default=0) for own in steps]
    in_time = [set(own) for own, end in zip(steps, last, strict=True) if end >= _EARLY * max(last)]
    shared = set.intersection(*in_time) if in_time else set()
    step = max(shared, default=None)
    return [
        own.index(step)
        if step in own and end >= _EARLY * max(last)
        else len(own) - 1
        if own
        else None
        for own, end in zip(steps, last, strict=True)
    ]


def layer_paths(runs: "Sequence[RunRecords]") -> list[str]:
    """The layers of all runs; each run's own order is kept where the runs do not contradict it."""
    paths: list[str] = []
    for run in runs:
        place = 0
        for layer in run.info.layers:
            if layer.path in paths:
                place = paths.index(layer.path) + 1
            else:
                paths.insert(place, layer.path)
                place += 1
    return paths


def cell(run: "RunRecords", record: int | None, path: str) -> Cell | None:
    """The cell of a run's layer; None if the run has no such layer, or the layer did not run."""
    index = next((i for i, layer in enumerate(run.info.layers) if layer.path == path), None)
    if index is None or record is None:
        return None
    values = np.asarray(run.stats[record, index], np.float64).tolist()
    statistics = dict(zip(run.info.statistics, values, strict=True))
    if not statistics["count"] > 0:
        return None
    shape = [str(size) for size in run.info.layers[index].output_shape[1:]]
    counted = spread(run.hist[record, index], run.info.magnitudes)
    return Cell(counted, statistics, " x ".join(shape))
