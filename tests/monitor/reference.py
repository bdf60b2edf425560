"""What the monitor should have recorded, worked out without it.

A twin of the model is trained eagerly in a loop of its own. What its layers put out is seen in
`keras.layers.Layer.__call__`, above the place where the monitor looks; gradients by these values
come from the twin's own `GradientTape`; the value before an activation is what the layer gives for
the same inputs with its activation switched off. Statistics and counts are NumPy's, in float64.
"""

import contextlib
from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf
from zoo import Kind

from avh.records.reader import RunRecords
from avh.records.schema import EDGES, ZERO_BIN

RATE = 0.05
LOSS_SCALE = 2.0**15  # where Keras starts under mixed_float16
# Of the twin's numbers by the monitor's: other kernels run in a graph, and round elsewhere.
TOLERANCES = {"float32": 2e-4, "bfloat16": 4e-2, "float16": 6e-3}
# Share of the elements that may lie in another bin than the twin's, for the same reason.
MOVED = {"float32": 0.01, "bfloat16": 0.25, "float16": 0.05}


@contextlib.contextmanager
def calls_seen() -> Iterator[list[tuple[keras.layers.Layer, tuple, dict, object]]]:
    """Collect (layer, args, kwargs, outputs) of every layer called in here, in order."""
    seen: list = []
    original = keras.layers.Layer.__call__

    def call(self: keras.layers.Layer, *args: object, **kwargs: object) -> object:
        outputs = original(self, *args, **kwargs)
        seen.append((self, args, kwargs, outputs))
        return outputs

    keras.layers.Layer.__call__ = call
    try:
        yield seen
    finally:
        keras.layers.Layer.__call__ = original


def layer_at(model: keras.Model, path: str) -> keras.layers.Layer:
    """The layer at a path, found name by name."""
    found = model
    for name in path.split("/"):
        inside = found._flatten_layers(include_self=False, recursive=False)
        found = next(layer for layer in inside if layer.name == name)
    return found


def _parts(name: str) -> tuple[str, int, str | None]:
    path, _, key = name.partition(":")
    path, _, number = path.partition("#")
    return path, int(number or 1), key or None


def _output(outputs: object, key: str | None) -> tf.Tensor:
    if key is None:
        return outputs
    return outputs[int(key)] if key.isdigit() else outputs[key]


def _before_activation(layer: keras.layers.Layer, args: tuple, kwargs: dict) -> tf.Tensor:
    activation, layer.activation = layer.activation, keras.activations.linear
    try:
        return layer(*args, **kwargs)
    finally:
        layer.activation = activation


def loss_of(outputs: object) -> tf.Tensor:
    """Mean squared error against zeros, summed over a model's outputs."""
    tensors = [tf.cast(value, tf.float32) for value in keras.tree.flatten(outputs)]
    return tf.add_n([tf.reduce_mean(tf.square(value)) for value in tensors])


class Twin:
    """A model that is trained as the watched one is, and tells what its layers held."""

    def __init__(self, model: keras.Model, names: tuple[str, ...], *, scaled: bool = True) -> None:
        """Take `model`, never watched, and the names of what its layers put out.

        In float16 its loss is scaled as `fit` does it, unless `scaled` is False.
        """
        self.model = model
        narrow = model.dtype_policy.compute_dtype == "float16"
        self._scale = LOSS_SCALE if narrow and scaled else 1.0
        self._places = {name: (layer_at(model, _parts(name)[0]), *_parts(name)) for name in names}
        self._optimizer = keras.optimizers.SGD(RATE)

    def train(self, batch: np.ndarray, *, beside: bool, replicas: int = 1) -> dict[str, np.ndarray]:
        """Train on one batch; give the values by name, with `:pre` and `:grad` if wanted.

        With several replicas each runs on its share of the batch.
        """
        found = []
        with tf.GradientTape(persistent=True) as tape:
            for share in np.split(batch, replicas):
                with calls_seen() as seen:
                    loss = loss_of(self.model(share, training=True)) / replicas * self._scale
                found.append((loss, *self._values(seen, before_activation=beside)))
            total = tf.add_n([loss for loss, _, _ in found])
        result: dict[str, list] = {}
        for loss, values, extra in found:
            if beside:
                slopes = tape.gradient(loss, values)
                extra = extra | {
                    f"{name}:grad": tf.cast(slope, tf.float32) / self._scale
                    for name, slope in slopes.items()
                    if slope is not None
                }
            for name, value in (values | extra).items():
                result.setdefault(name, []).append(tf.cast(value, tf.float64).numpy())
        self._update(tape.gradient(total, self.model.trainable_variables))
        return {name: np.concatenate(parts) for name, parts in result.items()}

    def _values(self, seen: list, *, before_activation: bool) -> tuple[dict, dict]:
        values, extra = {}, {}
        for name, (layer, _, number, key) in self._places.items():
            runs = [call for call in seen if call[0] is layer]
            if len(runs) < number:
                continue
            _, args, kwargs, outputs = runs[number - 1]
            values[name] = _output(outputs, key)
            fused = getattr(layer, "activation", keras.activations.linear)
            one_output = key is None and not isinstance(layer, keras.layers.RNN)
            if before_activation and one_output and fused is not keras.activations.linear:
                extra[f"{name}:pre"] = _before_activation(layer, args, kwargs)
        return values, extra

    def _update(self, gradients: list) -> None:
        """As Keras does: a gradient that overflows float16 halves the scale, and is not applied."""
        pairs = [
            (tf.convert_to_tensor(gradient) / self._scale, weight)
            for gradient, weight in zip(gradients, self.model.trainable_variables, strict=True)
            if gradient is not None
        ]
        if all(np.isfinite(gradient).all() for gradient, _ in pairs):
            self._optimizer.apply_gradients(pairs)
        else:
            self._scale /= 2


