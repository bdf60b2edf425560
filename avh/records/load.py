"""The records of any number of runs as one pandas DataFrame.

The statistics are float32, bit for bit what the monitor wrote. Runs that are still going on, have
ended or were killed are read alike: each up to its last whole record.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avh.records import schema
from avh.records.reader import NoRecordsError, RunRecords, find_runs, read_run

if TYPE_CHECKING:
    import pandas as pd


def load(log_dir: str | os.PathLike, histograms: bool = False) -> "pd.DataFrame":
    """Read the records of one run, or of all runs below a directory.

    Args:
        log_dir: a run directory, or a directory with runs anywhere below.
        histograms: add the columns `edges` and `counts`; ten times the memory.

    Returns:
        One row a run, layer and step, sorted in this order; a layer that did not run at a step has
        no row there. Columns:

        - `run`: categorical; the path below `log_dir`, or the name of `log_dir` if that is the run
        - `layer`: categorical, in the model's order, so that sorting and grouping keep it
        - `step`: int64; `wall_time`: float64, seconds since the epoch
        - `count mean std min max q01 q05 q25 q50 q75 q95 q99 zero_fraction dead_fraction
          saturated_fraction nan_count inf_count`: float32, see `avh.records.schema.STATISTICS`
        - `edges`: float64 [bins + 1], ascending, the same array in every row; the first and the
          last are infinite, and the bin of the exact zeros lies between two edges that are both 0
        - `counts`: float32 [bins], of the finite elements

    Raises:
        FileNotFoundError: there is no such directory.
        ValueError: it holds no avh records, or those of another version.

    Example:
        >>> import tempfile
        >>> from avh.records import events
        >>> from avh.records.event_file import EventFile
        >>> log_dir = tempfile.mkdtemp()  # what a monitor fills
        >>> layer = schema.LayerInfo("fc", "Dense", (None, 3), "relu", 3)
        >>> with EventFile(log_dir) as file:
        ...     info = events.run_info(schema.RunInfo((layer,)))
        ...     rows, counts = np.full((1, 17), 0.5), np.ones((1, schema.BINS))
        ...     file.write(10, [info, events.statistics(rows), events.histograms(counts)])
        >>> frame = load(log_dir)
        >>> frame[["layer", "step", "mean"]].values.tolist()
        [['fc', 10, 0.5]]
    """
    return to_frame(read_runs(log_dir, histograms=histograms), histograms=histograms)


def read_runs(log_dir: str | os.PathLike, *, histograms: bool) -> dict[str, RunRecords]:
    """The records of every run at or below a directory, under the name that `load` gives it.

    Raises:
        FileNotFoundError, ValueError: as `load`.
    """
    log_dir, runs = Path(log_dir), {}
    for name, place in find_runs(log_dir).items():
        try:
            runs[name] = read_run(place, histograms=histograms)
        except NoRecordsError:  # another tool's event files, or a run that has just begun
            continue
    if not runs:
        raise NoRecordsError(f"avh records expected below {log_dir}, found none")
    return {log_dir.resolve().name: runs["."]} if list(runs) == ["."] else runs


def to_frame(runs: dict[str, RunRecords], *, histograms: bool = False) -> "pd.DataFrame":
    """The frame that `load` describes, of records that are in memory."""
    import pandas as pd

    layers = dict.fromkeys(path for run in runs.values() for path in run.layer_paths)
    names, paths = pd.CategoricalDtype(list(runs)), pd.CategoricalDtype(list(layers))
    frames = [
        _frame(run, pd.Categorical([name], dtype=names), paths, histograms)
        for name, run in runs.items()
    ]
    return pd.concat(frames, ignore_index=True)


def _frame(
    run: RunRecords, name: "pd.Categorical", paths: "pd.CategoricalDtype", histograms: bool
) -> "pd.DataFrame":
    """The rows of one run."""
    import pandas as pd

    layer, record = np.nonzero(~np.isnan(run.statistic("count").T))
    frame = pd.DataFrame(run.stats[record, layer], columns=list(run.info.statistics))
    frame = frame.reindex(columns=list(schema.STATISTICS))
    keys = {
        "run": name.repeat(len(frame)),
        "layer": pd.Categorical(run.layer_paths, dtype=paths).take(layer),
        "step": run.steps[record],
        "wall_time": run.wall_times[record],
    }
    for position, (key, values) in enumerate(keys.items()):
        frame.insert(position, key, values)
    if histograms:
        edges = schema.edges_of(run.info.magnitudes)
        edges.flags.writeable = False  # all rows share it
        frame["edges"] = _objects([edges] * len(frame))
        frame["counts"] = _objects(list(run.hist[record, layer]))
    return frame


def _objects(rows: list[np.ndarray]) -> np.ndarray:
    """A column that holds one array a row."""
    column = np.empty(len(rows), object)
    column[:] = rows
    return column
