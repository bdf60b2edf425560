"""One comparison at a time in a directory.

The lock is on the directory itself, so no lock file stays behind, and the system releases it with
the process, however that ends. Where directories cannot be locked (Windows, some network file
systems) nothing is held: a run that is being trained is then all that keeps a second comparison
away.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def occupied(train_dir: Path) -> Iterator[None]:
    """Make `train_dir`, and hold it for the duration of the block.

    Raises:
        ValueError: another comparison holds it.
        OSError: it cannot be made.
    """
    train_dir.mkdir(parents=True, exist_ok=True)
    descriptor = _lock(train_dir)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)  # releases it


def _lock(train_dir: Path) -> int | None:
    try:
        import fcntl

        descriptor = os.open(train_dir, os.O_RDONLY)
    except (ImportError, OSError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise ValueError(
            f"train_dir: a directory of its own expected, another comparison is running in "
            f"{train_dir}; end it, or give another --train_dir"
        ) from None
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
