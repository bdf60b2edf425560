"""Read a run's records back from its event files.

Works on running, ended and killed runs: reading stops at the first damaged or unfinished event of a
file. A step written twice (a restarted run) counts once, the later one in force.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.util.tensor_util import make_ndarray

from avh.records import schema


@dataclass(frozen=True)
class RunRecords:
    """All records of one run, in the order of their steps."""

    name: str
    info: schema.RunInfo
    steps: np.ndarray  # [records] int64, ascending
    wall_times: np.ndarray  # [records] float64, seconds since the epoch
    stats: np.ndarray  # [records, layers, statistics] float32; NaN where a layer did not run
    hist: np.ndarray  # [records, layers, bins] float32; 0 where a layer did not run

    @property
    def layer_paths(self) -> tuple[str, ...]:
        """Names of the layers, in the model's order."""
        return tuple(layer.path for layer in self.info.layers)

    def statistic(self, name: str) -> np.ndarray:
        """One statistic of all records, [records, layers]."""
        return self.stats[:, :, self.info.statistics.index(name)]


def event_files(run_dir: str | os.PathLike) -> list[Path]:
    """A run's event files, oldest first."""
    return sorted(Path(run_dir).glob("*tfevents*"))


def read_run(run_dir: str | os.PathLike) -> RunRecords:
    """Read the records of one run.

    Raises:
        FileNotFoundError: the directory holds no event file.
        ValueError: its event files hold no avh records.
    """
    run_dir = Path(run_dir)
    info, stats, hist, times = None, {}, {}, {}
    for event, value in read_values(run_dir):
        if value.tag == schema.LAYERS_TAG:
            info = schema.RunInfo.from_json(make_ndarray(value.tensor).item().decode())
        elif value.tag == schema.STATS_TAG:
            stats[event.step] = make_ndarray(value.tensor)
            times[event.step] = event.wall_time
        elif value.tag == schema.HIST_TAG:
            hist[event.step] = make_ndarray(value.tensor)
    steps = sorted(stats.keys() & hist.keys())
    if info is None or not steps:
        raise ValueError(f"avh records expected in {run_dir}, found none")
    layers = len(info.layers)
    return RunRecords(
        name=run_dir.name,
        info=info,
        steps=np.array(steps, np.int64),
        wall_times=np.array([times[step] for step in steps]),
        stats=np.stack([_padded(stats[step], layers, np.nan) for step in steps]),
        hist=np.stack([_padded(hist[step], layers, 0.0) for step in steps]),
    )


def scalars(run_dir: str | os.PathLike) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The stock scalars of a run: tag -> (steps int64 [n], values float32 [n]), steps ascending.

    Raises:
        FileNotFoundError: the directory holds no event file.
    """
    found: dict[str, dict[int, float]] = {}
    plugins: dict[str, str] = {}
    for event, value in read_values(Path(run_dir)):
        plugin = plugins.setdefault(value.tag, value.metadata.plugin_data.plugin_name)
        if plugin == "scalars":
            found.setdefault(value.tag, {})[event.step] = float(make_ndarray(value.tensor))
    return {
        tag: (
            np.array(sorted(series), np.int64),
            np.array([series[s] for s in sorted(series)], "f4"),
        )
        for tag, series in found.items()
    }


def read_values(run_dir: Path) -> Iterator[tuple[Event, Summary.Value]]:
    """Every value of a run's event files with its event, in the order of writing.

    Raises:
        FileNotFoundError: the directory holds no event file.
    """
    files = event_files(run_dir)
    if not files:
        raise FileNotFoundError(f"event files expected in {run_dir}, found none")
    for path in files:
        for record in RawEventFileLoader(str(path)).Load():
            event = Event.FromString(record)
            for value in event.summary.value:
                yield event, value


def _padded(rows: np.ndarray, layers: int, fill: float) -> np.ndarray:
    """Rows of layers that appeared later are missing from earlier records, at the end."""
    missing = layers - len(rows)
    return np.concatenate([rows, np.full((missing, rows.shape[1]), fill, np.float32)])
