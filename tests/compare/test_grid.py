import pytest

from avh.cli import train
from avh.compare import grid
from avh.compare.plan import Variant, plan_runs

VARIANTS = (Variant("relu", ("--activation", "relu")), Variant("selu", ("--activation", "selu")))


def configuration(plan):
    return train.read_config(train.build_parser(), list(plan.argv))[0]


def test_there_is_a_run_for_each_combination_and_its_name_says_which(tmp_path):
    axes = (grid.learning_rates(["1e-3", "1e-4"]), grid.datasets(["MNIST5K", "MNIST"]))
    plans = plan_runs(VARIANTS, tmp_path, axes=axes, seeds=(3, 4))
    assert len({plan.name for plan in plans}) == len(plans) == 16
    plan = next(p for p in plans if p.name == "relu-lr0.001-MNIST-seed4")
    config = configuration(plan)
    found = config.activation, config.learning_rate, config.dataset, config.seed
    assert found == ("relu", 1e-3, "MNIST", 4)
    assert config.group == plan.group == "relu-lr0.001-MNIST"
    assert plan.setting == "lr0.001-MNIST"


def test_runs_of_one_group_differ_only_in_their_seed(tmp_path):
    plans = plan_runs(VARIANTS, tmp_path, axes=[grid.datasets(["A", "B"])], seeds=(0, 1))
    groups = {}
    for plan in plans:
        settings = {**vars(configuration(plan)), "seed": None, "run_name": None}
        groups.setdefault(plan.group, []).append(settings)
    assert len(groups) == 4
    assert all(first == second for first, second in groups.values())


def test_an_axis_of_one_value_leaves_the_names_short_and_there_is_no_group(tmp_path):
    plans = plan_runs(VARIANTS, tmp_path, axes=[grid.learning_rates(["0.5"])], seeds=(7,))
    assert [plan.name for plan in plans] == ["relu", "selu"]
    assert {configuration(plan).learning_rate for plan in plans} == {0.5}
    assert {plan.group for plan in plans} == {None}


@pytest.mark.parametrize("rates", [["0.001", "1e-3"], ["fast"]])
def test_learning_rates_are_numbers_and_different_ones(rates):
    with pytest.raises(ValueError, match=r"learning.rate"):
        grid.learning_rates(rates)


def test_the_group_is_not_the_users_to_say(tmp_path):
    with pytest.raises(ValueError, match="unexpected --group"):
        plan_runs(VARIANTS, tmp_path, trainer_flags=["--group", "mine"])


def test_two_runs_of_one_name_are_refused(tmp_path):
    variants = (Variant("a", ()), Variant("a-x", ()))
    axes = [grid.Axis("things", "--prefix", ("1", "2"), ("x-x", "x"))]
    with pytest.raises(ValueError, match="'a-x-x' more than once"):
        plan_runs(variants, tmp_path, axes=axes)
