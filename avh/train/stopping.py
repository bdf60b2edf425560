"""Stopping at the end of the current step when the process is asked to end."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType

_HANGUP = getattr(signal, "SIGHUP", None)  # Windows has none
SIGNALS = tuple(filter(None, (signal.SIGINT, signal.SIGTERM, _HANGUP)))


@dataclass
class StopRequest:
    """Whether a signal has asked the run to end, and which one came first."""

    signum: int | None = None


@contextlib.contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Note SIGINT, SIGTERM and SIGHUP instead of ending; the loop looks at it at each step.

    A second SIGINT raises KeyboardInterrupt at once. A SIGHUP that is ignored (`nohup`) stays so.
    The handlers that were there before are put back at the end. Outside the main thread, where
    Python sets no handlers, nothing is noted.
    """
    request = StopRequest()

    def note(signum: int, frame: FrameType | None) -> None:
        if request.signum is None:
            request.signum = signum
        elif signum == signal.SIGINT:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {signum: signal.signal(signum, note) for signum in SIGNALS if not _is_ignored(signum)}
    try:
        yield request
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def _is_ignored(signum: int) -> bool:
    """Whether somebody wants the process to outlive its terminal."""
    return signum == _HANGUP and signal.getsignal(signum) == signal.SIG_IGN
