"""What is done about findings while the training runs.

`warn` logs them, one line each; `stop` does that and asks for the end of the training; a function
is called with each. All this happens in the background thread.
"""

import logging
import threading
from collections.abc import Callable, Sequence

from avh.records.finding import Finding

logger = logging.getLogger("avh")

OnFinding = str | Callable[[Finding], object] | None
_MOST_LINES = 10  # of one record; a deep network can have one finding a layer


class Reaction:
    """Says findings once, and keeps whether the training is to stop."""

    def __init__(self, on_finding: OnFinding) -> None:
        """Check the wish.

        Raises:
            ValueError: it is neither "warn", "stop", a function, nor None.
        """
        if on_finding not in ("warn", "stop", None) and not callable(on_finding):
            raise ValueError(
                f'on_finding: "warn", "stop", a function or None expected, got {on_finding!r}'
            )
        self._wish = on_finding
        self._stop = threading.Event()

    @property
    def may_stop(self) -> bool:
        """Whether a finding is to end the training."""
        return self._wish == "stop"

    @property
    def asks_to_stop(self) -> bool:
        """Whether something was found that is to end the training."""
        return self._stop.is_set()

    def restart(self) -> None:
        """A new fit begins."""
        self._stop.clear()

    def __call__(self, new: Sequence[Finding]) -> None:
        """React to what one record brought."""
        if self._wish is None:
            return
        if callable(self._wish):
            for finding in new:
                self._wish(finding)
            return
        for finding in new[:_MOST_LINES]:
            logger.warning("%s", _words(finding))
        if len(new) > _MOST_LINES:
            rest = len(new) - _MOST_LINES
            logger.warning("step %d: %d findings more, see the run's records", new[0].step, rest)
        if self._wish == "stop" and not all(finding.recovered for finding in new):
            logger.warning("the training is asked to stop (on_finding='stop')")
            self._stop.set()


def _words(finding: Finding) -> str:
    words = f"step {finding.step}: {finding.line}"
    return f"{words}. {finding.advice}" if finding.advice else words
