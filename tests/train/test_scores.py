import keras
import numpy as np
import pytest

from avh.train.scores import score

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (37, 4, 4, 1), np.uint8)
LABELS = RNG.integers(0, 3, 37)


@pytest.fixture(scope="module")
def model():
    return keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(3, kernel_initializer=keras.initializers.RandomNormal(seed=1)),
            keras.layers.Dropout(0.5),
        ]
    )


def _normalize(images):
    return (images / 255).astype(np.float32)


@pytest.mark.parametrize("batch_size", [1, 10, 37, 1000])
def test_scores_are_those_of_numpy_over_every_example(model, batch_size):
    kernel, bias = model.get_weights()[:2]
    logits = _normalize(IMAGES).reshape(37, 16).astype(np.float64) @ kernel + bias
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    loss, accuracy = score(model, IMAGES, LABELS, _normalize, batch_size)
    assert loss == pytest.approx(-np.mean(np.log(shares[np.arange(37), LABELS])), rel=1e-5)
    assert accuracy == np.mean(logits.argmax(1) == LABELS)


def test_a_broken_network_scores_nan(model):
    broken = keras.models.clone_model(model)
    broken.set_weights([np.full_like(weight, np.nan) for weight in broken.get_weights()])
    assert np.isnan(score(broken, IMAGES, LABELS, _normalize)[0])
