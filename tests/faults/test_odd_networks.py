"""Networks and values that nobody planned for: training goes on as without a monitor.

What NaN, Inf, empty batches and single values become in a record is shown in
`tests/monitor/test_facts.py`; what is said of a NaN, in `tests/monitor/test_findings*.py`.
"""

import ctypes
import logging

import keras
import numpy as np
import pytest
import tensorflow as tf

import avh
from avh.monitor.journal import Journal
from avh.records.event_file import EventFile
from avh.records.reader import read_run
from avh.render.activation_map import ActivationPicture, layout
from avh.render.histogram import HistogramPicture

STEPS = 4


class Odd(keras.layers.Layer):
    """Applies a function of its inputs that Keras knows nothing of."""

    def __init__(self, function, **options):
        super().__init__(**options)
        self._function = function

    def call(self, inputs):
        return self._function(inputs)


class Network(keras.Model):
    """A dense layer, and beside it a layer that does something odd."""

    def __init__(self, function):
        super().__init__()
        self.odd = Odd(function, name="odd")
        self.top = keras.layers.Dense(2, name="top")

    def call(self, inputs):
        self.odd(inputs)
        return self.top(inputs)


def shapes_of(*shapes):
    return [np.full(shape, 0.5, np.float32) for shape in shapes]


PLAIN = shapes_of(*[(3, 4)] * STEPS)


def train(function, log_dir=None, batches=PLAIN, **options):
    """A loop of one's own, eager; returns the losses and the final weights."""
    keras.utils.set_random_seed(1)
    model = Network(function)
    model(batches[0])
    optimizer = keras.optimizers.SGD(0.1)
    losses = []
    options = {"layers": ["odd", "top"], "every": 1, "pictures_every": 2, **options}
    monitor = None if log_dir is None else avh.watch(model, log_dir, **options)
    with monitor or keras.name_scope("plain"):
        for batch in batches:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(model(batch, training=True) - 1))
            variables = model.trainable_variables
            optimizer.apply(tape.gradient(loss, variables), variables)
            losses.append(float(loss))
            if monitor is not None:
                monitor.step()
    return losses, [weight.numpy() for weight in model.weights]


_undisturbed = {}


def undisturbed(batches):
    """What the training gives without a monitor: the odd layer's output is not used."""
    if id(batches) not in _undisturbed:
        _undisturbed[id(batches)] = train(tf.nn.relu, batches=batches)
    return _undisturbed[id(batches)]


def reports(caplog):
    found = [r for r in caplog.records if r.name == "avh" and r.levelno == logging.ERROR]
    return [record.message for record in found]


def assert_equal(found, expected):
    np.testing.assert_array_equal(found[0], expected[0])
    for one, other in zip(found[1], expected[1], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x / 0.0,
        lambda x: tf.where(x > 0, np.nan, x),
        lambda x: x[:, :0],
        lambda x: tf.reshape(x, (-1, 1, 2, 1, 1, 2, 1)),
        lambda x: tf.reduce_sum(x),
        lambda x: tf.cast(x, tf.complex64),
        lambda x: tf.repeat(x, 100_000, axis=1),
        lambda x: {"a": x, "b": [None, tf.cast(x, tf.int32)]},
    ],
    ids=["inf", "nan", "no units", "rank 7", "scalar", "complex", "huge", "nested"],
)
def test_whatever_a_layer_puts_out_all_steps_are_recorded(tmp_path, caplog, function):
    found = train(function, tmp_path, on_finding=None)
    assert_equal(found, undisturbed(PLAIN))
    run = read_run(tmp_path)
    assert run.steps.tolist() == [1, 2, 3, 4]
    assert "top" in run.layer_paths
    assert reports(caplog) == []


LENGTHS = shapes_of((3, 2, 4), (3, 5, 4), (3, 1, 4), (2, 2, 4))
RANKS = shapes_of((3, 4), (3, 5, 4), (2, 2, 3, 4), (3, 4))


@pytest.mark.parametrize(
    ("batches", "pictures_every"),
    [(LENGTHS, None), (LENGTHS, lambda step: step == 3), (RANKS, lambda step: step == 3)],
    ids=["lengths, no pictures", "lengths", "ranks"],
)
def test_batches_of_other_shapes_while_the_probe_is_not_known(
    tmp_path, caplog, batches, pictures_every
):
    found = train(tf.nn.relu, tmp_path, batches, pictures_every=pictures_every)
    assert_equal(found, undisturbed(batches))
    counts = read_run(tmp_path).statistic("count")[:, 0]
    assert counts.tolist() == [batch.size for batch in batches]
    assert reports(caplog) == []


def test_a_layer_whose_number_of_units_changes(tmp_path, caplog):
    flat = lambda x: tf.reshape(x, (len(x), -1))  # noqa: E731
    found = train(flat, tmp_path, LENGTHS)
    assert_equal(found, undisturbed(LENGTHS))
    counts = read_run(tmp_path).statistic("count")[:, 0]
    assert counts.tolist() == [batch.size for batch in LENGTHS]
    assert reports(caplog) == []


