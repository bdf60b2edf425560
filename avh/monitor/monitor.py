"""The monitor: one line that puts the instrument on a Keras model.

It measures training and never changes or breaks it: a failing disk is reported once and the monitor
stops, while the training goes on; a failing picture costs that layer's pictures and no more. It
draws and writes in one background thread.
"""

import logging
import os
import time
from collections.abc import Callable, Mapping

import keras

from avh.monitor.agenda import Agenda
from avh.monitor.beside import loss_scale
from avh.monitor.describe import LayerTable
from avh.monitor.findings import Findings
from avh.monitor.fit import FitHold
from avh.monitor.guard import Guard
from avh.monitor.instrument import Instrument
from avh.monitor.journal import Journal
from avh.monitor.posing import Posing
from avh.monitor.reaction import OnFinding, Reaction
from avh.monitor.recorder import DISARMED, Recorder
from avh.monitor.schedule import Schedule
from avh.monitor.select import LayerEntry, Selection, choose, judge, walk
from avh.monitor.workers import Workers, workers_of
from avh.records import events
from avh.records.event_file import EventFile
from avh.records.writer import BackgroundWriter, Job

logger = logging.getLogger("avh")


class ActivationMonitor(keras.callbacks.Callback):
    """Records the activations of a model's layers while it trains.

    Step n is the n-th batch that `fit` trains on. A record covers every element of the batch of a
    due step; pictures show the probe after that step's update.

    Under a `tf.distribute.MirroredStrategy` it is the batch of all replicas together. Under a
    `MultiWorkerMirroredStrategy`, whose batches Keras 3.15's `fit` cannot read, see `avh.watch`.

    Args:
        log_dir: directory of this run's event file; made when first written to. One that holds
            event files already is that of a run that goes on, see `initial_step`.
        layers: which layers to watch, see `avh.monitor.select.choose`; None for every layer that
            owns weights or applies an activation.
        every: record at step 1 and each so many steps, or a function step -> bool.
        pictures_every: the same for stock summaries and pictures; such a step is recorded too.
            None for never.
        probe: the inputs that pictures are made from, as the model takes them: arrays with the
            examples first, or a structure of such. None: the first 16 examples of the first
            recorded batch. False: no pictures.
        exclude: layers not to watch, as `layers`.
        pre_activations: record the value that goes into a fused `activation=` too, as `layer:pre`.
        gradients: record the gradient of the loss by the layer's output too, as `layer:grad`. The
            scale of a loss-scaling optimizer is divided out; in a loop of one's own it is not.
        budget: share of the step time that the monitor may take, in (0, 1): it measures itself and
            stretches or shrinks the interval, beginning with `every`; pictures keep their ratio.
        seed: the run's seed, noted in the records.
        group: name of the runs that differ from this one only in their seed, noted in the records:
            the Activations tab shows a group as one.
        initial_step: steps that were done before, in a run that is continued. What event files in
            `log_dir` already say of later steps no longer counts, for TensorBoard and for avh;
            before the first record of this monitor it still does.
        on_error: "warn" reports the monitor's own failure and lets the training go on; "raise"
            raises it.
        on_finding: what to do about a finding (see `avh.monitor.findings`). "warn" logs it, once.
            "stop" logs it and sets `model.stop_training`: after the first step that ends when the
            background thread has judged the record, mostly one to three steps later. A function
            is called with it, an `avh.records.finding.Finding`, in the background thread; an error
            in it counts as the monitor's own. None only records it.
        thresholds: from when on something is a finding: fields of
            `avh.monitor.thresholds.Thresholds` by name.

    Raises:
        TypeError, ValueError: an argument is of the wrong kind or value.

    Example:
        >>> import tempfile, keras, numpy as np
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu", name="fc")])
        >>> model.compile("sgd", "mse")
        >>> monitor = ActivationMonitor(tempfile.mkdtemp(), every=2)
        >>> x, y = np.ones((8, 4)), np.ones((8, 3))
        >>> _ = model.fit(x, y, batch_size=2, callbacks=[monitor], verbose=0)
        >>> monitor.step_count
        4
    """

    def __init__(
        self,
        log_dir: str | os.PathLike,
        layers: Selection = None,
        every: int | Schedule = 10,
        pictures_every: int | Schedule | None = 100,
        probe: object = None,
        *,
        exclude: Selection = None,
        pre_activations: bool = False,
        gradients: bool = False,
        budget: float | None = None,
        seed: int | None = None,
        group: str | None = None,
        initial_step: int = 0,
        on_error: str = "warn",
        on_finding: OnFinding = "warn",
        thresholds: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__()
        if initial_step < 0:
            raise ValueError(f"initial_step: at least 0 expected, got {initial_step}")
        if group is not None and not isinstance(group, str):
            raise TypeError(f"group: a name or None expected, got {group!r}")
        if group == "":
            raise ValueError("group: a name or None expected, got an empty one")
        self.log_dir = os.fspath(log_dir)
        self._guard = Guard(self.log_dir, on_error)
        self.step_count = initial_step
        self._layers, self._exclude = layers, exclude
        self._beside = {"pre_activations": pre_activations, "gradients": gradients}
        self._agenda = Agenda(every, pictures_every, budget)
        self._recorder = Recorder()
        self._posing = Posing(probe, self._recorder)
        self._reaction = Reaction(on_finding)
        self._journal = Journal(
            seed,
            self._posing.hash,
            findings=Findings(self._nonfinite_weights, **(thresholds or {})),
            on_findings=self._reaction,
            group=group,
            on_undrawable=self._guard.lose_pictures,
        )
        self._left_out: dict[str, str] = {}  # name -> why an output cannot be recorded
        self._writer: BackgroundWriter | None = None
        self._instrument: Instrument | None = None
        self._watched: Instrument | None = None  # the last one: records may wait after the fit
        self._hold: FitHold | None = None
        self._workers: Workers | None = None  # of a training over several machines
        self._began = 0.0
        self._due: int = DISARMED

    # Keras's callback

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Put the taps on and have Keras trace its training step again, with them in it."""
        self._finish()  # a fit that failed may have left the monitor attached
        self._start(self.model, in_fit=True)

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Arm the recorder if one of the steps that now run is due.

        Of several in one execution one is recorded: the first with pictures, else the first. A
        later one might not run, as the data may end within an execution.
        """
        first = self.step_count + 1
        self._due = DISARMED
        self._run(lambda: self._plan(first))
        self._arm()
        self._began = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Hand a due step's sketches to the background thread."""
        seconds = time.perf_counter() - self._began
        before = self.step_count
        if self.model.steps_per_execution == 1:
            self.step_count += 1
        else:
            self.step_count = self._recorder.position()
        if self._due != DISARMED and self._due <= self.step_count:
            self._collect(self._due, seconds, self.step_count - before)
        else:
            self._agenda.overhead.add_steps(seconds, max(self.step_count - before, 1))
        self._stop_if_asked()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Take the taps off and close the event file."""
        self._finish()

    # What is watched

    def describe(self, model: keras.Model | None = None) -> LayerTable:
        """Every layer of the model: its path, output shape, whether it is watched, and why.

        Args:
            model: the model to look at; None for the one that the monitor is or was attached to.

        Raises:
            ValueError: no model was given, and the monitor has not seen one; or the selection of
                layers does not fit it.
        """
        model = model or self.model
        if model is None:
            raise ValueError("describe: a model expected, as the monitor is not attached to one")
        entries = choose(walk(model), self._layers, self._exclude)
        if self._instrument is not None:
            self._left_out |= self._instrument.notes
        return LayerTable.of(entries, self._recorder.infos(), self._left_out)

    # What else goes into the run's event file

    def write_scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Write scalars into the same event file, in the background.

        Ignored outside a fit and once the monitor failed.

        Args:
            step: their step.
            values: tag -> value.
        """
        wanted = {tag: float(value) for tag, value in values.items()}
        now = time.time()
        self._submit(
            lambda file: file.write(
                step, [events.scalar(tag, value) for tag, value in wanted.items()], now
            )
        )

    def flush(self) -> None:
        """Wait until everything recorded so far is on disk."""
        if self._writer is not None:
            self._run(self._writer.flush)

    # Start and end

    def _start(self, model: keras.Model, *, in_fit: bool) -> None:
        if self._instrument is not None:
            return
        self._workers = workers_of(model.distribute_strategy)
        if self._workers is not None and (self._agenda.has_budget or self._reaction.may_stop):
            raise ValueError(
                'no budget and no on_finding="stop" expected where several workers train: each '
                "would decide for itself, and the others would wait for it"
            )
        entries = choose(walk(model), self._layers, self._exclude)
        if not model.built:  # it may make layers yet
            entries.append(LayerEntry("", model, undecided=True))
        self._recorder.set_position(self.step_count)
        scale = loss_scale(model.optimizer) if in_fit else None
        self._instrument = Instrument(
            entries, self._recorder, judge=self._judge, loss_scale=scale, **self._beside
        )
        self._watched = self._instrument
        self._guard.restart()
        if self._workers is None or self._workers.is_chief:
            self._run(self._open_writer)
        self._reaction.restart()
        self._instrument.attach(only_in_step=in_fit)
        self._posing.attach(model)
        if in_fit:
            self._hold = FitHold(model, self._instrument.training_step, self._finish)

    def _judge(self, entries: list[LayerEntry]) -> list[LayerEntry]:
        return judge(entries, self._layers, self._exclude)

    def _finish(self) -> None:
        if self._instrument is None:
            return
        self._recorder.arm(DISARMED)
        self._instrument.detach()
        self._left_out |= self._instrument.notes
        self._instrument = None
        self._posing.detach()
        if self._hold is not None:
            self._hold.remove()
            self._hold = None
        writer, self._writer = self._writer, None
        if writer is not None:
            self._run(writer.close)
        if (report := self._agenda.report()) is not None:
            print(report)
        if writer is not None and writer.dropped:
            logger.warning(
                "%d pictures were dropped: drawing was slower than training", writer.dropped
            )

    # A due step

    def _plan(self, first: int) -> None:
        self._due = self._agenda.choose(range(first, first + self.model.steps_per_execution))

    def _arm(self) -> None:
        needed = self._workers is not None  # by the others, who wait for its sketches
        self._recorder.arm(self._due if needed or not self._guard.failed else DISARMED)

    def _collect(self, step: int, seconds: float, steps: int = 1) -> None:
        began = time.perf_counter()
        self._due = DISARMED
        self._run(lambda: self._record(step))
        self._agenda.overhead.add_record(seconds, time.perf_counter() - began, steps)
        if (share := self._agenda.recorded(step)) is not None:
            self.write_scalars(step, {"avh/overhead": share})

    def _record(self, step: int) -> None:
        packed, now, journal = self._recorder.collect(), time.time(), self._journal
        if self._workers is not None:
            packed = self._workers.gather(packed)
            if not self._workers.is_chief:
                return
        if not self._agenda.has_pictures(step):
            self._submit(lambda file: journal.write_record(file, step, now, packed))
            return
        try:
            activations = self._posing.activations(self.model, self._instrument)
        except Exception as error:  # the model may not take the probe, or not at `training=False`
            self._guard.lose_pictures(step, {"any layer": error})
            self._posing.give_up()
            activations = {}
        journal.probe_hash = self._posing.hash
        self._submit(lambda file: journal.write_summaries(file, step, now, packed))
        if activations:
            self._submit(
                lambda file: journal.write_pictures(file, step, now, activations), droppable=True
            )

    def _stop_if_asked(self) -> None:
        if self._reaction.asks_to_stop:
            self.model.stop_training = True

    def _nonfinite_weights(self, path: str) -> int:
        return self._watched.nonfinite_weights(path)

    # Failing without harm

    def _run(self, action: Callable[[], object]) -> None:
        self._guard.run(action, self.step_count)

    def _open_writer(self) -> None:
        first_step, journal = self.step_count + 1, self._journal
        self._writer = BackgroundWriter(self.log_dir, first_step=first_step)
        self._guard.use(self._writer)
        self._writer.submit(self._timed(lambda file: journal.carry_on(file, first_step)))

    def _submit(self, job: Job, *, droppable: bool = False) -> None:
        if self._writer is not None and not self._guard.failed:
            self._run(lambda: self._writer.submit(self._timed(job), droppable=droppable))

    def _timed(self, job: Job) -> Job:
        def timed(file: EventFile) -> None:
            began = time.thread_time()
            job(file)
            self._agenda.overhead.add_background(time.thread_time() - began)

        return timed
