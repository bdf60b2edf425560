"""One run of a comparison as a trial of Ray Tune.

A trial is a single step: it starts the trainer as a process of its own on the node where Ray has
put it, and returns when that has ended. The trainer ends with the trial's process, so nothing goes
on where a node was given up.
"""

import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import ray
from ray import tune
from ray.actor import ActorHandle

from avh.compare import clean, desk
from avh.compare.attempt import give_up, status_of
from avh.compare.local import thread_settings
from avh.compare.plan import RunPlan
from avh.compare.process import RunProcess, end_all
from avh.compare.progress import RUNNING, STARTING
from avh.compare.storage import PUSH_SECONDS, Storage
from avh.train.alive import trained_by

LOOK_SECONDS = 0.3
QUIET_SECONDS = 4.0  # a training writes its status every second
MOST_QUIET_SECONDS = 60.0


@dataclass(frozen=True)
class Task:
    """What all trials of a comparison have in common."""

    desk: ActorHandle
    train_dir: Path  # on a path that all nodes see, unless there is a storage
    storage: str | None
    trainer: tuple[str, ...] | None
    directory: Path  # the driver's
    threads: int


class Trial(tune.Trainable):
    """Runs one plan from where the last attempt has left it."""

    def setup(self, config: dict[str, object], task: Task) -> None:
        """Note what is to be done."""
        self._plan: RunPlan = config["plan"]
        self._task = task

    def reset_config(self, config: dict[str, object]) -> bool:
        """Take the next plan in this process."""
        self._plan = config["plan"]
        return True

    def step(self) -> dict[str, object]:
        """Train; the result names the state in which the run ended, and its scores."""
        task, plan = self._task, self._plan
        with contextlib.suppress(OSError):  # where user modules and relative paths are found
            os.chdir(task.directory)
        with contextlib.ExitStack() as stack:
            train_dir, storage = task.train_dir, None
            if task.storage is None:
                _wait_until_quiet(train_dir, plan.name)
            else:
                train_dir, storage = stack.enter_context(_scratch()), Storage(task.storage)
                storage.pull([plan.name], train_dir)
            give_up(train_dir, plan.name)
            run = RunProcess(plan, train_dir, task.trainer)
            self._follow(run, train_dir, storage)
            if storage is not None:
                storage.push(plan.name, train_dir)
            ended = run.progress()
            ray.get(task.desk.report.remote(ended))
        status = ended.status
        return {
            "done": True,
            "state": ended.state,
            "loss": status and status.val_loss,
            "accuracy": status and status.val_accuracy,
        }

    def _follow(self, run: RunProcess, train_dir: Path, storage: Storage | None) -> None:
        """Start the run unless it is over, or the end is wished; return when it has ended."""
        office = self._task.desk
        pushed = time.monotonic()
        wish = ray.get(office.wish.remote())
        if wish == desk.GO_ON and run.is_waiting:
            with _interruptible():
                run.start(thread_settings(self._task.threads))
        try:
            while run.is_busy and wish == desk.GO_ON:
                if storage is not None and time.monotonic() - pushed > PUSH_SECONDS:
                    with contextlib.suppress(OSError):  # the next time, or at the end
                        storage.push(run.name, train_dir)
                    pushed = time.monotonic()
                time.sleep(LOOK_SECONDS)
                wish = ray.get(office.report.remote(run.progress()))
        finally:
            end_all([run], impatient=lambda: ray.get(office.wish.remote()) == desk.AT_ONCE)


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """A directory on this node for as long as a run is trained on it."""
    place = Path(tempfile.mkdtemp(prefix="avh-"))
    try:
        (place / clean.LOGS).mkdir()
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Ray blocks SIGINT in its workers, and a process started there would inherit that."""
    before = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _wait_until_quiet(train_dir: Path, name: str) -> None:
    """Return when no earlier attempt writes into the run's directory any more.

    A node that is given up may live a little longer; two writers would spoil the run's records.
    """
    deadline = time.monotonic() + MOST_QUIET_SECONDS
    status = status_of(train_dir, name)
    quiet_since = time.monotonic()
    while status is not None and status.state in (STARTING, RUNNING):
        now = time.monotonic()
        is_quiet = now - quiet_since > QUIET_SECONDS and trained_by(train_dir / name) is None
        if is_quiet or now > deadline:
            return
        time.sleep(LOOK_SECONDS)
        latest = status_of(train_dir, name)
        if latest != status:
            status, quiet_since = latest, time.monotonic()
