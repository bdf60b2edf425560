"""Arrays that memory has no room for, in a temporary file that nobody else sees.

The file only grows; when it is full a new one is begun. An array keeps its file for as long as it
is held, so what was put away can always be read, and the file goes with its last array.
"""

import logging
import os
import shutil
import tempfile
import threading
import weakref
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

MOST_BYTES = 1 << 33  # of one file
_ON_DISK = "/var/tmp"
_SHARE = 0.5  # of the space that is free, at most
logger = logging.getLogger("avh")


def directory() -> str:
    """Where the files are: `TMPDIR` if it is set, else a place on disk, as /tmp may be memory."""
    on_disk = "TMPDIR" not in os.environ and os.access(_ON_DISK, os.W_OK)
    return _ON_DISK if on_disk else tempfile.gettempdir()


class _File:
    """A file without a name; closed when nobody holds it any more."""

    def __init__(self, most: int) -> None:
        self.most, self.used = most, 0
        self.file = tempfile.TemporaryFile(prefix="avh-board-", dir=directory())  # noqa: SIM115
        weakref.finalize(self, self.file.close)


@dataclass(frozen=True)
class PutAway:
    """An array on disk, float32; a slice of its first axis reads that part alone."""

    nbytes: ClassVar[int] = 0  # of memory

    shape: tuple[int, ...]
    _place: _File
    _offset: int

    def __getitem__(self, key: slice | tuple) -> np.ndarray:
        if not isinstance(key, slice):
            return self[:][key]
        first, last, _ = key.indices(self.shape[0])
        count = max(last - first, 0)
        row = 4 * int(np.prod(self.shape[1:]))
        content = os.pread(self._place.file.fileno(), count * row, self._offset + first * row)
        return np.frombuffer(content, "<f4").reshape(count, *self.shape[1:])

    def __array__(self, dtype: object = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[:], dtype)


class Spill:
    """Puts arrays away; safe to use from many threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._lock = threading.Lock()
        self._place: _File | None = None
        self._failed = not hasattr(os, "pread")  # Windows

    def room(self) -> int:
        """Bytes that this file may still take."""
        with self._lock:
            place = None if self._failed else self._current()
            return 0 if place is None else place.most - place.used

    def put(self, values: np.ndarray) -> PutAway | None:
        """Put an array away; None where there is no room on disk."""
        content = np.ascontiguousarray(values, "<f4")
        with self._lock:
            if self._failed or (place := self._current()) is None:
                return None
            if place.used + content.nbytes > place.most:
                self._place = None  # what is still needed is put into the next one
                if (place := self._current()) is None or content.nbytes > place.most:
                    return None
            try:
                place.file.seek(place.used)
                place.file.write(content)
                place.file.flush()
            except OSError as error:
                self._give_up(error)
                return None
            put = PutAway(content.shape, place, place.used)
            place.used += content.nbytes
            return put

    def is_current(self, values: object) -> bool:
        """Whether an array is not in a file that was full and is to go."""
        return not isinstance(values, PutAway) or values._place is self._place

    def _current(self) -> _File | None:
        if self._place is None:
            try:
                free = shutil.disk_usage(directory()).free
                self._place = _File(min(self._most, int(_SHARE * free)))
            except OSError as error:
                self._give_up(error)
        return self._place

    def _give_up(self, error: OSError) -> None:
        self._failed = True
        logger.warning(
            "The Activations tab keeps no records on disk, moves through many runs take longer: %s",
            error,
        )
