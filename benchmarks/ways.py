"""The ways to see activations while training, each as callbacks for `fit`.

A way is a function (model, examples, directory) -> Attachment. What it puts on the model has to be
there before `fit` traces its step. `examples` are inputs that a way without access to the
training batch looks at instead: as many as a batch.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from avh.monitor.monitor import ActivationMonitor
from benchmarks.figures import FreshFigures
from benchmarks.pairs import PLAIN, PLAIN_AGAIN

EVERY, PICTURES_EVERY = 10, 100


@dataclass(frozen=True)
class Attachment:
    """What a way adds to a fit."""

    callbacks: list[keras.callbacks.Callback] = field(default_factory=list)
    flush: Callable[[], None] = lambda: None  # waits for its background work


Way = Callable[[keras.Model, np.ndarray, Path], Attachment]


def plain(model: keras.Model, examples: np.ndarray, directory: Path) -> Attachment:
    """Nothing beside the training."""
    return Attachment()


def monitored(**options: object) -> Way:
    """The monitor of this project."""

    def way(model: keras.Model, examples: np.ndarray, directory: Path) -> Attachment:
        monitor = ActivationMonitor(directory, on_error="raise", **options)
        return Attachment([monitor], monitor.flush)

    return way


def keras_tensorboard(model: keras.Model, examples: np.ndarray, directory: Path) -> Attachment:
    """Histograms of the weights (it has none of activations) each epoch, scalars as often as avh.

    It flushes its file itself when an epoch ends.
    """
    return Attachment([keras.callbacks.TensorBoard(directory, histogram_freq=1, update_freq=EVERY)])


def summaries(every: int) -> Way:
    """`tf.summary.histogram` of every layer's output, in the graph of the training step."""

    def way(model: keras.Model, examples: np.ndarray, directory: Path) -> Attachment:
        writer = tf.summary.create_file_writer(str(directory))
        for layer in weighted(model):
            layer.call = _summarised(layer, model.optimizer, writer, every)
        return Attachment([], writer.flush)

    return way


def _summarised(
    layer: keras.layers.Layer,
    optimizer: keras.Optimizer,
    writer: tf.summary.SummaryWriter,
    every: int,
) -> Callable:
    call = layer.call

    @functools.wraps(call)  # Keras looks at the signature
    def with_summary(*args: object, **kwargs: object) -> tf.Tensor:
        outputs = call(*args, **kwargs)
        step = tf.cast(optimizer.iterations.value, tf.int64) + 1
        with writer.as_default(step), tf.summary.record_if(tf.equal(step % every, 0)):
            tf.summary.histogram(layer.name, outputs)
        return outputs

    return with_summary


def fresh_figures(model: keras.Model, examples: np.ndarray, directory: Path) -> Attachment:
    """Two new tensorflow-plot figures a layer, drawn in the training loop."""
    writer = tf.summary.create_file_writer(str(directory))
    drawing = FreshFigures(_submodel(model), examples, writer, PICTURES_EVERY)
    return Attachment([drawing], writer.flush)


def second_pass(model: keras.Model, examples: np.ndarray, directory: Path) -> Attachment:
    """A sub-model that puts out every layer, run once more, and `np.histogram`."""
    return Attachment([_SecondPass(_submodel(model), examples, EVERY)])


class _SecondPass(keras.callbacks.Callback):
    def __init__(self, submodel: keras.Model, examples: np.ndarray, every: int) -> None:
        super().__init__()
        self._submodel, self._examples, self._every = submodel, examples, every
        self._step = 0
        self.latest: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self._step += 1
        if self._step == 1 or self._step % self._every == 0:
            outputs = self._submodel.predict_on_batch(self._examples)
            self.latest = {name: np.histogram(values, bins=30) for name, values in outputs.items()}


def weighted(model: keras.Model) -> list[keras.layers.Layer]:
    """The layers that own weights: in the comparison network, the ones that avh watches."""
    return [layer for layer in model.layers if layer.weights]


def _submodel(model: keras.Model) -> keras.Model:
    return keras.Model(model.inputs, {layer.name: layer.output for layer in weighted(model)})


WAYS: dict[str, Way] = {
    PLAIN: plain,
    PLAIN_AGAIN: plain,
    f"avh, default (every {EVERY}, pictures every {PICTURES_EVERY})": monitored(
        every=EVERY, pictures_every=PICTURES_EVERY
    ),
    f"avh, every {EVERY}, no pictures": monitored(every=EVERY, pictures_every=None),
    "avh, every step": monitored(every=1),
    "avh, every step, with gradients": monitored(every=1, gradients=True),
    "Keras TensorBoard callback (weights only)": keras_tensorboard,
    "tf.summary.histogram, every step": summaries(1),
    f"tf.summary.histogram, every {EVERY}": summaries(EVERY),
    f"fresh figures in the loop, every {PICTURES_EVERY}": fresh_figures,
    f"second forward pass and np.histogram, every {EVERY}": second_pass,
}
