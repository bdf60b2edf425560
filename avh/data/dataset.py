"""A labelled set of images, split into training and test, as every source returns it.

Pixels stay uint8 as they came; `normalize` turns them into what a network is fed. Statistics come
from the training part alone, and are exact: they are sums of integers.
"""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path

import numpy as np

from avh.data.rows import Rows

LEVELS = 256  # values of a uint8 pixel
CHUNK = 128  # images counted at once, at most; uint32 holds their sums of squares
CHUNK_BYTES = 1 << 24


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and labels, checked on construction.

    Attributes:
        name: the name in the catalogue.
        x_train: uint8 [n, h, w, c]: in memory, or left on disk (`avh.data.rows.Rows`): slices and
            arrays of indices on the first axis give arrays in memory either way.
        y_train: int64 [n], each in [0, len(classes)).
        x_test: uint8 [m, h, w, c].
        y_test: int64 [m].
        classes: what each label stands for.
        path: the file on disk that the arrays can be read from again; None if there is none.

    Raises:
        TypeError: images that are not uint8, or labels that are not int64.
        ValueError: shapes that do not fit each other, an empty part, or a label out of range.
    """

    name: str
    x_train: np.ndarray | Rows
    y_train: np.ndarray
    x_test: np.ndarray | Rows
    y_test: np.ndarray
    classes: tuple[str, ...]
    path: Path | None = None

    def __post_init__(self) -> None:
        for part, images, labels in (
            ("train", self.x_train, self.y_train),
            ("test", self.x_test, self.y_test),
        ):
            self._check_part(part, images, labels)
        if self.x_train.shape[1:] != self.x_test.shape[1:]:
            raise ValueError(
                f"{self.name}: expected training and test images of one shape, "
                f"got {self.x_train.shape[1:]} and {self.x_test.shape[1:]}"
            )

    def _check_part(self, part: str, images: np.ndarray | Rows, labels: np.ndarray) -> None:
        where = f"{self.name}, {part}"
        if images.dtype != np.uint8 or labels.dtype != np.int64:
            raise TypeError(
                f"{where}: expected uint8 images and int64 labels, "
                f"got {images.dtype} and {labels.dtype}"
            )
        if images.ndim != 4 or 0 in images.shape:
            raise ValueError(f"{where}: expected images [n, h, w, c], got shape {images.shape}")
        if labels.shape != images.shape[:1]:
            raise ValueError(
                f"{where}: expected {len(images)} labels, one an image, got shape {labels.shape}"
            )
        if labels.min() < 0 or labels.max() >= len(self.classes):
            raise ValueError(
                f"{where}: expected labels from 0 to {len(self.classes) - 1}, "
                f"got {labels.min()} to {labels.max()}"
            )

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(h, w, c) of one image."""
        return tuple(self.x_train.shape[1:])

    @property
    def class_count(self) -> int:
        """The number of classes."""
        return len(self.classes)

    @cached_property
    def _moments(self) -> tuple[np.ndarray, np.ndarray]:
        shape = self.x_train.shape
        sums, squares = np.zeros((2, prod(shape[1:])), np.int64)
        count = max(1, min(CHUNK, CHUNK_BYTES // prod(shape[1:])))
        for start in range(0, shape[0], count):
            chunk = self.x_train[start : start + count]
            pixels = chunk.reshape(len(chunk), -1).astype(np.uint16)  # holds 255**2
            sums += pixels.sum(0, dtype=np.uint32)
            pixels *= pixels
            squares += pixels.sum(0, dtype=np.uint32)
        number = prod(shape[:3])
        mean, deviation = np.empty((2, shape[3]))
        for channel in range(shape[3]):
            first, second = (int(total[channel :: shape[3]].sum()) for total in (sums, squares))
            mean[channel] = first / number
            deviation[channel] = np.sqrt((number * second - first**2) / number**2)
        top = LEVELS - 1
        return mean / top, np.where(deviation > 0, deviation / top, 1.0)

    @property
    def mean(self) -> np.ndarray:
        """Mean of the training pixels / 255, float64 [c], in [0, 1]."""
        return self._moments[0]

    @property
    def std(self) -> np.ndarray:
        """Standard deviation (over n, not n - 1) of the training pixels / 255, float64 [c].

        It is 1 for a channel that never varies, so that dividing by it is always possible.
        """
        return self._moments[1]

    @cached_property
    def _levels(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation in levels of a pixel, float32 [c]."""
        return tuple((value * (LEVELS - 1)).astype(np.float32) for value in (self.mean, self.std))

    def normalize(self, images: np.ndarray | Rows) -> np.ndarray:
        """Images as a network is fed with: (pixel / 255 - mean) / std, each channel by its own.

        Args:
            images: uint8 [n, h, w, c]; n may be 0.

        Returns:
            float32, the shape of `images`; over the whole training part each channel that varies
            has mean 0 and standard deviation 1.

        Raises:
            TypeError: the images are not uint8.
            ValueError: the images have another shape than the set's.
        """
        if images.dtype != np.uint8:
            raise TypeError(f"{self.name}: expected uint8 images, got {images.dtype}")
        if images.ndim != 4 or images.shape[1:] != self.image_shape:
            raise ValueError(
                f"{self.name}: expected images {('n', *self.image_shape)}, got {images.shape}"
            )
        mean, std = self._levels
        return (np.asarray(images, np.float32) - mean) / std

    def probe(self, count: int = 16) -> np.ndarray:
        """Test images to look at, always the same: the classes in turn, each in its test order.

        Args:
            count: how many; a class that has no more test images is left out of its turn.

        Returns:
            uint8 [count, h, w, c].

        Raises:
            ValueError: count is not in [1, number of test images].
        """
        if not 1 <= count <= len(self.x_test):
            raise ValueError(
                f"{self.name}: expected a count from 1 to {len(self.x_test)}, got {count}"
            )
        turn = np.empty(len(self.y_test), np.int64)
        for label in range(self.class_count):
            members = np.flatnonzero(self.y_test == label)
            turn[members] = np.arange(len(members))
        return self.x_test[np.lexsort((self.y_test, turn))[:count]]
