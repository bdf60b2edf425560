"""Trains twins of every kind of model, one watched and one not, and compares their weights.

Run by test_modes.py, as deterministic ops are chosen for a whole process. Prints one line of JSON a
case: whether all weights are equal, bit by bit, and the largest difference by the largest weight.
"""

import json
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from zoo import KINDS, Kind

import avh

BATCH, EXAMPLES = 8, 16
WITH_BESIDE = ("sequential", "branches", "shared", "recurrent")
BESIDE = {"pre_activations": True, "gradients": True}


def train(kind: Kind, monitor: avh.ActivationMonitor | None) -> keras.Model:
    """Two epochs of Adam, with shuffling."""
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
    return model


def compare(name: str, directory: Path, **options: object) -> None:
    """Print how far the two models are apart."""
    kind = KINDS[name]
    case = "beside" if "gradients" in options else "default"
    monitor = avh.ActivationMonitor(directory / name / case, every=2, on_error="raise", **options)
    plain_weights, weights = train(kind, None).get_weights(), train(kind, monitor).get_weights()
    equal, apart = True, 0.0
    for plain, watched in zip(plain_weights, weights, strict=True):
        equal &= np.array_equal(plain, watched)
        size = max(float(np.abs(plain.astype(np.float64)).max(initial=0.0)), 1e-6)
        difference = np.abs(plain.astype(np.float64) - watched)
        apart = max(apart, float(difference.max(initial=0.0)) / size)
    print(json.dumps({"kind": name, "case": case, "equal": equal, "apart": apart}), flush=True)


def main() -> None:
    """Compare all kinds, then some with all that can be recorded."""
    tf.config.experimental.enable_op_determinism()
    directory = Path(sys.argv[1])
    for name in KINDS:
        compare(name, directory)
    for name in WITH_BESIDE:
        compare(name, directory, **BESIDE)


if __name__ == "__main__":
    main()
