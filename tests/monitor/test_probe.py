"""The pass that pictures are made from: eager at first, traced later, the same numbers."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from avh.monitor.instrument import Instrument
from avh.monitor.probe import EAGER_PASSES, ProbePass
from avh.monitor.recorder import Recorder
from avh.monitor.select import choose, walk


class Counting(keras.layers.Layer):
    """Counts the times that Python runs its call."""

    def __init__(self):
        super().__init__(name="counting")
        self.calls = 0

    def call(self, inputs):
        self.calls += 1
        return inputs


class Asking(Counting):
    """Asks for a number, which a trace does not have."""

    def call(self, inputs):
        return inputs * 2.0 if float(tf.reduce_sum(inputs)) > -1.0 else inputs


def network(layer):
    inner = keras.Sequential([keras.layers.Dense(4, "relu", name="fc_2")], name="inner")
    inputs = keras.Input((3,))
    values = keras.layers.Dense(5, "tanh", name="fc_1")(inputs)
    model = keras.Model(inputs, inner(values))
    return model if layer is None else Wrapped(model, layer)


class Wrapped(keras.Model):
    def __init__(self, inner, layer):
        super().__init__()
        self.inner, self.layer = inner, layer

    def call(self, inputs):
        return self.layer(self.inner(inputs))


@pytest.fixture
def passed():
    attached = []

    def make(model, layers=None):
        instrument = Instrument(choose(walk(model), layers), Recorder())
        instrument.attach(only_in_step=True)
        attached.append(instrument)
        probe = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
        model(probe)
        return ProbePass(model, instrument, probe)

    yield make
    for instrument in attached:
        instrument.detach()


def test_the_traced_pass_gives_the_numbers_of_the_eager_one(passed):
    probe_pass = passed(network(None))
    eager = [probe_pass.activations() for _ in range(EAGER_PASSES)][-1]
    traced = probe_pass.activations()
    assert list(traced) == list(eager) == ["fc_1", "inner/fc_2"]
    for name, values in eager.items():
        assert traced[name].shape == values.shape
        np.testing.assert_allclose(traced[name], values, rtol=1e-5, atol=1e-6)


def test_later_passes_run_no_python_of_the_model(passed):
    layer = Counting()
    probe_pass = passed(network(layer), layers=["*/inner/*"])
    for _ in range(EAGER_PASSES + 1):
        probe_pass.activations()
    before = layer.calls
    probe_pass.activations()
    assert layer.calls == before


def test_the_traced_pass_sees_the_weights_of_now(passed):
    model = network(None)
    probe_pass = passed(model)
    for _ in range(EAGER_PASSES + 1):
        probe_pass.activations()
    model.get_layer("fc_1").set_weights([np.zeros((3, 5)), np.full(5, 0.5)])
    np.testing.assert_allclose(probe_pass.activations()["fc_1"], np.tanh(0.5), rtol=1e-6)


def test_a_model_that_cannot_be_traced_stays_eager(passed):
    probe_pass = passed(network(Asking()), layers=["*/fc_1", "counting"])
    found = [probe_pass.activations() for _ in range(EAGER_PASSES + 2)]
    for values in found[1:]:
        for name in found[0]:
            np.testing.assert_array_equal(values[name], found[0][name])
