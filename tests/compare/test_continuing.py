"""Going on with a comparison: what stands in the way is told, and nothing is touched."""

import json
from dataclasses import replace

import pytest

from avh.compare import clean, continuing
from avh.train import rundir
from avh.train.config import TrainConfig
from avh.train.status import Status, write_status

PLANNED = TrainConfig(activation="relu", seed=3, channels=(4, 4, 4))


@pytest.fixture
def begun(tmp_path):
    """A comparison's directory with the run `relu` in it, begun somewhere else."""
    clean.clean(tmp_path)
    run = rundir.create(tmp_path, "relu")
    flags = replace(PLANNED, train_dir="elsewhere", data_dir="there").to_dict()
    (run / rundir.CONFIG).write_text(json.dumps({"flags": flags, "dataset": {}}))
    return tmp_path


def test_the_same_settings_in_another_place_fit(begun):
    continuing.check(begun, {"relu": PLANNED, "selu": PLANNED})


def test_other_settings_are_named(begun):
    with pytest.raises(ValueError, match=r"relu was begun with seed 3, this comparison says 4"):
        continuing.check(begun, {"relu": replace(PLANNED, seed=4)})


def test_a_run_that_is_not_planned_is_named(begun):
    with pytest.raises(ValueError, match=r"only runs of this comparison expected, found relu"):
        continuing.check(begun, {"selu": PLANNED})


def test_a_run_that_is_being_trained_is_named(begun):
    write_status(begun / "relu", Status("running", 1, 2))  # by this process
    with pytest.raises(ValueError, match="is being trained"):
        continuing.check(begun, {"relu": PLANNED})


def test_a_directory_without_a_comparison_is_refused(tmp_path):
    with pytest.raises(ValueError, match="the directory of a comparison expected"):
        continuing.check(tmp_path, {})
