"""What an evaluation leaves in the directory of its run: numbers, a picture, records.

- `evaluation.json` holds the numbers, and `confusion.png` is the picture of the confusion matrix.
  Of several checkpoints of one run they describe the latest; the others are in the JSON too.
- `evaluation/` holds records, which TensorBoard and the Activations tab show as a run of their own
  beside that of the training: of the test set, and never two writers in one directory.
- Evaluating again replaces all of them; the old ones go when the new ones are there. Of
  `evaluation/` nothing but event files of avh is ever removed.
"""

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avh.atomic import write_json
from avh.train import rundir

if TYPE_CHECKING:
    from avh.monitor.findings import Findings
    from avh.records.event_file import EventFile
    from avh.train.evaluator import Evaluation

PICTURE = "confusion.png"
RECORDS = "evaluation"
_EVENT_FILE = re.compile(r"events\.out\.tfevents\.\d+\..+\.avh")


def check(run: Path) -> None:
    """Check that an evaluation can be written into a run directory.

    Raises:
        OSError: it cannot be.
        ValueError: in the place of the records there is something else, such as another run.
    """
    for name in (rundir.EVALUATION, PICTURE):
        if (run / name).is_dir() or not os.access(run, os.W_OK | os.X_OK):
            raise OSError(f"evaluation: a file that can be written expected, got {run / name}")
    place = run / RECORDS
    if not os.path.lexists(place):
        return
    if place.is_symlink() or not place.is_dir() or (place / rundir.MARKER).exists():
        raise ValueError(f"evaluation: a directory of nothing but records expected, got {place}")
    if not os.access(place, os.W_OK | os.X_OK):
        raise OSError(f"evaluation: a directory that can be written expected, got {place}")


def write(evaluations: Sequence["Evaluation"], *, records: bool = True) -> list[Path]:
    """Write evaluations into the directories of their runs; returns these, each once.

    Args:
        evaluations: at least one; of one run as many as wanted, each of another step.
        records: False leaves `evaluation/` as it is.

    Raises:
        OSError: something cannot be written.
    """
    runs: dict[Path, list[Evaluation]] = {}
    for evaluation in evaluations:
        runs.setdefault(evaluation.run.resolve(), []).append(evaluation)
    for of_run in runs.values():
        of_run.sort(key=lambda evaluation: evaluation.step)
        run, (*earlier, latest) = of_run[0].run, of_run
        if records:
            write_records(of_run, run / RECORDS)
        write_picture(latest, run / PICTURE)
        others = {"earlier": [evaluation.to_dict() for evaluation in earlier]}
        write_json(run / rundir.EVALUATION, latest.to_dict() | others)
    return [of_run[0].run for of_run in runs.values()]


def write_picture(evaluation: "Evaluation", path: Path) -> None:
    """Write the confusion matrix as a PNG.

    Raises:
        OSError: the file cannot be written.
    """
    from avh.render.confusion import save_confusion

    title = f"{evaluation.name} at step {evaluation.step:,}"
    subtitle = (
        f"accuracy {evaluation.accuracy:.2%}, loss {evaluation.loss:.4f} "
        f"on all {evaluation.examples:,} test examples of {evaluation.dataset}"
    )
    save_confusion(path, evaluation.confusion, evaluation.classes, title, subtitle)


def write_records(evaluations: Sequence["Evaluation"], directory: Path) -> Path:
    """Write one record an evaluation into a new event file; returns its path.

    Args:
        evaluations: of one run, by ascending step.
        directory: other event files of avh in it are removed once the new one is complete.

    Raises:
        OSError: the file cannot be written: it is removed, and the old ones are still there; or
            one of these cannot be removed.
    """
    from avh.monitor.findings import Findings
    from avh.records import events
    from avh.records.event_file import EventFile
    from avh.records.schema import RunInfo

    old = _event_files(directory)
    judge, now = Findings(records=1), time.time()
    file = EventFile(directory)
    try:
        with file:
            first = evaluations[0]
            # There are no pictures here; without the hash the tab would warn of different ones.
            layers = tuple(layer.info for layer in first.layers)
            info = events.run_info(RunInfo(layers, first.seed, first.probe_hash))
            file.write(first.step, [info], now)
            for evaluation in evaluations:
                _write_record(file, evaluation, judge, now)
    except BaseException:  # an interruption too leaves no half file behind
        if file.path is not None:
            file.path.unlink(missing_ok=True)
        raise
    for path in old:
        path.unlink(missing_ok=True)
    return file.path


def _write_record(
    file: "EventFile", evaluation: "Evaluation", judge: "Findings", now: float
) -> None:
    from avh.records import events
    from avh.records.finding import to_json, to_markdown

    layers, step = evaluation.layers, evaluation.step
    if judge.feed(step, [layer.info for layer in layers], [layer.sketch for layer in layers]):
        found = judge.found
        values = [events.findings(to_json(found)), events.text("findings", to_markdown(found))]
        file.write(step, values, now)
    rows = np.array([list(layer.statistics.values()) for layer in layers], np.float32)
    counts = np.stack([layer.sketch.histogram() for layer in layers])
    file.write(step, [events.statistics(rows), events.histograms(counts)], now)


def _event_files(directory: Path) -> list[Path]:
    if not directory.is_dir():
        return []
    return [path for path in directory.iterdir() if _EVENT_FILE.fullmatch(path.name)]
