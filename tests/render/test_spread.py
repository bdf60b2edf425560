"""Recorded histograms as densities, against NumPy on the values themselves."""

import numpy as np
import pytest

from avh.records import schema
from avh.render.spread import shared_edges, shared_top, spread

RNG = np.random.default_rng(0)


def spread_of(make_record, values):
    return spread(make_record(values)[1], schema.MAGNITUDES)


def test_area_and_share_of_zeros_add_up_to_one(make_record):
    values = np.maximum(RNG.normal(size=5000), 0)
    found = spread_of(make_record, values)
    edges = np.linspace(-600, 600, 501)
    area = (found.density(edges) * np.diff(edges)).sum()
    assert area + found.zero_share == pytest.approx(1)
    assert found.zero_share == pytest.approx((values == 0).mean())


def test_density_agrees_with_numpy_on_the_values(make_record):
    values = RNG.normal(size=200_000)
    edges = np.linspace(-3, 3, 25)
    expected = np.histogram(values, edges)[0] / values.size / np.diff(edges)
    np.testing.assert_allclose(spread_of(make_record, values).density(edges), expected, atol=0.02)


def test_shared_edges_hold_the_middle_99_percent_of_all(make_record):
    wide, narrow = RNG.normal(size=20_000) * 3, RNG.normal(size=20_000) * 0.1
    edges = shared_edges([spread_of(make_record, v) for v in (wide, narrow)])
    low, high = np.quantile(np.concatenate([wide, narrow]), (0.005, 0.995))
    assert edges[0] <= low * 0.9
    assert edges[-1] >= high * 0.9
    assert edges[-1] < 3 * high
    assert np.isclose(edges, 0, atol=1e-9).any()


def test_tails_do_not_stretch_the_edges(make_record):
    values = np.append(RNG.normal(size=10_000), [400.0, -300.0, 1e9])
    edges = shared_edges([spread_of(make_record, values)])
    assert -5 < edges[0] < edges[-1] < 5


def test_zeros_alone_nothing_and_overflow_alone_have_edges(make_record):
    cases = [[], [spread_of(make_record, np.zeros(5))], [spread_of(make_record, np.full(5, 1e9))]]
    for spreads in cases:
        edges = shared_edges(spreads)
        assert (np.diff(edges) > 0).all()
        assert shared_top([s.density(edges) for s in spreads]) > 0


def test_a_spike_does_not_flatten_another_run():
    flat, spike = np.full(10, 0.1), np.r_[100.0, np.zeros(9)]
    assert shared_top([flat, spike]) < 0.5
    assert shared_top([flat, flat * 2]) > 0.2


def test_histograms_without_counts_have_no_spread_and_wrong_sizes_are_refused():
    assert spread(np.zeros(schema.BINS), schema.MAGNITUDES) is None
    with pytest.raises(ValueError, match=f"expected {schema.BINS} counts"):
        spread(np.zeros(7), schema.MAGNITUDES)
