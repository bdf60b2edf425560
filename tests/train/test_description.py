import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from avh.data import catalog
from avh.records.reader import read_run
from avh.train.config import TrainConfig
from avh.train.description import read_description


def test_a_run_says_what_it_was(trained, small):
    said = json.loads((trained / "config.json").read_text())
    data = catalog.load("MNIST5K")
    pixels = data.x_train.astype(np.float64) / 255
    flags = TrainConfig(**small, run_name="trained", dropout=0.2)
    assert TrainConfig.from_dict(said["flags"]) == flags
    assert (said["seed"], said["kernel_initializer"]) == (0, "he_normal")
    assert said["versions"]["tensorflow"] == tf.__version__
    assert said["versions"]["keras"] == keras.__version__
    assert said["dataset"]["mean"] == pytest.approx([pixels.mean()])
    assert said["dataset"]["std"] == pytest.approx([pixels.std()])
    assert said["dataset"]["train_examples"] == 4000
    conv = (25 * 1 + 1) * 4 + 2 * (25 * 4 + 1) * 4
    dense = (4 * 4 * 4 + 1) * 160 + 161 * 40 + 41 * 10
    assert said["parameters"] == conv + dense


def test_the_probe_is_the_one_of_the_records(trained):
    assert read_description(trained)["probe_hash"] == read_run(trained).info.probe_hash


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"flags": 1, "dataset": {}}'])
def test_anything_else_is_no_description(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ValueError, match=r"config\.json: the description of a run expected"):
        read_description(tmp_path)
