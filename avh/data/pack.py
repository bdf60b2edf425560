"""Make a dataset of picture files: the name of the folder that a picture is in is its class."""

import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avh.data import catalog, hdf5
from avh.data.own import is_plain
from avh.data.split import stratified

if TYPE_CHECKING:
    from PIL.Image import Image

CHANNELS = {"1": 1, "L": 1, "P": 3, "RGB": 3}  # of the pictures that are taken, by Pillow's mode
AT_ONCE = 256


def pack(pictures: Sequence[Path], name: str, directory: Path) -> Path:
    """Write `directory/name/data.h5`; classes are in the order of their names.

    The split is that of `avh.data.split`, over the pictures in the order of their paths.

    Args:
        pictures: files that Pillow reads, 8-bit grey, black and white, RGB or with a palette, all
            of one size and all grey or all coloured.
        name: a new name.

    Returns:
        The file.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: something is wrong with a picture, the classes or the name; the message names
            it, what was expected, and what was found.
    """
    path = _new_file(name, directory)
    files = sorted(set(pictures))
    classes = sorted({_class_of(file) for file in files})
    if len(classes) < 2:
        raise ValueError(
            f"pictures: expected two classes or more (the folders that they are in), found "
            f"{', '.join(classes) or 'no pictures'}"
        )
    shape = _common_shape(files)
    labels = np.array([classes.index(_class_of(file)) for file in files], np.int64)
    is_test = stratified(labels)
    if not is_test.any():
        raise ValueError(
            f"pictures: expected a class with two pictures or more, found {len(files)} pictures "
            f"of {len(classes)} classes"
        )
    folder_was_there = path.parent.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    split = np.where(is_test, hdf5.TEST, hdf5.TRAIN)
    try:
        hdf5.write(path, _parts(files), (len(files), *shape), labels, split, classes)
    except BaseException:
        if not folder_was_there:
            path.parent.rmdir()
        raise
    return path


def _new_file(name: str, directory: Path) -> Path:
    if not is_plain(name):
        raise ValueError(f"name: expected the name of a directory, without slashes, got {name!r}")
    if name in catalog.names():
        raise ValueError(f"name: expected another than those of known datasets, got {name!r}")
    path = directory / name / hdf5.FILE
    if path.exists():
        raise ValueError(f"name: expected a new one, {path} is there already")
    return path


def _class_of(file: Path) -> str:
    return Path(os.path.abspath(file)).parent.name  # not that of what a link leads to


def _common_shape(files: Sequence[Path]) -> tuple[int, int, int]:
    first = None
    for file in files:
        with _open(file) as picture:
            shape = (picture.height, picture.width, CHANNELS[picture.mode])
        first = first or shape
        if shape != first:
            raise ValueError(
                f"{file}: expected {_words(first)}, as {files[0]} is, found {_words(shape)}"
            )
    return first


def _words(shape: tuple[int, int, int]) -> str:
    height, width, channels = shape
    return f"{height} x {width} pixels {'in grey' if channels == 1 else 'in colour'}"


def _open(file: Path) -> "Image":
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(file)
    except UnidentifiedImageError as error:
        raise ValueError(f"{file}: expected a picture, found something else") from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise ValueError(f"{file}: expected a picture of a usual size: {error}") from error
    if picture.mode not in CHANNELS:
        mode = picture.mode
        picture.close()
        raise ValueError(f"{file}: expected 8-bit grey or RGB, found {mode}")
    return picture


def _parts(files: Sequence[Path]) -> Iterator[np.ndarray]:
    for start in range(0, len(files), AT_ONCE):
        yield np.stack([_pixels(file) for file in files[start : start + AT_ONCE]])


def _pixels(file: Path) -> np.ndarray:
    with _open(file) as picture:
        mode = "L" if CHANNELS[picture.mode] == 1 else "RGB"
        try:
            pixels = np.asarray(picture.convert(mode))
        except (OSError, SyntaxError) as error:
            raise ValueError(f"{file}: expected a whole picture: {error}") from error
    return pixels.reshape(*pixels.shape[:2], -1)