def test_weights_that_are_nan_are_found_and_change_nothing_else(tmp_path, caplog):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="fc")])
    model.get_layer("fc").kernel.assign(np.full((4, 3), np.nan))
    model.compile("sgd", "mse", jit_compile=False)
    monitor = avh.ActivationMonitor(tmp_path, every=1, pictures_every=2)
    x = np.ones((16, 4), np.float32)
    history = model.fit(x, x[:, :3], batch_size=4, verbose=0, callbacks=[monitor])
    assert np.isnan(history.history["loss"]).all()
    run = read_run(tmp_path)
    assert run.statistic("nan_count")[:, 0].tolist() == [12, 12, 12, 12]
    (said,) = (record.message for record in caplog.records if record.name == "avh")
    assert "fc: the first layer with non-finite values, at step 1: 12 NaN" in said


def test_a_probe_that_the_model_does_not_take_costs_the_pictures_only(tmp_path, caplog):
    found = train(tf.nn.relu, tmp_path, probe=np.ones((2, 7), np.float32))
    assert_equal(found, undisturbed(PLAIN))
    assert read_run(tmp_path).steps.tolist() == [1, 2, 3, 4]
    (said,) = reports(caplog)
    assert "draws no pictures of any layer from step 1 on; the records go on: ValueError" in said


def test_a_picture_that_cannot_be_drawn_costs_that_layers_pictures_only(
    tmp_path, caplog, monkeypatch
):
    draw = HistogramPicture.draw

    def refuse(self, values, *, layer, step):
        if layer == "odd" and step >= 2:
            raise MemoryError("no room for a picture")
        return draw(self, values, layer=layer, step=step)

    monkeypatch.setattr(HistogramPicture, "draw", refuse)
    found = train(tf.nn.relu, tmp_path)
    assert_equal(found, undisturbed(PLAIN))
    run = read_run(tmp_path)
    assert run.steps.tolist() == [1, 2, 3, 4]
    (said,) = reports(caplog)
    assert "draws no pictures of odd from step 2 on; the records go on: MemoryError" in said
    steps = {name: sorted(found) for name, found in pictures_of(tmp_path).items()}
    assert steps == {"odd": [1], "top": [1, 2, 4]}


def pictures_of(run_dir):
    from avh.records.reader import read_values

    found = {}
    for event, value in read_values(run_dir):
        place, _, name = value.tag.partition("/")
        if place == "avh_images":
            found.setdefault(name, {})[event.step] = value
    return found


def test_undrawable_layers_are_told_together(tmp_path, monkeypatch):
    told = []
    journal = Journal(on_undrawable=lambda step, failed: told.append((step, list(failed))))
    monkeypatch.setattr(ActivationPicture, "draw", lambda *args, **kwargs: 1 / 0)
    from avh.records.schema import LayerInfo

    journal.layers = [LayerInfo(name, "Dense", (None, 2), None, 2) for name in "ab"]
    with EventFile(tmp_path) as file:
        for step in (1, 2):
            journal.write_pictures(file, step, 0.0, dict.fromkeys("ab", np.ones((1, 2))))
    assert told == [(1, ["a", "b"])]


def test_ten_million_units_make_a_small_picture():
    values = np.random.default_rng(0).normal(size=10_000_000).astype(np.float32)
    assert layout(values).size < 100_000


@pytest.mark.parametrize("error", [SystemExit, MemoryError, KeyboardInterrupt])
def test_whatever_is_raised_in_the_background_thread_training_goes_on(tmp_path, caplog, error):
    def found_something(finding):
        raise error("in the background")

    function = lambda x: x / 0.0  # noqa: E731
    found = train(function, tmp_path, on_finding=found_something)
    assert_equal(found, undisturbed(PLAIN))
    (said,) = reports(caplog)
    assert error.__name__ in said
    assert "training goes on" in said


def test_a_background_thread_that_is_gone_keeps_nobody_waiting(tmp_path, caplog):
    batches = PLAIN * 20  # more than the queue holds
    model, steps = Network(tf.nn.relu), 0
    model(batches[0])
    with avh.watch(model, tmp_path, every=1, pictures_every=None) as monitor:
        for batch in batches:
            model(batch, training=True)
            monitor.step()
            steps += 1
            if steps == 2:
                monitor.flush()
                end_thread(monitor._writer._thread, lambda: monitor.write_scalars(2, {"a": 1.0}))
    assert steps == len(batches)
    (said,) = reports(caplog)
    assert "stopped at step" in said
    assert "what comes after step 2 is lost" in said
    assert read_run(tmp_path).steps.tolist() == [1, 2]


def end_thread(thread, wake):
    """Raise SystemExit in another thread, where it waits for its next job."""
    set_error = ctypes.pythonapi.PyThreadState_SetAsyncExc
    assert set_error(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit)) == 1
    wake()
    thread.join(30)
    assert not thread.is_alive()


def test_a_thread_that_cannot_be_started_costs_the_records_only(tmp_path, caplog, monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    expected = undisturbed(PLAIN)
    monkeypatch.setattr("threading.Thread.start", refuse)
    found = train(tf.nn.relu, tmp_path)
    assert_equal(found, expected)
    (said,) = reports(caplog)
    assert "training goes on; nothing is recorded: RuntimeError: can't start new thread" in said


def test_a_schedule_that_fails_ends_the_recording_and_not_the_training(tmp_path, caplog):
    def schedule(step):
        return bool(1 // max(3 - step, 0)) if step > 1 else True

    found = train(tf.nn.relu, tmp_path, every=schedule)
    assert_equal(found, undisturbed(PLAIN))
    (said,) = reports(caplog)
    assert "ZeroDivisionError" in said
    assert read_run(tmp_path).steps.tolist() == [1, 2]
