"""Table 1: all ways on the comparison network, on the same data and steps."""

import tempfile
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from avh.data import catalog
from avh.train.config import TrainConfig
from avh.train.session import build_model, compile_model
from benchmarks.held_fit import HeldFit
from benchmarks.pairs import PLAIN, compare
from benchmarks.table import Table
from benchmarks.ways import WAYS, Way

CONFIG = TrainConfig()
QUICK_CONFIG = TrainConfig(model="mlp", units=(8,), batch_size=8)  # quickly traced
STEPS = 100  # a segment: one picture step and ten record steps of the default in each
PAIRS = 30
QUICK_STEPS, QUICK_PAIRS = 10, 1


def ways(*, quick: bool = False, pairs: int | None = None, only: str = "") -> Table:
    """Measure; `quick` only shows that everything runs, as its segments hold no picture step."""
    config = QUICK_CONFIG if quick else CONFIG
    steps = QUICK_STEPS if quick else STEPS
    count = pairs or (QUICK_PAIRS if quick else PAIRS)
    chosen = {name: way for name, way in WAYS.items() if only in name or name == PLAIN}
    dataset = catalog.load(config.dataset, config.data_dir)
    images = dataset.normalize(dataset.x_train)
    with tempfile.TemporaryDirectory() as directory:
        make = {
            name: partial(
                _fit, config, way, images, dataset.y_train, steps, Path(directory) / str(number)
            )
            for number, (name, way) in enumerate(chosen.items())
        }
        found = compare(make, count)
    measured = min(len(one.pairs) for one in found.values())
    notes = [
        f"measured: {measured} pairs of segments of {steps} steps of fit, batches of "
        f"{config.batch_size}, Adam; CPU time is of all threads, background work included",
        "shown: median (quartiles); the ratios are to the plain segment beside each",
    ]
    head = ("way", "CPU ratio", "wall ratio", "CPU ms a step", "wall ms a step")
    rows = [
        (
            name,
            one.ratio("cpu").show(3),
            one.ratio("wall").show(3),
            f"{one.seconds('cpu').median / steps * 1e3:.2f}",
            f"{one.seconds('wall').median / steps * 1e3:.2f}",
        )
        for name, one in found.items()
    ]
    return Table("overhead on the comparison network", tuple(notes), head, tuple(rows))


def _fit(
    config: TrainConfig,
    way: Way,
    images: np.ndarray,
    labels: np.ndarray,
    steps: int,
    directory: Path,
) -> HeldFit:
    keras.utils.set_random_seed(config.seed)
    model = build_model(config, images.shape[1:], int(labels.max()) + 1)
    compile_model(model, config)
    model.jit_compile = False  # tf.summary has no kernel that compiles; on a CPU it is the default
    data = tf.data.Dataset.from_tensor_slices((images, labels))
    data = data.shuffle(len(images), seed=config.seed).repeat()
    data = data.batch(config.batch_size, drop_remainder=True)
    attachment = way(model, images[: config.batch_size], directory)
    return HeldFit(model, data, steps, attachment.callbacks, attachment.flush)
