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
        ("units", (4,), "units: the network convnet has no such setting"),
        ("epochs", 0, "epochs"),
        ("optimizer", "lbfgs", "optimizer.*adam, sgd"),
        ("preprocessing", "none", "preprocessing.*channel, standardize, raw"),
        ("initializer", "zeros", "initializer.*lecun_normal"),
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


def test_sizes_that_were_not_set_survive_json_too():
    config = TrainConfig(model="mlp", units=(5, 6), epochs=3)
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_a_configuration_from_before_a_setting_existed_has_its_default():
    new = ("units", "initializer", "preprocessing", "optimizer", "epochs")
    old = {name: v for name, v in TrainConfig(seed=3).to_dict().items() if name not in new}
    assert TrainConfig.from_dict(old) == TrainConfig(seed=3)


def test_a_recommendation_gives_way_to_what_is_given():
    config = TrainConfig(model="mlp", batch_size=7, activation="relu")
    found = config.recommend({"model", "batch_size", "activation"})
    assert (found.batch_size, found.activation) == (7, "relu")
    assert (found.optimizer, found.learning_rate, found.epochs) == ("sgd", 0.01, 40)


@pytest.mark.parametrize(("given", "value"), [("epochs", 3), ("max_steps", 5)])
def test_either_length_that_is_given_keeps_the_recommended_one_out(given, value):
    for model in ("mlp", "snn"):  # which recommend epochs, and steps
        config = TrainConfig(model=model, **{given: value}).recommend({"model", given})
        assert (config.epochs, config.max_steps) == ((3, 1000) if given == "epochs" else (None, 5))


def test_the_side_of_the_tutorial_follows_the_activation_that_is_given():
    config = TrainConfig(model="snn", activation="relu")
    assert config.recommend({"model", "activation"}).preprocessing == "raw"
    own = config.recommend({"model"})  # the default of the flag was not asked for
    assert (own.activation, own.preprocessing) == ("selu", "standardize")


def test_epochs_become_steps_once_the_examples_are_counted():
    config = TrainConfig(epochs=2, batch_size=30)
    assert config.with_examples(100).max_steps == 6
    assert TrainConfig(max_steps=5).with_examples(100).max_steps == 5


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
