"""The records of any number of runs as one pandas DataFrame.

The statistics are float32, bit for bit what the monitor wrote. Runs that are still going on, have
ended or were killed are read alike: each up to its last whole record.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from avh.records.frame import frame_of
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
        - `group`: categorical, last and only where any run has one: the name of its group (runs
          that differ only in their seed), missing for a run without

    Raises:
        FileNotFoundError: there is no such directory.
        ValueError: it holds no avh records, or those of another version.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from avh.records import events, schema
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
    return frame_of(_each_run(Path(log_dir), histograms=histograms), histograms=histograms)


def read_runs(log_dir: str | os.PathLike, *, histograms: bool) -> dict[str, RunRecords]:
    """The records of every run at or below a directory, under the name that `load` gives it.

    Raises:
        FileNotFoundError, ValueError: as `load`.
    """
    return dict(_each_run(Path(log_dir), histograms=histograms))


def to_frame(runs: dict[str, RunRecords], *, histograms: bool = False) -> "pd.DataFrame":
    """The frame that `load` describes, of records that are in memory."""
    return frame_of(runs.items(), histograms=histograms)


def _each_run(log_dir: Path, *, histograms: bool) -> Iterator[tuple[str, RunRecords]]:
    """One run after the other, of which two at most are in memory here."""
    last, count = None, 0
    for name, place in find_runs(log_dir).items():
        try:
            run = read_run(place, histograms=histograms)
        except NoRecordsError:  # another tool's event files, or a run that has just begun
            continue
        if last is not None:
            yield last
        last, count = (name, run), count + 1
    if last is None:
        raise NoRecordsError(f"avh records expected below {log_dir}, found none")
    name, run = last
    alone = count == 1 and name == "."
    yield log_dir.resolve().name if alone else name, run
