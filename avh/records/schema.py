"""What one record holds: the statistics, the bins, and the description of the layers.

A record is one due step of one run: a row of statistics and a row of histogram counts per layer,
float32. The bins are the same for every layer, run and step, so two records can be compared
and added bin by bin.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

SCHEMA_VERSION = 1

STATS_TAG, STATS_PLUGIN = "avh/stats", "avh"
HIST_TAG, HIST_PLUGIN = "avh/hist", "avh_hist"
LAYERS_TAG = "avh/layers"
FINDINGS_TAG = "avh/findings"  # a JSON list of all so far, see avh.records.finding
IMAGES_TAG, IMAGES_PLUGIN = "avh_images", "avh_images"

STATISTICS = (
    "count",  # elements measured, NaN and Inf included
    "mean",  # of the finite elements, as are std, min, max and the quantiles
    "std",
    "min",
    "max",
    "q01",
    "q05",
    "q25",
    "q50",
    "q75",
    "q95",
    "q99",
    "zero_fraction",  # share of elements that are exactly 0
    "dead_fraction",  # share of units whose value is one constant over the whole batch
    "saturated_fraction",  # share of elements within 1 % of an asymptote; NaN where there is none
    "nan_count",
    "inf_count",
)
QUANTILES = (0.01, 0.05, 0.25, 0.50, 0.75, 0.95, 0.99)


def _magnitudes() -> np.ndarray:
    """Edges of the magnitude, [74], ascending, from 2**-14 to 2**9.

    Finest (8 bins an octave) where trained networks keep their activations, coarser on both sides:
    a layer's row stays under 700 bytes in the event file.
    """
    ladder = ((-14, 1, 4), (-10, 2, 5), (-5, 4, 3), (-2, 8, 4), (2, 4, 2), (4, 2, 2), (6, 1, 3))
    edges = [
        2.0 ** (start + octave) * (1 + step / bins)
        for start, bins, octaves in ladder
        for octave in range(octaves)
        for step in range(bins)
    ]
    return np.array([*edges, 2.0**9])


def edges_of(magnitudes: Sequence[float] | np.ndarray) -> np.ndarray:
    """The edges of the bins of both signs, float64, ascending: 2 * magnitudes + 4."""
    positive = np.asarray(magnitudes, np.float64)
    return np.concatenate([[-np.inf], -positive[::-1], [0.0, 0.0], positive, [np.inf]])


MAGNITUDES = _magnitudes()
# The edges of the bins, [152]: -Inf, -512 ... -2**-14, -0, +0, 2**-14 ... 512, +Inf. Bins are
# closed-open in magnitude: 0.25 lies in [0.25, 0.28), -0.25 in (-0.28, -0.25]. Between -0 and +0
# lies the bin of the exact zeros, which has no width.
EDGES = edges_of(MAGNITUDES)
ZERO_BIN = len(MAGNITUDES) + 1
BINS = len(EDGES) - 1


@dataclass(frozen=True)
class LayerInfo:
    """One watched tensor: a layer's output, or one of several."""

    path: str  # "encoder/conv"; "dense#2" for a second call; "split:0" for one of several outputs
    kind: str  # the layer's class
    output_shape: tuple[int | None, ...]
    activation: str | None  # name of the activation that the layer applies, if any
    units: int  # size of the last axis


@dataclass(frozen=True)
class RunInfo:
    """What a run's records describe; written once a run as JSON under the tag `avh/layers`."""

    layers: tuple[LayerInfo, ...]
    seed: int | None = None
    probe_hash: str | None = None  # of the probe's bytes: equal hashes, equal inputs
    group: str | None = None  # runs of one group differ only in their seed
    schema: int = SCHEMA_VERSION
    statistics: tuple[str, ...] = STATISTICS
    magnitudes: tuple[float, ...] = field(default_factory=lambda: tuple(MAGNITUDES.tolist()))

    def to_json(self) -> str:
        """One line of JSON; `from_json` reads it back. Without a group it does not name any."""
        fields = asdict(self)
        if self.group is None:
            del fields["group"]  # what was written before there were groups stays the same
        return json.dumps(fields, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "RunInfo":
        """The inverse of `to_json`.

        Raises:
            ValueError: the text is not such a description, or of a newer schema.
        """
        try:
            raw = json.loads(text)
            layers = tuple(
                LayerInfo(**{**layer, "output_shape": tuple(layer["output_shape"])})
                for layer in raw.pop("layers")
            )
            statistics, magnitudes = tuple(raw.pop("statistics")), tuple(raw.pop("magnitudes"))
            info = cls(layers=layers, statistics=statistics, magnitudes=magnitudes, **raw)
        except (TypeError, KeyError, AttributeError, json.JSONDecodeError) as error:
            raise ValueError(f"not a description of avh records: {text[:80]!r}") from error
        if info.schema != SCHEMA_VERSION:
            raise ValueError(f"records of schema {SCHEMA_VERSION} expected, got {info.schema}")
        if not isinstance(info.group, str | None):
            raise ValueError(f"group: a name expected, got {str(info.group)[:80]}")
        return info
