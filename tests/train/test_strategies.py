"""What is asked of several devices is checked before anything starts."""

import json

import pytest

from avh.cli.train import main
from avh.train.config import TrainConfig

WORKERS = {"worker": ["127.0.0.1:1", "127.0.0.1:2"]}


@pytest.fixture
def refused(tmp_path, capfd):
    """The one line that the trainer refuses some flags with."""

    def run(*flags):
        with pytest.raises(SystemExit) as stopped:
            main([*flags, "--train_dir", str(tmp_path / "runs")], prog="trainer.py")
        assert stopped.value.code == 2
        assert not (tmp_path / "runs").exists()
        (line,) = capfd.readouterr().err.splitlines()
        return line

    return run


def test_devices_need_the_strategy_that_uses_them(refused):
    assert "--strategy mirrored expected" in refused("--devices", "2")


def test_the_devices_share_a_batch_evenly(refused):
    line = refused("--strategy", "mirrored", "--devices", "2", "--batch_size", "7")
    assert "a multiple of the 2 devices expected, got 7" in line


def test_more_devices_than_there_are_is_refused(refused):
    line = refused("--strategy", "mirrored", "--devices", "4096", "--batch_size", "4096")
    assert "devices: at most" in line
    assert "got 4096" in line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "it is not set"),
        ("{", "JSON expected"),
        ("[]", "the workers and the task of this one expected"),
        (json.dumps({"cluster": WORKERS}), "the workers and the task of this one expected"),
        (
            json.dumps({"cluster": WORKERS, "task": {"type": "worker", "index": 2}}),
            "the workers and the task of this one expected",
        ),
    ],
)
def test_several_machines_need_a_cluster_in_tf_config(refused, monkeypatch, text, words):
    if text is None:
        monkeypatch.delenv("TF_CONFIG", raising=False)
    else:
        monkeypatch.setenv("TF_CONFIG", text)
    line = refused("--strategy", "multiworker")
    assert "TF_CONFIG" in line
    assert words in line


def test_several_machines_are_refused_with_the_limit_of_the_host(refused, monkeypatch):
    task = {"type": "worker", "index": 0}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": WORKERS, "task": task}))
    assert "avh.watch" in refused("--strategy", "multiworker")


def test_an_unknown_strategy_is_refused():
    with pytest.raises(ValueError, match="strategy: one of mirrored, multiworker expected"):
        TrainConfig(strategy="tpu").check()
