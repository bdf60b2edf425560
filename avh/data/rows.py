"""Images that stay on disk: whoever takes a batch reads that batch, and nothing else.

Read, not mapped: where a file is cut off under a mapping, the system ends the process; here an
error says so. A file that is replaced by another one goes on being read as it was.
"""

import os
import threading
import weakref
from itertools import pairwise
from math import prod
from pathlib import Path

import numpy as np


class Rows:
    """Some of the images that lie one after another in a file.

    `rows[key]` takes what NumPy takes for the first axis (an int, a slice, an array of ints or
    bools) and gives an array in memory. Threads may share it.

    Attributes:
        shape: (n, h, w, c).
        dtype: uint8.
        ndim: 4.
    """

    dtype, ndim = np.dtype(np.uint8), 4

    def __init__(
        self, file: "_File", offset: int, image: tuple[int, ...], index: np.ndarray
    ) -> None:
        self._file, self._offset, self._index = file, offset, index
        self.shape = (len(index), *image)

    @classmethod
    def of(cls, path: Path, offset: int, shape: tuple[int, int, int, int]) -> "Rows":
        """All images of a file, uint8 of `shape`, from the byte `offset` on.

        Raises:
            OSError: the file cannot be opened.
        """
        return cls(_File(path), offset, shape[1:], np.arange(shape[0]))

    def take(self, index: np.ndarray) -> "Rows":
        """Those at `index`, int [m], without reading them."""
        return Rows(self._file, self._offset, self.shape[1:], self._index[index])

    def __len__(self) -> int:
        return len(self._index)

    def __getitem__(self, key: object) -> np.ndarray:
        wanted = self._index[key]
        if np.ndim(wanted) != 1:
            return self[np.atleast_1d(key)].reshape(*np.shape(wanted), *self.shape[1:])
        images = np.empty((len(wanted), *self.shape[1:]), np.uint8)
        size, bytes_ = prod(self.shape[1:]), memoryview(images.reshape(-1))
        # What lies side by side is read at once.
        starts = np.flatnonzero(np.diff(wanted, prepend=-2) != 1).tolist()
        places = wanted[starts].tolist()
        for (start, stop), place in zip(pairwise([*starts, len(wanted)]), places, strict=True):
            self._file.read_into(bytes_[start * size : stop * size], self._offset + place * size)
        return images

    def __array__(self, dtype: object = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[:], dtype)


class _File:
    """A file that is open as long as somebody has it."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        weakref.finalize(self, os.close, self._descriptor)

    def read_into(self, buffer: memoryview, offset: int) -> None:
        """Fill the buffer with bytes of the file.

        Raises:
            OSError: they cannot be read, or are not there any more.
        """
        done = self._read_once(buffer, offset)
        while done < len(buffer):
            more = self._read_once(buffer[done:], offset + done)
            if not more:
                raise OSError(
                    f"{self._path}: expected {len(buffer):,} bytes at {offset:,}, found {done:,}: "
                    "the file has been cut off"
                )
            done += more

    def _read_once(self, buffer: memoryview, offset: int) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self._descriptor, [buffer], offset)
        with self._lock:  # elsewhere all threads share one position
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            content = os.read(self._descriptor, len(buffer))
        buffer[: len(content)] = content
        return len(content)


def chosen(images: np.ndarray | Rows, wanted: np.ndarray) -> np.ndarray | Rows:
    """The images where the bool array [n] `wanted` is True; of `Rows` without reading them."""
    index = np.flatnonzero(wanted)
    return images.take(index) if isinstance(images, Rows) else images[index]