def counts(values: np.ndarray) -> np.ndarray:
    """Counts of the finite values on the records' edges, [bins]."""
    finite = values[np.isfinite(values)]
    magnitudes = np.searchsorted(EDGES[ZERO_BIN + 1 :], np.abs(finite), side="right") - 1
    bins = np.where(finite < 0, ZERO_BIN - 1 - magnitudes, ZERO_BIN + 1 + magnitudes)
    bins[np.abs(finite) < np.finfo(np.float32).tiny] = ZERO_BIN
    return np.bincount(bins, minlength=len(EDGES) - 1)


def assert_recorded(
    run: RunRecords, step: int, name: str, values: np.ndarray, dtype: str = "float32"
) -> None:
    """Compare one row of the records with NumPy over the reference's values."""
    where = f"{name} at step {step}"
    record, row = run.steps.tolist().index(step), run.layer_paths.index(name)
    told = {key: float(run.statistic(key)[record, row]) for key in run.info.statistics}
    finite = values[np.isfinite(values)]
    tolerance = TOLERANCES[dtype]
    size = tolerance * (np.abs(finite).max() if finite.size else 0.0)
    assert told["count"] == values.size, where
    for key, expected in (("mean", finite.mean()), ("std", finite.std())):
        np.testing.assert_allclose(
            told[key], expected, tolerance, size, err_msg=f"{key} of {where}"
        )
    for key, expected in (("min", finite.min()), ("max", finite.max())):
        np.testing.assert_allclose(
            told[key], expected, tolerance, size, err_msg=f"{key} of {where}"
        )
    assert told["nan_count"] == np.isnan(values).sum(), where
    assert told["inf_count"] == np.isinf(values).sum(), where
    moved_zeros = max(1, MOVED[dtype] * values.size)
    assert abs(told["zero_fraction"] * values.size - (values == 0).sum()) <= moved_zeros, where
    bars, expected = run.hist[record, row], counts(values)
    assert bars.sum() == finite.size, where
    moved = np.abs(bars - expected).sum() / 2
    assert moved <= max(2, MOVED[dtype] * values.size), f"{moved} of {values.size}: {where}"


def assert_run_equals_numpy(
    run: RunRecords,
    kind: Kind,
    batches: list[np.ndarray],
    *,
    beside: bool,
    due: list[int] | None = None,
    replicas: int = 1,
    scaled: bool = True,
) -> None:
    """Compare every record of a run with a twin that is trained on the same batches.

    Args:
        run: what was recorded.
        kind: the model that was watched.
        batches: what it was trained on, one a step.
        beside: whether values before activations and gradients were recorded.
        due: the steps that were to be recorded; None for all.
        replicas: how many shared a batch.
        scaled: whether the loss was scaled in float16.
    """
    twin = Twin(kind.make(), kind.recorded, scaled=scaled)
    due = due or list(range(1, len(batches) + 1))
    assert run.steps.tolist() == due
    if not beside:
        assert run.layer_paths == kind.recorded
    for step, batch in enumerate(batches, 1):
        expected = twin.train(batch, beside=beside, replicas=replicas)
        if step in due:
            assert set(run.layer_paths) == set(expected)
            for name, values in expected.items():
                assert_recorded(run, step, name, values, twin.model.dtype_policy.compute_dtype)
