"""Going on with a run in its own directory, as if it had never been interrupted.

All that decides what is trained is what the run's `config.json` says; how long, and how often
something is written down, may be told anew. It goes on from the newest checkpoint that is whole, or
from where the run began. Everything is looked at before anything is written.
"""

import os
from collections.abc import Set
from dataclasses import dataclass, fields, replace
from datetime import datetime, timezone
from pathlib import Path

from avh.atomic import remove_rests, write_json
from avh.train import checkpoints, rundir
from avh.train.alive import trained_by
from avh.train.config import INHERITED, LENGTHS, TrainConfig
from avh.train.description import read_description, versions
from avh.train.status import read_status

DAMAGED = ".damaged"  # added to the name of a checkpoint that cannot be read
_PLACE = {"train_dir", "run_name"}
_ANEW = {
    *LENGTHS,
    *("resume", "every", "pictures_every", "log_every", "eval_every", "progress"),
    *("data_dir", "download"),
}
_OF_THE_MOMENT = {"resume", "progress", "download"}  # what a run does not hand on


@dataclass(frozen=True)
class Beginning:
    """Where training begins."""

    checkpoint: Path | None = None  # None: with fresh weights
    step: int = 0  # done already
    damaged: tuple[Path, ...] = ()  # newer checkpoints that cannot be read


def settings(config: TrainConfig, given: Set[str]) -> TrainConfig:
    """The settings of the run that `config.resume` names, with those that are told anew.

    Args:
        config: `resume` and what is told anew.
        given: the names of the settings that someone has chosen.

    Raises:
        ValueError: no directory of a run, a damaged `config.json`, or a setting in `given` that
            contradicts it.
        TypeError: a setting in `config.json` of the wrong kind.
        OSError: it cannot be read, or the dataset is not there.
    """
    run = _run(config)
    before = _before(run)
    _check_same(config, before, given)
    for name, here in (("train_dir", run.resolve().parent), ("run_name", run.resolve().name)):
        said = getattr(config, name)
        if name in given and (Path(said).resolve() if name == "train_dir" else said) != here:
            raise ValueError(f"{name}: {here} expected, where {run} is, got {said}")
    told = {name: getattr(config, name) for name in given & _ANEW | _OF_THE_MOMENT}
    if "max_steps" in told:
        told.setdefault("epochs", None)
    settled = replace(before, **told)
    try:
        settled.check()
    except (TypeError, ValueError) as error:
        raise type(error)(f"{run / rundir.CONFIG}: {error}") from error
    return settled.with_examples(_examples(run)) if settled.epochs is not None else settled


def finished_at(config: TrainConfig) -> int | None:
    """The last step of a run that has nothing left to do, else None."""
    try:
        status = read_status(Path(config.resume))
    except ValueError:  # what is left to do follows from the checkpoints
        return None
    is_over = status is not None and status.state == "finished" and status.step >= config.max_steps
    return status.step if is_over else None


def find_beginning(config: TrainConfig) -> Beginning:
    """Where a run goes on, with settings as `settings` gives them.

    A checkpoint of the last step of a run that did not finish is left out: the evaluation of that
    step may be missing, so it is done again.

    Raises:
        ValueError: the settings are others than the run's; it is being trained, or has done more
            steps than are wanted; or there is nothing but the checkpoint of another run to begin
            with, and that is damaged.
        OSError: the directory cannot be written, or that checkpoint is gone.
    """
    run = _run(config)
    _check_same(config, _before(run), {field.name for field in fields(config)})
    pid = trained_by(run)
    if pid is not None and pid != os.getpid():  # its own in a container that was started again
        raise ValueError(f"resume: a run that was stopped expected, process {pid} trains {run}")
    if not os.access(run, os.W_OK | os.X_OK):
        raise PermissionError(f"resume: {run} cannot be written to")
    damaged: list[Path] = []
    for path in checkpoints.newest_first(run):
        try:
            step = checkpoints.check(path)
        except ValueError:
            damaged.append(path)
            continue
        if step > config.max_steps:
            raise ValueError(
                f"max_steps: more than the {step} steps done expected, got {config.max_steps}"
            )
        if step < config.max_steps:
            return Beginning(path, step, tuple(damaged))
    if config.checkpoint is None:
        return Beginning(damaged=tuple(damaged))
    path = checkpoints.find(Path(config.checkpoint))
    return Beginning(path, checkpoints.check(path), tuple(damaged))


def take_over(config: TrainConfig, beginning: Beginning) -> Path:
    """Make the directory ready to go on; returns it.

    What killed processes left half written is removed, damaged checkpoints are renamed, and
    `config.json` notes the settings told anew, the step and the time.

    Raises:
        OSError: it cannot be written.
    """
    run = Path(config.resume)
    for directory in (run, run / rundir.CHECKPOINTS):
        remove_rests(directory)
    for path in beginning.damaged:
        path.replace(path.with_name(path.name + DAMAGED))
    description = read_description(run)
    description["flags"] = {**description["flags"], **replace(config, resume=None).to_dict()}
    started = datetime.now(timezone.utc).isoformat(timespec="seconds")
    now = {"step": beginning.step, "started": started, "versions": versions()}
    earlier = description.get("resumed")
    description["resumed"] = [*(earlier if isinstance(earlier, list) else ()), now]
    write_json(run / rundir.CONFIG, description)
    return run


def check_dataset(config: TrainConfig, examples: int) -> None:
    """Check that the dataset is as large as it was: the order of the batches follows from it.

    Raises:
        ValueError: it is not.
    """
    before = _examples(Path(config.resume))
    if examples != before:
        raise ValueError(
            f"dataset: the {before} training examples of {config.dataset} expected that "
            f"{config.resume} was trained with, got {examples}"
        )


def _check_same(config: TrainConfig, before: TrainConfig, names: Set[str]) -> None:
    """Check that what decides the training is what it was."""
    for name in sorted(names - _ANEW - _PLACE):
        old, new = getattr(before, name), getattr(config, name)
        if old != new:
            raise ValueError(
                f"{name}: {old!r} expected, with which {config.resume} was trained so far, "
                f"got {new!r}"
            )


def _run(config: TrainConfig) -> Path:
    run = Path(config.resume)
    if not rundir.is_run(run):
        raise ValueError(f"resume: the directory of a run expected, {run} is none")
    if not (run / rundir.CONFIG).exists():
        raise ValueError(
            f"resume: {run} was stopped before anything was trained; delete it and start anew"
        )
    return run


def _before(run: Path) -> TrainConfig:
    flags = read_description(run)["flags"]
    for name in (*INHERITED, "max_steps"):
        if name not in flags:
            raise ValueError(f"{run / rundir.CONFIG}: the flag {name} expected, found none")
    try:
        return TrainConfig.from_dict(flags)
    except TypeError as error:
        raise ValueError(f"{run / rundir.CONFIG}: {error}") from error


def _examples(run: Path) -> int:
    count = read_description(run)["dataset"].get("train_examples")
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ValueError(
            f"{run / rundir.CONFIG}: the number of train_examples of the dataset expected, "
            f"got {count!r}"
        )
    return count
