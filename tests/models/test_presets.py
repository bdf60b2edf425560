import dataclasses
import inspect
from importlib import import_module

import pytest

from avh.models import catalog, presets
from avh.train.config import SIZES, TrainConfig


def test_the_sizes_are_those_that_the_builders_take():
    for name in catalog.names():
        builder = getattr(import_module(f"avh.models.{name}"), f"build_{name}")
        taken = inspect.signature(builder).parameters
        assert set(presets.SIZES[name]) == {size for size in SIZES if size in taken}


def test_a_size_that_a_network_has_not_is_refused():
    with pytest.raises(ValueError, match=r"channels: the network mlp has no such setting.*units"):
        presets.check_sizes("mlp", channels=(4,), units=None)
    presets.check_sizes("mlp", channels=None, units=(4,))
    presets.check_sizes("of the user's", channels=(4,))


def test_recommendations_are_settings_of_the_trainer_and_right():
    fields = {field.name for field in dataclasses.fields(TrainConfig)}
    for name in catalog.names():
        for activation in ("relu", "selu", None):
            found = presets.recommended(name, activation)
            assert found.keys() <= fields
            TrainConfig(**{"model": name, **found}).check()


def test_the_two_sides_of_the_tutorial():
    relu, selu = (presets.recommended("snn", name) for name in ("relu", "selu"))
    assert (relu["preprocessing"], relu["dropout"]) == ("raw", 0.5)
    assert (selu["preprocessing"], selu["dropout"]) == ("standardize", 0.05)
    assert presets.recommended("snn", "elu")["dropout"] == 0.5
    assert presets.recommended("snn") == selu
    for side in (relu, selu):
        assert (side["optimizer"], side["learning_rate"]) == ("sgd", 0.025)
        assert (side["batch_size"], side["max_steps"]) == (128, 50)


def test_the_comparison_network_recommends_nothing():
    assert presets.recommended("convnet", "selu") == {}
