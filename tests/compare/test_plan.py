import pytest

from avh.cli import train
from avh.compare.clean import OWN_FILES, OWN_FOLDERS
from avh.compare.plan import DEFAULT_ACTIVATIONS, Variant, plan_runs, variants_of


def configurations(plans):
    return [train.read_config(train.build_parser(), list(plan.argv))[0] for plan in plans]


def test_the_runs_differ_in_activation_and_name_only(tmp_path):
    plans = plan_runs(
        variants_of(DEFAULT_ACTIVATIONS),
        tmp_path,
        flags=["--max_steps", "20"],
        trainer_flags=["--seed", "7"],
    )
    relu, lrelu, selu = configurations(plans)
    assert [plan.name for plan in plans] == ["relu", "lrelu", "selu"]
    assert (relu.activation, lrelu.activation, selu.activation) == ("relu", "lrelu", "selu")
    rest = [{**vars(c), "activation": None, "run_name": None} for c in (relu, lrelu, selu)]
    assert rest[0] == rest[1] == rest[2]
    assert (relu.seed, relu.max_steps, relu.run_name) == (7, 20, "relu")
    assert relu.train_dir == str(tmp_path)


def test_a_function_of_the_users_names_its_run_by_its_slug(tmp_path):
    (plan,) = plan_runs(variants_of(["math:tanh"]), tmp_path)
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
        plan_runs(variants_of(activations), tmp_path, trainer_flags=flags)


def test_each_seed_has_a_run_of_each_variant_and_bears_its_name(tmp_path):
    variants = (Variant("a", ("--units", "3")), Variant("b", ("--units", "4")))
    plans = plan_runs(variants, tmp_path, trainer_flags=["--model", "mlp"], seeds=(5, 6))
    assert [plan.name for plan in plans] == ["a-seed5", "b-seed5", "a-seed6", "b-seed6"]
    assert [(plan.variant, plan.seed) for plan in plans] == [("a", 5), ("b", 5), ("a", 6), ("b", 6)]
    found = configurations(plans)
    assert [(c.units, c.seed) for c in found] == [((3,), 5), ((4,), 5), ((3,), 6), ((4,), 6)]
    assert {c.model for c in found} == {"mlp"}


def test_a_single_seed_leaves_the_names_short(tmp_path):
    (plan,) = plan_runs((Variant("a", ()),), tmp_path, seeds=(3,))
    assert (plan.name, configurations([plan])[0].seed) == ("a", 3)


def test_the_flags_of_the_user_prevail_over_those_of_an_experiment(tmp_path):
    flags = {"flags": ["--every", "20"], "trainer_flags": ["--every", "7"]}
    (plan,) = plan_runs((Variant("a", ()),), tmp_path, **flags)
    assert configurations([plan])[0].every == 7


def test_a_run_does_not_take_the_place_of_what_the_comparison_writes(tmp_path):
    for name in (*OWN_FILES, *OWN_FOLDERS):
        with pytest.raises(ValueError, match="the comparison's"):
            plan_runs((Variant(name, ()),), tmp_path)
