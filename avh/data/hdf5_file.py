"""HDF5 files that others made: what is opened and read is checked first.

Only arrays that lie in the very file are read: links and references to other files are refused.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import h5py

SIGNATURE = b"\x89HDF\r\n\x1a\n"


def open_file(path: Path) -> "h5py.File":
    """The file, open for reading.

    Raises:
        OSError: it does not exist or may not be read.
        ValueError: it is not HDF5, or cut off.
    """
    import h5py

    with path.open("rb") as file:
        start = file.read(8)
    try:
        return h5py.File(path, "r")
    except OSError as error:
        found = "an empty file" if not start else f"a file that begins with {start!r}"
        if start == SIGNATURE:
            found = f"a damaged one ({_first_line(error)})"
        raise ValueError(f"{path}: expected a whole HDF5 file, got {found}") from error


def field(where: str, group: "h5py.Group", name: str) -> "h5py.Dataset":
    """An array of a group that lies in this very file.

    Args:
        where: the group, as messages name it.

    Raises:
        ValueError: there is none; the message lists what there is.
    """
    import h5py

    links = group.id.links
    if not links.exists(name.encode()):
        found = ", ".join(sorted(group)) or "nothing"
        raise ValueError(f"{where}: {name}: expected an array of that name, found {found}")
    if links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
        raise ValueError(f"{where}: {name}: expected an array, found a link")
    found = group[name]
    if not isinstance(found, h5py.Dataset):
        raise ValueError(f"{where}: {name}: expected an array, found a group")
    storage = found.id.get_create_plist()
    if storage.get_layout() == h5py.h5d.VIRTUAL or storage.get_external_count():
        raise ValueError(f"{where}: {name}: expected an array, found a reference to another file")
    return found


def values(where: str, array: "h5py.Dataset") -> np.ndarray:
    """All of an array, in memory.

    Raises:
        ValueError: it cannot be read, as it is damaged or packed in a way that is not known here.
    """
    try:
        return array[...]
    except OSError as error:
        name = array.name.rsplit("/", 1)[-1]
        raise ValueError(f"{where}: {name}: cannot be read: {_first_line(error)}") from error
    except MemoryError as error:
        size = f"{array.size * array.dtype.itemsize / 1e9:,.0f} GB"
        raise ValueError(f"{where}: {array.name}: does not fit into memory: {size}") from error


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
