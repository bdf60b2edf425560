"""A process of our own that can be ended for certain.

- It starts in a session of its own: Ctrl-C at the terminal reaches the parent alone, which decides
  in which order things end.
- Its standard output and standard error go to one file; its standard input is empty.
- It does not outlive its parent: on Linux the kernel sends it SIGTERM when the parent dies, by
  SIGKILL as well.
- `end_all` asks first, waits a bounded time, and then kills the whole process group.

Processes are to be started from the main thread: the kernel ties them to the thread that did it.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PATIENCE_SECONDS = (
    20.0  # a training stops after its step, saves a checkpoint and flushes its records
)
POLL_SECONDS = 0.05
_PR_SET_PDEATHSIG = 1
_PACKAGE_PARENT = str(Path(__file__).resolve().parent.parent)


def start(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen:
    """Start `command` with its output appended to `log`.

    `environment` is added to this process's own. The child finds the same `avh` as this process,
    also from a checkout that was never installed.

    Raises:
        OSError: the command or the log file cannot be opened.
    """
    path = [_PACKAGE_PARENT, *filter(None, [os.environ.get("PYTHONPATH")])]
    everything = {**os.environ, **(environment or {}), "PYTHONPATH": os.pathsep.join(path)}
    with open(log, "ab") as output:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=everything,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),
        )


def end_all(
    processes: Sequence[subprocess.Popen],
    first: signal.Signals = signal.SIGINT,
    *,
    patience: float = PATIENCE_SECONDS,
    impatient: Callable[[], bool] = lambda: False,
) -> None:
    """Return when none of the processes runs any more.

    Each gets the signal `first`; whatever still runs `patience` seconds later gets SIGKILL.
    `impatient` is asked while waiting; its True ends the patience.
    """
    running = [process for process in processes if process.poll() is None]
    for process in running:
        process.send_signal(first)
    deadline = time.monotonic() + patience
    while any(process.poll() is None for process in running):
        if time.monotonic() >= deadline or impatient():
            break
        time.sleep(POLL_SECONDS)
    for process in running:
        # The group also holds what the process itself started and may have left behind.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def last_line(log: Path, default: str = "") -> str:
    """The last line of a log that is not blank, or `default` when there is none."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, os.path.getsize(log) - 8192))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return default
    return next((line.strip() for line in reversed(lines) if line.strip()), default)


def _die_with(parent: int) -> Callable[[], None] | None:
    """What the child does between fork and exec, or None where the system has no such thing."""
    if not sys.platform.startswith("linux"):
        return None
    # Bound before the fork: the child of a process with threads may not import or allocate locks.
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    getppid, leave = os.getppid, os._exit

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))
        if getppid() != parent:  # it died before the tie was made
            leave(1)

    return tie
