"""What the tests here share: the models and the reference, also with the scripts they start."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def small_fit():
    """Fit one small dense network, a batch of 4 a step: `small_fit(monitor, steps)`."""
    import keras
    import numpy as np

    def fit(monitor: keras.callbacks.Callback, steps: int, **options: object) -> keras.Model:
        keras.utils.set_random_seed(2)
        hidden = keras.layers.Dense(4, "relu", name="hidden")
        model = keras.Sequential([keras.Input((4,)), hidden, keras.layers.Dense(4, name="top")])
        model.compile("sgd", "mse", jit_compile=False, **options)
        x = np.random.default_rng(0).normal(size=(4 * steps, 4)).astype(np.float32)
        model.fit(x, x, batch_size=4, shuffle=False, verbose=0, callbacks=[monitor])
        return model

    return fit
