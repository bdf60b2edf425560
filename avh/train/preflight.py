"""What can be wrong with the input, as far as it shows without TensorFlow and without the data.

Nothing is written. What needs them is checked by `avh.train.session` and `avh.train.evaluator`.
"""

import os
from pathlib import Path

from avh.data import catalog
from avh.train import checkpoints, rundir
from avh.train.config import TrainConfig
from avh.train.description import read_description


def resumed(config: TrainConfig, given: set[str]) -> TrainConfig:
    """`config` with what it inherits from the run that its checkpoint belongs to.

    The settings named in `given` stay. Without a checkpoint, or without a description beside it,
    nothing is inherited.

    Raises:
        FileNotFoundError: the checkpoint does not exist.
        ValueError: the `config.json` beside it is not a description of a run.
    """
    if config.checkpoint is None:
        return config
    file = checkpoints.find(Path(config.checkpoint))
    try:
        run = rundir.run_of(file)
    except FileNotFoundError:  # a file that was moved away from its run: the flags alone count
        return config
    return config.inherit(read_description(run)["flags"], given)


def check_input(config: TrainConfig) -> tuple[Path | None, int]:
    """Check the settings, the place of the run, and the checkpoint by itself.

    Returns:
        The checkpoint's file (None without one), and the number of steps done already.

    Raises:
        TypeError: a setting of the wrong kind.
        ValueError: a setting out of its range, an unknown name, a file that is no checkpoint, or a
            run directory that is not empty.
        OSError: `train_dir` cannot be written, or the checkpoint does not exist.
        ImportError: the module of an activation of the user's cannot be imported.
    """
    config.check()
    rundir.check(Path(config.train_dir), config.run_name)
    if config.checkpoint is None:
        return None, 0
    file = checkpoints.find(Path(config.checkpoint))
    step = checkpoints.step_of(file)
    if step >= config.max_steps:
        raise ValueError(
            f"max_steps: more than the {step} steps of the checkpoint expected, "
            f"got {config.max_steps}"
        )
    return file, step


def check_evaluation(
    checkpoint: str, dataset: str | None, data_dir: str | None, output: Path | None
) -> Path:
    """Check the input of an evaluation; returns where its result will be written.

    Raises:
        OSError: no such checkpoint, no `config.json` beside it, or nowhere to write.
        ValueError: a file that is no checkpoint, or an unknown dataset.
    """
    file = checkpoints.find(Path(checkpoint))
    checkpoints.step_of(file)
    run = rundir.run_of(file)
    config = TrainConfig.from_dict(read_description(run)["flags"])
    catalog.check(dataset or config.dataset, data_dir or config.data_dir)
    path = output or run / rundir.EVALUATION
    if path.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
        raise OSError(f"output: a file that can be written expected, got {path}")
    return path
