"""`data.h5`: a whole dataset in one HDF5 file, read where it lies.

    image   uint8 [n, h, w, c], contiguous
    label   integers [n], or one-hot [n, classes]
    split   optional, integers [n]: 0 training, 1 test; see `avh.data.split` for files without
    attribute `classes`: optional, what the labels stand for
    attribute `sha256`: optional, of the bytes of all images, then of the labels as int64

An `image` that is stored so is left on disk, and batches are read from it (`avh.data.rows`).
Compressed, chunked or floating-point images are read into memory.
What is in the file is data of others: links to other files are refused, and everything is checked.
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avh.atomic import replacing
from avh.data.dataset import Dataset
from avh.data.forgiving_file import forgiving
from avh.data.hdf5_file import field, open_file, values
from avh.data.labels import class_names, from_one_hot
from avh.data.pixels import to_uint8
from avh.data.rows import Rows, chosen
from avh.data.split import stratified

if TYPE_CHECKING:
    import h5py

FILE = "data.h5"
TRAIN, TEST = 0, 1
CHUNK = 4096  # images read at once


def write(
    path: Path,
    parts: Iterable[np.ndarray],
    shape: tuple[int, int, int, int],
    labels: np.ndarray,
    split: np.ndarray,
    classes: Sequence[str],
    made_from: str = "",
) -> None:
    """Write a file; `path` holds the old one or the whole new one.

    Args:
        parts: images, uint8 [any, h, w, c], that together are all of them; used once.
        shape: of all images together.
        labels: int64 [n].
        split: [n], `TRAIN` or `TEST`.
        classes: what the labels stand for.
        made_from: kept as an attribute; see `was_made_from`.

    Raises:
        OSError: it cannot be written.
    """
    import h5py

    digest, start = hashlib.sha256(), 0
    with (
        replacing(path) as temporary,
        forgiving(temporary) as disk,
        h5py.File(disk, "w") as file,
    ):
        images = file.create_dataset("image", shape, np.uint8)
        for part in parts:
            images[start : start + len(part)] = part
            digest.update(np.ascontiguousarray(part))
            start += len(part)
        digest.update(labels.astype(np.int64))
        file["label"] = labels.astype(np.int64)
        file["split"] = split.astype(np.uint8)
        file.attrs["classes"] = list(classes)
        file.attrs["sha256"] = digest.hexdigest()
        file.attrs["made_from"] = made_from


def was_made_from(path: Path, made_from: str) -> bool:
    """Whether `write` made the file from just this; False also where it cannot be read."""
    try:
        with open_file(path) as file:
            return file.attrs.get("made_from") == made_from
    except (OSError, ValueError):
        return False


def read(path: Path, name: str) -> Dataset:
    """The dataset of a file.

    Raises:
        OSError: the file cannot be opened for reading.
        ValueError: something in it is wrong; the message names file, field, expected and found.
    """
    with open_file(path) as file:
        images = _images(path, file)
        labels, count = _labels(path, file, len(images))
        classes = _classes(path, file, count)
        is_test = _split(path, file, labels)
    return Dataset(
        name=name,
        x_train=chosen(images, ~is_test),
        y_train=labels[~is_test],
        x_test=chosen(images, is_test),
        y_test=labels[is_test],
        classes=classes,
        path=path,
    )


def verify(path: Path) -> bool:
    """Compare the images and the labels with the digest that was written beside them.

    Returns:
        False if the file has no digest.

    Raises:
        OSError: it cannot be read.
        ValueError: it is another one; something in the file has changed.
    """
    with open_file(path) as file:
        expected = file.attrs.get("sha256")
        if expected is None:
            return False
        images, digest = field(str(path), file, "image"), hashlib.sha256()
        for start in range(0, len(images), CHUNK):
            digest.update(np.ascontiguousarray(images[start : start + CHUNK]))
        digest.update(values(str(path), field(str(path), file, "label")).astype(np.int64))
    if digest.hexdigest() != expected:
        raise ValueError(f"{path}: expected SHA-256 {expected}, found {digest.hexdigest()}")
    return True


def _images(path: Path, file: "h5py.File") -> np.ndarray | Rows:
    array = field(str(path), file, "image")
    if array.ndim != 4:
        raise ValueError(
            f"{path}: image: expected shape [n, h, w, c], found {list(array.shape or ())}"
        )
    if not len(array):
        raise ValueError(f"{path}: image: expected at least one example, found none")
    if 0 in array.shape:
        raise ValueError(f"{path}: image: expected pixels, found shape {list(array.shape)}")
    offset = array.id.get_offset()
    if array.dtype == np.uint8 and offset is not None:
        return Rows.of(path, offset, array.shape)
    return to_uint8(f"{path}: image", values(str(path), array), lambda row: f"example {row}: ")


def _labels(path: Path, file: "h5py.File", count: int) -> tuple[np.ndarray, int]:
    """Labels int64 [n], and how many classes they tell of."""
    array = field(str(path), file, "label")
    if array.ndim not in (1, 2) or len(array) != count:
        raise ValueError(
            f"{path}: label: expected {count} labels, one an image, found shape "
            f"{list(array.shape or ())}"
        )
    stored = values(str(path), array)
    if stored.ndim == 2:
        return from_one_hot(stored, lambda row: f"{path}: label: example {row}"), stored.shape[1]
    if stored.dtype.kind not in "iu":
        raise ValueError(f"{path}: label: expected integers or one-hot, found {stored.dtype}")
    if stored.min() < 0:
        row = int(stored.argmin())
        raise ValueError(f"{path}: label: example {row}: expected at least 0, found {stored[row]}")
    if stored.max() >= count:
        row = int(stored.argmax())
        raise ValueError(
            f"{path}: label: example {row}: expected fewer classes than the {count} examples, "
            f"numbered from 0, found {stored[row]}"
        )
    return stored.astype(np.int64), int(stored.max()) + 1


def _classes(path: Path, file: "h5py.File", count: int) -> tuple[str, ...]:
    given = file.attrs.get("classes")
    if given is None:
        return class_names(count)
    names = tuple(
        name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
        for name in np.atleast_1d(given).tolist()
    )
    if len(names) < count:
        raise ValueError(
            f"{path}: attribute classes: expected {count} names or more, found {len(names)}"
        )
    return names


def _split(path: Path, file: "h5py.File", labels: np.ndarray) -> np.ndarray:
    """Which examples are for the test, bool [n]."""
    if "split" not in file:
        is_test = stratified(labels)
        if not is_test.any():
            raise ValueError(
                f"{path}: label: expected a class with two examples or more, to split training "
                f"and test, found {len(labels)} examples of as many classes"
            )
        return is_test
    stored = values(str(path), field(str(path), file, "split"))
    if stored.shape != labels.shape or set(np.unique(stored).tolist()) != {TRAIN, TEST}:
        raise ValueError(
            f"{path}: split: expected {len(labels)} values, both 0 (training) and 1 (test), found "
            f"{sorted(set(stored.ravel().tolist()))[:5]} in shape {list(stored.shape)}"
        )
    return stored == TEST
