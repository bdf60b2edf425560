"""Trains every kind of model over two replicas, and prints one line of JSON for each.

Run by test_mirrored.py: `python mirrored.py DIRECTORY`. One process does it all, as starting
TensorFlow and compiling the first sketches take longer than most of the models.
"""

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
from avh.train import strategies
from avh.train.config import TrainConfig
from avh.train.trainer import train as run_trainer

BATCH, EXAMPLES = 8, 12
DEVICES = 2
TRAINER = {
    **{"model": "mlp", "units": (8, 4), "dropout": 0.0, "batch_size": 8, "max_steps": 3},
    **{"every": 1, "progress": False},
}
TRAININGS = {  # by the trainer
    "on_one_device": {},
    "on_two_devices": {"strategy": "mirrored", "devices": DEVICES},
}
POLICIES = ["float32", "mixed_bfloat16", "mixed_float16"]  # the kinds take them in turn


def strategy() -> tf.distribute.Strategy:
    """The trainer's own, which is one for all models."""
    return strategies.open_strategy("mirrored", DEVICES, BATCH)


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
    directory = Path(sys.argv[1])
    strategies.prepare_devices("mirrored", DEVICES)
    # What the graphs compute is compared, not how fast; optimising them takes most of the time.
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    for row, (name, kind) in enumerate(KINDS.items()):
        keras.config.set_dtype_policy(POLICIES[row % len(POLICIES)])
        report = failure_of(lambda kind=kind, name=name: compare(kind, directory / name))
        print(json.dumps({"case": name, "failure": report}), flush=True)
    keras.config.set_dtype_policy("float32")
    for name, options in TRAININGS.items():
        config = TrainConfig(train_dir=str(directory), run_name=name, **TRAINER, **options)
        report = failure_of(lambda config=config: run_trainer(config))
        print(json.dumps({"case": name, "failure": report}), flush=True)
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False})
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
