"""The tables of evaluations, of numbers chosen by hand."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from avh.compare.evaluations import details, run_names, side_by_side
from avh.records.finding import Finding
from avh.records.schema import STATISTICS, LayerInfo
from avh.train.evaluator import Evaluation


@dataclass(frozen=True)
class Measured:
    info: LayerInfo
    statistics: dict[str, float]


def layer(path, **known):
    numbers = dict.fromkeys(STATISTICS, float("nan")) | known
    return Measured(LayerInfo(path, "Dense", (None, 7, 4), "relu", 4), numbers)


def evaluation(run, layers=("conv_1", "fc_2"), findings=(), step=12, mean=0.5):
    measured = tuple(
        layer(path, mean=mean, std=2.0, zero_fraction=0.1, dead_fraction=0.25, min=-1.0, max=9.0)
        for path in layers
    )
    place = Path(run) / "checkpoints" / "step.weights.h5"
    classes, confusion = ("a", "b"), np.array([[700, 300], [0, 1000]])
    return Evaluation(
        Path(run), place, step, "relu", 0, "DIGITS", classes, confusion, 0.3125, measured, findings
    )


def lines_of(content, width=120):
    console = Console(file=io.StringIO(), width=width)
    console.print(content)
    return console.file.getvalue().splitlines()


def row_of(lines, label):
    (row,) = (line for line in lines if line.strip().startswith(label))
    return row.split()


def test_runs_stand_beside_each_other():
    lines = lines_of(side_by_side([evaluation("relu"), evaluation("selu", mean=-1.0)], 120))
    assert row_of(lines, "relu at") == "relu at step 12 selu at step 12".split()
    assert row_of(lines, "layer") == ["layer", *["mean", "std", "zeros", "dead"] * 2]
    assert row_of(lines, "test accuracy") == ["test", "accuracy", "85.00%", "85.00%"]
    assert row_of(lines, "test loss") == ["test", "loss", "0.3125", "0.3125"]
    assert row_of(lines, "test set") == ["test", "set", *"DIGITS, 2,000 examples".split() * 2]
    expected = "fc_2 0.500 2.000 10.0% 25.0% -1.000 2.000 10.0% 25.0%"
    assert row_of(lines, "fc_2") == expected.split()


@pytest.mark.parametrize(("width", "times"), [(130, 1), (90, 2), (60, 3)])
def test_what_does_not_fit_is_stacked(width, times):
    lines = lines_of(side_by_side([evaluation(name) for name in "abc"], width), width)
    assert max(map(len, lines)) <= width
    assert sum("fc_2" in line for line in lines) == times


def test_a_layer_that_a_run_lacks_is_a_dash():
    lines = lines_of(side_by_side([evaluation("a"), evaluation("b", layers=("conv_1",))], 120))
    assert row_of(lines, "fc_2")[-4:] == ["-"] * 4


def test_findings_stand_below_with_the_run_and_the_step():
    finding = Finding("dead_units", "fc_2", 12, "2 of 4 units are dead (0, 1)")
    told = "step 12  fc_2: 2 of 4 units are dead (0, 1)"
    broken = evaluation("broken", findings=(finding,))
    assert f"broken  {told}" in lines_of(side_by_side([evaluation("a"), broken], 120))
    assert f"broken  {told}" in lines_of(details(broken))
    assert "findings" not in lines_of(details(evaluation("a")))


def test_a_statistic_without_meaning_is_a_dash():
    row = row_of(lines_of(details(evaluation("a"))), "fc_2")
    assert row == ["fc_2", "7x4", "0.500", "2.000", "-1.00", "9.00", "10.0%", "25.0%", "-"]


def test_runs_of_one_name_are_told_by_the_directory_above():
    found = run_names([evaluation("x/relu"), evaluation("y/relu"), evaluation("y/selu")])
    assert found == ["x/relu", "y/relu", "selu"]
    same = [evaluation("x/relu", step=1), evaluation("x/relu", step=2)]
    assert run_names(same) == ["relu", "relu"]
