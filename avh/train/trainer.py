"""Train one network, monitored.

However a run ends, its event file is closed and its status says how it ended.
"""

import signal
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console

from avh.monitor.monitor import ActivationMonitor
from avh.train.batches import Batches
from avh.train.config import TrainConfig
from avh.train.keeping import Keeping
from avh.train.loop import Rhythm, RunLoop
from avh.train.progress import open_display
from avh.train.schedule import default_eval_every, learning_rate_at
from avh.train.scores import score
from avh.train.session import Session, prepare
from avh.train.status import Status
from avh.train.stopping import stop_on_signals
from avh.train.strategies import OneDevice


class TrainingFailedError(RuntimeError):
    """The run cannot go on; the message names the step."""


class TrainingStoppedError(RuntimeError):
    """A signal ended the run before its last step."""

    def __init__(self, signum: int, step: int, missing: str | None = None) -> None:
        words = f"stopped by {signal.Signals(signum).name} at step {step}"
        super().__init__(f"{words}; {missing}" if missing else words)
        self.signum = signum
        self.missing = missing  # why there is no checkpoint of that step; None if there is


def train(config: TrainConfig) -> Path:
    """Train as configured; returns the run directory.

    Raises:
        TypeError, ValueError, OSError, ImportError: the input is wrong (see `prepare`).
        TrainingFailedError: the loss became NaN or infinite, or the last checkpoint or status is
            missing because the disk refused it.
        TrainingStoppedError: SIGINT or SIGTERM came; a checkpoint of the step is saved.
    """
    session = prepare(config)
    run(session)
    return session.directory


def run(session: Session, console: Console | None = None) -> Status:
    """Train a prepared session.

    Args:
        session: what to train.
        console: where progress is shown; standard output by default.

    Returns:
        The last status, of state "finished".

    Raises:
        TrainingFailedError: the loss became NaN or infinite, or the last checkpoint or status is
            missing because the disk refused it.
        TrainingStoppedError: SIGINT or SIGTERM came; a checkpoint of the step is saved.
    """
    config, dataset = session.config, session.dataset
    rhythm = Rhythm(
        first_step=session.start_step + 1,
        last_step=config.max_steps,
        log_every=config.log_every,
        eval_every=config.eval_every or default_eval_every(len(dataset.x_test), config.batch_size),
        batch_size=config.batch_size,
    )
    monitor = ActivationMonitor(
        session.directory,
        every=config.every,
        pictures_every=config.pictures_every,
        probe=session.probe,
        seed=config.seed,
        group=config.group,
        initial_step=session.start_step,
    )
    display = open_display(config.progress, console or Console())
    with stop_on_signals() as stop:
        keeping = Keeping(session.directory)
        loop = RunLoop(
            keeping,
            rhythm,
            monitor,
            display,
            stop,
            evaluate=partial(
                score,
                OneDevice(session.model) if config.strategy else session.model,
                dataset.x_test,
                dataset.y_test,
                session.preprocess,
            ),
            rate=partial(
                learning_rate_at, initial=config.learning_rate, halve=config.lr_weight_decay
            ),
        )
        try:
            with display:
                _fit(session, rhythm, monitor, loop)
        except BaseException as error:
            state = "failed" if isinstance(error, Exception) else "stopped"
            reason = f"{type(error).__name__}: {error}".strip(": ")
            keeping.note(replace(loop.status, state=state, error=reason))
            raise
        return _conclude(keeping, loop, stop.signum)


def _fit(session: Session, rhythm: Rhythm, monitor: ActivationMonitor, loop: RunLoop) -> None:
    config = session.config
    batches = Batches(
        session.dataset,
        config.batch_size,
        config.seed,
        rhythm.first_step,
        rhythm.last_step,
        session.preprocess,
    )
    try:
        session.model.fit(
            batches,
            epochs=1,
            shuffle=False,  # the batches have their order; Keras would shuffle them again
            verbose=0,
            callbacks=[monitor, loop],
        )
    finally:
        monitor.on_train_end()  # Keras leaves it out when the training raises; twice does no harm


def _conclude(keeping: Keeping, loop: RunLoop, signum: int | None) -> Status:
    """Write the last status; raise unless the run went to its end and its results are on disk."""
    step = loop.status.step
    if loop.error is not None:
        error, state = TrainingFailedError(loop.error), "failed"
    elif signum is not None and step < loop.status.max_steps:
        error, state = TrainingStoppedError(signum, step, keeping.missing), "stopped"
    elif keeping.missing is not None:
        error, state = _unkept(loop.status, keeping.missing), "failed"
    else:
        error, state = None, "finished"
    status = keeping.note(
        replace(loop.status, state=state, seconds_left=None, error=error and str(error))
    )
    if error is None and keeping.missing is not None:
        error = _unkept(status, keeping.missing)
    if error is not None:
        raise error
    return status


def _unkept(status: Status, missing: str) -> TrainingFailedError:
    return TrainingFailedError(
        f"trained to step {status.step} with a test accuracy of {status.val_accuracy:.2%}, "
        f"but {missing}"
    )
