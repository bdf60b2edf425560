"""Several workers: what this host cannot do with them, and what the monitor does in a loop."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from two_workers import BATCH, STEPS, batches, make_model, train_on

import avh
from avh.records.reader import read_run

HERE = Path(__file__).parent
SECONDS = 300  # on a busy machine; who is still waiting then, waits for ever
ROUNDING = 1e-5  # of a value's size: two halves are summed in another order than the whole


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [found.getsockname()[1] for found in sockets]
    for found in sockets:
        found.close()
    return ports


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("workers")


@pytest.fixture(scope="module")
def reports(directory):
    """What both workers say: [worker], case -> what."""
    paths = [str(HERE.parent.parent), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }
    addresses = [f"127.0.0.1:{port}" for port in _free_ports(2)]
    processes = []
    for index in range(2):
        task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        processes.append(
            subprocess.Popen(
                [sys.executable, str(HERE / "two_workers.py"), str(directory)],
                env={**environment, "TF_CONFIG": json.dumps(task)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    try:
        outputs = [process.communicate(timeout=SECONDS) for process in processes]
    finally:
        for process in processes:
            process.kill()
    found = []
    for process, (out, err) in zip(processes, outputs, strict=True):
        assert process.returncode == 0, err[-3000:]
        lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
        found.append({line["case"]: line for line in lines} | {"log": err})
    return found


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The records of one device on the same global batches."""
    place, model = tmp_path_factory.mktemp("alone"), make_model()
    with avh.watch(model, place, every=1, pictures_every=None) as monitor:
        for batch in batches():
            train_on(model, tf.constant(batch), 1)
            monitor.step()
    return read_run(place)


@pytest.fixture(scope="module")
def together(reports, directory):
    return read_run(directory / "0")


@pytest.mark.parametrize("worker", [0, 1])
def test_the_fit_of_the_host_itself_cannot_read_the_batches_of_workers(reports, worker):
    said = reports[worker]["fit"]
    assert said["avh"] == []
    assert said["failure"] == "ValueError"
    assert "Attempt to convert a value (PerReplica" in said["words"]


def test_at_the_first_step_both_workers_count_what_one_device_counts(alone, together):
    assert together.layer_paths == alone.layer_paths == ("hidden", "top")
    np.testing.assert_array_equal(together.statistic("count")[0], [BATCH * 4, BATCH * 3])
    np.testing.assert_array_equal(together.hist[0], alone.hist[0])


def test_all_statistics_are_those_of_one_device_but_for_rounding(alone, together):
    assert together.steps.tolist() == alone.steps.tolist() == list(range(1, STEPS + 1))
    np.testing.assert_allclose(together.stats, alone.stats, ROUNDING, ROUNDING)


def test_only_the_chief_writes(reports, directory):
    assert [path.name for path in directory.iterdir()] == ["0"]
    assert reports[1]["trained"]["steps"] == STEPS


def test_the_chief_draws_the_pictures_alone(reports, together, directory):
    (file,) = directory.glob("0/events.out.*")
    assert b"visualization/hidden" in file.read_bytes()


def test_nobody_waits_for_a_chief_that_cannot_write(reports):
    assert [said["unwritten"]["steps"] for said in reports] == [STEPS, STEPS]
    assert "NotADirectoryError" in reports[0]["log"]
    assert "NotADirectoryError" not in reports[1]["log"]


def test_a_worker_that_leaves_stops_the_monitor_and_blocks_nobody(reports):
    assert reports[0]["alone"]["steps"] == STEPS + 1
    assert "closed" in reports[0]
    assert f"stopped at step {STEPS + 1}" in reports[0]["log"]
