"""The registry: functions against SciPy, initialisers against quadrature, users' own functions."""

import re
import subprocess
import sys

import keras
import numpy as np
import pytest
from scipy import integrate, special, stats

from avh.activations.alpha_dropout import AlphaDropout
from avh.activations.registry import Activation, check, get_activation, names
from avh.activations.selu import selu_parameters
from avh.models.block import dropped

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al., 2017, eq. 14

DEFINITIONS = {
    "relu": lambda x: np.maximum(x, 0),
    "lrelu": lambda x: np.where(x > 0, x, 0.2 * x),
    "selu": lambda x: SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "sigmoid": special.expit,
    "tanh": np.tanh,
    "swish": lambda x: x * special.expit(x),
    "gelu": lambda x: x / 2 * (1 + special.erf(x / np.sqrt(2))),
    "mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
    "softplus": lambda x: np.logaddexp(0, x),
    "linear": lambda x: x,
}
RECTIFIERS = ("relu", "lrelu", "elu", "swish", "gelu", "mish", "softplus")
STEP = 1e-5

OWN_MODULE = """
import math

import keras

LIMIT = 6

def squash(x):
    return x / (1 + keras.ops.abs(x))

class Layer:
    def __call__(self, x):
        return x
"""


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    (tmp_path / "own_activations.py").write_text(OWN_MODULE)
    (tmp_path / "broken_activations.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "own_activations"
    sys.modules.pop("own_activations", None)


def normal_mean(function):
    """E[f(z)] of z standard normal, by quadrature on both sides of the kink at 0."""
    sides = ((-12, -STEP), (STEP, 12))
    return sum(
        integrate.quad(lambda z: function(z) * stats.norm.pdf(z), *side)[0] for side in sides
    )


def slope(function):
    """f' by a central difference."""
    return lambda z: (function(z + STEP) - function(z - STEP)) / (2 * STEP)


def test_the_names_are_those_that_are_defined_here():
    assert set(names()) == set(DEFINITIONS)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_function_agrees_with_its_definition(name):
    x = np.concatenate([np.linspace(-9, 9, 721), [-1e-3, 0, 1e-3]])
    function = keras.activations.get(get_activation(name).function)
    got = keras.ops.convert_to_numpy(function(keras.ops.convert_to_tensor(x, "float32")))
    np.testing.assert_allclose(got, DEFINITIONS[name](x), rtol=3e-5, atol=2e-6)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_initializer_is_one_of_keras_and_takes_a_seed(name):
    initializer = keras.initializers.get(get_activation(name).kernel_initializer)
    assert "seed" in initializer.get_config()


@pytest.mark.parametrize("name", RECTIFIERS)
def test_a_rectifier_has_he_s_initializer_which_keeps_differences_better_than_lecun_s(name):
    wanted = 1 / normal_mean(lambda z: slope(DEFINITIONS[name])(z) ** 2)
    assert abs(np.log(wanted / 2)) < abs(np.log(wanted / 1))
    assert get_activation(name).kernel_initializer == "he_normal"


def test_selu_keeps_mean_and_variance_with_lecun_s_initializer_and_alpha_dropout():
    selu = get_activation("selu")
    assert normal_mean(DEFINITIONS["selu"]) == pytest.approx(0, abs=1e-4)
    assert normal_mean(lambda z: DEFINITIONS["selu"](z) ** 2) == pytest.approx(1, abs=1e-4)
    assert (selu.kernel_initializer, selu.dropout) == ("lecun_normal", "alpha_dropout")


def test_all_others_have_plain_dropout_and_the_rest_glorot_s_initializer():
    assert {get_activation(name).dropout for name in set(names()) - {"selu"}} == {"dropout"}
    for name in ("sigmoid", "tanh", "linear"):
        assert get_activation(name).kernel_initializer == "glorot_uniform"


def test_a_function_of_the_user_s(own_module):
    activation = get_activation(f"{own_module}:squash")
    assert activation.name == "own_activations:squash"
    assert activation.slug == "own_activations.squash"
    assert (activation.kernel_initializer, activation.dropout) == ("glorot_uniform", "dropout")
    assert float(activation.function(keras.ops.convert_to_tensor(-3.0))) == pytest.approx(-0.75)


def test_a_function_of_keras_that_the_registry_lacks():
    assert get_activation("keras.activations:softsign").function is keras.activations.softsign


@pytest.mark.parametrize(
    "spec", ["Relu", "", "leaky_relu", ":", "a:", ":b", "a b:c", "a:b:c", "a:b.c"]
)
def test_an_unknown_name_is_an_error_that_lists_the_known_ones(spec):
    with pytest.raises(ValueError, match=r"expected one of relu, lrelu, selu, .*package\.module:f"):
        check(spec)


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("no_such_module:f", ImportError, "can not import 'no_such_module'.*ModuleNotFoundError"),
        ("broken_activations:f", ImportError, "broken_activations.*ZeroDivisionError"),
        ("own_activations:nope", ValueError, "expected a function 'nope'.*nothing so named"),
        ("own_activations:LIMIT", ValueError, "expected a function .*got 6"),
        ("own_activations:Layer", ValueError, "expected a function .*got the class Layer"),
        ("own_activations:math", ValueError, "expected a function .*got <module"),
    ],
)
def test_a_spec_that_leads_to_no_function(own_module, spec, error, message):
    with pytest.raises(error, match=message):
        check(spec)


