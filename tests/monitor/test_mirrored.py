"""The monitor over two replicas, and what this host cannot do with replicas at all."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from zoo import KINDS

from avh.records.reader import read_run

HERE = Path(__file__).parent
ROUNDING = 1e-4  # two halves are summed in another order than the whole, and Adam divides


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """What mirrored.py reports: case -> failure or None; "directory" -> where the runs are."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    paths = [str(HERE.parent.parent), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    directory = tmp_path_factory.mktemp("runs")
    command = [sys.executable, str(HERE / "mirrored.py"), str(directory)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-3000:]
    lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    return {line["case"]: line["failure"] for line in lines} | {"directory": directory}


@pytest.fixture(scope="module")
def trainings(reports):
    """The records of the trainer on one device and on two."""
    names = ("on_one_device", "on_two_devices")
    assert [reports[name] for name in names] == [None, None], reports
    return [read_run(reports["directory"] / name) for name in names]


@pytest.mark.parametrize("kind", KINDS)
def test_the_records_of_both_replicas_together_equal_numpy(reports, kind):
    assert reports[kind] is None, reports[kind]


def test_the_trainer_on_two_devices_counts_at_step_1_what_it_counts_on_one(trainings):
    one, two = trainings
    assert one.layer_paths == two.layer_paths
    np.testing.assert_array_equal(one.statistic("count"), two.statistic("count"))
    np.testing.assert_array_equal(one.hist[0], two.hist[0])


def test_the_trainer_on_two_devices_goes_on_as_on_one_but_for_rounding(trainings):
    one, two = trainings
    assert one.steps.tolist() == two.steps.tolist() == [1, 2, 3]
    np.testing.assert_allclose(one.stats, two.stats, ROUNDING, ROUNDING)


def test_loss_and_scores_of_the_trainer_are_those_of_whole_batches(trainings, reports):
    one, two = (
        json.loads((reports["directory"] / name / "status.json").read_text())
        for name in ("on_one_device", "on_two_devices")
    )
    for name in ("step", "loss", "accuracy", "val_loss", "val_accuracy"):
        assert two[name] == pytest.approx(one[name], rel=1e-4), name


def test_the_description_of_a_run_names_its_strategy(trainings, reports):
    config = json.loads((reports["directory"] / "on_two_devices" / "config.json").read_text())
    assert (config["flags"]["strategy"], config["flags"]["devices"]) == ("mirrored", 2)


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("four_steps", "You must feed a value for placeholder tensor"),
        ("jit", "tfvariable_on_a_different_device"),
    ],
)
def test_the_host_itself_cannot_run_replicas_on_cpus_in_these_ways(reports, way, words):
    plain, watched = (reports[f"{way}_{who}"] for who in ("plain", "watched"))
    assert words in plain, "without the monitor"
    assert words in watched, "with it the same"
