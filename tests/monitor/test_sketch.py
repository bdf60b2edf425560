"""The sketch of a tensor against NumPy on the same numbers."""

import numpy as np
import pytest
import tensorflow as tf

from avh.monitor import layout
from avh.monitor.kernel import sketch_tensor
from avh.monitor.sketch import Sketch
from avh.records.schema import BINS, EDGES, QUANTILES, STATISTICS, ZERO_BIN

RANDOM = np.random.default_rng(20260)
SAMPLES = {
    "normal": RANDOM.normal(size=(64, 7, 7, 5)),
    "relu": np.maximum(RANDOM.normal(size=(64, 10)), 0),
    "lognormal": RANDOM.lognormal(0, 2, size=(500, 20)),
    "uniform": RANDOM.uniform(-3, 5, size=(400, 16)),
    "shifted": RANDOM.normal(1000, 0.1, size=(256, 8)),
    "far_from_zero": RANDOM.normal(-4e5, 1, size=(256, 8)),
    "huge": RANDOM.normal(0, 1e30, size=(64, 4)),
    "tiny": RANDOM.normal(0, 1e-25, size=(64, 4)),
    "constant": np.full((30, 4), 2.5),
    "one_unit": RANDOM.normal(size=(50, 1)),
    "rank_1": RANDOM.normal(size=(50,)),
    "one_example": RANDOM.normal(size=(1, 9)),
    "all_zero": np.zeros((8, 3)),
}


def sketch_of(values, dtype=np.float32, saturation=None):
    tensor = tf.constant(values.astype(np.float32), dtype)
    return Sketch.unpack(sketch_tensor(tensor, tf.constant(7, tf.int64), saturation).numpy())


@pytest.mark.parametrize("name", SAMPLES)
def test_moments_and_extremes_agree_with_numpy(name):
    values = SAMPLES[name].astype(np.float32)
    found, exact = sketch_of(values), values.astype(np.float64)
    assert found.count == found.finite_count == values.size
    np.testing.assert_allclose(found.mean, exact.mean(), rtol=1e-6, atol=1e-6 * exact.std())
    np.testing.assert_allclose(found.std, exact.std(), rtol=1e-5, atol=1e-6 * np.abs(exact).min())
    assert (found.min, found.max) == (exact.min(), exact.max())
    assert found.zero_count == (values == 0).sum()


@pytest.mark.parametrize("name", SAMPLES)
def test_histogram_agrees_with_numpy_bin_by_bin(name):
    values = SAMPLES[name].astype(np.float32)
    expected = np.zeros(BINS)
    zeros = ZERO_BIN
    magnitude_edges = EDGES[zeros + 1 :]
    expected[zeros] = (values == 0).sum()
    expected[zeros + 1 :] = np.histogram(values[values > 0], magnitude_edges)[0]
    expected[:zeros] = np.histogram(-values[values < 0], magnitude_edges)[0][::-1]
    np.testing.assert_array_equal(sketch_of(values).histogram(), expected)


def test_quantiles_are_within_five_percent():
    for name in ("normal", "relu", "lognormal", "uniform", "constant", "shifted"):
        values = SAMPLES[name].astype(np.float32)
        found = sketch_of(values).quantiles(np.array(QUANTILES))
        exact = np.quantile(values.astype(np.float64), QUANTILES)
        big = np.abs(exact) >= 1e-4
        # between two samples the quantile itself is a matter of definition: allow one rank
        low = np.quantile(values, np.clip(np.array(QUANTILES) - 2 / values.size, 0, 1))
        high = np.quantile(values, np.clip(np.array(QUANTILES) + 2 / values.size, 0, 1))
        slack = 0.05 * np.abs(exact)
        assert ((found >= low - slack) & (found <= high + slack))[big].all(), name


def test_nonfinite_elements_are_counted_apart():
    nan, inf = np.nan, np.inf
    values = np.array([[nan, 1.0, inf], [2.0, -inf, 0.0], [4.0, 3.0, inf]])
    found = sketch_of(values)
    assert (found.count, found.finite_count, found.nan_count) == (9, 5, 1)
    assert (found.positive_inf, found.negative_inf, found.inf_count) == (2, 1, 3)
    assert found.mean == pytest.approx(2.0)
    assert found.std == pytest.approx(np.std([1, 2, 0, 4, 3]))
    assert (found.min, found.max) == (0.0, 4.0)
    np.testing.assert_array_equal(found.unit_min, [2, 1, 0])
    np.testing.assert_array_equal(found.unit_max, [4, 3, 0])


