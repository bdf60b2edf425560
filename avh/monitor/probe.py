"""The probe: a few fixed inputs that the pictures are made from.

The same examples at every step, run with `training=False`, so that two pictures differ only
because two networks do. A probe that nobody gave is learned: the first examples of the first
recorded batch.
"""

import hashlib
import math
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

from avh.monitor.instrument import Instrument

EXAMPLES = 16  # enough for a histogram of a small layer, little to run
EAGER_PASSES = 2  # tracing takes as long as some three of them


def probe_hash(inputs: object) -> str:
    """SHA-256 over the arrays of a probe, their shapes and dtypes: equal hashes, equal inputs."""
    digest = hashlib.sha256()
    for leaf in keras.tree.flatten(inputs):
        array = np.ascontiguousarray(leaf)
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def as_probe(value: object) -> object:
    """Check what the user gave as a probe: arrays, [examples, ...], or a structure of them.

    Raises:
        TypeError: a leaf is not numeric.
        ValueError: no arrays, no examples, or leaves with different numbers of examples.
    """
    inputs = keras.tree.map_structure(np.asarray, value)
    leaves = keras.tree.flatten(inputs)
    if any(leaf.dtype == object for leaf in leaves):
        raise TypeError(f"probe: arrays of examples expected, got {type(value).__name__}")
    lengths = {leaf.shape[0] if leaf.ndim else 0 for leaf in leaves}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(
            f"probe: arrays with one number of examples expected, got {sorted(lengths) or 'none'}"
        )
    return inputs


class ProbePass:
    """Runs a model on its probe and gives what the watched layers put out.

    The first passes are eager; when there were so many that tracing pays, the later ones are one
    traced function, which takes some milliseconds where fifty layers run eagerly take seventy. A
    model that cannot be traced, or is compiled with `run_eagerly`, stays eager.
    """

    def __init__(self, model: keras.Model, instrument: Instrument, inputs: object) -> None:
        """Prepare; `inputs` as `as_probe` gives them."""
        self._model, self._instrument = model, instrument
        self._inputs = keras.tree.map_structure(tf.convert_to_tensor, inputs)
        self._eager_passes = 0
        self._traced: Callable[[], tf.Tensor] | None = None
        self._shapes: dict[str, tuple[int, ...]] = {}  # of the traced function's outputs
        self._traceable = not getattr(model, "run_eagerly", False)

    def activations(self) -> dict[str, np.ndarray]:
        """Name -> float32 [examples, ...]."""
        if self._traceable and self._eager_passes >= EAGER_PASSES:
            try:
                return self._run_traced()
            except Exception:  # a model of the user's may fail in any way, and may not fail eagerly
                self._traced, self._traceable = None, False
        self._eager_passes += 1
        return {name: value.numpy() for name, value in self._forward().items()}

    def _run_traced(self) -> dict[str, np.ndarray]:
        if self._traced is None:
            self._traced = tf.function(self._flat, autograph=False).get_concrete_function()
        flat = self._traced().numpy()  # one copy: one by one, each costs some 0.1 ms in Python
        ends = np.cumsum([math.prod(shape) for shape in self._shapes.values()])
        pieces = np.split(flat, ends[:-1])
        return {
            name: piece.reshape(shape)
            for piece, (name, shape) in zip(pieces, self._shapes.items(), strict=True)
        }

    def _flat(self) -> tf.Tensor:
        captured = self._forward()
        # Fails where a size is not known beforehand, as `reshape` on the host would.
        self._shapes = {name: tuple(map(int, value.shape)) for name, value in captured.items()}
        return tf.concat([tf.reshape(value, [-1]) for value in captured.values()], 0)

    def _forward(self) -> dict[str, tf.Tensor]:
        with self._instrument.capturing() as captured:
            if self._model._call_has_training_arg:  # as Keras's own predict_step asks
                self._model(self._inputs, training=False)
            else:
                self._model(self._inputs)
        return captured


class _Room:
    """Variables for the first examples of inputs of one shape."""

    def __init__(self, inputs: object, leaves: list[tf.Tensor]) -> None:
        self.structure = keras.tree.map_structure(lambda leaf: None, inputs)
        self.kept = [_room_for(leaf) for leaf in leaves]
        self.count = _variable(np.int64(0), ())

    def keep(self, leaves: list[tf.Tensor]) -> None:
        for variable, leaf in zip(self.kept, leaves, strict=True):
            variable.assign(_head(leaf))
        self.count.assign(tf.minimum(tf.shape(leaves[0], tf.int64)[0], EXAMPLES))


class LearnedProbe:
    """Keeps the first examples of a model's inputs at an armed step, in the graph.

    Batches may differ in shape: those of each have a room of their own.
    """

    def __init__(self) -> None:
        self._rooms: dict[tuple, _Room] = {}

    def offer(self, inputs: object, armed: tf.Tensor) -> None:
        """Add the ops that keep the examples; ignored for inputs that are not plain tensors."""
        leaves = keras.tree.flatten(inputs)
        if not leaves or not all(
            isinstance(leaf, tf.Tensor) and leaf.shape.rank for leaf in leaves
        ):
            return
        if tf.executing_eagerly() and not armed:
            return
        shapes = tuple((leaf.dtype, *leaf.shape[1:]) for leaf in leaves)
        room = self._rooms.get(shapes)
        if room is None:
            room = self._rooms[shapes] = _Room(inputs, leaves)

        def keep() -> tf.Tensor:
            room.keep(leaves)
            return tf.constant(True)

        tf.cond(armed, keep, lambda: tf.constant(False))

    def inputs(self) -> object | None:
        """The examples kept, as arrays in the structure that the model takes; None without any."""
        for room in self._rooms.values():
            if count := int(room.count.numpy()):
                arrays = [variable.numpy()[:count] for variable in room.kept]
                return keras.tree.pack_sequence_as(room.structure, arrays)
        return None


def _head(leaf: tf.Tensor) -> tf.Tensor:
    """The first examples, padded with zeros to a fixed number: XLA's variables keep their shape."""
    head = leaf[:EXAMPLES]
    missing = EXAMPLES - tf.shape(head)[0]
    padding = tf.concat([[[0, missing]], tf.zeros([leaf.shape.rank - 1, 2], tf.int32)], axis=0)
    return tf.ensure_shape(tf.pad(head, padding), [EXAMPLES, *leaf.shape[1:]])


def _room_for(leaf: tf.Tensor) -> tf.Variable:
    sizes = [EXAMPLES, *(size or 0 for size in leaf.shape[1:])]
    return _variable(np.zeros(sizes, leaf.dtype.as_numpy_dtype), [EXAMPLES, *leaf.shape[1:]])


def _variable(value: np.ndarray, shape: object) -> tf.Variable:
    with tf.init_scope():
        return ResourceVariable(
            value, trainable=False, shape=tf.TensorShape(shape), name="avh_probe"
        )
