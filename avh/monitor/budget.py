"""How much of the training's time the monitor takes, and an interval that keeps it small.

The cost of a record is what its step takes longer than the ordinary ones around it, plus the work
outside the graph, plus the processor time of the background thread. The first record is left out:
it traces and compiles.
"""

import statistics
import threading
from collections import deque

_ORDINARY_STEPS = 64  # of which the median is taken
_LONGEST_INTERVAL = 100_000
_STEEPEST = 4  # the interval grows or shrinks at most so many times from one record to the next


class Overhead:
    """Adds up the monitor's time and the training's."""

    def __init__(self) -> None:
        self._ordinary: deque[float] = deque(maxlen=_ORDINARY_STEPS)
        self._training = 0.0
        self._monitor = 0.0
        self._lock = threading.Lock()
        self._records = 0

    def add_steps(self, seconds: float, steps: int = 1) -> None:
        """Ordinary steps ended, `seconds` altogether."""
        self._ordinary.append(seconds / steps)
        if self._records:
            self._training += seconds

    def add_record(self, step_seconds: float, outside: float, steps: int = 1) -> None:
        """A due step ended; `outside` is the monitor's own work on the training thread."""
        ordinary = steps * (self.ordinary or step_seconds / steps)
        self._records += 1
        if self._records > 1:
            self._training += ordinary
            self._add(max(step_seconds - ordinary, 0.0) + outside)

    def add_background(self, seconds: float) -> None:
        """Processor time that the background thread spent."""
        if self._records > 1:
            self._add(seconds)

    def _add(self, seconds: float) -> None:
        with self._lock:
            self._monitor += seconds

    @property
    def ordinary(self) -> float:
        """Seconds that an ordinary step takes: the median of the last ones; 0 before the first."""
        return statistics.median(self._ordinary) if self._ordinary else 0.0

    @property
    def share(self) -> float:
        """The monitor's time by the training's; NaN before there are two records."""
        return self._monitor / self._training if self._training else float("nan")

    @property
    def record_cost(self) -> float:
        """Mean seconds a record; 0 before there are two."""
        return self._monitor / (self._records - 1) if self._records > 1 else 0.0


class Budget:
    """A schedule whose interval follows the measured cost."""

    def __init__(self, share: float, interval: int, overhead: Overhead) -> None:
        """Keep the monitor below `share` of the step time, starting with `interval` steps.

        Raises:
            ValueError: the share is not in (0, 1).
        """
        if not 0 < share < 1:
            raise ValueError(f"budget: a share above 0 and below 1 expected, got {share}")
        self.share, self.interval = share, interval
        self.count = 0  # records made
        self._overhead = overhead
        self._next = 1

    def __call__(self, step: int) -> bool:
        return step >= self._next

    def recorded(self, step: int) -> None:
        """A record was made at `step`: decide when the next one is due."""
        self.count += 1
        cost, ordinary = self._overhead.record_cost, self._overhead.ordinary
        if cost and ordinary:
            wanted = cost / (self.share * ordinary)
            low, high = self.interval / _STEEPEST, self.interval * _STEEPEST
            self.interval = round(min(max(wanted, low, 1), high, _LONGEST_INTERVAL))
        self._next = step + self.interval
