import dataclasses

import keras
import numpy as np
import pytest

from avh.train.config import TrainConfig
from avh.train.session import build_model, compile_model, prepare


def test_the_same_seed_gives_the_same_weights(small):
    config = TrainConfig(**small)
    one, two = prepare(config).model, prepare(config).model
    other = prepare(dataclasses.replace(config, seed=1)).model
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(one.get_weights()[0], other.get_weights()[0])


def test_gradients_are_clipped_to_norm_20_together():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    compile_model(model, TrainConfig())
    gradients = [keras.ops.full(w.shape, 100.0) for w in model.trainable_weights]
    model.optimizer.apply_gradients(zip(gradients, model.trainable_weights, strict=True))
    # Adam's first moment after one step is (1 - 0.9) x what the clipping left of the gradient.
    moments = [v for v in model.optimizer.variables if v.path.endswith("momentum")]
    norm = np.sqrt(sum(np.sum(np.square(np.asarray(v) / 0.1)) for v in moments))
    assert norm == pytest.approx(20.0, rel=1e-5)


def test_plain_sgd_takes_the_gradient_as_it_is():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, use_bias=False)])
    compile_model(model, TrainConfig(optimizer="sgd", learning_rate=0.5))
    before = model.get_weights()[0]
    model.optimizer.apply_gradients([(keras.ops.full((2, 2), 100.0), model.trainable_weights[0])])
    np.testing.assert_allclose(model.get_weights()[0], before - 50.0)


def test_an_initialiser_that_is_wanted_takes_the_place_of_the_activations():
    config = TrainConfig(model="mlp", units=(400,), initializer="lecun_normal")
    kernel = build_model(config, (20, 20, 1), 10).get_layer("fc_1").get_weights()[0]
    assert kernel.std() == pytest.approx(np.sqrt(1 / 400), rel=0.03)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 4001}, "4000 training examples expected, got 4001"),
        ({"activation": "os.path:join"}, "os.path:join"),
        ({"model": "mlp", "channels": (4,)}, "channels: the network mlp has no such setting"),
    ],
)
def test_nothing_is_written_when_the_input_is_wrong(tmp_path, changes, message):
    config = TrainConfig(train_dir=str(tmp_path / "runs"), **changes)
    with pytest.raises(ValueError, match=message):
        prepare(config)
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_that_does_not_fit_writes_nothing(trained, tmp_path):
    config = TrainConfig(train_dir=str(tmp_path / "runs"), checkpoint=str(trained))
    with pytest.raises(ValueError, match=r"does not fit the model: layer conv_1 expects 5x5x1x32"):
        prepare(config)
    assert list(tmp_path.iterdir()) == []
