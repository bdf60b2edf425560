"""One run's event file, as TensorBoard reads it.

The file is made at the first write, so that a monitor that never records leaves nothing behind.
Each event is handed to the operating system whole, or not at all: what was written stays readable
whatever happens to the process, and a disk that is full leaves no torn event behind.
"""

import contextlib
import errno
import itertools
import os
import re
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from avh.records.framing import framed
from avh.records.restart import marks

FILE_VERSION = "brain.Event:2"
_NUMBERS = itertools.count()
_SECOND = re.compile(r"tfevents\.(\d{10})\.")


class EventFile:
    """An event file that is written in order; a context manager."""

    def __init__(self, directory: str | os.PathLike, *, first_step: int | None = None) -> None:
        """Name the directory; nothing is touched yet.

        Args:
            directory: of the run.
            first_step: the first one to come. What event files that are there already say of it
                and of later steps no longer counts, see `avh.records.restart`. None leaves it.
        """
        self.directory = Path(directory)
        self._first_step = first_step
        self.path: Path | None = None
        self._file: BinaryIO | None = None
        self._size = 0  # bytes of whole events
        self._last_step: int | None = None
        self._described: set[str] = set()
        self._closed = False

    def write(
        self, step: int, values: Iterable[Summary.Value], wall_time: float | None = None
    ) -> None:
        """Append one event.

        The metadata of a tag is written with its first value only, as TensorBoard expects.

        Raises:
            ValueError: the file is closed.
            OSError: the disk refuses; the file then ends with the event before.
        """
        event = Event(step=step, wall_time=time.time() if wall_time is None else wall_time)
        for value in values:
            entry = event.summary.value.add()
            entry.CopyFrom(value)
            if entry.tag in self._described:
                entry.ClearField("metadata")
            self._described.add(entry.tag)
        self._append(event)
        self._last_step = step

    @property
    def last_step(self) -> int | None:
        """Step of the last event that is on disk; None if there is none, or no file any more."""
        return None if self._is_gone() else self._last_step

    def flush(self) -> None:
        """Check that the file is still there: writing to a deleted one tells nothing.

        Raises:
            FileNotFoundError: somebody deleted it.
        """
        if self._file is not None and self._is_gone():
            raise FileNotFoundError(errno.ENOENT, "the event file was deleted", str(self.path))

    def close(self) -> None:
        """Close the file, and check as `flush` does. Idempotent."""
        self._closed = True
        try:
            self.flush()
        finally:
            if self._file is not None:
                file, self._file = self._file, None
                file.close()

    def __enter__(self) -> "EventFile":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _append(self, event: Event) -> None:
        if self._closed:
            raise ValueError(f"the event file in {self.directory} is closed")
        if self._file is None:
            self._open()
        self._put(framed(event.SerializeToString()))

    def _put(self, frame: bytes) -> None:
        rest = memoryview(frame)
        try:
            while rest:  # a disk that is nearly full takes a part
                rest = rest[self._file.write(rest) :]
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(self._size)
                self._file.seek(self._size)
            raise
        self._size += len(frame)

    def _is_gone(self) -> bool:
        if self._file is None:
            return self.path is not None and not self.path.exists()
        # A file that was moved has its name still; some file systems do not count names.
        return os.fstat(self._file.fileno()).st_nlink == 0 and not self.path.exists()

    def _open(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        now, earlier = time.time(), sorted(self.directory.glob("*tfevents*"))
        second = max([int(now), *(_second(path) + 1 for path in earlier)])
        name = f"events.out.tfevents.{second:010d}.{socket.gethostname()}.{os.getpid()}"
        self.path = self.directory / f"{name}.{next(_NUMBERS)}.avh"
        self._file = open(self.path, "xb", buffering=0)  # noqa: SIM115 -- closed by close()
        self._append(Event(wall_time=now, file_version=FILE_VERSION))
        if earlier and self._first_step is not None:
            for mark in marks(self._first_step, now):
                self._append(mark)


def _second(path: Path) -> int:
    """The time in the name of an event file; files are read in the order of their names."""
    match = _SECOND.search(path.name)
    return int(match[1]) if match else 0
