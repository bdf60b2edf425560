"""One process at a time in a folder.

The lock is on the folder itself, so no lock file stays behind, and the system releases it with the
process, however that ends. Where folders cannot be locked (Windows, some network file systems)
everybody goes ahead at once: files still appear whole or not at all.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Make the folder, and wait until no other process is in its own `locked` block for it.

    Yields:
        Whether it is locked; False where that is impossible.

    Raises:
        OSError: the folder cannot be made.
    """
    descriptor = _lock(folder)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)  # releases it


def _lock(folder: Path) -> int | None:
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            import fcntl

            descriptor = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:  # whoever held it has just removed it
            continue
        except (ImportError, PermissionError):
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        if _is(descriptor, folder):
            return descriptor
        os.close(descriptor)


def _is(descriptor: int, folder: Path) -> bool:
    """Whether the folder is still the one that was opened."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(folder))
    except FileNotFoundError:
        return False
