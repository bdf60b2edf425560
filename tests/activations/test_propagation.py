"""Signals through depth: the published ranges, and the gradients against TensorFlow's."""

import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf

from avh.activations import propagation, random_network
from avh.activations.propagation import propagate
from avh.activations.propagation_plan import plan_propagation
from avh.activations.random_network import RandomNetwork


def all_within(band, low, high):
    return low <= band.smallest.min() and band.largest.max() <= high


@pytest.fixture(scope="module")
def selu():
    return propagate("selu", depth=100, width=100, examples=500)


def test_x_sigmoid_x_with_lecun_s_weights_fades_by_the_tenth_layer():
    found = propagate("swish", depth=15, width=100, examples=500, weight_scale="lecun")
    assert found.forward.std.largest[9] < 0.01
    assert found.forward.std.smallest[0] > 0.1
    assert found.backward.std.largest[0] < 0.01


def test_selu_keeps_mean_and_spread_through_100_layers(selu):
    assert all_within(selu.forward.mean, -0.5, 0.5)
    assert all_within(selu.forward.std, 0.6, 1.55)


def test_ordinary_dropout_drives_selu_away():
    found = propagate("selu", 100, 200, 300, dropout="dropout", rate=0.2)
    assert found.forward.std.largest.max() > 2
    assert found.forward.std.median[-1] > 1.3


def test_alpha_dropout_does_not():
    found = propagate("selu", 100, 200, 300, dropout="alpha_dropout", rate=0.05)
    assert all_within(found.forward.std, 0.75, 1.35)


def test_relu_with_he_s_weights_keeps_the_size_of_signal_and_gradient():
    found = propagate("relu", 60, 200, 100)
    assert found.plan.weight_scale == 2
    assert 0.2 < found.forward.std.median[-1] < 2
    assert 0.2 < found.backward.std.median[0] < 2
    assert (found.forward.mean.smallest > 0).all()


def test_tanh_fades_slowly():
    found = propagate("tanh", 60, 200, 100)
    assert found.forward.std.largest[-1] < 0.3 < found.forward.std.smallest[0]
    assert found.backward.std.median[0] < 0.5


def test_sigmoid_forgets_its_input_and_its_gradient_vanishes():
    found = propagate("sigmoid", 60, 200, 100)
    last = found.forward.std
    assert last.largest[-1] - last.smallest[-1] < 1e-3  # all examples look the same
    assert 0 < found.backward.std.largest[0] < 1e-30


def test_another_fixed_point_is_kept_too():
    found = propagate("selu:mean=-0.1,variance=2", 100, 200, 100)
    assert found.forward.mean.median.mean() == pytest.approx(-0.1, abs=0.05)
    assert found.forward.std.median.mean() == pytest.approx(np.sqrt(2), abs=0.05)
    assert all_within(found.forward.std, 0.7 * np.sqrt(2), 1.4 * np.sqrt(2))


@pytest.mark.parametrize("dropout", [None, "dropout", "alpha_dropout"])
@pytest.mark.parametrize("activation", ["selu:mean=-0.1,variance=2", "gelu"])
def test_signals_and_gradients_are_those_of_tensorflow_for_the_same_weights(activation, dropout):
    rate = None if dropout is None else 0.3
    plan = plan_propagation(activation, 3, 6, 4, dropout=dropout, rate=rate, seed=3)
    network = RandomNetwork(plan)
    parameters = network.alpha_parameters
    weights = [np.concatenate([block for _, block in network.blocks(i)]).T for i in range(3)]
    function = keras.activations.get(plan.activation.function)
    tensors = [tf.constant(network.inputs())]
    with tf.GradientTape() as tape:
        tape.watch(tensors[0])
        for layer, weight in enumerate(weights):
            y = function(tensors[-1] @ weight + plan.activation.mean)
            if dropout == "dropout":
                y = tf.where(network.mask(layer), y / (1 - rate), 0)
            elif dropout:
                mean, variance, alpha, scale = parameters
                saturation = -alpha * scale
                y = tf.where(network.mask(layer), y, saturation)
                keep = 1 - rate
                spread = keep * variance + keep * rate * (saturation - mean) ** 2
                y = (y - keep * mean - rate * saturation) * np.sqrt(variance / spread) + mean
            tensors.append(y)
    gradients = tape.gradient(tensors[-1], tensors[:-1], network.cotangent())
    found = propagation.run(network)
    for signal, wanted in ((found.forward, tensors[1:]), (found.backward, gradients)):
        for statistic, function in ((signal.mean, np.mean), (signal.std, np.std)):
            values = np.array([function(np.asarray(part, np.float64), 1) for part in wanted])
            options = {"rtol": 2e-4, "atol": 1e-5}
            np.testing.assert_allclose(statistic.smallest, values.min(1), **options)
            np.testing.assert_allclose(statistic.median, np.median(values, 1), **options)
            np.testing.assert_allclose(statistic.largest, values.max(1), **options)


