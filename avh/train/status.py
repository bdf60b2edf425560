"""How far a run is: `status.json`, rewritten whole while the run goes on."""

import json
import os
import time
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from avh.atomic import write_json
from avh.train import rundir

STATES = ("starting", "running", "finished", "failed", "stopped")


@dataclass(frozen=True)
class Status:
    """One moment of a run. None stands for what is not known yet, or not finite."""

    state: str  # one of STATES
    step: int
    max_steps: int
    loss: float | None = None  # mean over the training batches since the last report
    accuracy: float | None = None  # likewise, share in [0, 1]
    val_loss: float | None = None  # of the whole test set, when last measured
    val_accuracy: float | None = None
    examples_per_second: float | None = None
    seconds_left: float | None = None
    error: str | None = None
    pid: int = 0
    updated: float = 0.0  # unix seconds


def write_status(run: Path, status: Status) -> Status:
    """Write `status` with this process and this moment; returns what was written."""
    stamped = replace(status, pid=os.getpid(), updated=time.time())
    write_json(run / rundir.STATUS, asdict(stamped))
    return stamped


def read_status(run: Path) -> Status | None:
    """The status of a run, or None while it has written none.

    Raises:
        ValueError: the file is not a status.
    """
    try:
        text = (run / rundir.STATUS).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        raw = json.loads(text)
        known = {field.name for field in fields(Status)}
        status = Status(**{name: value for name, value in raw.items() if name in known})
    except (TypeError, AttributeError, RecursionError, json.JSONDecodeError) as error:
        raise ValueError(f"not a status: {run / rundir.STATUS}") from error
    if status.state not in STATES:
        raise ValueError(f"state: one of {', '.join(STATES)} expected, got {status.state!r}")
    for name, kind in (("step", int), ("max_steps", int), ("pid", int), ("updated", int | float)):
        if not isinstance(getattr(status, name), kind):
            raise ValueError(f"not a status: {run / rundir.STATUS}")
    return status
