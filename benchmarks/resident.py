"""How far a piece of work raises the memory that this process has resident.

The kernel keeps the peak; it is set back before the work, so what counts is the peak afterwards
less what was resident before.
"""

import re
import resource
import sys
from collections.abc import Callable
from pathlib import Path

KIB = 1024


def extra_memory(work: Callable[[], object]) -> int:
    """Do the work once; bytes, at least 0.

    Where the peak cannot be set back (not Linux, or not allowed), only what goes beyond the
    process's earlier peak is seen.
    """
    before = _start_of_peak()
    work()
    return max(_peak() - before, 0)


def _start_of_peak() -> int:
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        return _status("VmRSS")
    except OSError:
        return _peak()


def _peak() -> int:
    try:
        return _status("VmHWM")
    except OSError:
        unit = 1 if sys.platform == "darwin" else KIB
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _status(name: str) -> int:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(rf"{name}:\s*(\d+) kB", text)[1]) * KIB
