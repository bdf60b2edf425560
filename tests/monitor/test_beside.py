"""The value before an activation, and the gradient by an output."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import avh
from avh.monitor.beside import activation_inputs, has_fused_activation, with_gradient_shown
from avh.records.reader import read_run

X = np.random.default_rng(3).normal(size=(8, 4)).astype(np.float32)


def network():
    keras.utils.set_random_seed(4)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((4,)),
            *(layers.Dense(4, "relu", name="relu"), layers.Dense(4, "tanh", name="tanh")),
            layers.Dense(4, name="top"),
        ]
    )


def arithmetic(model):
    """Forward and backward pass by hand, in float64: name -> values."""
    (k1, b1, k2, b2, k3, b3) = (value.astype(np.float64) for value in model.get_weights())
    first = X @ k1 + b1
    hidden = np.maximum(first, 0)
    second = hidden @ k2 + b2
    squashed = np.tanh(second)
    top = squashed @ k3 + b3
    by_top = 2 * top / top.size
    by_squashed = by_top @ k3.T
    by_hidden = (by_squashed * (1 - squashed**2)) @ k2.T
    return {
        **{"relu": hidden, "relu:pre": first, "relu:grad": by_hidden},
        **{"tanh": squashed, "tanh:pre": second, "tanh:grad": by_squashed},
        **{"top": top, "top:grad": by_top},
    }


def test_a_dense_network_equals_arithmetic_by_hand(tmp_path):
    model = network()
    expected = arithmetic(model)
    model.compile("sgd", "mse", jit_compile=False)
    monitor = avh.ActivationMonitor(tmp_path, pre_activations=True, gradients=True)
    model.fit(X, np.zeros_like(X), batch_size=8, verbose=0, callbacks=[monitor])
    run = read_run(tmp_path)
    assert set(run.layer_paths) == set(expected)
    for name, values in expected.items():
        row = run.layer_paths.index(name)
        for statistic in ("mean", "std", "min", "max"):
            value = run.statistic(statistic)[0, row]
            np.testing.assert_allclose(value, getattr(values, statistic)(), 1e-4, 1e-6, str(name))
        assert run.statistic("count")[0, row] == values.size


def test_names_stand_beside_the_layer_in_the_models_order(tmp_path):
    model = network()
    with avh.watch(model, tmp_path, every=1, pre_activations=True, gradients=True) as monitor:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(X, training=True))
        tape.gradient(loss, model.trainable_variables)
        monitor.step()
    names = read_run(tmp_path).layer_paths
    assert [name for name in names if name.startswith("relu")] == ["relu:pre", "relu", "relu:grad"]
    assert [name.split(":")[0] for name in names] == ["relu"] * 3 + ["tanh"] * 3 + ["top"] * 2


def test_a_forward_pass_without_a_tape_has_no_gradient(tmp_path):
    model = network()
    with avh.watch(model, tmp_path, every=1, gradients=True) as monitor:
        model(X, training=True)
        monitor.step()
    assert read_run(tmp_path).layer_paths == ("relu", "tanh", "top")


def test_layers_without_a_fused_activation_have_no_value_before_it():
    layers = keras.layers
    assert has_fused_activation(layers.Dense(2, "relu"))
    assert not has_fused_activation(layers.Dense(2))
    assert not has_fused_activation(layers.Dense(2, "linear"))
    assert not has_fused_activation(layers.LSTM(2)), "its activation is that of its gates"
    assert not has_fused_activation(layers.Flatten())


def test_the_activation_is_the_layers_own_again_after_an_error():
    layer = keras.layers.Dense(2, "relu")
    with pytest.raises(ZeroDivisionError), activation_inputs(layer):
        raise ZeroDivisionError
    assert layer.activation is keras.activations.relu
    assert layer.get_config()["activation"] == "relu"


def test_the_gradient_passes_on_unchanged_and_is_shown():
    shown, x = [], tf.constant([[1.0, -2.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(with_gradient_shown(x, shown.append) ** 2)
    np.testing.assert_array_equal(tape.gradient(y, x), [[2.0, -4.0]])
    np.testing.assert_array_equal(shown, [[[2.0, -4.0]]])


def test_the_mask_of_a_sequence_stays_on_it(tmp_path):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Embedding(5, 4, mask_zero=True, name="embedding"),
            keras.layers.LSTM(4, name="lstm"),
        ]
    )
    x = np.array([[1, 2, 0], [3, 0, 0]])
    plain = model(x, training=True).numpy()
    with avh.watch(model, tmp_path, every=1, gradients=True) as monitor:
        np.testing.assert_array_equal(model(x, training=True), plain)
        monitor.step()


def test_a_loss_scale_is_divided_out_in_a_fit(tmp_path):
    model = network()
    expected = arithmetic(model)["top:grad"]
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(), initial_scale=1024.0)
    model.compile(optimizer, "mse", jit_compile=False)
    monitor = avh.ActivationMonitor(tmp_path, layers="top", gradients=True)
    model.fit(X, np.zeros_like(X), batch_size=8, verbose=0, callbacks=[monitor])
    run = read_run(tmp_path)
    row = run.layer_paths.index("top:grad")
    np.testing.assert_allclose(run.statistic("max")[0, row], expected.max(), 1e-4)
