"""Whether a run is being trained at this moment, as far as its status and this machine tell."""

import os
import time
from pathlib import Path

from avh.train.status import read_status

_FRESH_SECONDS = 600  # an older status is a dead run's, whoever bears its process id by now


def trained_by(run: Path) -> int | None:
    """The process that is training a run, or None.

    A run that was killed keeps a status that says "running": its process has to be alive, and the
    status no older than ten minutes.
    """
    try:
        status = read_status(run)
    except (OSError, ValueError):
        return None
    if status is None or status.state not in ("starting", "running"):
        return None
    if time.time() - status.updated > _FRESH_SECONDS:
        return None
    return status.pid if _lives(status.pid) else None


def _lives(pid: int) -> bool:
    if pid < 1:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Whether a process has ended and waits for its parent to notice; known on Linux only."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[:1] == ["Z"]
