"""What README shows, run as it stands."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from avh.records.reader import read_run

README = Path(__file__).parents[1] / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names():
    """What the examples take for granted: a compiled model, data, and a training step."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(5, "selu"), keras.layers.Dense(1)]
    )
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(64, 6)).astype("float32")
    y = x.sum(axis=1, keepdims=True)
    optimizer = keras.optimizers.SGD(0.01)

    @tf.function
    def train_step(x_batch, y_batch):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x_batch, training=True) - y_batch))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

    batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)
    return {"model": model, "x": x, "y": y, "train_step": train_step, "batches": batches}


def test_both_forms_of_the_monitor_record(place, capsys):
    scope = names()
    for example in EXAMPLES:
        exec(example, scope)
    assert read_run(place / "logs/run_1").steps.tolist() == [1, 10]
    assert read_run(place / "logs/run_2").steps.tolist() == [1]
    assert "owns weights" in capsys.readouterr().out


def test_every_picture_that_readme_shows_is_there_and_small():
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README.read_text(encoding="utf-8"))
    assert pictures
    for picture in pictures:
        assert (README.parent / picture).stat().st_size < 300_000
