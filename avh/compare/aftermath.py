"""How runs stand, told from their directories alone, while they train or long after.

A run of the trainer says so in its `status.json`; a run of the monitor alone says nothing, and
counts as finished.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from avh.compare import progress
from avh.compare.outcome import Outcome
from avh.compare.progress import Progress
from avh.records.load import read_runs
from avh.records.reader import NoRecordsError, in_order
from avh.train import rundir
from avh.train.description import read_description
from avh.train.status import read_status

if TYPE_CHECKING:
    from avh.records.reader import RunRecords

UNFINISHED = "unfinished"  # it says that it goes on, but its process is not on this machine


def find_outcomes(log_dir: Path) -> tuple[Outcome, ...]:
    """The outcome of every run at or below a directory, without histograms.

    They are named as `avh.load` names them, and in its order. Runs that recorded nothing are there
    if they wrote a status.

    Raises:
        FileNotFoundError: there is no such directory.
        ValueError: it holds no avh records and no status, or those of another version.
    """
    places = {}
    for file in log_dir.rglob(rundir.STATUS):
        places[file.parent.relative_to(log_dir).as_posix()] = file.parent
    try:
        records = read_runs(log_dir, histograms=False)
    except NoRecordsError:
        if not places:
            raise
        records = {}
    if list(records) == [log_dir.resolve().name] and "." in places:
        places[log_dir.resolve().name] = places.pop(".")
    names = in_order(records.keys() | places.keys())
    return tuple(
        Outcome(
            _standing(name, places.get(name)),
            records.get(name),
            _group(records.get(name), places.get(name)),
        )
        for name in names
    )


def _group(records: "RunRecords | None", place: Path | None) -> str | None:
    """The group of a run: its records say it, or, of one that recorded nothing, its settings."""
    if records is not None:
        return records.info.group
    try:
        return None if place is None else read_description(place)["flags"].get("group")
    except (OSError, ValueError):
        return None


def _standing(name: str, place: Path | None) -> Progress:
    status = None if place is None else read_status(place)
    if status is None:
        return Progress(name, progress.FINISHED)
    state = status.state
    if state in (progress.STARTING, progress.RUNNING) and not _is_alive(status.pid):
        state = UNFINISHED
    return Progress(name, state, status, status.error)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True
