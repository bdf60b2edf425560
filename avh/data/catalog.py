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
from avh.data.source import Source

DEFAULT_DIRECTORY = "datasets"


@cache
def _sources() -> tuple[Source, ...]:
    """Every source, by the order of its file's name; the folder is looked through once."""
    modules = sorted(module.name for module in pkgutil.iter_modules(avh.data.__path__))
    found = (getattr(import_module(f"avh.data.{name}"), "SOURCE", None) for name in modules)
    return tuple(source for source in found if isinstance(source, Source))


def names() -> tuple[str, ...]:
    """The names that are always there, in alphabetical order.

    >>> "MNIST5K" in names()
    True
    """
    return tuple(sorted(name for source in _sources() for name in source.names))


def check(name: str, directory: str | Path = DEFAULT_DIRECTORY) -> None:
    """Check a name without loading anything.

    Raises:
        ValueError: no source has this name; the message lists the known ones.
    """
    _find(name, Path(directory))


def load(name: str, directory: str | Path = DEFAULT_DIRECTORY) -> Dataset:
    """Load a dataset, always the same arrays for the same name.

    Args:
        name: one of `names()`, or a name that one of the sources accepts.
        directory: where sources keep their files; made when there is something to keep.

    Raises:
        ValueError: no source has this name; the message lists the known ones.
    """
    directory = Path(directory)
    return _find(name, directory).load(name, directory)


def _find(name: str, directory: Path) -> Source:
    for source in _sources():
        if name in source.names or source.accepts(name, directory):
            return source
    raise ValueError(f"unknown dataset {name!r}; expected one of {', '.join(names())}")
