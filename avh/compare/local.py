"""Run trainings as processes on this machine, so many at once.

- One run's failure leaves the others alone.
- When asked to end, each training gets SIGINT and a bounded time to close its files; then it is
  killed. A second request ends the wait. However `run_local` is left, no process stays behind.
- What a run prints goes to `train_dir/logs/<name>.log`.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from avh import child
from avh.compare import progress
from avh.compare.clean import LOGS
from avh.compare.interruption import Interruption
from avh.compare.plan import RunPlan
from avh.compare.progress import Progress
from avh.train.status import Status, read_status

LOOK_SECONDS = 0.2
RUN_BYTES = 1 << 30  # of memory that a training takes; the default network on digits takes 0.75 GB


def run_local(
    plans: Sequence[RunPlan],
    train_dir: Path,
    *,
    jobs: int,
    watch: Callable[[Sequence[Progress]], None],
    interruption: Interruption,
    command: Callable[[RunPlan], list[str]] | None = None,
) -> tuple[Progress, ...]:
    """Run every plan, at most `jobs` at once, in order; return how each ended.

    Args:
        plans: the trainings.
        train_dir: an existing directory that holds `logs/`.
        jobs: at least 1.
        watch: called a few times a second with the progress of all runs, and once when all is over.
        interruption: asked a few times a second; runs that never started stay "waiting".
        command: the command line of a plan; by default `train_command`.
    """
    threads = thread_settings(min(jobs, len(plans)))
    command = command or train_command
    runs = [_Run(plan.name, command(plan), train_dir) for plan in plans]
    try:
        while not interruption.asked() and not all(run.is_over for run in runs):
            waiting = [run for run in runs if run.process is None]
            idle = jobs - sum(run.is_busy for run in runs)
            for run in waiting[: max(idle, 0)]:
                run.start(threads)
            watch([run.progress() for run in runs])
            time.sleep(LOOK_SECONDS)
    finally:
        busy = [run.process for run in runs if run.process is not None and run.is_busy]
        child.end_all(busy, signal.SIGINT, impatient=interruption.insisted)
    ended = tuple(run.progress() for run in runs)
    watch(ended)
    return ended


def train_command(plan: RunPlan) -> list[str]:
    """The trainer, run by this very Python."""
    return [sys.executable, "-m", "avh.cli.train", *plan.argv]


def default_jobs(runs: int) -> int:
    """How many of `runs` trainings to run at once on this machine: all, up to two for each core.

    Of 3 runs on 2 cores, each with a thread of its own, 3 at once took 65 s, 2 at once 71 s (a
    core idles through the last run), and 1 at once, with two threads, 122 s. With more than two for
    each core there is one for each. Memory sets a limit too.
    """
    cores = _cpus()
    wanted = runs if runs <= 2 * cores else cores
    return max(1, min(wanted, _memory() // RUN_BYTES))


def thread_settings(jobs: int) -> dict[str, str]:
    """Environment for one of `jobs` trainings at once: its share of the cores and of the GPU.

    What the user has set already stays.
    """
    share = str(max(1, _cpus() // jobs))
    wanted = {
        "TF_NUM_INTRAOP_THREADS": share,
        "TF_NUM_INTEROP_THREADS": share,
        "OMP_NUM_THREADS": share,
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # else the first run takes all memory of the GPU
    }
    return {name: value for name, value in wanted.items() if name not in os.environ}


def _cpus() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> int:
    """Bytes of memory that this machine has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


@dataclass
class _Run:
    name: str
    command: list[str]
    train_dir: Path
    process: subprocess.Popen | None = None

    @property
    def log(self) -> Path:
        return self.train_dir / LOGS / f"{self.name}.log"

    @property
    def is_busy(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def is_over(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def start(self, environment: dict[str, str]) -> None:
        self.process = child.start(self.command, self.log, environment)

    def progress(self) -> Progress:
        if self.process is None:
            return Progress(self.name, progress.WAITING)
        code = self.process.poll()  # asked before the status is read: then the status is the last
        status = self._status()
        if code is None:
            state = progress.STARTING if status is None else status.state
            return Progress(self.name, state, status)
        if code == 0:
            return Progress(self.name, progress.FINISHED, status)
        if status is not None and status.state == progress.STOPPED:
            return Progress(self.name, progress.STOPPED, status)
        return Progress(self.name, progress.FAILED, status, self._reason(code, status))

    def _status(self) -> Status | None:
        try:
            return read_status(self.train_dir / self.name)
        except (OSError, ValueError):
            return None

    def _reason(self, code: int, status: Status | None) -> str:
        if status is not None and status.error:
            return status.error
        if code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return child.last_line(self.log, f"ended with exit code {code}")
