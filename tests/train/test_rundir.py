import re
from datetime import datetime

import pytest

from avh.train import rundir


def test_a_run_directory_begins_with_its_marker(tmp_path):
    run = rundir.create(tmp_path / "deep" / "runs", "relu")
    assert run == tmp_path / "deep" / "runs" / "relu"
    assert [path.name for path in run.iterdir()] == [".avh-run"]
    assert (run / ".avh-run").read_text() == "avh run\n"


def test_an_empty_directory_is_taken(tmp_path):
    (tmp_path / "relu").mkdir()
    assert rundir.create(tmp_path, "relu") == tmp_path / "relu"


def test_a_directory_that_holds_anything_is_left_alone(tmp_path):
    (tmp_path / "relu").mkdir()
    (tmp_path / "relu" / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="relu"):
        rundir.create(tmp_path, "relu")
    assert [path.name for path in (tmp_path / "relu").iterdir()] == ["thesis.txt"]


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="file is not a directory"):
        rundir.check(tmp_path / "file" / "runs", None)
    with pytest.raises(ValueError, match="file"):
        rundir.check(tmp_path, "file")


def test_checking_writes_nothing(tmp_path):
    rundir.check(tmp_path / "new" / "runs", "relu")
    assert list(tmp_path.iterdir()) == []


def test_two_runs_of_one_second_get_two_directories(tmp_path):
    runs = [rundir.create_automatic(tmp_path, "p", "D", 1e-4, "relu") for _ in range(3)]
    assert len(set(runs)) == 3
    pattern = re.compile(r"p-D_lr_0\.0001_activation_relu-(\d{8}-\d{6})")
    for run in runs:
        datetime.strptime(pattern.fullmatch(run.name)[1], "%Y%m%d-%H%M%S")


def test_the_run_of_a_checkpoint_is_the_directory_with_the_configuration(tmp_path):
    run = rundir.create(tmp_path, "relu")
    (run / "config.json").write_text("{}")
    assert rundir.run_of(run / "checkpoints" / "step_000001.weights.h5") == run
    assert rundir.run_of(run / "moved.weights.h5") == run
    with pytest.raises(FileNotFoundError, match=r"config\.json"):
        rundir.run_of(tmp_path / "moved.weights.h5")
