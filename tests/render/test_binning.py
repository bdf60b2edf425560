"""The bars of the histogram picture against NumPy."""

import numpy as np
import pytest

from avh.render.binning import distribution

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    "values",
    [
        RNG.normal(size=(16, 7, 7, 8)),
        np.maximum(RNG.normal(size=5000), 0),
        RNG.standard_t(1.2, size=5000),
        RNG.normal(size=100) * 1e-30,
        RNG.normal(size=100) * 1e30,
        1000 + RNG.normal(size=100) * 1e-3,
        np.full(5, -3.2),
        np.zeros(4),
        np.array([np.nan, 1.0, np.inf, 0.0]),
    ],
)
def test_bars_and_zeros_add_up_to_one(values):
    found = distribution(values)
    assert found.shares.sum() + found.zero_share == pytest.approx(1, abs=1e-12)
    assert (np.diff(found.edges) > 0).all()
    assert 10 <= len(found.shares) <= 60


def test_bars_agree_with_numpy():
    values = RNG.normal(size=10_000).astype(np.float32)
    values[:3000] = 0
    found = distribution(values)
    expected, _ = np.histogram(values[values != 0], found.edges)
    np.testing.assert_allclose(found.shares, expected / values.size, atol=1e-3)
    assert found.zero_share == pytest.approx(0.3)
    assert found.beyond_share == 0


def test_mean_and_standard_deviation_agree_with_numpy():
    values = (RNG.normal(size=4000) * 3 + 1).astype(np.float32)
    found = distribution(values)
    assert found.mean == pytest.approx(values.mean(dtype=np.float64))
    assert found.std == pytest.approx(values.std(dtype=np.float64))
    assert (found.lowest, found.highest) == (values.min(), values.max())


def test_nan_and_infinity_are_counted_apart():
    found = distribution(np.array([np.nan, np.nan, np.inf, -np.inf, np.inf, 1.0, 2.0, 0.0]))
    assert (found.nans, found.infs, found.finite) == (2, 3, 3)
    assert found.mean == 1.0


def test_zero_is_an_edge_and_never_inside_a_bar():
    for values in (RNG.normal(size=999) * 0.37 + 0.2, RNG.normal(size=99) - 1.3):
        edges = distribution(values).edges
        assert abs(edges).min() < 1e-9 or edges[0] > 0 or edges[-1] < 0


def test_outliers_do_not_stretch_the_edges_but_stay_counted():
    values = np.append(RNG.normal(size=10_000), [1e6, -1e5])
    found = distribution(values)
    assert found.edges[-1] < 10
    assert found.edges[0] > -10
    outside = ((values < found.edges[0]) | (values > found.edges[-1])).mean()
    assert found.beyond_share == pytest.approx(outside)
    assert found.beyond_share > 0
    assert found.highest == 1e6


def test_no_values_and_no_finite_values_have_empty_bars():
    for values in (np.zeros((0, 4)), np.full(3, np.nan)):
        found = distribution(values)
        assert found.shares.sum() == found.zero_share == 0
        assert np.isnan(found.mean)
