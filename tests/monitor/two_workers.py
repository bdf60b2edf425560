"""One of several workers on the loopback address: what the host refuses, then a loop of one's own.

Run by test_workers.py: `python two_workers.py DIRECTORY`, with TF_CONFIG set. Prints one line of
JSON a case. The last worker leaves at the end; the chief goes on alone for one step more.
"""

import json
import logging
import os
import sys

import keras
import numpy as np
import tensorflow as tf

BATCH, STEPS, WIDTH, RATE = 8, 3, 4, 0.1


def make_model() -> keras.Model:
    """A small dense network, the same weights each time."""
    layers = [keras.layers.Dense(WIDTH, "relu", name="hidden"), keras.layers.Dense(3, name="top")]
    model = keras.Sequential([keras.Input((WIDTH,)), *layers])
    random = np.random.default_rng(1)
    model.set_weights([random.normal(size=weight.shape) for weight in model.weights])
    model.compile(keras.optimizers.SGD(RATE), "mse")
    return model


def batches() -> np.ndarray:
    """float32 [STEPS, BATCH, WIDTH], the global batches."""
    return np.random.default_rng(0).normal(size=(STEPS, BATCH, WIDTH)).astype(np.float32)


def train_on(model: keras.Model, inputs: tf.Tensor, replicas: int) -> None:
    """One step of plain SGD on a replica's share of a batch."""
    with tf.GradientTape() as tape:
        outputs = model(inputs, training=True)
        loss = tf.reduce_mean(tf.square(outputs)) / replicas
    weights = model.trainable_variables
    model.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))


def report(case: str, **values: object) -> None:
    """Print one line of JSON."""
    print(json.dumps({"case": case, **values}), flush=True)


def fit_without_avh(model: keras.Model) -> None:
    """Say what `fit` itself makes of several workers."""
    try:
        model.fit(*batches()[:2], batch_size=BATCH, verbose=0)
        report("fit", failure=None)
    except Exception as error:
        names = sorted(name for name in sys.modules if name.split(".")[0] == "avh")
        report("fit", failure=type(error).__name__, words=str(error), avh=names)


def main() -> None:
    """Fit, train, and leave."""
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    index = strategy.cluster_resolver.task_id
    workers = strategy.num_replicas_in_sync
    with strategy.scope():
        model = make_model()
    fit_without_avh(model)

    import avh

    logging.basicConfig(stream=sys.stderr)

    @tf.function
    def step(inputs: tf.Tensor) -> None:
        strategy.run(lambda share: train_on(model, share, workers), args=(inputs,))

    @tf.function
    def forward(inputs: tf.Tensor) -> None:
        strategy.run(lambda share: model(share, training=True), args=(inputs,))

    with avh.watch(model, os.path.join(__file__, "no_directory"), every=1) as monitor:
        for batch in batches():
            forward(tf.constant(np.split(batch, workers)[index]))
            monitor.step()
        report("unwritten", index=index, steps=monitor.step_count)

    place = os.path.join(sys.argv[1], str(index))
    with avh.watch(model, place, every=1, pictures_every=3) as monitor:
        for batch in batches():
            step(tf.constant(np.split(batch, workers)[index]))
            monitor.step()
        monitor.flush()
        report("trained", index=index, steps=monitor.step_count)
        if index == workers - 1:
            os._exit(0)  # as a machine that is switched off
        monitor.step()
        report("alone", index=index, steps=monitor.step_count)
    report("closed", index=index)
    sys.stdout.flush()
    os._exit(0)  # TensorFlow would wait for the one that left


if __name__ == "__main__":
    main()
