"""Batches and values that are rare, and that users meet all the same."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import avh
from avh.records.reader import read_run
from avh.records.schema import ZERO_BIN


def watched_values(run_dir, values, dtype="float32"):
    """The record of a layer that puts out `values`, as statistic -> value, and its histogram."""
    layer = keras.layers.Activation("linear", name="values", dtype=dtype)
    model = keras.Sequential([keras.Input(values.shape[1:], dtype=dtype), layer])
    with avh.watch(model, run_dir, every=1, pictures_every=None) as monitor:
        model(tf.constant(values, dtype), training=True)
        monitor.step()
    run = read_run(run_dir)
    assert run.layer_paths == ("values",)
    return {name: float(run.statistic(name)[0, 0]) for name in run.info.statistics}, run.hist[0, 0]


def test_no_steps_run_leaves_no_file_and_an_attachable_model(tmp_path, small_fit):
    monitor = avh.ActivationMonitor(tmp_path / "run")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="top")])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 4)), np.ones((4, 4)), epochs=0, verbose=0, callbacks=[monitor])
    assert monitor.step_count == 0
    assert not (tmp_path / "run").exists()
    with avh.watch(model, tmp_path / "loop"):
        pass
    assert not (tmp_path / "loop").exists()


def test_one_example_of_one_unit(tmp_path):
    told, bars = watched_values(tmp_path, np.array([[3.0]]))
    assert (told["count"], told["mean"], told["std"]) == (1, 3, 0)
    assert (told["min"], told["max"], told["q01"], told["q99"]) == (3, 3, 3, 3)
    assert np.isnan(told["dead_fraction"]), "one element says nothing about a unit"
    assert bars.sum() == 1


def test_a_layer_with_one_unit(tmp_path):
    values = np.linspace(-1, 2, 7)[:, None]
    told, _ = watched_values(tmp_path, values)
    assert (told["count"], told["dead_fraction"]) == (7, 0)
    np.testing.assert_allclose([told["mean"], told["std"]], [values.mean(), values.std()], 1e-6)


def test_a_batch_of_no_examples(tmp_path):
    told, bars = watched_values(tmp_path, np.zeros((0, 3)))
    assert (told["count"], told["nan_count"], told["inf_count"]) == (0, 0, 0)
    unknown = ("mean", "std", "min", "max", "q50", "zero_fraction", "dead_fraction")
    assert all(np.isnan(told[name]) for name in unknown)
    assert bars.sum() == 0


@pytest.mark.parametrize("value", [0.0, -0.0, 0.7, -1e30, 1e-30])
def test_all_values_equal(tmp_path, value):
    told, bars = watched_values(tmp_path, np.full((5, 3), value))
    same = np.float32(value)
    assert (told["min"], told["max"], told["q25"], told["mean"]) == (same,) * 4
    assert (told["std"], told["dead_fraction"]) == (0, 1)
    assert told["zero_fraction"] == (value == 0)
    assert bars.max() == 15
    assert (bars[ZERO_BIN] == 15) == (value == 0)


def test_all_nan(tmp_path):
    told, bars = watched_values(tmp_path, np.full((5, 3), np.nan))
    assert (told["count"], told["nan_count"], told["inf_count"]) == (15, 15, 0)
    assert all(np.isnan(told[name]) for name in ("mean", "std", "min", "max", "q50"))
    assert bars.sum() == 0


def test_infinities_are_counted_and_left_out_of_the_rest(tmp_path):
    values = np.arange(12.0).reshape(4, 3)
    values[0, 0], values[1, 1], values[2, 2] = np.inf, -np.inf, np.nan
    told, bars = watched_values(tmp_path, values)
    finite = values[np.isfinite(values)]
    assert (told["count"], told["nan_count"], told["inf_count"]) == (12, 1, 2)
    assert (told["min"], told["max"]) == (finite.min(), finite.max())
    np.testing.assert_allclose([told["mean"], told["std"]], [finite.mean(), finite.std()], 1e-6)
    assert bars.sum() == 9


def test_all_infinite(tmp_path):
    told, bars = watched_values(tmp_path, np.full((2, 3), -np.inf))
    assert (told["count"], told["inf_count"]) == (6, 6)
    assert np.isnan(told["mean"])
    assert bars.sum() == 0


def test_sums_that_float16_cannot_hold(tmp_path):
    values = np.full((64, 8), 60000.0)
    values[::2] = 50000.0
    told, _ = watched_values(tmp_path, values, "float16")
    stored = values.astype(np.float16).astype(np.float64)
    assert (told["inf_count"], told["min"], told["max"]) == (0, stored.min(), stored.max())
    np.testing.assert_allclose([told["mean"], told["std"]], [stored.mean(), stored.std()], 1e-5)


def test_squares_that_float32_cannot_hold(tmp_path):
    values = np.array([[3e38, 1.0], [-3e38, 2.0]])
    told, bars = watched_values(tmp_path, values)
    assert (told["count"], told["inf_count"], bars.sum()) == (4, 0, 4)
    np.testing.assert_allclose([told["min"], told["max"]], [-3e38, 3e38], 1e-6)


def test_a_large_mean_does_not_swallow_a_small_spread(tmp_path):
    values = 1000 + np.random.default_rng(0).normal(size=(512, 4)) * 0.1
    told, _ = watched_values(tmp_path, values)
    stored = values.astype(np.float32).astype(np.float64)
    np.testing.assert_allclose(told["std"], stored.std(), 1e-3)


def test_float64_beyond_float32_is_clipped_not_infinite(tmp_path):
    told, _ = watched_values(tmp_path, np.array([[1e300], [-1e300], [0.5]]), "float64")
    largest = float(np.finfo(np.float32).max)
    assert (told["min"], told["max"], told["inf_count"]) == (-largest, largest, 0)


def test_a_network_that_diverges_is_recorded_to_the_end(tmp_path):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="top")])
    model.compile(keras.optimizers.SGD(1e30), "mse", jit_compile=False)
    x = np.ones((24, 4), np.float32)
    model.fit(x, x, batch_size=4, verbose=0, callbacks=[avh.ActivationMonitor(tmp_path, every=1)])
    run = read_run(tmp_path)
    lost = run.statistic("nan_count")[:, 0] + run.statistic("inf_count")[:, 0]
    assert run.steps.tolist() == [1, 2, 3, 4, 5, 6]
    assert lost[0] == 0
    assert lost[-1] == run.statistic("count")[-1, 0] == 16
