import io

import numpy as np
import pytest
from rich.console import Console

from avh.compare.experiment_result import comparisons, result_table, save_picture, sides
from avh.compare.experiments import EXPERIMENTS, find
from avh.compare.outcome import Outcome
from avh.compare.plan import RunPlan
from avh.compare.progress import Progress
from avh.train.status import Status

TUTORIAL = find("snn_tutorial")
# Two seeds of two sides; the last one is ahead in loss for both, in accuracy for one.
MEASURED = (
    ("relu", 0, 0.30, 0.90),
    ("selu", 0, 0.20, 0.93),
    ("relu", 1, 0.40, 0.92),
    ("selu", 1, 0.30, 0.91),
)
PLANS = tuple(RunPlan(f"{name}-seed{seed}", (), name, seed) for name, seed, *_ in MEASURED)


def ended(*failed):
    return [
        Progress(
            plan.name,
            "failed" if plan.name in failed else "finished",
            Status("finished", 50, 50, loss=9.0, val_loss=loss, val_accuracy=accuracy),
        )
        for plan, (_, _, loss, accuracy) in zip(PLANS, MEASURED, strict=True)
    ]


def lines_of(found, experiment=TUTORIAL):
    console = Console(file=io.StringIO(), width=120)
    console.print(result_table(experiment, found, 50), highlight=False)
    return console.file.getvalue().splitlines()


def row(lines, label):
    return next(line.split() for line in lines if line.strip().startswith(label))


def test_the_table_has_mean_and_deviation_beside_what_was_published():
    lines = lines_of(sides(TUTORIAL, PLANS, ended()))
    assert row(lines, "test loss") == "test loss 0.350 ± 0.071 0.250 ± 0.071".split()
    assert row(lines, "test accuracy") == "test accuracy 0.910 ± 0.014 0.920 ± 0.014".split()
    published = [line.split()[1:] for line in lines if line.strip().startswith("published ")]
    assert published == [["0.36", "0.16"], ["0.859", "0.916"]]
    assert any("after 50 updates" in line and "2 seeds" in line for line in lines)


def test_it_says_for_how_many_seeds_the_last_side_is_ahead():
    assert comparisons(sides(TUTORIAL, PLANS, ended())) == [
        "selu ahead of relu: lower loss for 2 of 2 seeds, higher accuracy for 1"
    ]


def test_runs_that_did_not_finish_are_left_out():
    found = sides(TUTORIAL, PLANS, ended("relu-seed0"))
    assert found[0].seeds == (1,)
    assert row(lines_of(found), "test loss") == "test loss 0.400 0.250 ± 0.071".split()
    assert comparisons(found) == []


def test_a_side_without_any_run_is_a_dash():
    found = sides(TUTORIAL, PLANS, ended("relu-seed0", "relu-seed1"))
    assert row(lines_of(found), "test loss") == "test loss - 0.250 ± 0.071".split()


def test_without_anything_published_there_is_no_such_row():
    experiment = find("deep")
    plans = [RunPlan(variant.name, (), variant.name, 0) for variant in experiment.variants]
    runs = [
        Progress(p.name, "finished", Status("finished", 1, 1, val_loss=1.0, val_accuracy=0.5))
        for p in plans
    ]
    lines = lines_of(sides(experiment, plans, runs), experiment)
    assert not any("published" in line for line in lines)
    assert row(lines, "test loss") == ["test", "loss", *["1.000"] * len(plans)]


def test_no_records_no_picture(tmp_path):
    outcomes = [Outcome(run, None) for run in ended()]
    assert save_picture(TUTORIAL, PLANS, outcomes, tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_experiment_is_an_error_that_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"'nosuch'; expected one of deep, snn_tutorial"):
        find("nosuch")


def test_what_is_published_is_of_a_variant():
    for experiment in EXPERIMENTS.values():
        assert experiment.published.keys() <= {variant.name for variant in experiment.variants}


def test_losses_and_accuracies_are_in_the_order_of_the_seeds():
    _, selu = sides(TUTORIAL, PLANS, ended())
    np.testing.assert_array_equal(selu.losses, [0.20, 0.30])
    np.testing.assert_array_equal(selu.accuracies, [0.93, 0.91])
