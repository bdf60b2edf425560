"""One run's event file, as TensorBoard reads it.

The file is made at the first write, so that a monitor that never records leaves nothing behind.
What was flushed stays readable whatever happens to the process.
"""

import itertools
import os
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from avh.records.framing import framed

FILE_VERSION = "brain.Event:2"
_NUMBERS = itertools.count()


class EventFile:
    """An event file that is written in order; a context manager."""

    def __init__(self, directory: str | os.PathLike) -> None:
        """Name the directory; nothing is touched yet."""
        self.directory = Path(directory)
        self.path: Path | None = None
        self._file: BinaryIO | None = None
        self._described: set[str] = set()
        self._closed = False

    def write(
        self, step: int, values: Iterable[Summary.Value], wall_time: float | None = None
    ) -> None:
        """Append one event.

        The metadata of a tag is written with its first value only, as TensorBoard expects.

        Raises:
            ValueError: the file is closed.
            OSError: the disk refuses.
        """
        event = Event(step=step, wall_time=time.time() if wall_time is None else wall_time)
        for value in values:
            entry = event.summary.value.add()
            entry.CopyFrom(value)
            if entry.tag in self._described:
                entry.ClearField("metadata")
            self._described.add(entry.tag)
        self._append(event)

    def flush(self) -> None:
        """Hand everything written so far to the operating system."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Flush and close; the file handle is given back even if flushing fails. Idempotent."""
        self._closed = True
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
        self._file.write(framed(event.SerializeToString()))

    def _open(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        now = time.time()
        name = f"events.out.tfevents.{int(now):010d}.{socket.gethostname()}.{os.getpid()}"
        self.path = self.directory / f"{name}.{next(_NUMBERS)}.avh"
        self._file = open(self.path, "xb")  # noqa: SIM115 -- closed by close()
        self._append(Event(wall_time=now, file_version=FILE_VERSION))
