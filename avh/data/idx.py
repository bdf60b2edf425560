"""The IDX format of MNIST: a big-endian header (two zeros, type, rank, sizes), then the values.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", FILE FORMATS.
Only unsigned bytes (type 0x08) are read, as all files of MNIST and its successors hold them.
"""

import gzip
import zlib
from pathlib import Path

import numpy as np

UNSIGNED_BYTE = 8


def read_idx(path: Path, rank: int) -> np.ndarray:
    """The array of an `.idx.gz` file, uint8 with `rank` axes.

    Raises:
        ValueError: the file is damaged or holds something else; the message names it.
    """
    try:
        with gzip.open(path) as file:
            content = file.read()
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: expected a whole gzip file, got {error}") from error
    start = 4 + 4 * rank
    if len(content) < start or content[:4] != bytes((0, 0, UNSIGNED_BYTE, rank)):
        raise ValueError(
            f"{path}: expected an IDX file of bytes with {rank} axes, got one that begins with "
            f"{content[:4].hex(' ') or 'nothing'}"
        )
    shape = tuple(np.frombuffer(content[4:start], ">u4").tolist())
    values = np.frombuffer(content, np.uint8, offset=start)
    if values.size != np.prod(shape, dtype=object):
        raise ValueError(f"{path}: expected {list(shape)} values, got {values.size} of them")
    return values.reshape(shape)


def read_split(folder: Path, names: tuple[str, str]) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 [n, h, w, 1] and labels int64 [n] from two IDX files of a folder.

    Args:
        names: of the file of images and of the file of labels.
    """
    images, labels = (
        read_idx(folder / name, rank) for name, rank in zip(names, (3, 1), strict=True)
    )
    return images[..., None], labels.astype(np.int64)