@pytest.mark.parametrize("shape", [(0, 3), (0, 4, 4, 2), (5, 0)])
def test_an_empty_tensor_has_no_statistics(shape):
    row = dict(zip(STATISTICS, sketch_of(np.zeros(shape)).statistics(), strict=True))
    assert row["count"] == row["nan_count"] == 0
    assert np.isnan([row["mean"], row["std"], row["min"], row["q50"], row["zero_fraction"]]).all()


def test_a_tensor_of_nan_has_counts_but_no_moments():
    row = dict(zip(STATISTICS, sketch_of(np.full((4, 3), np.nan)).statistics(), strict=True))
    assert (row["count"], row["nan_count"]) == (12, 12)
    assert np.isnan([row["mean"], row["std"], row["q50"]]).all()


def test_half_precision_sums_do_not_overflow():
    values = np.full((4096, 4), 60000.0)
    found = sketch_of(values, tf.float16)
    assert found.mean == pytest.approx(np.float16(60000.0))
    assert found.inf_count == 0
    assert sketch_of(np.full((3, 2), np.inf), tf.float16).inf_count == 6


def test_double_precision_is_clipped_to_single():
    packed = sketch_tensor(
        tf.constant([[1e300, -1e300, 1.0]], tf.float64), tf.constant(0, tf.int64)
    )
    found = Sketch.unpack(packed.numpy())
    assert found.inf_count == 0
    assert found.max == np.finfo(np.float32).max


@pytest.mark.parametrize("parts", [2, 5])
def test_merged_sketches_equal_the_sketch_of_the_whole(parts):
    values = RANDOM.normal(3.0, 2.0, size=(60, 6)).astype(np.float32)
    whole = sketch_of(values, saturation=(1.0, 5.0))
    pieces = [sketch_of(part, saturation=(1.0, 5.0)) for part in np.array_split(values, parts)]
    merged = pieces[0]
    for piece in pieces[1:]:
        merged = merged.merge(piece)
    np.testing.assert_array_equal(merged.histogram(), whole.histogram())
    np.testing.assert_array_equal(merged.unit_min, values.min(axis=0))
    np.testing.assert_array_equal(merged.unit_max, values.max(axis=0))
    assert merged.mean == pytest.approx(values.mean(dtype=np.float64), rel=1e-6)
    assert merged.std == pytest.approx(values.astype(np.float64).std(), rel=1e-6)
    assert (merged.low_count, merged.high_count) == ((values <= 1).sum(), (values >= 5).sum())


def test_sketches_of_different_widths_do_not_merge():
    with pytest.raises(ValueError, match="as many units expected, got 3 and 2"):
        sketch_of(np.ones((4, 3))).merge(sketch_of(np.ones((4, 2))))


def test_units_that_hold_one_constant_are_dead():
    values = RANDOM.normal(size=(32, 4, 5))
    values[..., 1] = 0.0
    values[..., 3] = -1.5
    assert sketch_of(values).dead_fraction == pytest.approx(2 / 5)
    assert np.isnan(sketch_of(np.ones((1, 5))).dead_fraction)


def test_sketch_is_the_same_eagerly_in_a_graph_and_compiled():
    values = tf.constant(SAMPLES["normal"].astype(np.float32))
    step = tf.constant(7, tf.int64)
    eager = sketch_tensor(values, step).numpy()
    graph = tf.function(lambda x: sketch_tensor(x, step))(values).numpy()
    compiled = tf.function(lambda x: sketch_tensor(x, step), jit_compile=True)(values).numpy()
    head = layout.COUNTS.stop
    for other in (graph, compiled):
        np.testing.assert_array_equal(eager[:head].view(np.int32), other[:head].view(np.int32))
        one, two = Sketch.unpack(eager), Sketch.unpack(other)
        assert one.mean == pytest.approx(two.mean, abs=1e-5)
        assert one.m2 == pytest.approx(two.m2, rel=1e-5)
        np.testing.assert_array_equal(one.unit_min, two.unit_min)
