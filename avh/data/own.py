"""Datasets of the user's own: any directory NAME below the datasets' that holds `data.h5`, or
`data.hy` and `id.txt`.

A name is the name of a directory and nothing else: it leads nowhere else.
"""

from pathlib import Path

from avh.data import by_id, hdf5
from avh.data.dataset import Dataset
from avh.data.source import Source


def is_plain(name: str) -> bool:
    """Whether a name can be that of a directory here.

    >>> [is_plain(name) for name in ("My photos", "..", "a/b", "/etc", ".hidden", "")]
    [True, False, False, False, False, False]
    """
    return bool(name) and not name.startswith(".") and not set(name) & set("/\\\0\n\r")


def accepts(name: str, directory: Path) -> bool:
    """Whether there is such a directory."""
    try:
        return is_plain(name) and (directory / name).is_dir()
    except OSError:  # a name too long for the file system
        return False


def missing(name: str, directory: Path) -> str | None:
    """Which file is missing, None if none is."""
    folder = directory / name
    if (folder / hdf5.FILE).is_file():
        return None
    present = [file for file in (by_id.FILE, by_id.IDS) if (folder / file).is_file()]
    if len(present) == 2:
        return None
    found = ", ".join(sorted(path.name for path in folder.iterdir())[:5]) or "nothing"
    return (
        f"dataset: {folder}: expected {hdf5.FILE}, or {by_id.FILE} and {by_id.IDS}, found {found}"
    )


def load(name: str, directory: Path) -> Dataset:
    """The dataset; `data.h5` counts where both forms are there.

    Raises:
        OSError: a file cannot be read.
        ValueError: something in them is wrong; the message says where and what.
    """
    folder = directory / name
    path = folder / hdf5.FILE
    return hdf5.read(path, name) if path.is_file() else by_id.read(folder, name)


SOURCE = Source(names=(), load=load, accepts=accepts, missing=missing)
