"""What a file of this folder defines, as `SOURCE`, to join the catalogue."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from avh.data.dataset import Dataset

DEFAULT_DIRECTORY = "datasets"


def nothing_more(name: str, directory: Path) -> bool:
    """The `accepts` of a source that has its listed names and no others."""
    return False


def never_missing(name: str, directory: Path) -> str | None:
    """The `missing` of a source that can always load."""
    return None


def nothing_to_fetch(name: str, directory: Path) -> None:
    """The `fetch` of a source that needs no network."""


@dataclass(frozen=True)
class Source:
    """Where datasets come from. Each function takes (name, directory).

    Attributes:
        names: the datasets that it always offers, as they are listed.
        load: gives the Dataset; may write below `directory`, but asks no network.
        accepts: whether `load` takes a name beyond the listed ones, such as that of a file of the
            user's own. Quick, and without side effects.
        missing: why `load` cannot work yet, and what to do, in one line; None if it can. Quick, and
            without side effects.
        fetch: gets what is missing; does nothing where nothing is. Raises OSError or ValueError
            with one line.
    """

    names: tuple[str, ...]
    load: Callable[[str, Path], Dataset]
    accepts: Callable[[str, Path], bool] = nothing_more
    missing: Callable[[str, Path], str | None] = never_missing
    fetch: Callable[[str, Path], None] = nothing_to_fetch
