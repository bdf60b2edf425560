import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from avh.compare.groups import grouped
from avh.compare.outcome import Outcome
from avh.compare.progress import Progress
from avh.compare.summary import comparison_table
from avh.records.finding import Finding
from avh.records.reader import RunRecords
from avh.records.schema import BINS, STATISTICS, LayerInfo, RunInfo
from avh.train.status import Status

DEAD = Finding("dead_units", "fc_1", 5, "2 of 4 units are dead")


def outcome(group, seed, accuracy, mean=0.0, findings=()):
    stats = np.zeros((1, 1, len(STATISTICS)), np.float32)
    stats[0, 0, STATISTICS.index("mean")] = mean
    stats[0, 0, STATISTICS.index("zero_fraction")] = accuracy / 2
    info = RunInfo((LayerInfo("fc_1", "Dense", (None, 4), "relu", 4),))
    hist = np.zeros((1, 1, BINS), np.float32)
    name = f"{group}-seed{seed}"
    records = RunRecords(name, info, np.array([1]), np.array([0.0]), stats, hist, findings)
    status = Status("finished", 1, 1, loss=accuracy, val_loss=1 - accuracy, val_accuracy=accuracy)
    return Outcome(Progress(name, "finished", status), records, group)


def failed(group, seed):
    known = outcome(group, seed, 0.01)
    return replace(known, run=Progress(known.run.name, "failed", known.run.status, "out of luck"))


def lines_of(outcomes, width=120):
    console = Console(file=io.StringIO(), width=width)
    console.print(comparison_table(outcomes, width))
    return console.file.getvalue().splitlines()


def row(lines, label):
    return next(line.split() for line in lines if line.strip().startswith(label))


RUNS = [
    *(outcome("relu", 0, 0.8, mean=1.0), outcome("selu", 0, 0.9, mean=-1.0)),
    *(outcome("relu", 1, 0.6, mean=2.0), outcome("selu", 1, 0.9, mean=-1.0)),
]


def test_each_group_has_a_column_with_mean_and_deviation_over_its_seeds():
    lines = lines_of(RUNS)
    deviation = np.std([80, 60], ddof=1)
    expected = f"test accuracy 70.00 ± {deviation:.2f} % 90.00 ± 0.00 %"
    assert row(lines, "test accuracy") == expected.split()
    expected = f"test loss 0.3000 ± {deviation / 100:.4f} 0.1000 ± 0.0000"
    assert row(lines, "test loss") == expected.split()
    assert row(lines, "fc_1")[:7] == "fc_1 1.500 ± 0.707 0.000 ± 0.000".split()
    assert f"35.0 ± {deviation / 2:.1f} %" in " ".join(row(lines, "fc_1"))
    assert row(lines, "relu,") == "relu, 2 seeds selu, 2 seeds".split()


def test_the_single_runs_are_named_below():
    lines = lines_of(RUNS)
    assert "relu  seed0 80.00 %  seed1 60.00 %" in lines
    assert "selu  seed0 90.00 %  seed1 90.00 %" in lines


def test_a_run_that_failed_is_left_out_of_the_means_and_named():
    lines = lines_of([*RUNS, failed("relu", 2)])
    assert row(lines, "test accuracy")[2:6] == row(lines_of(RUNS), "test accuracy")[2:6]
    assert any("relu, 2 seeds, 1 left out" in line for line in lines)
    assert "relu  seed0 80.00 %  seed1 60.00 %  seed2 failed" in lines
    assert "relu-seed2 failed: out of luck" in lines


def test_a_finding_says_for_how_many_seeds_it_holds():
    runs = [
        *(outcome("relu", 0, 0.5, findings=(DEAD,)), outcome("relu", 1, 0.5)),
        outcome("relu", 2, 0.5, findings=(DEAD, replace(DEAD, step=6))),
    ]
    told = "relu  in 2 of 3 seeds  fc_1: 2 of 4 units are dead, in relu-seed0"
    assert told in lines_of(runs)


@pytest.mark.parametrize("width", [120, 60])
def test_a_hundred_runs_take_few_lines_and_no_more_than_the_width(width):
    groups = [f"{name}-lr{rate}" for name in ("relu", "selu") for rate in range(5)]
    lines = lines_of([outcome(g, seed, 0.5) for seed in range(10) for g in groups], width)
    assert max(map(len, lines)) <= max(width, 68)  # a name and one column
    assert len(lines) < 140


def test_a_group_without_any_finished_run_is_a_dash():
    lines = lines_of([*RUNS, failed("tanh", 0), failed("tanh", 1)])
    assert "tanh, 0 seeds, 2 left out" in " ".join(lines)


def test_groups_of_one_name_in_different_directories_stay_apart():
    runs = [replace(o, run=replace(o.run, name=f"{d}/{o.run.name}")) for d in "ab" for o in RUNS]
    assert [group.name for group in grouped(runs)] == ["a/relu", "a/selu", "b/relu", "b/selu"]


def test_the_example_of_a_group_is_the_first_run_that_finished():
    (group,) = grouped([failed("relu", 0), outcome("relu", 1, 0.5), outcome("relu", 2, 0.5)])
    assert group.example.run.name == "relu-seed1"
