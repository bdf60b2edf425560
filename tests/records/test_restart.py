"""Event files of a run that went on: what the older ones say of later steps no longer counts."""

import time

import numpy as np
import pytest
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

from avh.records import events, restart
from avh.records.event_file import EventFile
from avh.records.finding import Finding, to_json
from avh.records.reader import event_files, read_run, scalars
from avh.records.schema import BINS, STATISTICS, LayerInfo, RunInfo

INFO = RunInfo((LayerInfo("fc", "Dense", (None, 2), None, 2),))


def write(directory, steps, value, *, first_step=None, found=()):
    """One event file: a record and a loss at each step, and findings at some."""
    with EventFile(directory, first_step=first_step) as file:
        for number, step in enumerate(steps):
            told = [Finding("dead_units", "fc", s, f"at {s}") for s in found if s <= step]
            file.write(
                step,
                [
                    *([events.run_info(INFO)] if number == 0 else []),
                    events.statistics(np.full((1, len(STATISTICS)), value)),
                    events.histograms(np.full((1, BINS), value)),
                    events.scalar("loss", value),
                    *([events.findings(to_json(told))] if told else []),
                ],
            )
    return file.path


@pytest.fixture
def run(tmp_path):
    """Three files: steps 1 to 6, again from 5 on, and again from 3 on, with steps left out."""
    write(tmp_path, range(1, 7), 1.0, found=(2, 6))
    write(tmp_path, range(5, 9), 2.0, first_step=5, found=(2,))
    write(tmp_path, (4, 8), 3.0, first_step=3, found=(2,))
    return tmp_path


def test_every_step_counts_as_it_was_done_last(run):
    found = read_run(run)
    assert found.steps.tolist() == [1, 2, 4, 8]
    assert found.statistic("mean")[:, 0].tolist() == [1, 1, 3, 3]
    steps, values = scalars(run)["loss"]
    assert (steps.tolist(), values.tolist()) == ([1, 2, 4, 8], [1, 1, 3, 3])


def test_findings_of_steps_that_were_done_again_no_longer_count(run):
    assert [finding.message for finding in read_run(run).findings] == ["at 2"]


def test_tensorboard_drops_the_same_steps(run):
    board = EventAccumulator(str(run), {"tensors": 0}).Reload()
    for tag in ("avh/stats", "avh/hist", "loss"):
        assert [event.step for event in board.Tensors(tag)] == [1, 2, 4, 8]


def test_a_first_file_bears_no_mark(tmp_path):
    marked = write(tmp_path / "marked", (1, 2), 1.0, first_step=1)
    plain = write(tmp_path / "plain", (1, 2), 1.0)
    assert marked.stat().st_size == plain.stat().st_size
    assert restart.ends([marked]) == [float("inf")]


def test_files_without_a_mark_add_up(tmp_path):
    write(tmp_path, (1, 2, 3), 1.0)
    write(tmp_path, (2,), 2.0)
    assert read_run(tmp_path).statistic("mean")[:, 0].tolist() == [1, 2, 1]


def test_files_of_one_second_are_read_in_the_order_in_which_they_were_made(tmp_path, monkeypatch):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    monkeypatch.setattr("os.getpid", iter((300, 200, 100)).__next__)
    made = [write(tmp_path, (1,), value, first_step=1) for value in (1.0, 2.0, 3.0)]
    assert event_files(tmp_path) == made
    assert read_run(tmp_path).statistic("mean")[0, 0] == 3


def test_a_file_that_was_cut_in_its_mark_drops_nothing(tmp_path):
    write(tmp_path, (1, 2), 1.0)
    path = write(tmp_path, (2,), 2.0, first_step=2)
    content = path.read_bytes()
    path.write_bytes(content[:60])  # the file version is whole, the mark is not
    assert read_run(tmp_path).statistic("mean")[:, 0].tolist() == [1, 1]
