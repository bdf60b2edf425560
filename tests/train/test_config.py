import dataclasses
import json
import subprocess
import sys

import pytest

from avh.train.config import INHERITED, TrainConfig


def test_the_defaults_are_right():
    TrainConfig().check()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("dataset", "NOPE", "MNIST5K"),
        ("activation", "nope", "relu"),
        ("activation", "no.such.module:f", "no.such.module"),
        ("model", "nope", "convnet"),
        ("batch_size", 0, "batch_size.*at least 1.*got 0"),
        ("batch_size", -3, "got -3"),
        ("max_steps", 0, "max_steps"),
        ("every", 0, "every"),
        ("pictures_every", 0, "pictures_every"),
        ("log_every", 0, "log_every"),
        ("eval_every", 0, "eval_every"),
        ("channels", (4, 0, 4), "channels"),
        ("seed", -1, "seed"),
        ("seed", 2**32, "seed"),
        ("learning_rate", 0.0, "learning_rate.*above 0"),
        ("learning_rate", float("nan"), "finite"),
        ("learning_rate", float("inf"), "finite"),
        ("dropout", 1.0, r"dropout.*\[0, 1\)"),
        ("dropout", -0.1, "dropout"),
        ("prefix", "a/b", "prefix"),
        ("prefix", "", "prefix"),
        ("run_name", "..", "run_name"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(field, value, message):
    config = dataclasses.replace(TrainConfig(), **{field: value})
    with pytest.raises((ValueError, ImportError), match=message):
        config.check()


@pytest.mark.parametrize(
    ("field", "value"), [("batch_size", 2.5), ("batch_size", True), ("learning_rate", "fast")]
)
def test_a_value_of_the_wrong_kind_is_a_type_error(field, value):
    with pytest.raises(TypeError, match=field):
        dataclasses.replace(TrainConfig(), **{field: value}).check()


def test_a_configuration_survives_json():
    config = TrainConfig(channels=(1, 2, 3), dropout=0.5, run_name="x")
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_a_resumed_run_inherits_what_decides_the_training_and_nothing_else():
    before = TrainConfig(
        activation="selu", channels=(4, 4, 4), seed=5, max_steps=50, train_dir="there", every=3
    )
    now = TrainConfig(seed=6, max_steps=100).inherit(before.to_dict(), given={"seed", "max_steps"})
    assert (now.activation, now.channels, now.seed) == ("selu", (4, 4, 4), 6)
    assert (now.max_steps, now.train_dir, now.every) == (100, "train_dir", 10)


def test_every_inherited_setting_is_one():
    assert set(INHERITED) <= {field.name for field in dataclasses.fields(TrainConfig)}


def test_checking_a_configuration_needs_no_tensorflow():
    code = (
        "import sys; from avh.train.preflight import check_input; "
        "from avh.train.config import TrainConfig; check_input(TrainConfig()); "
        "sys.exit(bool({'tensorflow', 'keras', 'matplotlib', 'pandas'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
