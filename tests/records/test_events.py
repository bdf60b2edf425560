"""Events read back by TensorBoard's own reader."""

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from avh.records import events, schema
from avh.records.event_file import EventFile


def read_back(tmp_path, *values):
    with EventFile(tmp_path) as file:
        file.write(5, values)
    accumulator = EventAccumulator(str(tmp_path))
    accumulator.Reload()
    return accumulator


def tensor(accumulator, tag):
    (event,) = accumulator.Tensors(tag)
    assert event.step == 5
    return make_ndarray(event.tensor_proto)


def counts_of(values):
    counts = np.zeros(schema.BINS)
    zero = schema.ZERO_BIN
    counts[zero] = (values == 0).sum()
    counts[zero + 1 :] = np.histogram(values[values > 0], schema.EDGES[zero + 1 :])[0]
    counts[:zero] = np.histogram(-values[values < 0], schema.EDGES[zero + 1 :])[0][::-1]
    return counts


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(1).normal(size=1000),
        np.maximum(np.random.default_rng(2).normal(size=1000), 0),
        -np.maximum(np.random.default_rng(3).normal(size=1000), 0),
        np.zeros(7),
        np.full(5, -3.25),
        np.array([0.0, 1e6]),
    ],
    ids=["normal", "relu", "negative_relu", "zeros", "constant", "out_of_range"],
)
def test_stock_histogram_holds_every_value_in_ascending_buckets(tmp_path, values):
    value = events.histogram("activation/conv", counts_of(values), values.min(), values.max())
    buckets = tensor(read_back(tmp_path, value), "activation/conv")
    left, right, counts = buckets.T
    assert counts.sum() == len(values)
    assert np.isfinite(buckets).all()
    assert (left <= right).all()
    assert (np.diff(left) >= 0).all()
    if values.min() < values.max():
        assert (left[0], right[-1]) == (values.min(), values.max())


def test_a_histogram_of_nothing_has_no_buckets(tmp_path):
    value = events.histogram("activation/conv", np.zeros(schema.BINS), np.nan, np.nan)
    assert tensor(read_back(tmp_path, value), "activation/conv").shape == (0, 3)


def test_records_come_back_bit_for_bit_with_their_plugin_and_class(tmp_path):
    rows = np.random.default_rng(0).normal(size=(3, len(schema.STATISTICS))).astype(np.float32)
    accumulator = read_back(tmp_path, events.statistics(rows))
    np.testing.assert_array_equal(tensor(accumulator, schema.STATS_TAG), rows)
    metadata = accumulator.SummaryMetadata(schema.STATS_TAG)
    assert metadata.plugin_data.plugin_name == "avh"
    assert metadata.data_class == 2  # DATA_CLASS_TENSOR


def test_the_description_of_the_run_survives(tmp_path):
    layer = schema.LayerInfo("encoder/conv", "Conv2D", (None, 4, 4, 8), "relu", 8)
    info = schema.RunInfo((layer,), seed=3, probe_hash="ab")
    text = tensor(read_back(tmp_path, events.run_info(info)), schema.LAYERS_TAG).item()
    assert schema.RunInfo.from_json(text.decode()) == info


def test_the_group_of_a_run_survives_and_none_is_not_written():
    plain = schema.RunInfo((), seed=3)
    grouped = schema.RunInfo((), seed=3, group="relu")
    assert schema.RunInfo.from_json(grouped.to_json()) == grouped
    assert "group" not in plain.to_json()
    with pytest.raises(ValueError, match="group: a name expected, got 7"):
        schema.RunInfo.from_json(grouped.to_json().replace('"relu"', "7"))


def test_other_json_is_not_taken_for_a_description():
    with pytest.raises(ValueError, match="not a description"):
        schema.RunInfo.from_json('{"layers": 3}')
    with pytest.raises(ValueError, match="schema 1 expected, got 9"):
        schema.RunInfo.from_json('{"layers": [], "statistics": [], "magnitudes": [], "schema": 9}')