def test_with_little_memory_the_result_is_the_same(monkeypatch, selu):
    monkeypatch.setattr(propagation, "_KEPT_BYTES", 0)
    monkeypatch.setattr(random_network, "_KEPT_BYTES", 0)
    again = propagate("selu", depth=100, width=100, examples=500)
    for one, other in zip(
        again.forward + again.backward, selu.forward + selu.backward, strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_a_layer_wider_than_a_block_is_drawn_in_several(monkeypatch):
    monkeypatch.setattr(random_network, "_BLOCK", 300)  # 7 of 40 units at once
    found = propagate("selu", depth=20, width=40, examples=50)
    assert all_within(found.forward.std, 0.4, 2.0)
    assert 0.3 < found.backward.std.median[0] < 10


def test_few_layers_are_in_memory_at_once(monkeypatch):
    monkeypatch.setattr(propagation, "_KEPT_BYTES", 0)
    alive, most = weakref.WeakSet(), []
    plain = RandomNetwork.before_activation

    class Tracked(np.ndarray):
        """Arrays can be referred to weakly only as a class of their own."""

        __hash__ = object.__hash__

    def tracked(self, x, layer):
        z = plain(self, np.asarray(x), layer).view(Tracked)
        alive.add(z)
        most.append(len(alive))
        return z

    monkeypatch.setattr(RandomNetwork, "before_activation", tracked)
    propagate("relu", depth=100, width=4, examples=3)
    assert len(most) == 100 + 90  # each segment of 10 but the last is computed twice
    assert max(most) <= 2 * 10 + 1


def test_what_fades_or_grows_beyond_float32_is_measured_all_the_same():
    fading = propagate("linear", 100, 20, 5, weight_scale=1e-4)
    assert 1e-230 < fading.backward.std.median[0] < 1e-170
    assert fading.forward.std.median[9] == pytest.approx(1e-20, rel=0.9)
    growing = propagate("linear", 100, 20, 5, weight_scale=1e4)
    assert 1e170 < growing.backward.std.median[0] < 1e230
    assert not np.isfinite(growing.forward.std.largest[-1])  # an overflow is shown, not hidden


def test_the_seed_decides(selu):
    assert str(propagate("selu", 8, 20, 9, seed=1)) == str(propagate("selu", 8, 20, 9, seed=1))
    assert str(propagate("selu", 8, 20, 9, seed=1)) != str(propagate("selu", 8, 20, 9, seed=2))


def test_own_dropout_is_the_kind_that_goes_with_the_activation():
    kinds = {
        name: plan_propagation(name, dropout="own", rate=0.1).dropout for name in ("selu", "elu")
    }
    assert kinds == {"selu": "alpha_dropout", "elu": "dropout"}


def test_a_function_of_the_user_s_goes_through():
    found = propagate("keras.activations:softsign", 3, 20, 10)
    assert (np.diff(found.forward.std.median) < 0).all()


def test_the_table_has_a_line_for_each_layer_that_is_shown_and_one_for_all(selu):
    lines = str(selu).splitlines()
    assert lines[0].startswith(
        "selu: 100 layers of 100 units, 500 examples, weight variance 1 / 100"
    )
    assert [line.split()[0] for line in lines[2:]] == ["1", *map(str, range(5, 101, 5)), "all"]
    low, high = selu.forward.std.smallest[-1], selu.forward.std.largest[-1]
    assert f"{low:.3f} .. {high:.3f}" in lines[-2]
    assert len(selu.table(every=1).splitlines()) == 2 + 100 + 1
    with pytest.raises(ValueError, match="expected every of at least 1, got 0"):
        selu.table(every=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"depth": 0}, "expected depth of at least 1, got 0"),
        ({"width": 1}, "expected width of at least 2, got 1"),
        ({"examples": 0}, "expected examples of at least 1"),
        ({"seed": -1}, "expected seed of at least 0"),
        ({"weight_scale": 0}, "expected a weight scale above 0, got 0"),
        ({"weight_scale": "xavier"}, "or lecun, he, glorot, got 'xavier'"),
        ({"rate": 0.1}, "expected a kind of dropout with rate=0.1"),
        ({"dropout": "own"}, "expected a rate .* got None"),
        ({"dropout": "own", "rate": 1.0}, "expected a rate .* got 1.0"),
        ({"dropout": "gaussian", "rate": 0.1}, "expected dropout to be one of dropout, alpha_d"),
        ({"activation": "nope"}, "unknown activation 'nope'"),
    ],
)
def test_an_argument_out_of_its_range_is_an_error(arguments, message):
    with pytest.raises(ValueError, match=message):
        propagate(**arguments)


def test_an_argument_of_another_kind_is_an_error():
    with pytest.raises(TypeError, match=r"expected a whole number for depth, got 1\.5"):
        propagate(depth=1.5)
