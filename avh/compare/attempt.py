"""How a run begins, or goes on from what an earlier attempt left in its directory.

- A finished run is not started again.
- One with a `config.json` goes on in its directory, from its last whole checkpoint.
- One that did not get so far has recorded nothing: it is removed, if avh made it, and begins anew.
"""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from avh.compare.plan import RunPlan
from avh.compare.progress import FINISHED, RUNNING, STARTING, STOPPED
from avh.train import rundir
from avh.train.status import Status, read_status, write_status

TRAINER = (sys.executable, "-m", "avh.cli.train")


def status_of(train_dir: Path, name: str) -> Status | None:
    """What a run last wrote of itself; None if nothing can be read."""
    try:
        return read_status(train_dir / name)
    except (OSError, ValueError):
        return None


def is_finished(train_dir: Path, name: str) -> bool:
    """Whether a run of this name went to its end there."""
    status = status_of(train_dir, name)
    return status is not None and status.state == FINISHED


def give_up(train_dir: Path, name: str) -> None:
    """Note that an attempt on another machine has ended, if its status says that it goes on.

    Its process id says nothing here, where another process may bear the same.

    Raises:
        OSError: the status cannot be written.
    """
    status = status_of(train_dir, name)
    if status is not None and status.state in (STARTING, RUNNING):
        write_status(train_dir / name, replace(status, state=STOPPED, seconds_left=None))


def command_line(plan: RunPlan, train_dir: Path, trainer: Sequence[str] | None = None) -> list[str]:
    """What to start so that the run begins, or goes on, in `train_dir`.

    Args:
        plan: the run.
        train_dir: the parent of its directory, which need not be the one that the plan names.
        trainer: the command that takes the trainer's arguments; by default this very Python's.
    """
    run = train_dir / plan.name
    if (run / rundir.CONFIG).is_file():
        switches = [flag for flag in plan.argv if flag in ("--no_progress", "--download")]
        return [*(trainer or TRAINER), "--resume", str(run), *switches]
    if (run / rundir.MARKER).is_file() and not run.is_symlink():
        shutil.rmtree(run)
    return [*(trainer or TRAINER), *plan.argv, "--train_dir", str(train_dir)]
