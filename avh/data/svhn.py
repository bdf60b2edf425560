"""SVHN, cropped digits: 99,289 digits of house numbers, 32 x 32 colour pixels.

As MATLAB files: `X` uint8 [h, w, c, n] and `y` [n, 1], where label 10 stands for the digit 0.

Source: Y. Netzer, T. Wang, A. Coates, A. Bissacco, B. Wu, A. Y. Ng, "Reading Digits in Natural
Images with Unsupervised Feature Learning", NIPS Workshop on Deep Learning, 2011.
"""

import zlib
from pathlib import Path

import numpy as np

from avh.data.download import Archive
from avh.data.published import Parts, Published

ADDRESS = "https://ufldl.stanford.edu/housenumbers/"  # its owners publish no mirror
TRAIN, TEST = "train_32x32.mat", "test_32x32.mat"
FILES = (  # name, bytes, SHA-256
    (TRAIN, 182040794, "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"),
    (TEST, 64275384, "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b"),
)
ZERO = 10


def read_mat(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 [n, h, w, c] and labels int64 [n], digits as they are read.

    Raises:
        ValueError: the file is damaged or holds something else; the message names it.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        content = loadmat(path, variable_names=("X", "y"))
    except (MatReadError, ValueError, TypeError, NotImplementedError, OSError, zlib.error) as error:
        raise ValueError(f"{path}: expected a whole MATLAB file, got {error}") from error
    images, labels = content.get("X"), content.get("y")
    if images is None or labels is None:
        raise ValueError(f"{path}: expected X and y, found {sorted(content)}")
    labels = labels.ravel().astype(np.int64)
    if images.ndim != 4 or images.dtype != np.uint8 or len(labels) != images.shape[3]:
        raise ValueError(
            f"{path}: expected X uint8 [h, w, c, n] and n labels, found {images.dtype} "
            f"{list(images.shape)} and {len(labels)}"
        )
    return np.moveaxis(images, 3, 0), np.where(labels == ZERO, 0, labels)


def unpack(folder: Path) -> Parts:
    """The arrays from the two files."""
    return Parts(*read_mat(folder / TRAIN), *read_mat(folder / TEST))


PUBLISHED = Published(
    name="SVHN",
    archives=tuple(Archive(file, size, sha256, (ADDRESS + file,)) for file, size, sha256 in FILES),
    unpack=unpack,
    image_shape=(32, 32, 3),
    counts=(73_257, 26_032),
    classes=tuple("0123456789"),
)
SOURCE = PUBLISHED.source()
