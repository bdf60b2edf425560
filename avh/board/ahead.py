"""Work that is done before somebody asks for it, in one background thread, while nobody waits.

The thread lives as long as there is work. What is wanted twice is done once. An error is left to
whoever asks for the same later.
"""

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator

_IDLE_SECONDS = 0.25  # since the last answer, before each piece
_LONGEST_SECONDS = 5.0  # a page that asks all the time does not keep the work from being done


class Ahead:
    """A queue of pieces of work, each with its name."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pieces: OrderedDict[Hashable, Callable[[], object]] = OrderedDict()
        self._thread: threading.Thread | None = None
        self._answering = 0
        self._answered = 0.0

    def add(self, name: Hashable, work: Callable[[], object]) -> None:
        """Do the work soon, unless work of that name is waiting already."""
        with self._lock:
            self._pieces.setdefault(name, work)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="avh-ahead", daemon=True)
                self._thread.start()

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """Within the block somebody waits for an answer: no new piece is begun."""
        with self._lock:
            self._answering += 1
        try:
            yield
        finally:
            with self._lock:
                self._answering -= 1
                self._answered = time.monotonic()

    def _run(self) -> None:
        while True:
            self._await_idleness()
            with self._lock:
                if not self._pieces:
                    self._thread = None
                    return
                _, work = self._pieces.popitem(last=False)
            with contextlib.suppress(Exception):
                work()

    def _await_idleness(self) -> None:
        latest = time.monotonic() + _LONGEST_SECONDS
        while (now := time.monotonic()) < latest:
            with self._lock:
                since = now - self._answered
                if not self._pieces or (not self._answering and since >= _IDLE_SECONDS):
                    return
            time.sleep(_IDLE_SECONDS / 4)
