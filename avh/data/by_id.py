"""`data.hy` and `id.txt`: a dataset with one HDF5 group an example.

    data.hy   HDF5; for every id a group of that name with `image` [h, w, c] and `label`, one-hot
    id.txt    the ids, one a line, in the order of the dataset; empty lines do not count

Groups that `id.txt` does not name are left out. Thousands of groups take minutes to read, so what
was read and found right is kept beside them, in `cache.h5`, as long as neither file changes.
"""

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avh.data import hdf5
from avh.data.dataset import Dataset
from avh.data.hdf5_file import field, open_file, values
from avh.data.labels import class_names, from_one_hot
from avh.data.pixels import to_uint8
from avh.data.split import stratified

if TYPE_CHECKING:
    import h5py

FILE, IDS, CACHE = "data.hy", "id.txt", "cache.h5"
logger = logging.getLogger(__name__)


def read(folder: Path, name: str) -> Dataset:
    """The dataset of a folder, split by `avh.data.split`.

    Raises:
        OSError: a file cannot be read.
        ValueError: something in them is wrong; the message names id, field, expected and found.
    """
    cache, origin = folder / CACHE, _origin(folder)
    if not hdf5.was_made_from(cache, origin):
        pixels, labels, is_test, classes = _read_checked(folder)
        split = np.where(is_test, hdf5.TEST, hdf5.TRAIN)
        try:
            hdf5.write(cache, (pixels,), pixels.shape, labels, split, classes, origin)
        except OSError as error:
            logger.warning("working without a cache: can not write %s: %s", cache, error.strerror)
            parts = (pixels[~is_test], labels[~is_test], pixels[is_test], labels[is_test])
            return Dataset(name, *parts, classes, folder / FILE)
    return replace(hdf5.read(cache, name), path=folder / FILE)


def _origin(folder: Path) -> str:
    """What changes when one of the files does."""
    stats = [(folder / file).stat() for file in (FILE, IDS)]
    return " ".join(f"{stat.st_size} {stat.st_mtime_ns}" for stat in stats)


def _read_checked(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[str, ...]]:
    """Images uint8 [n, h, w, c], labels int64 [n], which are for the test, and the classes."""
    path = folder / FILE
    ids = read_ids(folder / IDS)
    with open_file(path) as file:
        if not len(file):
            raise ValueError(f"{path}: expected a group for every id, found an empty file")
        images, one_hot = _read_groups(path, file, ids)
    pixels = to_uint8(f"{path}: image", images, lambda row: f"id {ids[row]!r}: ")
    labels = from_one_hot(one_hot, lambda row: f"{path}: id {ids[row]!r}: label")
    is_test = stratified(labels)
    if not is_test.any():
        raise ValueError(
            f"{path}: label: expected a class with two examples or more, to split training and "
            f"test, found {len(ids)} examples of as many classes"
        )
    return pixels, labels, is_test, class_names(one_hot.shape[1])


def read_ids(path: Path) -> list[str]:
    """The ids of an `id.txt`.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no text, names no id or one twice, or one that is not a plain name.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: expected UTF-8 text, found bytes that are none") from error
    ids = [line for line in lines if line]
    if not ids:
        raise ValueError(f"{path}: expected at least one id, found none")
    seen = set()
    for each in ids:
        if each in seen:
            raise ValueError(f"{path}: id {each!r}: expected every id once, found it twice")
        if "/" in each or each == ".":
            raise ValueError(f"{path}: id {each!r}: expected the plain name of a group")
        seen.add(each)
    return ids


def _read_groups(path: Path, file: "h5py.File", ids: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Images [n, h, w, c] and labels [n, classes], as they are stored."""
    images, labels = [], []
    for each in ids:
        where = f"{path}: id {each!r}"
        group = _group(where, file, each)
        images.append(_value(where, group, "image", images[0] if images else None, rank=3))
        labels.append(_value(where, group, "label", labels[0] if labels else None, rank=1))
    return np.stack(images), np.stack(labels)


def _group(where: str, file: "h5py.File", name: str) -> "h5py.Group":
    import h5py

    links = file.id.links
    if not links.exists(name.encode()):
        raise ValueError(f"{where}: expected a group, found none ({len(file):,} others are there)")
    is_here = links.get_info(name.encode()).type == h5py.h5l.TYPE_HARD
    group = file[name] if is_here else None
    if not isinstance(group, h5py.Group):
        found = "a link" if group is None else "an array"
        raise ValueError(f"{where}: expected a group with image and label, found {found}")
    return group


def _value(
    where: str, group: "h5py.Group", name: str, first: np.ndarray | None, rank: int
) -> np.ndarray:
    array = field(where, group, name)
    shape = list(array.shape or ())
    if len(shape) != rank or 0 in shape:
        expected = "shape [h, w, c]" if rank == 3 else "one-hot [classes]"
        raise ValueError(f"{where}: {name}: expected {expected}, found shape {shape}")
    if array.dtype.kind not in "iufb":
        raise ValueError(f"{where}: {name}: expected numbers, found {array.dtype}")
    if first is not None and array.shape != first.shape:
        raise ValueError(
            f"{where}: {name}: expected shape {list(first.shape)}, as the ids before, "
            f"found shape {shape}"
        )
    return values(where, array)
