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
    """What the examples take for granted: images with labels, and batches of them."""
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    x = random.normal(size=(160, 28, 28, 1)).astype("float32")
    y = random.integers(0, 10, size=160)
    batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(16)
    return {"tf": tf, "x": x, "y": y, "batches": batches}


def test_every_form_of_the_monitor_records(place, capsys):
    scope = names()
    for example in EXAMPLES:
        exec(example, scope)
    runs = ("sequential", "subclassed", "loop")
    sequential, subclassed, loop = (read_run(place / "logs" / run) for run in runs)
    assert sequential.layer_paths == ("conv", "logits")
    assert sequential.steps.tolist() == [1, 10]
    assert subclassed.layer_paths == ("encoder/conv_1", "encoder/pool", "head")
    assert subclassed.steps.tolist() == [1, 5, 10]
    assert loop.steps.tolist() == [1, 10]
    assert "encoder/conv_1" in capsys.readouterr().out


def test_every_picture_that_readme_shows_is_there_and_small():
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README.read_text(encoding="utf-8"))
    assert pictures
    for picture in pictures:
        assert (README.parent / picture).stat().st_size < 300_000
