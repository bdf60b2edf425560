"""One run of a comparison as a process of its own on this machine."""

import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from avh import child
from avh.compare import attempt, progress
from avh.compare.clean import LOGS
from avh.compare.plan import RunPlan
from avh.compare.progress import Progress
from avh.train.status import Status


class RunProcess:
    """A run that is started once; what it prints goes to `train_dir/logs/<name>.log`.

    Args:
        plan: the run.
        train_dir: an existing directory that holds `logs/`.
        trainer: the command that takes the trainer's arguments (`attempt.command_line`).
    """

    def __init__(
        self, plan: RunPlan, train_dir: Path, trainer: Sequence[str] | None = None
    ) -> None:
        self.name = plan.name
        self._plan, self._train_dir, self._trainer = plan, train_dir, trainer
        self._process: subprocess.Popen | None = None
        self._was_finished = attempt.is_finished(train_dir, plan.name)

    @property
    def is_waiting(self) -> bool:
        """Whether it has still to be started."""
        return self._process is None and not self._was_finished

    @property
    def is_busy(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def is_over(self) -> bool:
        """Whether it ended, now or in an earlier comparison."""
        return not self.is_waiting and not self.is_busy

    def start(self, environment: dict[str, str]) -> None:
        """Begin, or go on where an earlier attempt ended.

        Raises:
            OSError: the trainer or the log cannot be opened.
        """
        command = attempt.command_line(self._plan, self._train_dir, self._trainer)
        self._process = child.start(command, self._log, environment)

    def progress(self) -> Progress:
        """How far it is."""
        if self._process is None:
            state = progress.FINISHED if self._was_finished else progress.WAITING
            return Progress(self.name, state, self._status())
        code = self._process.poll()  # asked before the status is read: then the status is the last
        status = self._status()
        # What an earlier attempt wrote says how far the run is, but not how this one stands.
        own = status if status is not None and status.pid == self._process.pid else None
        if code is None:
            return Progress(self.name, progress.STARTING if own is None else own.state, status)
        if code == 0:
            return Progress(self.name, progress.FINISHED, status)
        if own is not None and own.state == progress.STOPPED:
            return Progress(self.name, progress.STOPPED, status)
        return Progress(self.name, progress.FAILED, status, self._reason(code, own))

    @property
    def _log(self) -> Path:
        return self._train_dir / LOGS / f"{self.name}.log"

    def _status(self) -> Status | None:
        return attempt.status_of(self._train_dir, self.name)

    def _reason(self, code: int, status: Status | None) -> str:
        if status is not None and status.error:
            return status.error
        if code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return child.last_line(self._log, f"ended with exit code {code}")


def end_all(runs: Sequence[RunProcess], *, impatient: Callable[[], bool] = lambda: False) -> None:
    """Return when none of the runs has a process any more (see `child.end_all`)."""
    busy = [run._process for run in runs if run._process is not None and run.is_busy]
    child.end_all(busy, signal.SIGINT, impatient=impatient)
