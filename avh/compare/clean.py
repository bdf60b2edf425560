"""Empty a comparison's directory of what avh itself made, and of nothing else.

- A directory is avh's own if it holds the marker of a run; `comparison.png`, `report.html` and the
  pictures of experiments are if the directory around it holds the marker of a comparison.
- Everything is looked at before anything is deleted: one foreign name, and nothing is deleted.
- Symbolic links are foreign, wherever they lead; none is followed.
- A run that is being trained at this moment is not deleted.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from avh.train import rundir
from avh.train.alive import trained_by

MARKER = ".avh-comparison"
MARKER_TEXT = "avh comparison\n"
PICTURE = "comparison.png"
REPORT = "report.html"
LOSS_CURVES = "loss_curves.png"
DEPTH = "depth.png"
LOGS = "logs"
OWN_FILES = (PICTURE, REPORT, LOSS_CURVES, DEPTH)
OWN_FOLDERS = (LOGS,)
_NAMED_AT_MOST = 8


def check(train_dir: Path) -> None:
    """Check that `train_dir` may be emptied and written, without changing anything.

    Raises:
        ValueError: it holds something that avh did not make, which the message names, or a run that
            is being trained.
        OSError: it is not a directory that can be written to, or made.
    """
    rundir.check(train_dir, None)
    if not train_dir.is_dir():
        return
    foreign = [str(entry) for entry in _entries(train_dir) if not _is_own(entry)]
    if foreign:
        more = len(foreign) - _NAMED_AT_MOST
        named = ", ".join(foreign[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")
        raise ValueError(
            "train_dir: a directory with nothing but avh's own runs expected, because it is "
            f"emptied first; nothing was deleted; found {named}"
        )
    check_idle(train_dir)


def check_idle(train_dir: Path) -> None:
    """Check that no run in `train_dir` is being trained.

    Raises:
        ValueError: one is.
    """
    for entry in _entries(train_dir):
        if entry.is_dir() and (pid := trained_by(entry)) is not None:
            raise ValueError(
                f"train_dir: finished runs expected, nothing was deleted; {entry} is being "
                f"trained by process {pid}"
            )


def clean(train_dir: Path) -> None:
    """Empty `train_dir`, or make it; then it holds the comparison's marker and an empty `logs/`.

    Raises:
        ValueError, OSError: as `check` does, with nothing deleted.
        OSError: something cannot be deleted.
    """
    check(train_dir)
    train_dir.mkdir(parents=True, exist_ok=True)
    for entry in _entries(train_dir):
        if entry.is_dir():
            shutil.rmtree(entry)  # removes the links inside, not what they lead to
        elif entry.name != MARKER:
            entry.unlink()
    (train_dir / MARKER).write_text(MARKER_TEXT, encoding="utf-8")
    logs = train_dir / LOGS
    logs.mkdir()
    (logs / rundir.MARKER).write_text(rundir.MARKER_TEXT, encoding="utf-8")


def check_outside(checkpoint: Path, train_dir: Path) -> None:
    """Check that cleaning `train_dir` would not delete `checkpoint`.

    Raises:
        ValueError: it would.
    """
    if checkpoint.resolve().is_relative_to(train_dir.resolve()):
        raise ValueError(
            f"checkpoint: a place outside of {train_dir} expected, which is emptied first, "
            f"got {checkpoint}"
        )


def _entries(train_dir: Path) -> Iterator[Path]:
    return iter(sorted(train_dir.iterdir()))


def _is_own(entry: Path) -> bool:
    if entry.is_symlink():
        return False
    if entry.is_dir():
        return _holds(entry / rundir.MARKER, rundir.MARKER_TEXT)
    if entry.name == MARKER:
        return _holds(entry, MARKER_TEXT)
    return entry.name in OWN_FILES and _holds(entry.parent / MARKER, MARKER_TEXT)


def _holds(marker: Path, text: str) -> bool:
    """Whether a marker is a plain file with this text."""
    if marker.is_symlink() or not marker.is_file():
        return False
    return marker.read_bytes()[: len(text)] == text.encode()
