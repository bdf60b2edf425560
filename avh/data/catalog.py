"""The datasets by name.

A source joins by being a file of this folder that defines `SOURCE` (see `avh.data.source`); nothing
else is edited. Looking up a name loads no data and imports nothing beyond NumPy: a source keeps its
heavier imports inside the functions that need them.
"""

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path

import avh.data
from avh.data.dataset import Dataset
from avh.data.source import DEFAULT_DIRECTORY, Source


@cache
def _sources() -> tuple[Source, ...]:
    """Every source, by the order of its file's name; the folder is looked through once."""
    modules = sorted(module.name for module in pkgutil.iter_modules(avh.data.__path__))
    found = (getattr(import_module(f"avh.data.{name}"), "SOURCE", None) for name in modules)
    return tuple(source for source in found if isinstance(source, Source))


def names() -> tuple[str, ...]:
    """The names that are always there, in alphabetical order.

    >>> names()
    ('CIFAR10', 'FASHION_MNIST', 'MNIST', 'MNIST5K', 'SVHN')
    """
    return tuple(sorted(name for source in _sources() for name in source.names))


def check(name: str, directory: str | Path = DEFAULT_DIRECTORY, *, fetchable: bool = False) -> None:
    """Check, without loading, that `load` will find its files.

    Args:
        fetchable: it is enough that they can be fetched.

    Raises:
        ValueError: no source has this name; the message lists the known ones.
        FileNotFoundError: the dataset is not there yet; the message says how to get it.
    """
    directory = Path(directory)
    source = _find(name, directory)
    if fetchable and source.names:
        return
    reason = source.missing(name, directory)
    if reason is not None:
        raise FileNotFoundError(reason)


def fetch(name: str, directory: str | Path = DEFAULT_DIRECTORY) -> None:
    """Get what `load` needs, unless it is there.

    Raises:
        ValueError: no source has this name, or what came is not the dataset.
        OSError: it could not be fetched or written.
    """
    directory = Path(directory)
    _find(name, directory).fetch(name, directory)


def load(
    name: str, directory: str | Path = DEFAULT_DIRECTORY, *, download: bool = False
) -> Dataset:
    """Load a dataset, always the same arrays for the same name.

    Args:
        name: one of `names()`, or a name that one of the sources accepts.
        directory: where sources keep their files; made when there is something to keep.
        download: fetch what is missing first.

    Raises:
        ValueError: no source has this name; the message lists the known ones. Or something in its
            files is wrong.
        FileNotFoundError: the dataset is not there yet; the message says how to get it.
        OSError: it could not be fetched or read.
    """
    directory = Path(directory)
    source = _find(name, directory)
    if download:
        source.fetch(name, directory)
    reason = source.missing(name, directory)
    if reason is not None:
        raise FileNotFoundError(reason)
    return source.load(name, directory)


def _find(name: str, directory: Path) -> Source:
    for source in _sources():
        if name in source.names:
            return source
    for source in _sources():
        if source.accepts(name, directory):
            return source
    raise ValueError(
        f"unknown dataset {name!r}; expected one of {', '.join(names())}, or a directory of that "
        f"name in {str(directory)!r} that holds data.h5, or data.hy and id.txt"
    )
