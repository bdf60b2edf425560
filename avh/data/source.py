"""What a file of this folder defines, as `SOURCE`, to join the catalogue."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from avh.data.dataset import Dataset


def nothing_more(name: str, directory: Path) -> bool:
    """The `accepts` of a source that has its listed names and no others."""
    return False


@dataclass(frozen=True)
class Source:
    """Where datasets come from.

    Attributes:
        names: the datasets that it always offers, as they are listed.
        load: (name, directory) -> Dataset; may write below `directory`, and fetch what it lacks.
        accepts: (name, directory) -> whether `load` takes a name beyond the listed ones, such as
            that of a file of the user's own. Quick, and without side effects.
    """

    names: tuple[str, ...]
    load: Callable[[str, Path], Dataset]
    accepts: Callable[[str, Path], bool] = nothing_more
