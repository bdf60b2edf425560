"""NumPy's activations and derivatives against those of Keras and TensorFlow's gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from avh.activations import derivatives
from avh.activations.alpha_dropout import AlphaDropout
from avh.activations.elementwise import elementwise
from avh.activations.fitted_selu import FittedSelu
from avh.activations.functions import FUNCTIONS
from avh.activations.registry import Activation, get_activation, names

ROUNDING = 3e-7  # TensorFlow takes elu's gradient from its values: exp(x) as (exp(x) - 1) + 1
AROUND = np.array([*np.linspace(-12, 12, 193), -1e-4, -1e-7, 0, 1e-7, 1e-4], "f4")


def gradient(function, x):
    """d function / dx of an elementwise function, by automatic differentiation."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return np.asarray(tape.gradient(y, x))


@pytest.mark.parametrize("name", [*names(), "selu:mean=-0.1,variance=2"])
def test_values_and_derivatives_agree_with_keras_and_its_gradient_at_0_too(name):
    activation = get_activation(name)
    ours, theirs = elementwise(activation), keras.activations.get(activation.function)
    values = ours.values(AROUND)
    np.testing.assert_allclose(values, theirs(tf.constant(AROUND)), rtol=3e-5, atol=1e-6)
    got = ours.pull_back(AROUND, np.full_like(AROUND, 2))
    np.testing.assert_allclose(got / 2, gradient(theirs, AROUND), rtol=3e-5, atol=2e-6)
    assert values.dtype == got.dtype == np.float32


@pytest.mark.parametrize("alpha", [0.3, 1.0, 1.7])
def test_elu_with_any_alpha(alpha):
    wanted = gradient(lambda x: keras.ops.elu(x, alpha), AROUND)
    np.testing.assert_allclose(derivatives.elu(AROUND, alpha), wanted, 1e-5, ROUNDING)


@pytest.mark.parametrize(("alpha", "scale"), [(1.6732632, 1.050701), (1.9769022, 1.0738512)])
def test_selu_with_any_parameters(alpha, scale):
    wanted = gradient(FittedSelu(alpha, scale), AROUND)
    np.testing.assert_allclose(derivatives.selu(AROUND, alpha, scale), wanted, 1e-5, ROUNDING)
    at_zero = derivatives.selu(np.zeros(1, "f4"), alpha, scale)
    np.testing.assert_allclose(at_zero, gradient(tf.nn.selu, np.zeros(1, "f4")) * scale / 1.050701)


def test_the_derivatives_of_the_fitted_selu_with_the_standard_parameters_are_those_of_selu():
    selu = get_activation("selu")
    got = gradient(FittedSelu(selu.alpha, selu.scale), AROUND)
    np.testing.assert_allclose(got, gradient(tf.nn.selu, AROUND), 1e-5, ROUNDING)


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.9])
def test_dropout(rate):
    x = np.random.default_rng(0).normal(size=1000).astype("f4") + 10
    x[:3] = 0, 1e-30, -1e-30
    mask = np.asarray(keras.layers.Dropout(rate, seed=4)(np.ones(1000, "f4"), training=True)) > 0
    layer = keras.layers.Dropout(rate, seed=4)
    wanted = gradient(lambda x: layer(x, training=True), x)
    np.testing.assert_allclose(derivatives.dropout(mask, rate), wanted, rtol=1e-6)


@pytest.mark.parametrize(("mean", "variance"), [(0.0, 1.0), (-0.1, 2.0)])
@pytest.mark.parametrize("rate", [0.05, 0.9])
def test_alpha_dropout(rate, mean, variance):
    x = np.random.default_rng(0).normal(size=1000).astype("f4")
    x[:3] = 0, 1e-30, -1e-30
    layer = AlphaDropout(rate, mean, variance, seed=4)
    wanted = gradient(lambda x: layer(x, training=True), x)
    again = AlphaDropout(rate, mean, variance, seed=4)
    y = np.asarray(again(np.full(1000, 1000, "f4"), training=True))
    got = derivatives.alpha_dropout(y > 100, rate, mean, variance, layer.alpha, layer.scale)
    np.testing.assert_allclose(got, wanted, rtol=1e-5)
    assert 0 < (got > 0).mean() < 1


def test_elu_stays_exact_for_tiny_values():
    x = np.array([-1e-12, 1e-12], "f4")
    np.testing.assert_allclose(FUNCTIONS["elu"](x), x, rtol=1e-6)


def test_a_function_of_the_user_s_is_differentiated_by_tensorflow():
    softsign = elementwise(get_activation("keras.activations:softsign"))
    z = np.array([-3.0, 1.0], "f4")
    np.testing.assert_allclose(softsign.values(z), [-0.75, 0.5])
    np.testing.assert_allclose(softsign.pull_back(z, np.ones(2, "f4")), [1 / 16, 1 / 4])


@pytest.mark.parametrize("function", [lambda x: x[:, :1], lambda x: 1 / 0])
def test_a_function_that_can_not_be_applied_is_an_error(function):
    with pytest.raises(ValueError, match="the activation 'a:b' "):
        elementwise(Activation("a:b", function))
