"""Pictures as the original project made them: in the training loop, each in a figure of its own."""

import warnings

import keras
import numpy as np
import tensorflow as tf

from avh.render import theme
from avh.render.activation_map import layout

with warnings.catch_warnings():  # tensorflow-plot compares versions with distutils
    warnings.simplefilter("ignore", DeprecationWarning)
    import tfplot

HISTOGRAM_BINS = 30


class FreshFigures(keras.callbacks.Callback):
    """Draws two figures a layer at step 1 and each so many steps, and writes them as images."""

    def __init__(
        self,
        submodel: keras.Model,
        examples: np.ndarray,
        writer: tf.summary.SummaryWriter,
        every: int,
    ) -> None:
        """Args: `submodel` puts out name -> activation for `examples`."""
        super().__init__()
        self._submodel, self._examples = submodel, examples
        self._writer, self._every, self._step = writer, every, 0

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Draw, if the step is due."""
        self._step += 1
        if self._step != 1 and self._step % self._every:
            return
        outputs = self._submodel.predict_on_batch(self._examples)
        with self._writer.as_default(self._step):
            for name, values in outputs.items():
                tf.summary.image(f"histogram/{name}", draw_histogram(values)[None])
                tf.summary.image(f"visualization/{name}", draw_map(values[0])[None])


def draw_histogram(values: np.ndarray) -> np.ndarray:
    """Bars of all values, uint8 [h, w, 4]."""
    figure, axes = _figure()
    axes.hist(values.ravel(), bins=HISTOGRAM_BINS)
    return tfplot.figure.to_array(figure)


def draw_map(activation: np.ndarray) -> np.ndarray:
    """One example's activation with a colour bar, uint8 [h, w, 4]."""
    figure, axes = _figure()
    figure.colorbar(axes.imshow(layout(activation)))
    return tfplot.figure.to_array(figure)


def _figure() -> tuple:
    return tfplot.subplots(figsize=(theme.WIDTH / theme.DPI, theme.HEIGHT / theme.DPI))
