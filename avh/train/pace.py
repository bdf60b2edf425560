"""How fast a run goes, and how long it still takes."""

from collections import deque

WINDOW_SECONDS = 10.0  # long enough to smooth over an evaluation, short enough to follow a change


class Pace:
    """Steps a second over the last ten seconds, pauses included.

    Feed it the first step *after* it is done: the first step traces the graph, which
    says nothing about the ones to come.
    """

    def __init__(self) -> None:
        self._points: deque[tuple[float, int]] = deque()  # (seconds, step), ascending

    def add(self, seconds: float, step: int) -> None:
        """Step `step` was done at the monotonic time `seconds`."""
        self._points.append((seconds, step))
        while len(self._points) > 2 and self._points[1][0] < seconds - WINDOW_SECONDS:
            self._points.popleft()

    def steps_per_second(self) -> float | None:
        """None until two steps are known."""
        if len(self._points) < 2:
            return None
        (start, first), (end, last) = self._points[0], self._points[-1]
        return (last - first) / (end - start) if end > start else None

    def seconds_left(self, steps: int) -> float | None:
        """Time that `steps` more steps take at this pace; None while it is unknown."""
        rate = self.steps_per_second()
        return steps / rate if rate else None
