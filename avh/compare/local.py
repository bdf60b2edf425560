"""Run trainings as processes on this machine, so many at once.

- One run's failure leaves the others alone.
- When asked to end, each training gets SIGINT and a bounded time to close its files; then it is
  killed. A second request ends the wait. However `run_local` is left, no process stays behind.
- What a run prints goes to `train_dir/logs/<name>.log`.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from avh.compare.interruption import Interruption
from avh.compare.plan import RunPlan
from avh.compare.process import RunProcess, end_all
from avh.compare.progress import Progress
from avh.compare.runner import Watch

LOOK_SECONDS = 0.2
RUN_BYTES = 1 << 30  # of memory that a training takes; the default network on digits takes 0.75 GB


def run_local(
    plans: Sequence[RunPlan],
    train_dir: Path,
    *,
    jobs: int | None,
    watch: Watch,
    interruption: Interruption,
    trainer: Sequence[str] | None = None,
) -> tuple[Progress, ...]:
    """Run every plan, in order; a `Runner` (see there). `jobs` is by default `default_jobs`."""
    jobs = jobs or default_jobs(len(plans))
    environment = thread_settings(max(1, _cpus() // min(jobs, len(plans))))
    runs = [RunProcess(plan, train_dir, trainer) for plan in plans]
    try:
        while not interruption.asked() and not all(run.is_over for run in runs):
            waiting = [run for run in runs if run.is_waiting]
            idle = jobs - sum(run.is_busy for run in runs)
            for run in waiting[: max(idle, 0)]:
                run.start(environment)
            watch([run.progress() for run in runs])
            time.sleep(LOOK_SECONDS)
    finally:
        end_all(runs, impatient=interruption.insisted)
    ended = tuple(run.progress() for run in runs)
    watch(ended)
    return ended


def default_jobs(runs: int) -> int:
    """How many of `runs` trainings to run at once on this machine: all, up to two for each core.

    Of 3 runs on 2 cores, each with a thread of its own, 3 at once took 65 s, 2 at once 71 s (a
    core idles through the last run), and 1 at once, with two threads, 122 s. With more than two for
    each core there is one for each. Memory sets a limit too.
    """
    cores = _cpus()
    wanted = runs if runs <= 2 * cores else cores
    return max(1, min(wanted, _memory() // RUN_BYTES))


def thread_settings(threads: int) -> dict[str, str]:
    """Environment for a training that shares its machine: so many threads, and the GPU as needed.

    What the user has set already stays.
    """
    wanted = {
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": str(threads),
        "OMP_NUM_THREADS": str(threads),
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
