"""Trains every kind of model over two replicas, and prints one line of JSON for each.

Run by test_mirrored.py: `python mirrored.py DIRECTORY POLICY`.
"""

import functools
import json
import sys
import traceback
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from reference import RATE, assert_run_equals_numpy
from zoo import KINDS, Kind

import avh
from avh.records.reader import read_run

BATCH, EXAMPLES = 8, 12
DEVICES = ["CPU:0", "CPU:1"]
POLICIES = ["float32", "mixed_bfloat16", "mixed_float16"]  # the kinds take them in turn


@functools.cache
def strategy() -> tf.distribute.Strategy:
    """One for all models: the collectives of a second one on these devices clash with its own."""
    return tf.distribute.MirroredStrategy(DEVICES)


def train(kind: Kind, monitor: avh.ActivationMonitor | None, **options: object) -> keras.Model:
    """Fit a model over both devices on a whole batch and a ragged one."""
    model = kind.make(strategy().scope())
    with strategy().scope():
        options = {"jit_compile": False, **options}
        model.compile(keras.optimizers.SGD(RATE), "mse", **options)
    x = kind.inputs(EXAMPLES)
    y = keras.tree.map_structure(
        lambda value: np.zeros((EXAMPLES, *value.shape[1:]), np.float32), model(x[:1])
    )
    callbacks = [] if monitor is None else [monitor]
    model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=callbacks)
    return model


def compare(kind: Kind, run_dir: Path) -> None:
    """Check the records of both replicas against NumPy."""
    beside = {"pre_activations": True, "gradients": True}
    train(kind, avh.ActivationMonitor(run_dir, every=1, on_error="raise", **beside))
    x = kind.inputs(EXAMPLES)
    batches = [x[start : start + BATCH] for start in range(0, EXAMPLES, BATCH)]
    assert_run_equals_numpy(read_run(run_dir), kind, batches, beside=True, replicas=2)


def failure_of(action: object) -> str | None:
    """The traceback of an action that fails; None if it does not."""
    try:
        action()
    except Exception:
        return traceback.format_exc()
    return None


def main() -> None:
    """Report on every kind, then on the ways that the host may not have."""
    directory, policy = Path(sys.argv[1]), sys.argv[2]
    keras.config.set_dtype_policy(policy)
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    for row, (name, kind) in enumerate(KINDS.items()):
        if policy == POLICIES[row % len(POLICIES)]:
            report = failure_of(lambda kind=kind, name=name: compare(kind, directory / name))
            print(json.dumps({"case": name, "failure": report}), flush=True)
    if policy != "float32":
        return
    ways = {"four_steps": {"steps_per_execution": 4}, "jit": {"jit_compile": True}}
    for way, options in ways.items():
        for watched in (False, True):
            monitor = avh.ActivationMonitor(directory / way, every=1) if watched else None
            report = failure_of(
                lambda monitor=monitor, options=options: train(KINDS["shared"], monitor, **options)
            )
            case = f"{way}_{'watched' if watched else 'plain'}"
            print(json.dumps({"case": case, "failure": report}), flush=True)


if __name__ == "__main__":
    main()
