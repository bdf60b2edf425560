import pytest

from avh.cli import train
from avh.compare.plan import DEFAULT_ACTIVATIONS, plan_runs


def configurations(plans):
    return [train.read_config(train.build_parser(), list(plan.argv))[0] for plan in plans]


def test_the_runs_differ_in_activation_and_name_only(tmp_path):
    plans = plan_runs(DEFAULT_ACTIVATIONS, tmp_path, max_steps=20, trainer_flags=["--seed", "7"])
    relu, lrelu, selu = configurations(plans)
    assert [plan.name for plan in plans] == ["relu", "lrelu", "selu"]
    assert (relu.activation, lrelu.activation, selu.activation) == ("relu", "lrelu", "selu")
    rest = [{**vars(c), "activation": None, "run_name": None} for c in (relu, lrelu, selu)]
    assert rest[0] == rest[1] == rest[2]
    assert (relu.seed, relu.max_steps, relu.run_name) == (7, 20, "relu")
    assert relu.train_dir == str(tmp_path)


def test_a_function_of_the_users_names_its_run_by_its_slug(tmp_path):
    (plan,) = plan_runs(["math:tanh"], tmp_path, max_steps=1)
    assert plan.name == "math.tanh"


@pytest.mark.parametrize(
    ("activations", "flags", "says"),
    [
        (["relu", "selu", "relu"], [], "relu more than once"),
        (["nosuch"], [], "nosuch.*relu, lrelu"),
        (["no_such_module:f"], [], "no_such_module"),
        (["relu"], ["--activation", "selu"], "--activations"),
        (["relu"], ["--run_name=x"], "--run_name"),
    ],
)
def test_what_cannot_be_planned_is_refused(tmp_path, activations, flags, says):
    with pytest.raises((ValueError, ImportError), match=says):
        plan_runs(activations, tmp_path, max_steps=1, trainer_flags=flags)
