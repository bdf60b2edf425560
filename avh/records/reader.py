"""Read a run's records back from its event files.

Works on running, ended and killed runs: reading stops at the first damaged or unfinished event of a
file. Of a run that went on after a stop, the steps that it did again count as it did them last. A
step written twice counts once, the later one in force. TensorFlow is not imported.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.util.tensor_util import make_ndarray

from avh.records import finding as finding_list
from avh.records import restart, schema
from avh.records.finding import Finding
from avh.records.framing import read_frames

# step -> time, number of the description in force, rows
_Rows = dict[int, tuple[float, int, np.ndarray]]
_NO_BINS = np.zeros((0, 0), np.float32)


class NoRecordsError(ValueError):
    """Event files that hold no avh records: another tool's, or of a run that has just begun."""


@dataclass(frozen=True)
class RunRecords:
    """All records of one run, in the order of their steps."""

    name: str
    info: schema.RunInfo
    steps: np.ndarray  # [records] int64, ascending
    wall_times: np.ndarray  # [records] float64, seconds since the epoch
    stats: np.ndarray  # [records, layers, statistics] float32; NaN where a layer did not run
    hist: np.ndarray  # [records, layers, bins] float32; 0 where a layer did not run
    findings: tuple[Finding, ...] = ()  # all that were said, in their order

    @property
    def layer_paths(self) -> tuple[str, ...]:
        """Names of the layers, in the model's order."""
        return tuple(layer.path for layer in self.info.layers)

    def statistic(self, name: str) -> np.ndarray:
        """One statistic of all records, [records, layers]."""
        return self.stats[:, :, self.info.statistics.index(name)]


def find_runs(log_dir: str | os.PathLike) -> dict[str, Path]:
    """The directories at and below `log_dir` that hold event files: name -> directory.

    A name is the path from `log_dir`, as in TensorBoard, and "." is `log_dir` itself. In natural
    order: `run_2` comes before `run_10`.

    Raises:
        FileNotFoundError: there is no such directory.
    """
    log_dir = Path(log_dir)
    if not log_dir.is_dir():
        raise FileNotFoundError(f"a directory of runs expected, there is no {log_dir}")
    places = {file.parent for file in log_dir.rglob("*tfevents*")}
    named = {place.relative_to(log_dir).as_posix(): place for place in places}
    return {name: named[name] for name in in_order(named)}


def in_order(names: Iterable[str]) -> list[str]:
    """Names of runs in natural order.

    >>> in_order(["run_10", "run_2", "relu"])
    ['relu', 'run_2', 'run_10']
    """
    return sorted(names, key=_natural)


def event_files(run_dir: str | os.PathLike) -> list[Path]:
    """A run's event files, oldest first."""
    return sorted(Path(run_dir).glob("*tfevents*"))


def read_run(run_dir: str | os.PathLike, *, histograms: bool = True) -> RunRecords:
    """Read the records of one run.

    Args:
        run_dir: the directory of its event files.
        histograms: False leaves the histograms out, which take ten times the memory of the
            statistics: `hist` is then [records, layers, 0].

    Raises:
        FileNotFoundError: the directory holds no event file.
        NoRecordsError: its event files hold no avh records.
        ValueError: they are of another version of avh.
    """
    run_dir = Path(run_dir)
    infos: list[schema.RunInfo] = []
    stats, hist = _Rows(), _Rows()
    findings: list[Finding] = []
    for event, value in read_values(run_dir):
        if value.tag == schema.LAYERS_TAG:
            infos.append(schema.RunInfo.from_json(make_ndarray(value.tensor).item().decode()))
        elif value.tag == schema.STATS_TAG and infos:
            stats[event.step] = (event.wall_time, len(infos) - 1, _floats(value))
        elif value.tag == schema.HIST_TAG and infos:
            rows = _floats(value) if histograms else _NO_BINS
            hist[event.step] = (event.wall_time, len(infos) - 1, rows)
        elif value.tag == schema.FINDINGS_TAG:
            written = make_ndarray(value.tensor).item().decode()
            findings = finding_list.continued(findings, finding_list.from_json(written))
    steps = sorted(stats.keys() & hist.keys())
    if not steps:
        raise NoRecordsError(f"avh records expected in {run_dir}, found none")
    info, places = _merged(infos)
    return RunRecords(
        name=run_dir.name,
        info=info,
        steps=np.array(steps, np.int64),
        wall_times=np.array([stats[step][0] for step in steps]),
        stats=_aligned([stats[step] for step in steps], places, len(info.layers), np.nan),
        hist=_aligned([hist[step] for step in steps], places, len(info.layers), 0.0),
        findings=tuple(findings),
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

    What a run that went on wrote again is left out of its older files, see `avh.records.restart`.

    Raises:
        FileNotFoundError: the directory holds no event file.
    """
    files = event_files(run_dir)
    if not files:
        raise FileNotFoundError(f"event files expected in {run_dir}, found none")
    for path, end in zip(files, restart.ends(files), strict=True):
        for payload in read_frames(path):
            event = Event.FromString(payload)
            for value in event.summary.value if event.step < end else ():
                yield event, value


def _floats(value: Summary.Value) -> np.ndarray:
    """The rows of a record, float32; the same as `make_ndarray`, a few times quicker."""
    content = value.tensor.tensor_content
    if not content:
        return make_ndarray(value.tensor)
    shape = [dimension.size for dimension in value.tensor.tensor_shape.dim]
    return np.frombuffer(content, "<f4").reshape(shape)


def _merged(infos: list[schema.RunInfo]) -> tuple[schema.RunInfo, list[np.ndarray]]:
    """One description for all records, and the places of each description's layers in it.

    It is the newest; behind its layers come those that only earlier records have: a run that was
    restarted may watch others.
    """
    layers: dict[str, schema.LayerInfo] = {}
    for info in reversed(infos):
        for layer in info.layers:
            layers.setdefault(layer.path, layer)
    order = {path: place for place, path in enumerate(layers)}
    places = [np.array([order[layer.path] for layer in info.layers]) for info in infos]
    return replace(infos[-1], layers=tuple(layers.values())), places


def _aligned(
    records: list[tuple[float, int, np.ndarray]], places: list[np.ndarray], layers: int, fill: float
) -> np.ndarray:
    """[records, layers, columns] float32: each row in its layer's place, `fill` elsewhere."""
    aligned = np.full((len(records), layers, records[0][2].shape[1]), fill, np.float32)
    for target, (_, number, rows) in zip(aligned, records, strict=True):
        target[places[number][: len(rows)]] = rows
    return aligned


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts numbers in a name by their value."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]