@pytest.mark.parametrize("spec", [None, 3, np.tanh])
def test_a_spec_that_is_no_string(spec):
    with pytest.raises(TypeError, match="expected the name of an activation, got"):
        get_activation(spec)


@pytest.mark.parametrize(
    ("spec", "name", "fixed_point"),
    [
        ("selu:mean=-0.1,variance=2", "selu:mean=-0.1,variance=2", (-0.1, 2)),
        ("selu:variance=2.0,mean=-0.10", "selu:mean=-0.1,variance=2", (-0.1, 2)),
        ("selu:mean=0.5", "selu:mean=0.5", (0.5, 1)),
        ("selu:variance=0.5", "selu:variance=0.5", (0, 0.5)),
        ("selu:mean=0,variance=1", "selu", (0, 1)),
    ],
)
def test_selu_with_another_fixed_point(spec, name, fixed_point):
    activation = get_activation(spec)
    assert activation.name == name
    assert (activation.mean, activation.variance) == fixed_point
    assert (activation.alpha, activation.scale) == pytest.approx(selu_parameters(*fixed_point))
    assert (activation.kernel_initializer, activation.dropout) == ("lecun_normal", "alpha_dropout")
    mean, variance = fixed_point
    assert get_activation("selu", mean=mean, variance=variance) == activation
    x = np.array([-50, -1, 0, 2], "f4")
    got = np.asarray(keras.activations.get(activation.function)(x))
    unit = np.where(x > 0, x, activation.alpha * np.expm1(np.minimum(x, 0)))
    np.testing.assert_allclose(got, activation.scale * unit, rtol=1e-5, atol=1e-6)


def test_dropout_after_it_keeps_its_fixed_point():
    selu = get_activation("selu:mean=-0.1,variance=2")
    layer = dropped(keras.Input((3,)), selu, 0.2, name="d", seed=1)._keras_history.operation
    got = (layer.rate, layer.mean, layer.variance, layer.alpha, layer.scale)
    assert isinstance(layer, AlphaDropout)
    assert got == (0.2, -0.1, 2, selu.alpha, selu.scale)


@pytest.mark.parametrize(
    "spec",
    ["selu:mean=", "selu:mean=x", "selu:mean=1,mean=2", "selu:alpha=3", "selu:mean=inf", "selu:=1"],
)
def test_parameters_that_selu_does_not_take(spec):
    with pytest.raises(ValueError, match="expected selu:mean=M,variance=V with finite numbers"):
        get_activation(spec)


@pytest.mark.parametrize(
    ("spec", "fixed_point"), [("relu:mean=1", {}), ("tanh", {"mean": 1.0}), ("a:b", {"mean": 1.0})]
)
def test_a_fixed_point_for_anything_but_selu(spec, fixed_point):
    with pytest.raises(ValueError, match="expected no mean and variance but for selu"):
        get_activation(spec, **fixed_point)


@pytest.mark.parametrize("spec", ["selu:variance=0", "selu:variance=-1", "selu:mean=100"])
def test_a_fixed_point_without_a_selu(spec):
    with pytest.raises(ValueError, match=r"expected a variance above 0|no SELU can be determined"):
        get_activation(spec)


def test_slugs_are_unique_and_fit_for_layers_and_directories():
    specs = [*names(), "a.b:c", "a_b:c", "a:b_c", "selu:mean=0.1", "selu:mean=-0.1"]
    slugs = [Activation(spec, "linear").slug for spec in specs]
    assert len(set(slugs)) == len(specs)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", slug) for slug in slugs)
    assert Activation("modül:relü", "linear").slug == "mod_l.rel_"


def test_checking_names_needs_no_keras():
    code = (
        "import sys\n"
        "from avh.activations.registry import check, names\n"
        "for name in (*names(), 'math:sqrt'): check(name)\n"
        "print({'keras', 'tensorflow', 'numpy', 'scipy'} & set(sys.modules))\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"
