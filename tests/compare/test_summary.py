import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from avh.compare.outcome import Outcome, read_outcomes
from avh.compare.progress import Progress
from avh.compare.summary import comparison_table, save_picture
from avh.records.finding import Finding
from avh.records.reader import RunRecords
from avh.records.schema import BINS, STATISTICS, LayerInfo, RunInfo
from avh.train.status import Status

LAYERS = ("conv_1", "conv_2", "fc_6")


def records(name, mean, layers=LAYERS):
    """Two records; the last has `mean` + index, std 2, and a tenth of zeros."""
    stats = np.zeros((2, len(layers), len(STATISTICS)), np.float32)
    stats[1, :, STATISTICS.index("mean")] = mean + np.arange(len(layers))
    stats[1, :, STATISTICS.index("std")] = 2.0
    stats[1, :, STATISTICS.index("zero_fraction")] = 0.1
    info = RunInfo(tuple(LayerInfo(layer, "Dense", (None, 4), "relu", 4) for layer in layers))
    hist = np.zeros((2, len(layers), BINS), np.float32)
    hist[:, :, BINS // 2 + 40] = 100
    return RunRecords(name, info, np.array([1, 10]), np.array([0.0, 1.0]), stats, hist)


def outcome(name, mean=0.5, **changes):
    status = Status("finished", 10, 10, loss=0.25, val_loss=0.3125, val_accuracy=0.91)
    return Outcome(Progress(name, "finished", status), records(name, mean, **changes))


FAILED = Outcome(
    Progress("selu", "failed", Status("failed", 1, 10), "the loss became nan at step 1"), None
)


def lines_of(outcomes, width):
    console = Console(file=io.StringIO(), width=width)
    console.print(comparison_table(outcomes, width))
    return console.file.getvalue().splitlines()


def test_three_runs_stand_side_by_side_in_120_characters():
    lines = lines_of([outcome("relu", 0.5), outcome("lrelu", -0.25), outcome("selu", 1.5)], 120)
    assert max(map(len, lines)) <= 120
    (names,) = (line for line in lines if "relu" in line)
    assert names.split() == ["relu", "lrelu", "selu"]
    (row,) = (line for line in lines if "conv_2" in line)
    cells = "conv_2 1.500 2.000 10.0% 0.750 2.000 10.0% 2.500 2.000 10.0%"
    assert row.split() == cells.split()
    (accuracy,) = (line for line in lines if "test accuracy" in line)
    assert accuracy.split() == ["test", "accuracy", *["91.00%"] * 3]
    (loss,) = (line for line in lines if "test loss" in line)
    assert loss.split() == ["test", "loss", *["0.3125"] * 3]


@pytest.mark.parametrize(("width", "times"), [(120, 1), (80, 2), (60, 3), (40, 3)])
def test_groups_that_do_not_fit_are_stacked_and_whole(width, times):
    lines = lines_of([outcome("relu"), outcome("lrelu"), outcome("selu")], width)
    rows = [line for line in lines if "fc_6" in line]
    assert len(rows) == times
    assert " ".join(rows).split().count("2.000") == 3
    assert max(map(len, lines)) <= max(width, 45)


def test_a_failed_run_says_so_and_why():
    lines = lines_of([outcome("relu"), FAILED], 120)
    assert any("selu (failed at step 1)" in line for line in lines)
    assert "selu failed: the loss became nan at step 1" in lines
    (row,) = (line for line in lines if "conv_1" in line)
    assert row.split()[-3:] == ["-", "-", "-"]


def test_a_long_name_is_shown_whole():
    name = "default-MNIST5K_lr_0.0001_activation_selu-20250301-090507"
    lines = lines_of([outcome(name)], 120)
    (heading,) = (number for number, line in enumerate(lines) if "layer" in line)
    assert "".join("".join(lines[:heading]).split()) == name


def test_a_layer_that_one_run_lacks_is_a_dash():
    lines = lines_of([outcome("relu"), outcome("selu", layers=("conv_1", "extra"))], 120)
    (row,) = (line for line in lines if "fc_6" in line)
    assert row.split() == ["fc_6", "2.500", "2.000", "10.0%", "-", "-", "-"]
    assert any("extra" in line for line in lines)


def test_very_large_and_very_small_numbers_keep_their_columns():
    lines = lines_of([outcome("relu", -123456.0), outcome("selu", 1.2e-5)], 120)
    (row,) = (line for line in lines if "conv_1" in line)
    assert row.split() == ["conv_1", "-1.2e+05", "2.000", "10.0%", "1.2e-05", "2.000", "10.0%"]


def test_a_directory_without_records_has_none(tmp_path):
    (tmp_path / "relu").mkdir()
    ended = [Progress("relu", "failed", None, "killed"), Progress("selu", "waiting")]
    assert [found.records for found in read_outcomes(ended, tmp_path)] == [None, None]


def test_the_picture_shows_the_runs_that_recorded_something(tmp_path):
    assert save_picture([outcome("relu"), FAILED], tmp_path / "comparison.png")
    assert (tmp_path / "comparison.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["comparison.png"]


def test_no_records_no_picture(tmp_path):
    assert not save_picture([FAILED], tmp_path / "comparison.png")
    assert list(tmp_path.iterdir()) == []


def test_what_still_holds_at_a_runs_end_is_listed_below():
    dead = Finding("dead_units", "conv_2", 5, "2 of 4 units are dead", (0, 3))
    over = replace(dead, layer="conv_1")
    found = (dead, over, replace(over, step=8, recovered=True))
    relu, selu = outcome("relu"), outcome("selu")
    relu = replace(relu, records=replace(relu.records, findings=found))
    lines = lines_of([relu, selu], 120)
    start = lines.index("findings")
    assert lines[start + 1 : start + 3] == ["relu  step 5  conv_2: 2 of 4 units are dead", ""]
    assert "findings" not in lines_of([selu], 120)


def test_of_many_findings_of_a_run_the_rest_is_counted():
    found = tuple(Finding("dead_units", f"fc_{n}", 5, "all units are dead") for n in range(20))
    relu = outcome("relu")
    lines = lines_of([replace(relu, records=replace(relu.records, findings=found))], 80)
    told = [line for line in lines if "all units are dead" in line]
    (rest,) = (line for line in lines if "findings more" in line)
    assert int(rest.split()[2]) == 20 - len(told)
