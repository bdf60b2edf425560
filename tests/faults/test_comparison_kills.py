"""A comparison and its TensorBoard, killed so that they cannot tidy up behind themselves."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from avh.board.launch import Board
from avh.compare import session
from avh.compare.interruption import Interruption
from avh.records.reader import read_run
from avh.train import resuming
from avh.train.config import TrainConfig
from avh.train.status import read_status

SCRIPT = Path(__file__).parents[2] / "script.py"
PATIENCE = 300
FLAGS = [
    *("--activations", "relu", "--model", "mlp", "--units", "4", "--preprocessing", "raw"),
    *("--max_steps", "1000000", "--every", "5", "--pictures_every", "1000000", "--jobs", "1"),
]


def wait_until(condition, words):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, words()
        time.sleep(0.02)


def processes_about(directory):
    """Process id -> command line, of those that name this directory."""
    found = {}
    for entry in filter(lambda entry: entry.name.isdigit(), Path("/proc").iterdir()):
        try:
            command = (entry / "cmdline").read_text()
        except OSError:
            continue
        if str(directory) in command:
            found[int(entry.name)] = command
    return found


def step_of(run):
    status = read_status(run)
    return 0 if status is None else status.step


@pytest.fixture
def comparison(tmp_path):
    """A comparison that trains and shows; what it says goes to `said`."""
    said = tmp_path / "said"
    with open(said, "w") as output:
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT), "--train_dir", str(tmp_path / "out"), *FLAGS],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=tmp_path,
            start_new_session=True,
        )
    wait_until(lambda: step_of(tmp_path / "out" / "relu") > 5, said.read_text)
    yield process, tmp_path / "out"
    process.kill()
    process.wait()


def test_runs_outlive_tensorboard_and_nothing_outlives_the_comparison(comparison):
    process, out = comparison
    run = out / "relu"
    (board,) = (pid for pid, words in processes_about(out).items() if "tensorboard.main" in words)
    os.kill(board, signal.SIGKILL)
    step = step_of(run)
    wait_until(lambda: step_of(run) > step + 20, lambda: "the run did not go on")
    assert process.poll() is None

    process.kill()  # what it started finds out by itself
    process.wait()
    wait_until(lambda: not processes_about(out), lambda: str(processes_about(out)))
    assert read_status(run).state == "stopped"
    done = read_status(run).step
    assert read_run(run).steps.tolist() == [1, *range(5, done + 1, 5)]
    config = resuming.settings(TrainConfig(resume=str(run)), set())
    assert resuming.find_beginning(config).step == done


def test_a_tensorboard_that_was_killed_is_told_in_one_line(capsys):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        process.kill()
        process.wait()
        session._serve(Board(7007, process), Interruption())
    assert capsys.readouterr().out == "TensorBoard ended by itself with code -9\n"
