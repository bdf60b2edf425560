"""Runs as a monitor would have written them, without a network.

Every layer's values are normal, with a mean and deviation that drift; every other layer also has
exact zeros. So the counts, most of them 0, compress as real ones do.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from avh.records import events, schema
from avh.records.event_file import EventFile
from avh.render.png import encode_png

EVERY = 10  # steps between two records
PICTURES = 10  # records with pictures, of the first layers
PICTURE_LAYERS = 6
SEEDS = 5  # runs of a group
VALUES = 100_000  # elements of a layer


@dataclass(frozen=True)
class Size:
    """How much is written."""

    runs: int
    layers: int
    records: int

    @property
    def groups(self) -> int:
        """How many groups the runs make, the last one with fewer runs, maybe."""
        return -(-self.runs // SEEDS)

    @property
    def last_step(self) -> int:
        """The step of the last record."""
        return (self.records - 1) * EVERY


def run_name(number: int) -> str:
    """Name of a run; the names sort as the numbers."""
    return f"run_{number:02}"


def layer_name(number: int) -> str:
    """Path of a layer; the paths sort as the numbers."""
    return f"layer_{number:03}"


def write_runs(log_dir: Path, size: Size) -> float:
    """Write all runs; returns the bytes a layer a record, pictures apart."""
    written = sum(_write_run(log_dir / run_name(run), run, size) for run in range(size.runs))
    return written / (size.runs * size.layers * size.records)


def write_stock(log_dir: Path, size: Size) -> None:
    """The same counts as stock histograms, one tag a layer."""
    for run in range(size.runs):
        random = np.random.default_rng(run)
        with EventFile(log_dir / run_name(run)) as file:
            for record in range(size.records):
                _, counts = _record(random, size, record)
                values = [
                    events.histogram(layer_name(layer), row, -8.0, 8.0)
                    for layer, row in enumerate(counts)
                ]
                file.write(record * EVERY, values)


def _write_run(directory: Path, run: int, size: Size) -> int:
    random = np.random.default_rng(run)
    layers = tuple(
        schema.LayerInfo(layer_name(number), "Dense", (None, 64), "relu", 64)
        for number in range(size.layers)
    )
    picture_bytes = 0
    with EventFile(directory) as file:
        for record in range(size.records):
            rows, counts = _record(random, size, record)
            values = [events.statistics(rows), events.histograms(counts)]
            if record == 0:
                values.insert(0, events.run_info(_info(layers, run)))
            file.write(record * EVERY, values)
            if record % max(size.records // PICTURES, 1) == 0:
                pictures = _pictures(random, size)
                picture_bytes += sum(value.ByteSize() for value in pictures)
                file.write(record * EVERY, pictures)
    return file.path.stat().st_size - picture_bytes


def _info(layers: tuple[schema.LayerInfo, ...], run: int) -> schema.RunInfo:
    return schema.RunInfo(layers, run % SEEDS, "probe", group=f"group_{run // SEEDS:02}")


def _record(random: np.random.Generator, size: Size, record: int) -> tuple[np.ndarray, np.ndarray]:
    """Statistics [layers, statistics] and counts [layers, bins]."""
    depth, time = np.arange(size.layers) / size.layers, record / size.records
    mean = 0.5 * np.sin(6 * (depth + time)) + random.normal(0, 0.02, size.layers)
    std = 0.3 + depth + 0.5 * time
    z = (schema.EDGES - mean[:, None]) / std[:, None]
    counts = np.rint(VALUES * np.diff(ndtr(z), axis=1))
    counts[::2, schema.ZERO_BIN] = VALUES // 4
    rows = np.zeros((size.layers, len(schema.STATISTICS)))
    place = schema.STATISTICS.index
    rows[:, place("count")], rows[:, place("mean")] = VALUES, mean
    rows[:, place("std")], rows[::2, place("zero_fraction")] = std, 0.2
    for quantile, deviations in (("q01", -2.33), ("q50", 0.0), ("q99", 2.33)):
        rows[:, place(quantile)] = mean + deviations * std
    return rows, counts


def _pictures(random: np.random.Generator, size: Size) -> list:
    shape = (min(size.layers, PICTURE_LAYERS), 64, 64, 3)
    images = random.integers(0, 255, size=shape).astype(np.uint8)
    return [
        events.layer_image(layer_name(layer), encode_png(image))
        for layer, image in enumerate(images)
    ]
