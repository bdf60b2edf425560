"""Alpha dropout: moments of samples, agreement with Keras's, and the ways a layer is used."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from avh.activations.alpha_dropout import AlphaDropout
from avh.activations.alpha_dropout_terms import alpha_dropout_terms
from avh.activations.registry import get_activation
from avh.activations.selu import selu_parameters

FIXED_POINTS = ((0.0, 1.0), (-0.1, 2.0), (0.5, 1.0))
COUNT = 400_000


def activated(mean, variance, count=COUNT):
    """SELUs whose inputs have the mean and the variance that they keep: float32 [n, 100]."""
    z = np.random.default_rng(0).normal(mean, np.sqrt(variance), (count // 100, 100))
    alpha, scale = selu_parameters(mean, variance)
    values = scale * np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))
    return values.astype("float32")


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.95])
@pytest.mark.parametrize(("mean", "variance"), FIXED_POINTS)
def test_mean_and_variance_of_selus_stay_at_any_rate(mean, variance, rate):
    x = activated(mean, variance)
    y = np.asarray(AlphaDropout(rate, mean, variance, seed=1)(x, training=True), np.float64)
    tolerance = 6 / np.sqrt(COUNT * (1 - rate))  # of the sample, in units of itself
    assert y.mean() == pytest.approx(mean, abs=tolerance * np.sqrt(variance))
    assert y.var() == pytest.approx(variance, rel=3 * tolerance)


@pytest.mark.parametrize("rate", [0.1, 0.6])
def test_for_mean_0_and_variance_1_it_does_what_keras_s_layer_does(rate):
    x = activated(0.0, 1.0, 20_000)
    ours = np.asarray(AlphaDropout(rate, seed=5)(x, training=True))
    theirs = np.asarray(keras.layers.AlphaDropout(rate, seed=5)(x, training=True))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def test_kept_values_are_not_divided_by_the_keep_probability():
    x = activated(0.0, 1.0, 10_000)
    y = np.asarray(AlphaDropout(0.05, seed=3)(x, training=True), np.float64)
    dropped = np.isclose(y, y.min(), atol=1e-5)  # the saturation value, mapped, is the smallest
    assert dropped.mean() == pytest.approx(0.05, abs=0.01)
    slope = np.polyfit(x[~dropped], y[~dropped], 1)[0]
    saturation = 1.6732632423543772 * 1.0507009873554805
    assert slope == pytest.approx((0.95 * (1 + 0.05 * saturation**2)) ** -0.5, rel=1e-5)
    assert slope < 1


@pytest.mark.parametrize("layer", [AlphaDropout(0.0), AlphaDropout(0.5)])
def test_without_training_the_inputs_pass_and_so_they_do_at_rate_0(layer):
    x = activated(0.0, 1.0, 1000)
    np.testing.assert_array_equal(layer(x, training=layer.rate == 0), x)


@pytest.mark.parametrize("rate", [-0.1, 1, 1.0, 2.0, float("nan")])
def test_a_rate_out_of_range_is_an_error(rate):
    with pytest.raises(ValueError, match="expected a rate of at least 0 and below 1, got rate="):
        AlphaDropout(rate)


def test_a_rate_that_is_no_number_is_an_error():
    with pytest.raises(TypeError, match="expected a number for rate, got 'half'"):
        AlphaDropout("half")


@pytest.mark.parametrize("wrong", [{"variance": 0.0}, {"alpha": -1.0, "scale": 1.0}])
def test_parameters_out_of_range_are_an_error(wrong):
    with pytest.raises(ValueError, match="above 0"):
        AlphaDropout(0.1, **wrong)


def test_the_mask_has_the_noise_shape():
    x = np.random.default_rng(0).random((50, 6, 8), np.float32)
    y = np.asarray(AlphaDropout(0.5, noise_shape=(None, 1, 8), seed=0)(x, training=True))
    dropped = np.isclose(y, y.min(), atol=1e-6)
    assert 0.4 < dropped.mean() < 0.6
    assert (dropped == dropped[:, :1]).all()
    with pytest.raises(ValueError, match="expected a noise_shape of 3 numbers"):
        AlphaDropout(0.5, noise_shape=(None, 8))(x, training=True)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_compiled_and_in_mixed_precision_the_moments_stay(policy):
    layer = AlphaDropout(0.3, -0.1, 2.0, seed=2, dtype=policy)
    step = tf.function(lambda x: layer(x, training=True), jit_compile=True)
    y = step(tf.constant(activated(-0.1, 2.0)))
    assert y.dtype == layer.compute_dtype
    terms = alpha_dropout_terms(0.3, -0.1, 2.0, layer.alpha, layer.scale)
    dropped = y == tf.cast(terms.dropped, y.dtype)
    assert np.asarray(dropped).mean() == pytest.approx(0.3, abs=0.02)
    y = np.asarray(tf.cast(y, "float32"), np.float64)
    assert y.mean() == pytest.approx(-0.1, abs=0.015)
    assert y.var() == pytest.approx(2.0, rel=0.02)


def test_a_model_with_a_fitted_selu_and_its_dropout_is_saved_and_loaded(tmp_path):
    selu = get_activation("selu:mean=-0.1,variance=2")
    dropout = AlphaDropout(0.25, selu.mean, selu.variance, noise_shape=(None, 3), seed=7)
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3, selu.function, name="dense"), dropout]
    )
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    x = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    np.testing.assert_array_equal(model(x), loaded(x))
    np.testing.assert_array_equal(model(x, training=True), loaded(x, training=True))
    assert loaded.get_layer("dense").activation == selu.function
    assert loaded.layers[-1].get_config() == dropout.get_config()


def test_it_trains_inside_a_model():
    selu = get_activation("selu", mean=-0.1, variance=2.0)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(8, selu.function, kernel_initializer=selu.kernel_initializer),
            AlphaDropout(0.1, selu.mean, selu.variance, selu.alpha, selu.scale, seed=0),
            keras.layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse", jit_compile=False)
    x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
    losses = model.fit(x, x[:, :1], epochs=8, verbose=0, shuffle=False).history["loss"]
    assert losses[-1] < losses[0]
