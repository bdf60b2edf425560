"""Round limits and ticks."""

import math

import numpy as np
import pytest

from avh.render.scale import round_up, snap, tick_labels, ticks

RANGES = [
    (-1.0, 4.2),
    (0.0, 1e-7),
    (3.2, 3.2),
    (0.0, 0.0),
    (-5e8, 2e8),
    (1000.0, 1000.002),
    (-3, -2),
]


@pytest.mark.parametrize(("low", "high"), RANGES)
def test_limits_hold_the_range_and_are_multiples_of_the_step(low, high):
    left, right, step = snap(low, high)
    assert left <= low + 1e-9 * step
    assert high <= right + 1e-9 * step
    assert left < right
    for limit in (left, right):
        assert limit / step == pytest.approx(round(limit / step), abs=1e-6)
    assert 2 <= (right - left) / step <= 14


def test_round_up_is_never_below_and_less_than_double():
    for value in np.geomspace(1e-12, 1e12, 500):
        assert value * (1 - 1e-8) <= round_up(value) < 2 * value


@pytest.mark.parametrize(("low", "high"), RANGES)
def test_ticks_lie_within_and_labels_read_back_as_their_positions(low, high):
    left, right, _ = snap(low, high)
    positions = ticks(left, right)
    labels, exponent = tick_labels(positions)
    assert 2 <= len(positions) <= 6
    assert len(set(labels)) == len(labels)
    for position, label in zip(positions, labels, strict=True):
        value = float(label.replace("\N{MINUS SIGN}", "-")) * 10.0**exponent
        assert math.isclose(value, position, rel_tol=1e-6, abs_tol=1e-9 * (right - left))
