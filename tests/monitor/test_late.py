"""Models that Keras builds within the first training step are watched as if built before."""

import keras
import numpy as np
import pytest
from keras import layers

import avh
from avh.records.reader import read_run

EVERY_STEP = {"every": 1, "pictures_every": None, "on_error": "raise"}


class Block(layers.Layer):
    """Makes its layers when it is built, as many layers of Keras do."""

    def build(self, shape):
        self.attention = layers.MultiHeadAttention(2, 4, name="attention")
        self.out = layers.Dense(shape[-1], name="out")
        self.built = True

    def call(self, inputs):
        return self.out(self.attention(inputs, inputs))


class Doubling(layers.Layer):
    """Owns nothing and makes nothing."""

    def call(self, inputs):
        return 2.0 * inputs


class Late(keras.Model):
    """Makes one layer in its constructor and one when it is built, and has a step of its own."""

    def __init__(self):
        super().__init__()
        self.first = layers.Dense(6, name="first")
        self.double = Doubling(name="double")
        self.block = Block(name="block")
        self.flat = layers.Flatten(name="flat")

    def build(self, shape):
        self.head = layers.Dense(3, name="head")
        self.built = True

    def call(self, inputs):
        return self.head(self.flat(self.block(self.double(self.first(inputs)))))

    def train_step(self, data):
        return super().train_step(data)


def data():
    random = np.random.default_rng(0)
    return random.normal(size=(8, 5, 6)).astype(np.float32), np.zeros((8, 3), np.float32)


def fitted(model, log_dir, **options):
    monitor = avh.ActivationMonitor(log_dir, **EVERY_STEP, **options)
    model.compile("sgd", "mse", jit_compile=False)
    model.fit(*data(), batch_size=4, verbose=0, callbacks=[monitor])
    return monitor


def built():
    model = Late()
    model(data()[0][:1])
    return model


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"exclude": layers.Flatten},
        {"layers": ["first", layers.Dense]},
        {"layers": "*", "exclude": ["double"]},
    ],
)
def test_a_model_not_built_before_fit_has_the_layers_of_a_built_one(tmp_path, options):
    fitted(Late(), tmp_path / "late", **options)
    fitted(built(), tmp_path / "built", **options)
    late, known = (read_run(tmp_path / name) for name in ("late", "built"))
    assert late.layer_paths == known.layer_paths
    assert {"first", "block/out", "head"} <= set(late.layer_paths)
    assert late.steps.tolist() == known.steps.tolist()
    np.testing.assert_array_equal(late.statistic("count"), known.statistic("count"))


def test_describe_says_what_is_not_decided_yet_and_then_what_was(tmp_path):
    model = Late()
    monitor = avh.ActivationMonitor(tmp_path, **EVERY_STEP)
    before = {row.path: row for row in monitor.describe(model)}
    assert not before["first"].watched
    assert before["first"].reason == "not built yet: judged when it is first called"
    monitor = fitted(model, tmp_path)
    after = {row.path: row for row in monitor.describe()}
    assert (after["first"].watched, after["first"].reason) == (True, "owns weights")
    assert (after["double"].watched, after["double"].reason) == (
        *(False, "neither weights nor an activation"),
    )
    assert after["head"].watched


def test_a_layer_that_turns_out_to_own_nothing_is_not_recorded(tmp_path):
    fitted(Late(), tmp_path)
    assert "double" not in read_run(tmp_path).layer_paths


def test_a_selection_of_what_is_not_there_yet_says_how_to_get_it_there(tmp_path):
    with pytest.raises(
        ValueError, match=r"'head' matches no layer.*call the model on a batch first"
    ):
        fitted(Late(), tmp_path, layers="head")
    fitted(built(), tmp_path, layers="head")


def test_layers_made_late_are_let_go_as_well(tmp_path):
    model = Late()
    fitted(model, tmp_path)
    for layer in (model, model.first, model.block, model.block.out, model.head):
        assert "call" not in vars(layer)
