"""The numbers of many layers at once are those of each layer alone."""

import numpy as np
import pytest
import tensorflow as tf

from avh.monitor import tabulate
from avh.monitor.kernel import sketch_tensor
from avh.monitor.sketch import Sketch
from avh.records.schema import QUANTILES, STATISTICS

RANDOM = np.random.default_rng(7)
LAYERS = {
    "empty": np.zeros((0, 3)),
    "normal": RANDOM.normal(size=(40, 5)),
    "nan": np.full((4, 2), np.nan),
    "relu": np.maximum(RANDOM.normal(3, 1, size=(30, 7)), 0),
    "constant": np.full((6, 4), -2.5),
    "one": np.ones((1, 1)),
    "inf": np.array([[np.inf, 1.0], [-np.inf, 2.0]]),
    "last_is_empty": np.zeros((0, 1)),
}


@pytest.fixture(scope="module")
def sketches():
    step = tf.constant(1, tf.int64)
    return [
        Sketch.unpack(sketch_tensor(tf.constant(values, tf.float32), step).numpy())
        for values in LAYERS.values()
    ]


def test_each_row_is_that_of_the_layer_alone(sketches):
    rows = tabulate.statistics(sketches, [True] * len(sketches))
    for row, sketch, name in zip(rows, sketches, LAYERS, strict=True):
        np.testing.assert_array_equal(row, sketch.statistics(saturates=True), err_msg=name)


def test_quantiles_stay_within_a_layers_own_elements(sketches):
    rows = tabulate.statistics(sketches, [False] * len(sketches))
    place = STATISTICS.index("q01")
    for row, (name, values) in zip(rows, LAYERS.items(), strict=True):
        finite = values[np.isfinite(values)]
        found = row[place : place + len(QUANTILES)]
        if not finite.size:
            assert np.isnan(found).all(), name
            continue
        assert (np.diff(found) >= 0).all(), name
        assert finite.min() - 1e-6 <= found[0], name
        assert found[-1] <= finite.max() + 1e-6, name


def test_each_histogram_counts_the_layers_finite_elements(sketches):
    rows = tabulate.histograms(sketches)
    assert rows.sum(axis=1).tolist() == [np.isfinite(v).sum() for v in LAYERS.values()]
    for row, sketch, name in zip(rows, sketches, LAYERS, strict=True):
        np.testing.assert_array_equal(row, sketch.histogram(), err_msg=name)


def test_saturation_is_unknown_where_there_is_no_asymptote(sketches):
    place = STATISTICS.index("saturated_fraction")
    known = [name != "normal" for name in LAYERS]
    column = tabulate.statistics(sketches, known)[:, place]
    assert np.isnan(column[list(LAYERS).index("normal")])
    assert column[list(LAYERS).index("relu")] == 0
