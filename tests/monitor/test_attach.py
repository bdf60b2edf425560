"""Attaching leaves no trace on the model, and always ends."""

import gc
import pickle

import keras
import numpy as np
import pytest
from zoo import KINDS

import avh
from avh.monitor.select import walk
from avh.records.reader import read_run


def network():
    return KINDS["nested"].make()


def compiled():
    model = KINDS["nested"].make()
    model.compile("sgd", "mse", jit_compile=False)
    return model


def data(examples=8):
    return KINDS["nested"].inputs(examples), np.zeros((examples, 4), np.float32)


def traces(model):
    """What hangs on a model and its layers that Keras did not put there."""
    objects = [("", model), *((entry.path, entry.layer) for entry in walk(model))]
    found = [
        (path, name)
        for path, layer in objects
        for name in ("call", "activation", "train_step")
        if name in vars(layer) and getattr(vars(layer)[name], "__module__", "").startswith("avh")
    ]
    if getattr(model.train_function, "__module__", "").startswith("avh"):
        found.append(("", "train_function"))
    return found


def fit(model, *callbacks, **options):
    x, y = data()
    model.fit(x, y, batch_size=4, verbose=0, callbacks=list(callbacks), **options)


class Failing(keras.callbacks.Callback):
    """Raises at a moment of the fit."""

    def __init__(self, moment, error):
        super().__init__()
        setattr(self, moment, self._fail)
        self._error = error

    def _fail(self, *args, **kwargs):
        raise self._error


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
@pytest.mark.parametrize(
    "moment", ["on_train_batch_begin", "on_train_batch_end", "on_epoch_end", "on_train_end"]
)
def test_a_fit_that_ends_in_a_callback_leaves_no_trace(tmp_path, moment, error):
    model = compiled()
    with pytest.raises(error):
        monitor = avh.ActivationMonitor(tmp_path, every=1, pictures_every=None)
        fit(model, monitor, Failing(moment, error("stop")))
    gc.collect()
    assert traces(model) == []


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_a_fit_that_ends_in_its_step_leaves_no_trace(tmp_path, error):
    model, steps = network(), iter(range(2))

    def loss(y_true, y_pred):
        if next(steps) == 1:
            raise error("stop")
        return keras.ops.mean(keras.ops.square(y_pred))

    model.compile("sgd", loss, run_eagerly=True)
    monitor = avh.ActivationMonitor(tmp_path, every=1, pictures_every=None)
    with pytest.raises(error):
        fit(model, monitor)
    gc.collect()
    assert traces(model) == []
    assert read_run(tmp_path).steps.tolist() == [1], "what was recorded is kept"


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
def test_leaving_the_block_by_any_way_leaves_no_trace(tmp_path, error):
    model = network()
    with pytest.raises(error), avh.watch(model, tmp_path, every=1) as monitor:
        model(data()[0], training=True)
        monitor.step()
        raise error
    assert traces(model) == []
    assert read_run(tmp_path).steps.tolist() == [1]


def test_attaching_twice_is_attaching_once(tmp_path):
    model, (x, _) = network(), data()
    with avh.watch(model, tmp_path, every=1) as monitor, monitor as again:
        assert again is monitor
        model(x, training=True)
        monitor.step()
    assert traces(model) == []
    assert read_run(tmp_path).layer_paths == KINDS["nested"].recorded


def test_a_monitor_given_twice_to_a_fit_records_each_step_once(tmp_path):
    model, monitor = compiled(), avh.ActivationMonitor(tmp_path, every=1)
    fit(model, monitor)
    fit(model, monitor)
    assert read_run(tmp_path).steps.tolist() == [1, 2, 3, 4]
    assert traces(model) == []


@pytest.mark.parametrize("first", [0, 1])
def test_two_monitors_come_off_in_any_order(tmp_path, first):
    model, (x, _) = network(), data()
    monitors = [avh.watch(model, tmp_path / str(number), every=1) for number in range(2)]
    for monitor in monitors:
        monitor.__enter__()
    model(x, training=True)
    for monitor in monitors:
        monitor.step()
    monitors[first].__exit__()
    assert traces(model) != []
    model(x, training=True)
    monitors[1 - first].step()
    monitors[1 - first].__exit__()
    assert traces(model) == []
    runs = [read_run(tmp_path / str(number)) for number in range(2)]
    assert runs[first].steps.tolist() == [1]
    assert runs[1 - first].steps.tolist() == [1, 2]
    np.testing.assert_array_equal(runs[0].stats[0], runs[1].stats[0])


def test_two_monitors_in_one_fit(tmp_path):
    model = compiled()
    every = avh.ActivationMonitor(tmp_path / "all", every=1)
    heads = avh.ActivationMonitor(tmp_path / "head", layers="head", every=2)
    fit(model, every, heads)
    assert traces(model) == []
    whole, head = read_run(tmp_path / "all"), read_run(tmp_path / "head")
    assert (whole.steps.tolist(), head.steps.tolist()) == ([1, 2], [1, 2])
    row = whole.layer_paths.index("head")
    np.testing.assert_array_equal(whole.stats[:, row], head.stats[:, 0])


@pytest.fixture
def attached(tmp_path):
    """A model that is being watched, and its monitor."""
    model = network()
    with avh.watch(model, tmp_path / "run", every=1) as monitor:
        yield model, monitor


def test_saved_weights_and_config_are_those_of_a_model_never_watched(tmp_path, attached):
    model, _ = attached
    model.save(tmp_path / "watched.keras")
    network().save(tmp_path / "never.keras")
    watched, never = (
        keras.saving.load_model(tmp_path / f"{name}.keras") for name in ("watched", "never")
    )
    assert watched.to_json() == never.to_json() == model.to_json()
    assert [w.path for w in watched.weights] == [w.path for w in never.weights]
    for one, two in zip(watched.get_weights(), never.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert traces(watched) == []


def test_weights_saved_while_watched_load_into_a_model_never_watched(tmp_path, attached):
    model, _ = attached
    model.save_weights(tmp_path / "watched.weights.h5")
    other = network()
    other.set_weights([np.zeros_like(value) for value in other.get_weights()])
    other.load_weights(tmp_path / "watched.weights.h5")
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_clone_is_not_watched(attached):
    model, monitor = attached
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    assert traces(clone) == []
    x, _ = data()
    np.testing.assert_array_equal(clone(x), model(x, training=True))
    monitor.step()


def test_a_pickled_model_is_not_watched(attached):
    model, monitor = attached
    copy = pickle.loads(pickle.dumps(model))
    assert traces(copy) == []
    x, _ = data()
    np.testing.assert_array_equal(copy(x), model(x, training=True))
    monitor.step()


def test_a_summary_is_the_same(attached):
    model, _ = attached
    watched, never = [], []
    model.summary(print_fn=watched.append, expand_nested=True)
    network().summary(print_fn=never.append, expand_nested=True)
    assert watched == never


def test_a_model_saved_within_a_fit_goes_on_being_watched(tmp_path):
    model = compiled()
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", save_freq=1)
    fit(model, checkpoint, avh.ActivationMonitor(tmp_path / "run", every=1))
    assert read_run(tmp_path / "run").steps.tolist() == [1, 2]
    assert traces(keras.saving.load_model(tmp_path / "best.keras")) == []


def test_the_plain_step_is_kept_and_not_traced_again(tmp_path):
    model = compiled()
    fit(model, avh.ActivationMonitor(tmp_path, every=1))
    function = model.train_function
    fit(model, avh.ActivationMonitor(tmp_path / "2", every=1))
    assert model.train_function is function
