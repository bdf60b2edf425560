"""The monitor on real models, its event files read back by TensorBoard's own reader."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

import avh
from avh.monitor.measure import measure_layers
from avh.records.reader import event_files, read_run, scalars

LAYERS = ["conv_1", "fc_2", "fc_3"]


def network():
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(6, 3, strides=2, activation="relu", name="conv_1"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(5, activation="tanh", name="fc_2"),
            keras.layers.Dense(3, name="fc_3"),
        ]
    )
    model.compile("sgd", "mse")
    return model


def data(examples=40):
    random = np.random.default_rng(0)
    x = random.normal(size=(examples, 8, 8, 1)).astype(np.float32)
    return x, random.normal(size=(examples, 3)).astype(np.float32)


def fit(model, monitor, examples=40, **options):
    x, y = data(examples)
    options = {"batch_size": 8, "shuffle": False, "verbose": 0, **options}
    model.fit(x, y, callbacks=[monitor], **options)
    return x


def outputs_of(model, x):
    """What every watched layer puts out, by a second model over the same layers."""
    layers = [model.get_layer(name).output for name in LAYERS]
    return [np.asarray(value, np.float64) for value in keras.Model(model.inputs[0], layers)(x)]


def test_a_record_equals_numpy_on_the_same_batch(tmp_path):
    model = network()
    x, _ = data()
    expected = outputs_of(model, x[:8])
    fit(model, avh.ActivationMonitor(tmp_path, every=2))
    run = read_run(tmp_path)
    assert list(run.layer_paths) == LAYERS
    assert run.steps.tolist() == [1, 2, 4]
    for row, values in enumerate(expected):
        assert run.statistic("count")[0, row] == values.size
        assert run.hist[0, row].sum() == values.size
        for name in ("mean", "std", "min", "max"):
            expected_value = getattr(values, name)()
            np.testing.assert_allclose(run.statistic(name)[0, row], expected_value, rtol=1e-4)
        zeros = (values == 0).mean()
        np.testing.assert_allclose(run.statistic("zero_fraction")[0, row], zeros, rtol=1e-6)


def test_all_tags_of_all_layers_at_the_steps_that_are_due(tmp_path):
    monitor = avh.ActivationMonitor(tmp_path, every=2, pictures_every=3)
    fit(network(), monitor)
    accumulator = EventAccumulator(str(tmp_path), size_guidance={"tensors": 0})
    accumulator.Reload()
    tags = accumulator.Tags()["tensors"]
    prefixes = "activation activation_mean activation_std zero_fraction dead_fraction".split()
    prefixes += "histogram visualization avh_images".split()
    assert sorted(tags) == sorted(
        [f"{prefix}/{layer}" for prefix in prefixes for layer in LAYERS]
        + ["avh/stats", "avh/hist", "avh/layers"]
    )
    assert [event.step for event in accumulator.Tensors("avh/stats")] == [1, 2, 3, 4]
    assert [event.step for event in accumulator.Tensors("histogram/conv_1")] == [1, 3]
    assert len(event_files(tmp_path)) == 1


def test_images_are_png(tmp_path):
    fit(network(), avh.ActivationMonitor(tmp_path))
    accumulator = EventAccumulator(str(tmp_path))
    accumulator.Reload()
    for tag in ("histogram/fc_2", "visualization/conv_1"):
        width, height, png = make_ndarray(accumulator.Tensors(tag)[0].tensor_proto)
        decoded = tf.io.decode_png(png).numpy()
        assert decoded.shape == (int(height), int(width), 3)
        assert decoded.std() > 1, "a picture shows something"


def test_a_ragged_last_batch_is_measured_whole(tmp_path):
    fit(network(), avh.ActivationMonitor(tmp_path, every=1), examples=20)
    assert read_run(tmp_path).statistic("count")[:, 1].tolist() == [40, 40, 20]


def test_training_gives_the_same_weights_as_without_the_monitor(tmp_path):
    plain, watched = network(), network()
    x, y = data()
    plain.fit(x, y, batch_size=8, shuffle=False, verbose=0)
    fit(watched, avh.ActivationMonitor(tmp_path, every=1))
    for one, two in zip(plain.get_weights(), watched.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_layers_and_step_are_their_own_again_after_the_fit(tmp_path):
    model = network()
    fit(model, avh.ActivationMonitor(tmp_path))
    assert not [layer.name for layer in model.layers if "call" in layer.__dict__]
    assert "train_step" not in model.__dict__
    assert "call" not in model.__dict__


def test_evaluation_is_not_recorded(tmp_path):
    model, (x, y) = network(), data()
    monitor = avh.ActivationMonitor(tmp_path, every=1)
    fit(model, monitor, validation_data=(x * 100, y), epochs=2)
    assert read_run(tmp_path).statistic("max")[:, 0].max() < 10


def test_a_second_fit_goes_on_counting(tmp_path):
    model, monitor = network(), avh.ActivationMonitor(tmp_path, every=2)
    fit(model, monitor)
    fit(model, monitor)
    assert monitor.step_count == 10
    assert read_run(tmp_path).steps.tolist() == [1, 2, 4, 6, 8, 10]


def test_scalars_go_into_the_same_file(tmp_path):
    monitor = avh.ActivationMonitor(tmp_path)

    class Loss(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            monitor.write_scalars(batch + 1, {"loss": logs["loss"]})

    model, (x, y) = network(), data()
    model.fit(x, y, batch_size=8, callbacks=[Loss(), monitor], verbose=0)
    steps, values = scalars(tmp_path)["loss"]
    assert steps.tolist() == [1, 2, 3, 4, 5]
    assert np.isfinite(values).all()
    assert len(event_files(tmp_path)) == 1


def test_the_probe_is_the_first_examples_or_what_was_given(tmp_path):
    x = fit(network(), avh.ActivationMonitor(tmp_path / "learned"), batch_size=20)
    fit(network(), avh.ActivationMonitor(tmp_path / "given", probe=x[:16]), batch_size=20)
    fit(network(), avh.ActivationMonitor(tmp_path / "other", probe=x[1:17]), batch_size=20)
    learned, given, other = (
        read_run(tmp_path / name).info.probe_hash for name in ("learned", "given", "other")
    )
    assert learned == given != other


def test_no_probe_no_pictures(tmp_path):
    fit(network(), avh.ActivationMonitor(tmp_path, probe=False))
    accumulator = EventAccumulator(str(tmp_path))
    accumulator.Reload()
    tags = accumulator.Tags()["tensors"]
    assert "activation/conv_1" in tags
    assert not [tag for tag in tags if tag.startswith(("histogram/", "avh_images/"))]


def test_a_failing_disk_is_reported_once_and_the_fit_goes_on(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    model = network()
    fit(model, avh.ActivationMonitor(tmp_path / "file" / "run", every=1), epochs=3)
    reports = [record for record in caplog.records if record.name == "avh"]
    assert len(reports) == 1
    assert "training goes on" in reports[0].message
    assert not [layer.name for layer in model.layers if "call" in layer.__dict__]


def test_on_error_raise_raises(tmp_path):
    (tmp_path / "file").write_text("in the way")
    monitor = avh.ActivationMonitor(tmp_path / "file" / "run", every=1, on_error="raise")
    with pytest.raises(OSError, match="file"):
        fit(network(), monitor, epochs=3)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"every": 0}, ValueError, "every: a positive number of steps expected, got 0"),
        ({"every": "often"}, TypeError, "every: a number of steps or a function"),
        ({"on_error": "ignore"}, ValueError, '"warn" or "raise" expected'),
        ({"probe": object()}, TypeError, "probe: arrays of examples expected"),
        ({"initial_step": -1}, ValueError, "at least 0 expected, got -1"),
    ],
)
def test_bad_arguments_are_refused_at_once(tmp_path, options, error, words):
    with pytest.raises(error, match=words):
        avh.ActivationMonitor(tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()


def test_a_selection_that_matches_nothing_names_close_layers(tmp_path):
    with pytest.raises(ValueError, match="'conv1' matches no layer; did you mean conv_1"):
        fit(network(), avh.ActivationMonitor(tmp_path, layers="conv1"))


def test_measured_layers_equal_numpy_over_all_batches():
    model, (x, _) = network(), data()
    found = measure_layers(model, [x[:8], x[8:30], x[30:]])
    assert [layer.info.path for layer in found] == LAYERS
    for layer, values in zip(found, outputs_of(model, x), strict=True):
        assert layer.statistics["count"] == values.size
        np.testing.assert_allclose(layer.statistics["mean"], values.mean(), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(layer.statistics["std"], values.std(), rtol=1e-4)
    with pytest.raises(ValueError, match="at least one batch"):
        measure_layers(model, [])
