"""Files that appear whole or not at all.

A reader (the comparison polls `status.json` while the trainer writes it) sees the old file or the
new one, never a part; an error while writing leaves the old file as it was.
"""

import contextlib
import json
import math
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

_TEMPORARY = re.compile(r"\.\d+\.[0-9a-f]{8}\..+", re.DOTALL)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes the place of `path` when the block ends well.

    The temporary name keeps the suffixes of `path`, by which some writers choose a format.
    """
    temporary = path.with_name(f".{os.getpid()}.{secrets.token_hex(4)}.{path.name}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def remove_rests(directory: Path) -> None:
    """Remove the temporary files of `replacing` that killed processes left in a directory.

    Only where no process writes at this moment.
    """
    for path in directory.iterdir() if directory.is_dir() else ():
        if _TEMPORARY.fullmatch(path.name):
            path.unlink(missing_ok=True)


def write_json(path: Path, content: object) -> None:
    """Write `content` as JSON; NaN and infinities, which JSON does not have, become null."""
    with replacing(path) as temporary:
        text = json.dumps(_finite(content), indent=2, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
