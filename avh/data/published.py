"""A published dataset: fetched once, verified, and kept as one file, `NAME/data.h5`.

While it is fetched, whole archives wait in `NAME/download`, so that an interrupted command goes on
with the next one; partial ones are deleted. When `data.h5` is there, the archives are not needed
any more and are deleted as well.
"""

import contextlib
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from avh.data import hdf5
from avh.data.dataset import Dataset
from avh.data.download import Archive, DownloadError, fetch
from avh.data.folder_lock import locked
from avh.data.source import DEFAULT_DIRECTORY, Source

DOWNLOADS = "download"


class Parts(NamedTuple):
    """What is in the archives."""

    x_train: np.ndarray  # uint8 [n, h, w, c]
    y_train: np.ndarray  # int64 [n]
    x_test: np.ndarray
    y_test: np.ndarray


def _not_here() -> Path | None:
    return None


@dataclass(frozen=True)
class Published:
    """One dataset as it was published.

    Attributes:
        name: its name in the catalogue.
        archives: the files to fetch.
        unpack: makes the arrays from the folder with the archives; ValueError where it cannot.
        image_shape: (h, w, c).
        counts: numbers of training and of test images.
        classes: what the labels stand for.
        installed: a folder of this machine that holds the same files, verified, so that nothing
            needs to be fetched; None if there is none.
    """

    name: str
    archives: tuple[Archive, ...]
    unpack: Callable[[Path], Parts]
    image_shape: tuple[int, int, int]
    counts: tuple[int, int]
    classes: tuple[str, ...]
    installed: Callable[[], Path | None] = _not_here

    def source(self) -> Source:
        """What joins the catalogue."""
        return Source(
            names=(self.name,),
            load=lambda _, directory: self.load(directory),
            missing=lambda _, directory: self.missing(directory),
            fetch=lambda _, directory: self.fetch(directory),
        )

    def path(self, directory: Path) -> Path:
        """Where the dataset is kept."""
        return directory / self.name / hdf5.FILE

    def load(self, directory: Path) -> Dataset:
        """The dataset, its images left in the file, which is made if this needs no network.

        Raises:
            OSError: the file cannot be read or made.
            ValueError: it holds something else than the published dataset.
        """
        if self._why_not(directory) is not None and self.installed() is not None:
            self.fetch(directory)
        return self._read(directory)

    def _read(self, directory: Path) -> Dataset:
        path = self.path(directory)
        data = hdf5.read(path, self.name)
        found = (data.image_shape, len(data.x_train), len(data.x_test), data.classes)
        if found != (self.image_shape, *self.counts, self.classes):
            raise ValueError(
                f"{path}: expected {self._words(*self.counts, self.image_shape)}, found "
                f"{self._words(*found[1:3], found[0])}, or other classes"
            )
        return data

    @staticmethod
    def _words(train: int, test: int, shape: tuple[int, ...]) -> str:
        return f"{train:,} training and {test:,} test images {'x'.join(map(str, shape))}"

    def _why_not(self, directory: Path) -> str | None:
        """Why the file cannot be used; None if it can."""
        try:
            self._read(directory)
        except FileNotFoundError:
            return f"{self.name} is not in {str(directory)!r}"
        except (OSError, ValueError) as error:
            return str(error)
        return None

    def missing(self, directory: Path) -> str | None:
        """Why it cannot be loaded, and the command that helps; None if it can."""
        reason = self._why_not(directory)
        if reason is None or self.installed() is not None:
            return None
        command = f"python download.py --dataset {self.name}"
        if directory != Path(DEFAULT_DIRECTORY):
            command += f" --data_dir {shlex.quote(str(directory))}"
        return f"dataset: {reason}; fetch it with: {command} (or add --download)"

    def fetch(self, directory: Path) -> None:
        """Make `data.h5`, unless it is there and whole.

        Raises:
            DownloadError: an archive could not be had, or the disk not be written.
            ValueError: an archive holds something else than it should.
        """
        if self._why_not(directory) is None:
            return
        folder = self.path(directory).parent
        with locked(folder) as alone:
            if self._why_not(directory) is None:  # another process was quicker
                return
            downloads = folder / DOWNLOADS
            if alone:
                _remove_partial(folder, downloads)
            try:
                self._make(downloads)
                for archive in self.archives:
                    (downloads / archive.file).unlink(missing_ok=True)
            finally:
                for place in (downloads, folder):
                    with contextlib.suppress(OSError):
                        place.rmdir()  # if it is empty

    def _make(self, downloads: Path) -> None:
        place = self.installed()
        if place is None:
            for archive in self.archives:
                fetch(archive, downloads)
            place = downloads
        parts = self.unpack(place)
        counts, shape = (len(parts.x_train), len(parts.x_test)), parts.x_train.shape[1:]
        if (counts, shape) != (self.counts, self.image_shape):
            raise ValueError(
                f"{self.name}: expected {self._words(*self.counts, self.image_shape)} in the "
                f"archives, found {self._words(*counts, shape)}"
            )
        path = downloads.parent / hdf5.FILE
        try:
            hdf5.write(
                path,
                (parts.x_train, parts.x_test),
                (sum(self.counts), *self.image_shape),
                np.concatenate([parts.y_train, parts.y_test]),
                np.repeat([hdf5.TRAIN, hdf5.TEST], self.counts),
                self.classes,
            )
        except OSError as error:
            raise DownloadError(f"{path}: cannot be written: {error.strerror or error}") from error


def _remove_partial(folder: Path, downloads: Path) -> None:
    """Delete what a process that was killed left behind: pooch's and `avh.atomic`'s files."""
    for path in (*downloads.glob("tmp*"), *folder.glob(f".*.{hdf5.FILE}")):
        path.unlink(missing_ok=True)
