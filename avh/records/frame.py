"""The records of many runs as one pandas DataFrame, in little more memory than it takes itself.

Each run is cut into columns and let go before the next one is read. The columns grow where they
are: pieces that are joined at the end would be there twice.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from avh.records import schema
from avh.records.reader import RunRecords

if TYPE_CHECKING:
    import pandas as pd


def frame_of(runs: Iterable[tuple[str, RunRecords]], *, histograms: bool) -> "pd.DataFrame":
    """The frame that `avh.records.load.load` describes.

    Args:
        runs: names and records, at least one; read one after the other.
        histograms: whether there are columns `edges` and `counts`.
    """
    import pandas as pd

    names: list[str] = []
    groups: dict[str, int] = {}
    layers: dict[str, int] = {}
    grown: dict[str, _Growing] = {}
    for name, run in runs:
        places = np.array([layers.setdefault(path, len(layers)) for path in run.layer_paths])
        group = -1 if run.info.group is None else groups.setdefault(run.info.group, len(groups))
        for column, values in _columns(run, len(names), places, group, histograms):
            grown.setdefault(column, _Growing(values.dtype)).append(values)
        names.append(name)
        del run, values  # before the next one is read
    categories = {"run": names, "layer": list(layers), "group": list(groups)}
    if not groups:
        del grown["group"]
    joined = {}
    for column in list(grown):
        values = grown.pop(column).whole()
        known = categories.get(column)
        joined[column] = values if known is None else pd.Categorical.from_codes(values, known)
    return pd.DataFrame(joined, copy=False)


class _Growing:
    """An array that is appended to; large ones are not copied when they grow."""

    def __init__(self, dtype: np.dtype) -> None:
        self._values = np.empty(0, dtype)
        self._count = 0

    def append(self, values: np.ndarray) -> None:
        """Put values at its end."""
        end = self._count + len(values)
        if end > len(self._values):
            self._values.resize(max(end, len(self._values) * 9 // 8), refcheck=False)
        self._values[self._count : end] = values
        self._count = end

    def whole(self) -> np.ndarray:
        """All that was appended; nothing can be appended after that."""
        self._values.resize(self._count, refcheck=False)
        return self._values


def _columns(
    run: RunRecords, number: int, places: np.ndarray, group: int, histograms: bool
) -> Iterator[tuple[str, np.ndarray]]:
    """Columns of one run by name, in the frame's order; names of categories as numbers."""
    layer, record = np.nonzero(~np.isnan(run.statistic("count").T))
    yield "run", np.full(len(layer), number, np.int32)
    yield "layer", places[layer].astype(np.int32)
    yield "step", run.steps[record]
    yield "wall_time", run.wall_times[record]
    for name in schema.STATISTICS:
        known = name in run.info.statistics
        lacking = np.full(len(layer), np.nan, np.float32)
        yield name, run.statistic(name)[record, layer] if known else lacking
    if histograms:
        edges = schema.edges_of(run.info.magnitudes)
        edges.flags.writeable = False  # all rows share it
        yield "edges", _objects([edges] * len(layer))
        yield "counts", _objects(list(run.hist[record, layer]))
    yield "group", np.full(len(layer), group, np.int32)


def _objects(rows: list[np.ndarray]) -> np.ndarray:
    """A column that holds one array a row."""
    column = np.empty(len(rows), object)
    column[:] = rows
    return column
