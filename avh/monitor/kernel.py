"""The sketch of one tensor, computed inside the graph.

One packed vector a tensor leaves the graph: a histogram of every element, and per unit (last axis)
what is needed for mean, variance, minimum and maximum. It is made of ops that XLA compiles, so it
runs eagerly, in a graph and under `jit_compile=True`; in a plain graph it is compiled by itself.

The histogram has no range to guess: its 8,192 bins are the upper 13 bits of a float32 (sign,
exponent, four bits of mantissa), so a bin is 1/16 of an octave or less, and zeros and non-finite
values have bins of their own. `avh.monitor.sketch` unpacks it on the host.
"""

import functools
from collections.abc import Callable

import tensorflow as tf

MANTISSA_BITS = 4
SHIFT = 23 - MANTISSA_BITS
BINS = 1 << (32 - SHIFT)
# per unit: shift, finite count, sum of (x - shift), sum of (x - shift)**2, min, max
UNIT_ROWS = 6
HEADER = 3  # step, elements below the lower saturation bound, elements above the upper one
INFINITY_BITS = 0x7F800000


def packed_size(units: int) -> int:
    """Length of the vector that `sketch_tensor` gives for a tensor with so many units."""
    return HEADER + BINS + UNIT_ROWS * units


def unit_count(tensor: tf.Tensor) -> int:
    """Units of a tensor: the static size of its last axis; 1 below rank 2 or if unknown."""
    if tensor.shape.rank is None or tensor.shape.rank < 2:
        return 1
    return tensor.shape[-1] or 1


def sketch_tensor(
    tensor: tf.Tensor,
    step: tf.Tensor,
    saturation: tuple[float, float] | None = None,
) -> tf.Tensor:
    """Sketch a tensor in one place of the graph.

    Args:
        tensor: floating, any shape; the last axis is the units. float64 is clipped to float32's
            range; float16 and bfloat16 are widened first, so that no sum overflows.
        step: int64 scalar, stored beside the numbers so that a stale sketch can be told.
        saturation: count the elements <= the first and >= the second number.

    Returns:
        float32 [packed_size(units)]; integers are stored as their bits. Read it with
        `avh.monitor.sketch.Sketch.unpack`.
    """
    units = unit_count(tensor)
    if tensor.dtype == tf.float64:
        tensor = tf.where(
            tf.math.is_finite(tensor),
            tf.clip_by_value(tensor, tf.float32.min, tf.float32.max),
            tensor,
        )
    rows = tf.reshape(tf.cast(tensor, tf.float32), [-1, units])
    low, high = saturation or (None, None)
    return _kernel_for(units, low, high)(tf.stop_gradient(rows), step)


@functools.cache
def _kernel_for(units: int, low: float | None, high: float | None) -> Callable:
    """One compiled kernel a width; XLA keeps a program for each number of rows."""
    signature = (tf.TensorSpec([None, units], tf.float32), tf.TensorSpec([], tf.int64))

    def kernel(rows: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        return _kernel(rows, step, low, high)

    return tf.function(
        kernel,
        input_signature=signature,
        autograph=False,
        jit_compile=tf.test.is_built_with_xla() or None,
    )


def _kernel(rows: tf.Tensor, step: tf.Tensor, low: float | None, high: float | None) -> tf.Tensor:
    bits = tf.reshape(tf.bitcast(rows, tf.int32), [-1])
    bins = tf.bitwise.bitwise_and(tf.bitwise.right_shift(bits, SHIFT), BINS - 1)
    counts = tf.math.unsorted_segment_sum(tf.ones_like(bins), bins, BINS)
    magnitudes = tf.bitwise.bitwise_and(bits, 0x7FFFFFFF)
    nonfinite = tf.reduce_sum(tf.cast(magnitudes >= INFINITY_BITS, tf.int32))
    units = tf.cond(nonfinite > 0, lambda: _masked_moments(rows), lambda: _moments(rows))
    header = tf.stack(
        [
            tf.cast(step, tf.int32),
            _count(rows <= low) if low is not None else tf.constant(0),
            _count(rows >= high) if high is not None else tf.constant(0),
        ]
    )
    as_floats = tf.bitcast(tf.concat([header, counts], 0), tf.float32)
    return tf.concat([as_floats, tf.reshape(units, [-1])], 0)


def _count(mask: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.cast(mask, tf.int32))


def _first_row(rows: tf.Tensor) -> tf.Tensor:
    """A shift near the data, [units], so that squares do not cancel; 0 where there is none."""
    first = tf.reduce_max(rows[:1], axis=0)
    return tf.where(tf.math.is_finite(first), first, 0.0)


def _moments(rows: tf.Tensor) -> tf.Tensor:
    shift = _first_row(rows)
    centred = rows - shift
    finite = tf.fill(tf.shape(shift), tf.shape(rows)[0])
    return tf.stack(
        [
            shift,
            tf.bitcast(finite, tf.float32),
            tf.reduce_sum(centred, axis=0),
            tf.reduce_sum(tf.square(centred), axis=0),
            tf.reduce_min(rows, axis=0),
            tf.reduce_max(rows, axis=0),
        ]
    )


def _masked_moments(rows: tf.Tensor) -> tf.Tensor:
    shift = _first_row(rows)
    ok = tf.math.is_finite(rows)
    centred = tf.where(ok, rows - shift, 0.0)
    finite = tf.reduce_sum(tf.cast(ok, tf.int32), axis=0)
    return tf.stack(
        [
            shift,
            tf.bitcast(finite, tf.float32),
            tf.reduce_sum(centred, axis=0),
            tf.reduce_sum(tf.square(centred), axis=0),
            tf.reduce_min(tf.where(ok, rows, float("inf")), axis=0),
            tf.reduce_max(tf.where(ok, rows, -float("inf")), axis=0),
        ]
    )
