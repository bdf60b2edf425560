"""Summaries as TensorBoard stores them, built from values.

Each function returns a `Summary.Value`; nothing here opens a file. Every value carries its data
class, without which TensorBoard does not pass third-party data on.
"""

import numpy as np
from tensorboard.compat.proto.summary_pb2 import (
    DATA_CLASS_BLOB_SEQUENCE,
    DATA_CLASS_SCALAR,
    DATA_CLASS_TENSOR,
    Summary,
    SummaryMetadata,
)
from tensorboard.plugins.histogram import metadata as histogram_plugin
from tensorboard.plugins.image import metadata as image_plugin
from tensorboard.plugins.text import metadata as text_plugin
from tensorboard.util.tensor_util import make_tensor_proto

from avh.records import schema


def scalar(tag: str, value: float) -> Summary.Value:
    """A stock scalar, float32."""
    return _value(tag, np.float32(value), _metadata("scalars", DATA_CLASS_SCALAR))


def histogram(tag: str, counts: np.ndarray, low: float, high: float) -> Summary.Value:
    """A stock histogram from counts on `schema.EDGES`.

    Args:
        tag: its name.
        counts: [schema.BINS], of finite elements.
        low: smallest finite element.
        high: largest finite element.

    The buckets are closed-open, the last one closed; empty ones at both ends are left out and the
    outermost ones end at `low` and `high`. Exact zeros are counted in the bucket that begins at 0
    (or ends there, if nothing is positive). Without any finite element there are no buckets.
    """
    metadata = histogram_plugin.create_summary_metadata(None, None)
    metadata.data_class = DATA_CLASS_TENSOR
    return _value(tag, _buckets(counts, low, high), metadata)


def _buckets(counts: np.ndarray, low: float, high: float) -> np.ndarray:
    """[k, 3] float64: left edge, right edge, count."""
    total = counts.sum()
    if not total:
        return np.zeros((0, 3))
    if low == high:  # as TensorBoard's own summary of a single value
        return np.array([[low - 0.5, high + 0.5, total]])
    counts = counts.astype(np.float64)
    zeros = schema.ZERO_BIN
    counts[zeros + (1 if high > 0 else -1)] += counts[zeros]
    keep = np.arange(schema.BINS) != zeros
    left, right, counts = schema.EDGES[:-1][keep], schema.EDGES[1:][keep], counts[keep]
    filled = np.flatnonzero(counts)
    inner = slice(filled[0], filled[-1] + 1)
    left, right = np.maximum(left[inner], low), np.minimum(right[inner], high)
    return np.stack([left, np.maximum(right, left), counts[inner]], axis=1)


def image(tag: str, pngs: list[bytes], height: int, width: int) -> Summary.Value:
    """A stock image, already encoded."""
    metadata = image_plugin.create_summary_metadata(None, None)
    metadata.data_class = DATA_CLASS_BLOB_SEQUENCE
    parts = [str(width).encode(), str(height).encode(), *pngs]
    return _value(tag, np.array(parts, dtype=object), metadata)


def statistics(rows: np.ndarray) -> Summary.Value:
    """The statistics of one record, [layers, statistics]."""
    metadata = _metadata(schema.STATS_PLUGIN, DATA_CLASS_TENSOR)
    return _value(schema.STATS_TAG, rows.astype(np.float32), metadata)


def histograms(rows: np.ndarray) -> Summary.Value:
    """The histograms of one record, [layers, bins]."""
    metadata = _metadata(schema.HIST_PLUGIN, DATA_CLASS_TENSOR)
    return _value(schema.HIST_TAG, rows.astype(np.float32), metadata)


def run_info(info: schema.RunInfo) -> Summary.Value:
    """The description of a run's records, one JSON string."""
    metadata = _metadata(schema.STATS_PLUGIN, DATA_CLASS_BLOB_SEQUENCE)
    return _value(schema.LAYERS_TAG, np.array([info.to_json().encode()], dtype=object), metadata)


def findings(json: str) -> Summary.Value:
    """All findings so far, see `avh.records.finding.to_json`."""
    metadata = _metadata(schema.STATS_PLUGIN, DATA_CLASS_BLOB_SEQUENCE)
    return _value(schema.FINDINGS_TAG, np.array([json.encode()], dtype=object), metadata)


def text(tag: str, markdown: str) -> Summary.Value:
    """A stock text, Markdown."""
    metadata = text_plugin.create_summary_metadata(None, None)
    metadata.data_class = DATA_CLASS_TENSOR
    return _value(tag, np.array(markdown.encode(), dtype=object), metadata)


def layer_image(layer: str, png: bytes) -> Summary.Value:
    """The activation map of one layer, a PNG as it is."""
    metadata = _metadata(schema.IMAGES_PLUGIN, DATA_CLASS_BLOB_SEQUENCE)
    return _value(f"{schema.IMAGES_TAG}/{layer}", np.array([png], dtype=object), metadata)


def _metadata(plugin: str, data_class: int) -> SummaryMetadata:
    metadata = SummaryMetadata(data_class=data_class)
    metadata.plugin_data.plugin_name = plugin
    return metadata


def _value(tag: str, value: np.ndarray | np.generic, metadata: SummaryMetadata) -> Summary.Value:
    return Summary.Value(tag=tag, tensor=make_tensor_proto(value), metadata=metadata)
