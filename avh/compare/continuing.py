"""Whether a comparison's directory can be gone on with: nothing in it contradicts the plan.

Nothing is changed here.
"""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from avh.compare import clean
from avh.train import rundir
from avh.train.config import TrainConfig
from avh.train.description import read_description

# Settings that say where a run is and how it is watched, and nothing about what is trained.
_PLACE = {"train_dir", "run_name", "prefix", "data_dir", "download", "progress", "resume"}


def check(train_dir: Path, planned: Mapping[str, TrainConfig]) -> None:
    """Check that the runs that are there are among the planned ones, with their settings.

    Args:
        train_dir: the comparison's directory.
        planned: the complete settings of each run, by its name.

    Raises:
        ValueError: it is not a comparison's directory, holds another run, one with other settings,
            or one that is being trained.
        OSError: it cannot be read or written.
    """
    rundir.check(train_dir, None)
    if not (train_dir / clean.MARKER).is_file():
        raise ValueError(
            f"--resume: the directory of a comparison expected, {train_dir} is none; "
            "without --resume a new one begins there"
        )
    clean.check_idle(train_dir)
    runs = sorted(marker.parent for marker in train_dir.glob(f"*/{rundir.MARKER}"))
    for run in (run for run in runs if run.name not in clean.OWN_FOLDERS):
        if run.name not in planned:
            raise ValueError(f"--resume: only runs of this comparison expected, found {run.name}")
        if (run / rundir.CONFIG).is_file():
            _check_same(run, planned[run.name])


def _check_same(run: Path, planned: TrainConfig) -> None:
    found = TrainConfig.from_dict(read_description(run)["flags"])
    for name in (field.name for field in fields(TrainConfig) if field.name not in _PLACE):
        before, now = getattr(found, name), getattr(planned, name)
        if before != now:
            raise ValueError(
                f"--resume: {run} was begun with {name} {_words(before)}, "
                f"this comparison says {_words(now)}"
            )


def _words(value: object) -> str:
    return "left out" if value is None else str(value)
