"""A TensorBoard process over a directory, with either loader: its time to load and its memory.

It has loaded when it and its children (the Rust data server is one) stop using the processor;
nothing is asked of it before, so that the first request finds nothing prepared.
"""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from avh import child
from avh.board.launch import HOST, START_SECONDS, free_port

FIRST_PORT = 7150
LOADERS = {"Rust (--load_fast=true)": "true", "Python (--load_fast=false)": "false"}
_QUIET_SECONDS, _QUIET_SHARE = 2.0, 0.05  # of one core
_MOST_SECONDS = 900.0
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Loaded:
    """A TensorBoard that has read everything."""

    port: int
    process: subprocess.Popen
    seconds: float  # from its start until the last event was read
    memory: int  # bytes resident, all its processes

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://{HOST}:{self.port}/"

    def resident(self) -> int:
        """Bytes resident now, all its processes."""
        return resident(self.process.pid)


@contextlib.contextmanager
def tensorboard(log_dir: Path, load_fast: str) -> Iterator[Loaded]:
    """Start it, wait until it has loaded, and end it after the block.

    Raises:
        RuntimeError: it ended, or did not come to rest.
    """
    port, log = free_port(FIRST_PORT), log_dir.parent / "tensorboard.log"
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(log_dir)]
    command += ["--host", HOST, "--port", str(port), f"--load_fast={load_fast}"]
    command += ["--reload_interval", "3600", "--samples_per_plugin", "histograms=1000"]
    begun = time.perf_counter()
    process = child.start(command, log, {"TF_CPP_MIN_LOG_LEVEL": "2"})
    try:
        _await_answer(port, process, log)
        seconds = _await_rest(process.pid) - begun
        yield Loaded(port, process, seconds, resident(process.pid))
    finally:
        child.end_all([process], signal.SIGTERM, patience=5)


def resident(root: int) -> int:
    """Bytes resident of a process and all below it; pages that they share count for each."""
    return sum(int(fields[21]) for fields in _tree(root)) * os.sysconf("SC_PAGE_SIZE")


def _tree(root: int) -> list[list[str]]:
    """Fields of /proc/PID/stat from the state on, of a process and all below it."""
    found: dict[int, list[str]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            found[int(entry.parent.name)] = entry.read_text().rpartition(")")[2].split()
    members, grown = {root}, True
    while grown:
        below = {pid for pid, fields in found.items() if int(fields[1]) in members}
        grown = not below <= members
        members |= below
    return [found[pid] for pid in members if pid in found]


def _cpu(root: int) -> float:
    return sum(int(fields[11]) + int(fields[12]) for fields in _tree(root)) / _TICK


def _await_answer(port: int, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(HOST, port, timeout=5)
        try:
            connection.request("GET", "/data/environment")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(child.POLL_SECONDS)
        finally:
            connection.close()
    raise RuntimeError(f"TensorBoard does not answer; it last said: {child.last_line(log)}")


def _await_rest(root: int) -> float:
    """When the processes came to rest, as `time.perf_counter`."""
    since, used = time.perf_counter(), _cpu(root)
    deadline = since + _MOST_SECONDS
    while (now := time.perf_counter()) < deadline:
        time.sleep(0.1)
        if (cpu := _cpu(root)) - used > _QUIET_SHARE * _QUIET_SECONDS:
            since, used = time.perf_counter(), cpu
        elif now - since > _QUIET_SECONDS:
            return since
    raise RuntimeError(f"TensorBoard was not done loading after {_MOST_SECONDS:g} s")
