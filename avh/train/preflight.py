"""What can be wrong with the input, as far as it shows without TensorFlow and without the data.

Nothing is written. What needs them is checked by `avh.train.session` and `avh.train.evaluator`.
"""

import os
from pathlib import Path

from avh.data import catalog
from avh.train import checkpoints, resuming, rundir
from avh.train.config import INHERITED, LENGTHS, TrainConfig
from avh.train.description import read_description
from avh.train.schedule import check_batch_size


def resumed(config: TrainConfig, given: set[str]) -> TrainConfig:
    """`config` with what it inherits from the run that its checkpoint belongs to.

    The settings named in `given` stay. Without a checkpoint, or without a description beside it,
    nothing is inherited.

    Raises:
        FileNotFoundError: the checkpoint does not exist.
        ValueError: the `config.json` beside it is not a description of a run, or of one with
            another optimizer.
    """
    if config.checkpoint is None:
        return config
    file = checkpoints.find(Path(config.checkpoint))
    try:
        run = rundir.run_of(file)
    except FileNotFoundError:  # a file that was moved away from its run: the flags alone count
        return config
    flags = read_description(run)["flags"]
    before = flags.get("optimizer", TrainConfig.optimizer)
    if "optimizer" in given and config.optimizer != before:
        raise ValueError(
            f"optimizer: {before} expected, whose state goes on from the checkpoint, "
            f"got {config.optimizer}"
        )
    return config.inherit(flags, given)


def completed(config: TrainConfig, given: set[str]) -> TrainConfig:
    """`config` with what was left out: from its checkpoint's run, else what its network recommends.

    Args:
        config: the settings.
        given: the names of those that someone has chosen; they stay.

    Raises:
        FileNotFoundError: the checkpoint does not exist.
        TypeError, ImportError: the activation is none.
        ValueError: as `resumed`; an unknown activation; both a number of epochs and one of steps
            are given; or as `resuming.settings`.
    """
    if given >= LENGTHS:
        raise ValueError("expected epochs or max_steps, got both")
    if config.resume is not None:
        return resuming.settings(config, given)
    found = resumed(config, given)
    if config.checkpoint is not None and found is not config:
        given = given | set(INHERITED)
    return found.recommend(given)


def check_input(config: TrainConfig) -> tuple[Path | None, int]:
    """Check the settings, the place of the run, and the checkpoint by itself.

    Returns:
        The checkpoint's file (None without one), and the number of steps done already.

    Raises:
        As `find_beginning`.
    """
    beginning = find_beginning(config)
    return beginning.checkpoint, beginning.step


def find_beginning(config: TrainConfig) -> resuming.Beginning:
    """Check the settings, the place of the run, and the checkpoint by itself.

    Raises:
        TypeError: a setting of the wrong kind.
        ValueError: a setting out of its range, an unknown name, a file that is no checkpoint, or a
            run directory that is not empty.
        OSError: `train_dir` cannot be written, or the checkpoint does not exist.
        ImportError: the module of an activation of the user's cannot be imported.
    """
    config.check()
    if config.resume is not None:
        return resuming.find_beginning(config)
    rundir.check(Path(config.train_dir), config.run_name)
    if config.checkpoint is None:
        return resuming.Beginning()
    file = checkpoints.find(Path(config.checkpoint))
    step = checkpoints.check(file)
    if config.epochs is None:
        _check_steps_left(config, step)
    return resuming.Beginning(file, step)


def check_examples(config: TrainConfig, examples: int, start_step: int) -> TrainConfig:
    """Check the settings against the number of training examples.

    Returns:
        The configuration with its number of steps, if it was given in epochs.

    Raises:
        ValueError: a batch larger than the training set, or no step left to do.
    """
    check_batch_size(config.batch_size, examples)
    config = config.with_examples(examples)
    _check_steps_left(config, start_step)
    return config


def _check_steps_left(config: TrainConfig, done: int) -> None:
    if done >= config.max_steps:
        raise ValueError(
            f"max_steps: more than the {done} steps of the checkpoint expected, "
            f"got {config.max_steps}"
        )


def check_evaluation(
    checkpoint: str,
    dataset: str | None,
    data_dir: str | None,
    output: Path | None,
    *,
    download: bool = False,
) -> Path:
    """Check the input of an evaluation; returns where its result will be written.

    With `download` it is enough that the dataset can be fetched.

    Raises:
        OSError: no such checkpoint, no `config.json` beside it, or nowhere to write.
        ValueError: a file that is no checkpoint, or an unknown dataset.
    """
    file = checkpoints.find(Path(checkpoint))
    checkpoints.step_of(file)
    run = rundir.run_of(file)
    config = TrainConfig.from_dict(read_description(run)["flags"])
    catalog.check(dataset or config.dataset, data_dir or config.data_dir, fetchable=download)
    path = output or run / rundir.EVALUATION
    if path.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
        raise OSError(f"output: a file that can be written expected, got {path}")
    return path
