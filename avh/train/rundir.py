"""The directory of one run: its name, its marker, and the places of its files.

A run directory is `<train_dir>/<run>/` with `config.json`, `status.json`, `checkpoints/`, one event
file (and one more each time that it was resumed), a `scaler.npz` if images are standardised, and
the marker `.avh-run`, which is written first of all: only directories that carry it are ever
cleaned away. A directory that already holds anything is never written into, but by resuming it.
"""

import os
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path

MARKER = ".avh-run"
MARKER_TEXT = "avh run\n"
CONFIG = "config.json"
STATUS = "status.json"
CHECKPOINTS = "checkpoints"
EVALUATION = "evaluation.json"
LONGEST_NAME = 255  # bytes, on Linux, macOS and Windows


def automatic_name(
    prefix: str, dataset: str, learning_rate: float, activation: str, when: datetime
) -> str:
    """`PREFIX-DATASET_lr_RATE_activation_NAME-YYYYmmdd-HHMMSS`.

    >>> automatic_name("default", "MNIST5K", 1e-4, "selu", datetime(2025, 3, 1, 9, 5, 7))
    'default-MNIST5K_lr_0.0001_activation_selu-20250301-090507'
    """
    stamp = when.strftime("%Y%m%d-%H%M%S")
    return f"{prefix}-{dataset}_lr_{learning_rate:g}_activation_{activation}-{stamp}"


def check(train_dir: Path, run_name: str | None) -> None:
    """Check that a run can be written there, without writing anything.

    Raises:
        ValueError: `train_dir/run_name` exists and is not an empty directory, or a name in it is
            none that a file system takes.
        OSError: `train_dir` is not a directory that can be written to, or made.
    """
    for name in (*train_dir.parts, *([] if run_name is None else [run_name])):
        _check_name(name)
    place = train_dir
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise NotADirectoryError(f"train_dir: {place} is not a directory")
    if not os.access(place, os.W_OK | os.X_OK):
        raise PermissionError(f"train_dir: {place} cannot be written to")
    if run_name is None or not os.path.lexists(train_dir / run_name):
        return
    run = train_dir / run_name
    if not run.is_dir() or any(run.iterdir()):
        raise ValueError(f"run directory: a new or an empty one expected, {run} is neither")


def _check_name(name: str) -> None:
    size = len(os.fsencode(name))
    if size > LONGEST_NAME:
        shown = f"{name[:20]}...{name[-10:]}"
        raise ValueError(
            f"train_dir, run_name: names of at most {LONGEST_NAME} bytes expected, "
            f"got {shown!r} of {size} bytes"
        )
    if not is_text(name):
        raise ValueError(f"train_dir, run_name: names of plain text expected, got {name!r}")


def is_text(name: str) -> bool:
    """Whether a name is free of control characters and of bytes that are not UTF-8.

    >>> is_text("Größe 1"), is_text("two\\nlines"), is_text("\\udcff")
    (True, False, False)
    """
    return not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name)


def create(train_dir: Path, run_name: str) -> Path:
    """Make `train_dir/run_name` and its marker.

    Raises:
        ValueError: the directory is there and not empty.
        OSError: it cannot be written.
    """
    check(train_dir, run_name)
    run = train_dir / run_name
    try:
        run.mkdir(parents=True, exist_ok=True)
        (run / MARKER).write_text(MARKER_TEXT, encoding="utf-8")
    except OSError as error:
        raise type(error)(f"run directory: {run} cannot be written: {error.strerror}") from error
    return run


def create_automatic(
    train_dir: Path, prefix: str, dataset: str, learning_rate: float, activation: str
) -> Path:
    """Like `create` under an automatic name.

    The name holds whole seconds: of two runs with the same settings that start in the same second,
    the later one is dated on to the next free second.
    """
    when = datetime.now()
    while True:
        name = automatic_name(prefix, dataset, learning_rate, activation, when)
        if not os.path.lexists(train_dir / name):
            return create(train_dir, name)
        when += timedelta(seconds=1)


def is_run(directory: Path) -> bool:
    """Whether a directory carries the marker of a run, as a plain file."""
    marker = directory / MARKER
    if marker.is_symlink() or not marker.is_file():
        return False
    return marker.read_bytes()[: len(MARKER_TEXT)] == MARKER_TEXT.encode()


def run_of(checkpoint: Path) -> Path:
    """The run directory that a checkpoint file belongs to: the nearest one with a `config.json`.

    Raises:
        FileNotFoundError: there is none.
    """
    for directory in (checkpoint.parent, checkpoint.parent.parent):
        if (directory / CONFIG).is_file():
            return directory
    raise FileNotFoundError(f"{CONFIG}: expected beside the checkpoint {checkpoint}, found none")
