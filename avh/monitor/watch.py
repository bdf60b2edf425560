"""The monitor in a hand-written training loop.

The taps are on from the beginning of the `with` block to its end, whatever ends it.
"""

import os
import time
from typing import NoReturn

import keras

from avh.monitor.monitor import ActivationMonitor
from avh.monitor.recorder import DISARMED
from avh.monitor.sketch import Sketch


def watch(model: keras.Model, log_dir: str | os.PathLike, **options: object) -> "Watch":
    """Watch a model in a training loop of one's own.

    Under a distribution strategy of TensorFlow (mirrored, multi-worker) a record is about the batch
    of all replicas: the sketches of all are merged, exactly but for the rounding of sums. Make the
    model in the strategy's scope, call it in `strategy.run`, and `step()` outside of it. Of several
    workers each watches and calls `step()`; `every` must be the same for all, as they exchange
    their sketches at the due steps. The chief alone writes, and runs the probe. When a worker is
    gone, what TensorFlow raises ends the recording, not the loop.

    Args:
        model: a built model.
        log_dir: directory of this run's one event file.
        **options: as for `avh.ActivationMonitor`.

    Returns:
        A context manager; call its `step()` after each training step. Calls of the model with
        `training=False` are not recorded.

    Raises:
        TypeError, ValueError: an option is of the wrong kind or value, or the model is not built.
            Entering it: several workers train, and each would decide for itself (`budget`,
            `on_finding="stop"`).

    Example:
        >>> import tempfile, keras, numpy as np
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu", name="fc")])
        >>> with watch(model, tempfile.mkdtemp(), every=2) as monitor:
        ...     for _ in range(4):
        ...         _ = model(np.ones((8, 4), "float32"), training=True)  # shape (8, 3)
        ...         monitor.step()
        >>> monitor.step_count
        4
    """
    return Watch(model, log_dir, **options)


class Watch(ActivationMonitor):
    """A monitor whose steps are told by the training loop; a context manager."""

    def __init__(self, model: keras.Model, log_dir: str | os.PathLike, **options: object) -> None:
        super().__init__(log_dir, **options)
        if not model.built:
            raise ValueError(
                f"a built model expected: call {model.name!r} on a batch, or its build(), first"
            )
        self.set_model(model)
        self._seen = False

    def __enter__(self) -> "Watch":
        self._start(self.model, in_fit=False)
        self._arm_next()
        return self

    def __exit__(self, *exception: object) -> None:
        self._finish()

    def step(self) -> None:
        """Say that a training step is over; a due one is recorded.

        With `on_finding="stop"`, `model.stop_training` is True after it once the loop should end.

        Raises:
            RuntimeError: outside the `with` block, or nothing was recorded at the first due step.
        """
        if self._instrument is None:
            raise RuntimeError("step() expected inside the `with avh.watch(...)` block")
        seconds = time.perf_counter() - self._began
        self.step_count += 1
        self._instrument.restart_calls()
        if self._due == self.step_count:
            if not self._seen and not self._guard.failed:
                self._check_seen()
            self._collect(self.step_count, seconds)
        else:
            self._agenda.overhead.add_steps(seconds)
        self._stop_if_asked()
        self._arm_next()

    def _arm_next(self) -> None:
        upcoming = self.step_count + 1
        self._due = DISARMED
        self._run(lambda: self._plan(upcoming))
        if self._due != DISARMED:
            self._recorder.set_position(upcoming)
        self._arm()
        self._began = time.perf_counter()

    def _plan(self, first: int) -> None:
        self._due = self._agenda.choose([first])

    def _check_seen(self) -> None:
        vectors = [vector for _, found in self._recorder.collect() for vector in found]
        self._seen = any(Sketch.step_of(vector) == self.step_count for vector in vectors)
        if not self._seen:
            self._refuse()

    def _refuse(self) -> NoReturn:
        raise RuntimeError(
            f"no watched layer ran in step {self.step_count}. If the step is a tf.function that "
            "was traced before watch(), make the tf.function inside the `with` block (or watch "
            "first); if the model is called with training=False, call it with training=True; if "
            "another model object is trained, watch that one"
        )
