"""Findings in real fits: planted faults, what is written, what is done about them."""

import logging

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

import avh
from avh.records import finding as finding_records
from avh.records.reader import read_run

BATCH, FEATURES = 32, 16
DEAD = (1, 4, 9)


class At(keras.callbacks.Callback):
    """Does something before a step."""

    def __init__(self, step, action):
        super().__init__()
        self.step, self.action = step, action

    def on_train_batch_begin(self, batch, logs=None):
        if batch + 1 == self.step:
            self.action(self.model)


def mlp(layers=2, activation="relu", seed=1):
    keras.utils.set_random_seed(seed)
    hidden = [
        keras.layers.Dense(16, activation, kernel_initializer="he_normal", name=f"fc_{n}")
        for n in range(1, layers)
    ]
    top = keras.layers.Dense(3, name=f"fc_{layers}")
    model = keras.Sequential([keras.Input((FEATURES,)), *hidden, top])
    model.compile(keras.optimizers.SGD(0.01), "mse", jit_compile=False)
    return model


def fit(model, steps, *callbacks):
    random = np.random.default_rng(0)
    x = random.normal(size=(BATCH * steps, FEATURES)).astype(np.float32)
    y = random.normal(size=(BATCH * steps, 3)).astype(np.float32)
    model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=list(callbacks))


def set_bias(layer, units, value):
    def act(model):
        bias = model.get_layer(layer).bias
        bias.assign(np.where(np.isin(np.arange(bias.shape[0]), units), value, 0))

    return act


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A run in which 3 of 16 units die before step 1 and live again from step 9 on."""
    run = tmp_path_factory.mktemp("killed")
    told = []
    monitor = avh.ActivationMonitor(run, every=1, probe=False, on_finding=told.append)
    faults = At(1, set_bias("fc_1", DEAD, -1e3)), At(9, set_bias("fc_1", DEAD, 0))
    fit(mlp(), 10, *faults, monitor)
    return run, told


def test_biases_that_kill_units_give_exactly_these_units(killed):
    onset, recovery = killed[1]
    assert (onset.kind, onset.layer, onset.step, onset.units) == ("dead_units", "fc_1", 5, DEAD)
    assert (onset.numbers["dead"], onset.numbers["units"]) == (3, 16)
    assert (recovery.kind, recovery.layer, recovery.step) == ("dead_units", "fc_1", 9)
    assert recovery.recovered


def test_the_event_file_holds_all_findings_so_far(killed):
    run, told = killed
    accumulator = EventAccumulator(str(run))
    accumulator.Reload()
    written = accumulator.Tensors("avh/findings")
    assert [event.step for event in written] == [5, 9]
    lists = [
        finding_records.from_json(make_ndarray(event.tensor_proto).item().decode())
        for event in written
    ]
    assert lists == [told[:1], told]
    assert accumulator.PluginTagToContent("avh").keys() >= {"avh/findings", "avh/stats"}


def test_tensorboards_text_tab_has_a_table_of_them(killed):
    accumulator = EventAccumulator(str(killed[0]))
    accumulator.Reload()
    assert list(accumulator.PluginTagToContent("text")) == ["findings"]
    text = make_ndarray(accumulator.Tensors("findings")[-1].tensor_proto).item().decode()
    assert text.count("\n") == 3
    assert "3 of 16 units are dead (1, 4, 9)" in text


def test_records_are_read_back_beside_findings(killed):
    run = read_run(killed[0])
    assert run.findings == tuple(killed[1])
    assert run.steps.tolist() == list(range(1, 11))
    np.testing.assert_allclose(run.statistic("dead_fraction")[:8, 0], 3 / 16, rtol=1e-6)


def test_a_nan_in_layer_4_at_step_37_is_warned_of_once(tmp_path, caplog):
    monitor = avh.ActivationMonitor(tmp_path, every=1, probe=False)
    with caplog.at_level(logging.WARNING, "avh"):
        fit(mlp(6, "tanh"), 40, At(37, set_bias("fc_4", (2,), np.nan)), monitor)
    told = [record.getMessage() for record in caplog.records if record.name == "avh"]
    nonfinite = [words for words in told if "non-finite" in words]
    assert len(nonfinite) == 1
    assert nonfinite[0].startswith(
        f"step 37: fc_4: the first layer with non-finite values, at step 37: {BATCH} NaN and 0 Inf"
    )


def test_a_nan_that_a_relu_hides_is_found_in_the_weights(tmp_path):
    told = []
    monitor = avh.ActivationMonitor(tmp_path, every=1, probe=False, on_finding=told.append)

    def break_layer(model):
        model.get_layer("fc_3").kernel.assign(np.full((16, 16), np.nan))

    fit(mlp(5), 9, At(7, break_layer), monitor)
    first = told[0]
    assert (first.kind, first.layer, first.step) == ("nonfinite", "fc_3", 7)


def test_stop_ends_the_fit_at_the_step_after_the_record_was_judged(tmp_path, caplog):
    monitor = avh.ActivationMonitor(tmp_path, every=1, probe=False, on_finding="stop")

    class Judged(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            monitor.flush()

    fit(mlp(2, "tanh"), 20, At(3, set_bias("fc_1", (0,), np.nan)), Judged(), monitor)
    assert monitor.step_count == 4
    assert "asked to stop" in caplog.text


def test_an_error_in_the_users_function_does_not_break_training(tmp_path, caplog):
    def fail(finding):
        raise KeyError(finding.kind)

    monitor = avh.ActivationMonitor(tmp_path, every=1, probe=False, on_finding=fail)
    fit(mlp(2, "tanh"), 6, At(2, set_bias("fc_1", (0,), np.nan)), monitor)
    assert monitor.step_count == 6
    reports = [record.getMessage() for record in caplog.records if record.name == "avh"]
    assert len(reports) == 1
    assert "training goes on" in reports[0]
    assert "KeyError: 'nonfinite'" in reports[0]
    assert "avh/findings" in EventAccumulator(str(tmp_path)).Reload().Tags()["tensors"]


def test_a_hand_written_loop_is_told_through_its_model(tmp_path):
    model = mlp(2, "tanh")
    with avh.watch(model, tmp_path, every=1, probe=False, on_finding="stop") as monitor:
        set_bias("fc_1", (0,), np.nan)(model)
        model(tf.ones((4, FEATURES)), training=True)
        monitor.step()
        monitor.flush()
        monitor.step()
    assert model.stop_training


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"on_finding": "shout"}, ValueError, 'on_finding: "warn", "stop", a function or None'),
        ({"thresholds": {"slopes": 1}}, TypeError, "got 'slopes'"),
    ],
)
def test_bad_wishes_are_refused_at_once(tmp_path, options, error, words):
    with pytest.raises(error, match=words):
        avh.ActivationMonitor(tmp_path, **options)


@pytest.mark.parametrize("seed", range(5))
def test_a_healthy_network_gives_no_finding(tmp_path, seed):
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((FEATURES,))
    ends = []
    towers = (("relu", "he_normal"), ("selu", "lecun_normal"))
    for activation, initializer in towers:
        x = inputs
        for _ in range(4):
            x = keras.layers.Dense(32, activation, kernel_initializer=initializer)(x)
        ends.append(x)
    model = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Concatenate()(ends)))
    model.compile("sgd", "mse", run_eagerly=True)
    told = []
    monitor = avh.ActivationMonitor(tmp_path, every=1, probe=False, on_finding=told.append)
    fit(model, 8, monitor)
    assert len(read_run(tmp_path).steps) == 8
    assert told == []
