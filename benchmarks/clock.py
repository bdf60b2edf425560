"""What a piece of work costs: wall time, and the CPU time of all threads of this process.

CPU time is the fairer of the two on a machine that does something else as well; it counts work
that was moved to a background thread, which wall time may hide.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Seconds."""

    cpu: float
    wall: float


def measure(work: Callable[[], object]) -> Cost:
    """Do the work once."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return Cost(time.process_time() - cpu, time.perf_counter() - wall)
