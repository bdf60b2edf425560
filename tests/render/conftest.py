"""Runs made of random numbers, recorded on the bins of the schema with NumPy alone."""

import numpy as np
import pytest

from avh.records import schema
from avh.records.reader import RunRecords

SHAPES = {
    "conv_1": (14, 14, 32),
    "conv_2": (7, 7, 64),
    "conv_3": (4, 4, 128),
    "fc_4": (160,),
    "fc_5": (40,),
    "fc_6": (10,),
}


def record(values):
    """Statistics and histogram counts of values, as a record holds them."""
    values = np.asarray(values, np.float64).ravel()
    finite = values[np.isfinite(values)]
    counts = np.zeros(schema.BINS)
    counts[schema.ZERO_BIN] = np.count_nonzero(finite == 0)
    sided = np.histogram(finite[finite > 0], [0, *schema.MAGNITUDES, np.inf])[0]
    counts[schema.ZERO_BIN + 1 :] = sided
    sided = np.histogram(-finite[finite < 0], [0, *schema.MAGNITUDES, np.inf])[0]
    counts[: schema.ZERO_BIN] = sided[::-1]
    known = dict.fromkeys(schema.STATISTICS, np.nan) | {
        "count": values.size,
        "zero_fraction": np.mean(values == 0),
        "dead_fraction": 0.1,
        "nan_count": np.isnan(values).sum(),
        "inf_count": np.isinf(values).sum(),
    }
    if finite.size:
        known |= {"mean": finite.mean(), "std": finite.std()}
        known |= {"min": finite.min(), "max": finite.max()}
        names = ("q01", "q05", "q25", "q50", "q75", "q95", "q99")
        known |= dict(zip(names, np.quantile(finite, schema.QUANTILES), strict=True))
    return np.array([known[name] for name in schema.STATISTICS], "f4"), counts.astype("f4")


def run_of(name, activation, layers=SHAPES, steps=(1, 100, 200), scale=1.0):
    """Records of a run whose layers hold `activation` of normal numbers, equal at all steps."""
    rng = np.random.default_rng(len(name))
    rows = [record(activation(rng.normal(size=2000) * scale)) for _ in layers]
    info = schema.RunInfo(
        tuple(
            schema.LayerInfo(path, "Dense", (None, *shape), None, shape[-1])
            for path, shape in layers.items()
        )
    )
    stats, hist = (np.stack([np.stack(part)] * len(steps)) for part in zip(*rows, strict=True))
    return RunRecords(name, info, np.array(steps, np.int64), np.zeros(len(steps)), stats, hist)


@pytest.fixture
def make_run():
    return run_of


@pytest.fixture
def make_record():
    return record
