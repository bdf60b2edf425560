"""The networks by name.

A network joins by being a file of this folder that bears its name and defines `build_NAME`; nothing
else is edited. A file that holds no network is named in `PARTS`. Listing the names imports nothing.
"""

import pkgutil
from importlib import import_module

import avh.models

PARTS = {"block", "catalog", "presets"}  # files of this folder that are not a network


def names() -> tuple[str, ...]:
    """The names, in alphabetical order.

    >>> "convnet" in names()
    True
    """
    modules = {module.name for module in pkgutil.iter_modules(avh.models.__path__)}
    return tuple(sorted(modules - PARTS))


def check(name: str) -> None:
    """Check a name without importing Keras.

    Raises:
        ValueError: no such network; the message lists the known ones.
    """
    if name not in names():
        raise ValueError(f"unknown model {name!r}; expected one of {', '.join(names())}")


def build(name: str, *args: object, **kwargs: object) -> "keras.Model":  # noqa: F821
    """Build a network; the arguments are those of its `build_NAME`.

    Raises:
        ValueError: no such network, or an argument that its builder refuses.
    """
    check(name)
    return getattr(import_module(f"avh.models.{name}"), f"build_{name}")(*args, **kwargs)
