"""Trains twins of every kind of model, one watched and one not, and compares their weights.

For test_modes.py, whose process chooses deterministic ops before and gives them up after it.
"""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
from zoo import KINDS, Kind

import avh

BATCH, EXAMPLES = 8, 16
WITH_BESIDE = ("sequential", "branches", "shared", "recurrent")
BESIDE = {"pre_activations": True, "gradients": True}


def train(kind: Kind, monitor: avh.ActivationMonitor | None) -> list[np.ndarray]:
    """The weights after two epochs of Adam, with shuffling."""
    model = kind.make()
    model.compile("adam", "mse", jit_compile=False)
    x = kind.inputs(EXAMPLES)
    outputs = model(x[:1], training=False)
    y = keras.tree.map_structure(
        lambda value: np.ones((EXAMPLES, *value.shape[1:]), np.float32), outputs
    )
    keras.utils.set_random_seed(1)
    callbacks = [] if monitor is None else [monitor]
    model.fit(x, y, batch_size=BATCH, epochs=2, verbose=0, callbacks=callbacks)
    return model.get_weights()


def differences(directory: Path) -> Iterator[tuple[tuple[str, str], tuple[bool, float]]]:
    """Compare all kinds, and some with all that can be recorded.

    Yields:
        (kind, case), and whether all weights are equal, bit by bit, with the largest difference by
        the largest weight of its tensor.
    """
    for name, kind in KINDS.items():
        plain = train(kind, None)
        cases = {"default": {}} | ({"beside": BESIDE} if name in WITH_BESIDE else {})
        for case, options in cases.items():
            place = directory / name / case
            monitor = avh.ActivationMonitor(place, every=2, on_error="raise", **options)
            yield (name, case), _difference(plain, train(kind, monitor))


def _difference(one: list[np.ndarray], two: list[np.ndarray]) -> tuple[bool, float]:
    equal, apart = True, 0.0
    for plain, watched in zip(one, two, strict=True):
        equal &= np.array_equal(plain, watched)
        size = max(float(np.abs(plain.astype(np.float64)).max(initial=0.0)), 1e-6)
        difference = np.abs(plain.astype(np.float64) - watched)
        apart = max(apart, float(difference.max(initial=0.0)) / size)
    return equal, apart
