"""The parameters of SELU and its moments, against the paper, SciPy's quadrature and a sample."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate
from scipy.special import erfc

from avh.activations.moments import moment_map
from avh.activations.selu import selu_parameters

PUBLISHED = (1.6732632423543772848, 1.0507009873554804934)  # Klambauer et al., 2017, section 2
PUBLISHED_OTHER = (1.9769021954241999, 1.073851239616047)  # for the mean -0.1, the variance 2
# Of a SELU with the published parameters: Klambauer et al., 2017, theorem 1.
DOMAIN = {"mean": (-0.1, 0.1), "variance": (0.8, 1.5), "omega": (-0.1, 0.1), "tau": (0.95, 1.1)}


def selu(z, alpha, scale):
    return scale * (z if z > 0 else alpha * math.expm1(z))


def moments_by_quadrature(mean, variance, alpha, scale):
    """Mean and variance of selu(z), z ~ N(mean, variance), piece by piece around the kink."""
    deviation = math.sqrt(variance)
    places = sorted({mean - 12 * deviation, min(0.0, mean), max(0.0, mean), mean + 12 * deviation})

    def expectation(function):
        def weighted(z):
            density = math.exp(-((z - mean) ** 2) / (2 * variance))
            return function(selu(z, alpha, scale)) * density / math.sqrt(2 * math.pi * variance)

        pieces = pairwise(places)
        return sum(integrate.quad(weighted, *piece, epsabs=0, limit=200)[0] for piece in pieces)

    first = expectation(lambda y: y)
    return first, expectation(lambda y: (y - first) ** 2)


def test_the_standard_parameters_agree_with_the_paper_and_its_closed_form():
    tail = erfc(1 / math.sqrt(2)) * math.sqrt(math.e)
    alpha = -math.sqrt(2 / math.pi) / (tail - 1)
    square = (
        2 * erfc(math.sqrt(2)) * math.e**2
        + math.pi * tail**2
        - 2 * (2 + math.pi) * tail
        + math.pi
        + 2
    )
    scale = (1 - tail) * math.sqrt(2 * math.pi / square)
    assert selu_parameters() == pytest.approx(PUBLISHED, abs=1e-12)
    assert selu_parameters() == pytest.approx((alpha, scale), abs=1e-12)


def test_the_parameters_of_another_fixed_point_agree_with_the_published_ones():
    assert selu_parameters(-0.1, 2.0) == pytest.approx(PUBLISHED_OTHER, abs=1e-9)


@pytest.mark.parametrize(
    ("mean", "variance"),
    [(0, 1), (-0.1, 2), (0.5, 0.2), (3, 1), (-4, 1), (-8, 1), (0, 1e-4), (2, 100), (-300, 1e5)],
)
def test_quadrature_finds_the_same_mean_and_variance_behind_the_selu(mean, variance):
    found = moments_by_quadrature(mean, variance, *selu_parameters(mean, variance))
    assert found[0] == pytest.approx(mean, abs=1e-8 * math.sqrt(variance))
    assert found[1] == pytest.approx(variance, rel=1e-8)


@pytest.mark.parametrize(
    ("mean", "variance"), [(0.3, 1.7), (-2, 0.5), (4, 2), (-30, 400), (0, 9e4)]
)
def test_the_map_of_moments_agrees_with_quadrature_for_any_parameters(mean, variance):
    got = moment_map(mean, variance, 1.2, 0.8, omega=1.0)
    assert got == pytest.approx(moments_by_quadrature(mean, variance, 1.2, 0.8), rel=1e-9)


def test_weights_and_bias_enter_the_map_as_mean_and_variance_of_the_pre_activation():
    got = moment_map(0.3, 1.5, *PUBLISHED, omega=0.4, tau=0.9, bias=-0.2)
    assert got == pytest.approx(moments_by_quadrature(0.4 * 0.3 - 0.2, 0.9 * 1.5, *PUBLISHED))


def test_the_largest_variances_do_not_overflow():
    for variance in (1e50, 1e300):
        alpha, scale = selu_parameters(0.0, variance)
        # exp(z) - 1 is -1 almost everywhere below 0: scale * alpha is what balances E[z; z > 0]
        # of scale * z, and what is left is straight: half the variance on either side.
        assert alpha == pytest.approx(math.sqrt(2 * variance / math.pi))
        assert scale == pytest.approx(1 / math.sqrt(0.5 + 1 / math.pi))


@pytest.mark.parametrize("tau", [0.95, 1.0, 1.1])
@pytest.mark.parametrize("omega", [-0.1, 0.0, 0.1])
def test_the_standard_selu_keeps_the_domain_of_the_paper_s_theorem(omega, tau):
    means, variances = (np.linspace(*DOMAIN[key], 15) for key in ("mean", "variance"))
    mean, variance = moment_map(*np.meshgrid(means, variances), *PUBLISHED, omega=omega, tau=tau)
    assert np.abs(mean).max() <= 0.1
    assert variance.min() >= 0.8
    assert variance.max() <= 1.5


@pytest.mark.parametrize(("mean", "variance"), [(0.0, 1.0), (-0.1, 2.0), (0.5, 1.0)])
def test_the_fixed_point_attracts(mean, variance):
    grid = np.meshgrid(mean + np.linspace(-1, 1, 9), variance * np.linspace(0.3, 3, 9))
    parameters = selu_parameters(mean, variance)
    before = np.hypot(grid[0] - mean, grid[1] - variance)
    for _ in range(200):
        grid = moment_map(*grid, *parameters, bias=mean)
        after = np.hypot(grid[0] - mean, grid[1] - variance)
        assert (after <= before + 1e-12).all()
        before = after
    assert after.max() < 1e-6


@pytest.mark.parametrize("variance", [0, -1.0])
def test_a_variance_that_is_not_positive_is_an_error(variance):
    with pytest.raises(ValueError, match=f"expected a variance above 0, got {variance:g}"):
        selu_parameters(0, variance)


@pytest.mark.parametrize("arguments", [(math.nan, 1), (0, math.inf), (-math.inf, 1), (0, math.nan)])
def test_what_is_not_finite_is_an_error(arguments):
    with pytest.raises(ValueError, match=r"expected a finite (mean|variance), got"):
        selu_parameters(*arguments)


@pytest.mark.parametrize("arguments", [("0", 1), (0, None), (0, [1])])
def test_what_is_no_number_is_an_error(arguments):
    with pytest.raises(TypeError, match=r"expected a number for (mean|variance), got"):
        selu_parameters(*arguments)


@pytest.mark.parametrize(
    ("mean", "variance"),
    [(6, 1), (50, 1), (-60, 1), (1e9, 1), (-1e200, 1), (0, 1e-12), (1, 1e-300), (0, 1.7e308)],
)
def test_a_fixed_point_that_doubles_can_not_determine_is_an_error(mean, variance):
    with pytest.raises(ValueError, match=r"no SELU can be determined for mean=\S+, variance=\S+:"):
        selu_parameters(mean, variance)
