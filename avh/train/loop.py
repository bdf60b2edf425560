"""What happens beside the training steps: reports, evaluations, checkpoints, and the end.

It must come after the monitor among the callbacks: it writes scalars for a step that the monitor
has counted.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import keras

from avh.monitor.monitor import ActivationMonitor
from avh.train.keeping import Keeping
from avh.train.pace import Pace
from avh.train.progress import Display
from avh.train.status import Status
from avh.train.stopping import StopRequest

STATUS_SECONDS = 1.0  # a status is never older than this, unless a single step takes longer


@dataclass(frozen=True)
class Rhythm:
    """When what happens: steps of a batch each, counted from the very first one."""

    first_step: int
    last_step: int
    log_every: int
    eval_every: int
    batch_size: int


class RunLoop(keras.callbacks.Callback):
    """Follows `fit` step by step.

    The loss and the accuracy that it reports, at step 1 and each multiple of `log_every`, are means
    over the batches since the last report.
    A loss that is not finite ends the run, and then `error` says so; a stop request ends it too.
    The last step is always reported, evaluated and saved; a step stopped at is reported and saved.
    """

    def __init__(
        self,
        keeping: Keeping,
        rhythm: Rhythm,
        monitor: ActivationMonitor,
        display: Display,
        stop: StopRequest,
        evaluate: Callable[[], tuple[float, float]],
        rate: Callable[[int], float],
    ) -> None:
        super().__init__()
        self.error: str | None = None
        self.status = Status("starting", rhythm.first_step - 1, rhythm.last_step)
        self._keeping, self._rhythm = keeping, rhythm
        self._monitor, self._display, self._stop = monitor, display, stop
        self._evaluate, self._rate = evaluate, rate
        self._pace = Pace()
        self._published = -math.inf

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Report, evaluate and save whatever is due at this step."""
        logs, rhythm, step = logs or {}, self._rhythm, self.status.step + 1
        self._pace.add(time.monotonic(), step)
        self._note(state="running", step=step, loss=logs["loss"], accuracy=logs["accuracy"])
        if not math.isfinite(logs["loss"]):
            self._fail(f"the loss became {logs['loss']} at step {step}")
            return
        last, stopped = step == rhythm.last_step, self._stop.signum is not None
        scalars: dict[str, float] = {}
        if due := last or stopped or step == 1 or step % rhythm.log_every == 0:
            scalars |= {name: logs[name] for name in ("loss", "accuracy")}
            scalars["learning_rate"] = self._rate(step)
            self.model.reset_metrics()
        if last or step % rhythm.eval_every == 0:  # also when stopped: it is not made up for later
            loss, accuracy = self._evaluate()
            self._note(val_loss=loss, val_accuracy=accuracy)
            scalars |= {"val_loss": loss, "val_accuracy": accuracy}
            if not math.isfinite(loss):
                self._fail(f"the loss on the test set became {loss} at step {step}")
        if scalars:
            self._monitor.write_scalars(step, scalars)
        if self.error is None and ("val_loss" in scalars or stopped):
            self._monitor.flush()  # whoever goes on from here does not write this again
            self._keeping.save(self.model, step)
        if stopped:
            self.model.stop_training = True
        if due or step == rhythm.first_step or time.monotonic() - self._published > STATUS_SECONDS:
            self._publish(due=due)

    def _note(self, **changes: object) -> None:
        self.status = replace(self.status, **changes)

    def _fail(self, error: str) -> None:
        self.error = error
        self.model.stop_training = True

    def _publish(self, *, due: bool) -> None:
        rate = self._pace.steps_per_second()
        self._note(
            examples_per_second=rate and rate * self._rhythm.batch_size,
            seconds_left=self._pace.seconds_left(self._rhythm.last_step - self.status.step),
        )
        self.status = self._keeping.note(self.status)
        self._display.show(self.status, due=due)
        self._published = time.monotonic()
