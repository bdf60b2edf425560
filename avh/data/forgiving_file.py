"""A file for h5py to write to on a disk that may be full.

When a write fails, HDF5 cannot close its file any more: it fails again, prints, and does not let go
of its handles. This file takes everything after the first failure for done, so that HDF5 ends in
order, and then raises that failure.
"""

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path


class ForgivingFile:
    """What h5py needs of a file object; `error` is the first failure to write."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, data: memoryview) -> int:
        size = len(data)
        try:
            while self.error is None and len(data):
                data = data[self._file.write(data) :]
        except OSError as error:
            self.error = error
        return size

    def truncate(self, size: int) -> int:
        try:
            if self.error is None:
                self._file.truncate(size)
        except OSError as error:
            self.error = error
        return size

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def readinto(self, buffer: memoryview) -> int:
        return self._file.readinto(buffer)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def flush(self) -> None:
        """Nothing is held back."""


@contextlib.contextmanager
def forgiving(path: Path) -> Iterator[ForgivingFile]:
    """A new file to write to.

    Raises:
        OSError: it cannot be made; or, when the block ends, a write in it had failed.
    """
    with path.open("w+b", buffering=0) as file:
        disk = ForgivingFile(file)
        yield disk
    if disk.error is not None:
        raise disk.error
