"""Arrays that take long to make, kept on disk.

What is read is what was made: shape, type and digest are compared with those that the caller
expects. A damaged file is made anew. Files appear whole or not at all, also when several processes
write the same one. Where nothing can be written, the array is made each time.
"""

import hashlib
import io
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avh.atomic import replacing

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Expected:
    """What an array has to be.

    Attributes:
        shape: its shape.
        dtype: its type, as NumPy writes it.
        sha256: hexadecimal digest of its bytes in C order.
    """

    shape: tuple[int, ...]
    dtype: str
    sha256: str

    def header(self) -> bytes:
        """What an `.npy` file of such an array, in C order, begins with."""
        description = {
            "descr": np.lib.format.dtype_to_descr(np.dtype(self.dtype)),
            "fortran_order": False,
            "shape": self.shape,
        }
        file = io.BytesIO()
        np.lib.format.write_array_header_1_0(file, description)
        return file.getvalue()

    def check(self, array: np.ndarray) -> None:
        """Compare an array with this.

        Raises:
            ValueError: it differs; the message says in what.
        """
        if array.shape != self.shape or array.dtype != self.dtype:
            raise ValueError(
                f"expected {self.dtype} {list(self.shape)}, got {array.dtype} {list(array.shape)}"
            )
        digest = hashlib.sha256(np.ascontiguousarray(array)).hexdigest()
        if digest != self.sha256:
            raise ValueError(f"expected SHA-256 {self.sha256}, got {digest}")


def cached(
    path: Path, make: Callable[[], np.ndarray], expected: Expected
) -> tuple[np.ndarray, bool]:
    """The array in `path`, or made and then kept there.

    Args:
        path: an `.npy` file; its folder is made if need be.
        make: makes the array; called only if the file is absent or damaged.
        expected: what the array has to be, wherever it comes from.

    Returns:
        The array, and whether `path` holds it now. It does not where it can not be written: that is
        logged as a warning.

    Raises:
        ValueError: `make` gave another array than the expected one.
    """
    try:
        return _read(path, expected), True
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError) as error:
        logger.warning("%s can not be used and is made anew: %s", path, error)
    array = make()
    expected.check(array)
    try:
        _write(path, array)
    except OSError as error:
        logger.warning("working without a cache: can not write %s: %s", path, error.strerror)
        return array, False
    return array, True


def _read(path: Path, expected: Expected) -> np.ndarray:
    """The array in the file; the header is compared, not parsed, so no damage can confuse it."""
    header = expected.header()
    content = bytearray(path.read_bytes())
    size = len(header) + int(np.prod(expected.shape)) * np.dtype(expected.dtype).itemsize
    if not content.startswith(header) or len(content) != size:
        raise ValueError(
            f"expected an .npy file of {size} bytes holding {expected.dtype} "
            f"{list(expected.shape)}, got another header or size ({len(content)} bytes)"
        )
    array = np.frombuffer(content, expected.dtype, offset=len(header)).reshape(expected.shape)
    expected.check(array)
    return array


def _write(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        np.save(temporary, np.ascontiguousarray(array), allow_pickle=False)
