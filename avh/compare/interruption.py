"""Ctrl-C and its relatives, as a question to ask instead of an exception that strikes anywhere.

Within the block SIGINT, SIGTERM and SIGHUP are counted and nothing else happens, unless asked for;
afterwards the handlers are those from before. A process that is started within the block gets the
default handlers, even if this one was started with SIGINT ignored (a shell's `&`). An ignored
SIGHUP stays ignored: that is what `nohup` is for.
"""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


def _signals() -> list[int]:
    found = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        found.append(signal.SIGHUP)
    return found


class Interruption:
    """Whether the user asked for the end, and how urgently."""

    def __init__(self) -> None:
        self._count = 0
        self._first: int | None = None
        self._raises = False

    def asked(self) -> bool:
        """True from the first signal on."""
        return self._count > 0

    def insisted(self) -> bool:
        """True from the second signal on: end without waiting for anything."""
        return self._count > 1

    @property
    def exit_code(self) -> int:
        """What a shell expects: 130 after SIGINT, 143 after SIGTERM, 0 without a signal."""
        return 0 if self._first is None else 128 + self._first

    def note(self, number: int, frame: FrameType | None = None) -> None:
        """Count one signal; fit to be a handler."""
        self._count += 1
        self._first = self._first or number
        if self._raises:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def raising(self) -> Iterator[None]:
        """Let a signal raise KeyboardInterrupt during the block: for long work that cannot ask."""
        self._raises = True
        try:
            yield
        finally:
            self._raises = False


@contextlib.contextmanager
def interruptions() -> Iterator[Interruption]:
    """Count the signals that ask for an end during the block. Main thread only."""
    interruption = Interruption()
    before = {number: signal.signal(number, interruption.note) for number in _signals()}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
