"""Table 4: overhead as a network grows in layers and in width, and the work beside the graph.

Dense networks, where a layer does least for what it costs to watch. The work of a due step on the
training thread outside the graph is the time spent in the monitor's two hooks of that step.
"""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from avh.monitor.monitor import ActivationMonitor
from benchmarks.held_fit import HeldFit
from benchmarks.hooks import HookTimes
from benchmarks.pairs import PLAIN, compare
from benchmarks.table import Spread, Table
from benchmarks.ways import EVERY, PICTURES_EVERY

BATCH, CLASSES = 64, 10
NARROW = 32
SHAPES = ((6, NARROW), (50, NARROW), (175, NARROW), (6, 256), (6, 1024))  # layers, width
QUICK_SHAPES = ((2, 8),)
STEPS, PAIRS = 100, 30
QUICK_STEPS, QUICK_PAIRS = 10, 2
OPTIONS = {
    "default": {"every": EVERY, "pictures_every": PICTURES_EVERY},
    f"every {EVERY}, no pictures": {"every": EVERY, "pictures_every": None},
    "every step, no pictures": {"every": 1, "pictures_every": None},
}


def growth(*, quick: bool = False, pairs: int | None = None) -> Table:
    """Measure; `quick` only shows that everything runs, as its segments hold no picture step."""
    steps = QUICK_STEPS if quick else STEPS
    count = pairs or (QUICK_PAIRS if quick else PAIRS)
    rows = [
        row
        for layers, width in (QUICK_SHAPES if quick else SHAPES)
        for row in _shape(layers, width, steps, count)
    ]
    notes = (
        f"measured: {count} pairs of segments of {steps} steps of fit of dense layers, batches of "
        f"{BATCH}, Adam; the ratios are to the plain segment beside each",
        "hooks: ms of wall time in on_train_batch_begin and on_train_batch_end together, at steps "
        "where a record is due, and where pictures are due too",
        "shown: median (quartiles)",
    )
    head = ("layers x width, avh", "CPU ratio", "wall ratio", "record hooks", "picture hooks")
    return Table("overhead as the network grows", notes, head, tuple(rows))


def _shape(layers: int, width: int, steps: int, count: int) -> list[tuple[str, ...]]:
    times = {name: HookTimes() for name in OPTIONS}
    with tempfile.TemporaryDirectory() as directory:
        make: dict[str, Callable[[], HeldFit]] = {PLAIN: partial(_plain, layers, width, steps)}
        for name, options in OPTIONS.items():
            place = Path(directory) / str(len(make))
            make[name] = partial(_monitored, layers, width, steps, place, options, times[name])
        found = compare(make, count, warmed_up=lambda: [hooks.forget() for hooks in times.values()])
    return [
        (
            f"{layers} x {width}, {name}",
            one.ratio("cpu").show(3),
            one.ratio("wall").show(3),
            _milliseconds(times[name], lambda step, n=name: _due(step, n) and not _drawn(step, n)),
            _milliseconds(times[name], lambda step, n=name: _drawn(step, n)),
        )
        for name, one in found.items()
    ]


def _due(step: int, name: str) -> bool:
    return step % OPTIONS[name]["every"] == 0


def _drawn(step: int, name: str) -> bool:
    every = OPTIONS[name]["pictures_every"]
    return every is not None and step % every == 0


def _milliseconds(times: HookTimes, due: Callable[[int], bool]) -> str:
    seconds = [value for step, value in times.seconds.items() if due(step)]
    return Spread.of([1e3 * value for value in seconds]).show(2) if seconds else "-"


def _plain(layers: int, width: int, steps: int) -> HeldFit:
    return HeldFit(_network(layers, width), _data(width), steps)


def _monitored(
    layers: int, width: int, steps: int, place: Path, options: dict, times: HookTimes
) -> HeldFit:
    monitor = ActivationMonitor(place, on_error="raise", **options)
    times.follow(monitor)
    return HeldFit(_network(layers, width), _data(width), steps, [monitor], monitor.flush)


def _network(layers: int, width: int) -> keras.Model:
    """So many dense layers, the last one of the classes' logits."""
    keras.utils.set_random_seed(0)
    hidden = [keras.layers.Dense(width, "relu") for _ in range(layers - 1)]
    model = keras.Sequential([keras.Input((width,)), *hidden, keras.layers.Dense(CLASSES)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-4), loss, jit_compile=False)
    return model


def _data(width: int) -> tf.data.Dataset:
    random = np.random.default_rng(0)
    x = random.standard_normal((BATCH * 16, width), dtype=np.float32)
    y = random.integers(CLASSES, size=len(x))
    return tf.data.Dataset.from_tensor_slices((x, y)).repeat().batch(BATCH, drop_remainder=True)
