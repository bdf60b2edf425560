"""The sketch of one tensor, computed inside the graph.

One packed vector a tensor leaves the graph: a histogram of every element, the sums behind mean and
variance, and per unit (last axis) the minimum and maximum. It is made of ops that XLA compiles, so
it runs eagerly, in a graph and under `jit_compile=True`. In a plain graph the histogram and the
extremes are compiled by themselves and the sums are not: each is faster that way on a CPU.

`avh.monitor.layout` says what the vector holds; `avh.monitor.sketch` unpacks it on the host.
"""

import functools
from collections.abc import Callable

import tensorflow as tf

from avh.monitor.layout import HIGHEST, LOWEST, MANTISSA_BITS

SHIFT = 23 - MANTISSA_BITS
BINS = 1 << (32 - SHIFT)

# Sums of the values as they are lose digits when the mean is far from 0: where the variance is
# below this share of the mean square, and where squares overflow or vanish, a second, careful
# pass centres and scales them first.
_CANCELLATION = 0.01
_SMALLEST_SQUARES = 1e-30


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
    low, high = saturation or (-float("inf"), float("inf"))
    return _sketch_for(units, low, high)(tf.stop_gradient(rows), step)


@functools.cache
def _sketch_for(units: int, low: float, high: float) -> Callable:
    """One function a width and activation, so that no shape has it traced again."""
    signature = (tf.TensorSpec([None, units], tf.float32), tf.TensorSpec([], tf.int64))

    def sketch(rows: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        counts, minimum, maximum = _scan_for(units)(rows)
        sums, minimum, maximum = _sums(rows, minimum, maximum)
        ints = [tf.cast(step, tf.int32), _count_low(rows, low), _count_high(rows, high)]
        return tf.concat(
            [tf.bitcast(tf.concat([ints, counts], 0), tf.float32), sums, minimum, maximum], 0
        )

    return tf.function(sketch, input_signature=signature, autograph=False)


@functools.cache
def _scan_for(units: int) -> Callable:
    """Histogram and extremes in one compiled program; XLA keeps one for each number of rows."""
    compiled = tf.test.is_built_with_xla() or None
    signature = (tf.TensorSpec([None, units], tf.float32),)
    return tf.function(_scan, input_signature=signature, autograph=False, jit_compile=compiled)


def _scan(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    bits = tf.reshape(tf.bitcast(rows, tf.int32), [-1])
    bins = tf.bitwise.bitwise_and(tf.bitwise.right_shift(bits, SHIFT), BINS - 1)
    counts = tf.math.unsorted_segment_sum(tf.ones_like(bins), bins, BINS)
    return _sides(counts), tf.reduce_min(rows, axis=0), tf.reduce_max(rows, axis=0)


def _sides(counts: tf.Tensor) -> tf.Tensor:
    """[2 * SIDE]: of either sign [1] zero, [1] tiny, the bins, [1] huge, [1] Inf, [1] NaN."""
    counts = tf.reshape(counts, [2, BINS // 2])
    first, end = ((127 + octave) << MANTISSA_BITS for octave in (LOWEST, HIGHEST))
    infinity = 255 << MANTISSA_BITS
    tiny, huge, nan = counts[:, 1:first], counts[:, end:infinity], counts[:, infinity + 1 :]
    pieces = [
        counts[:, :1],
        tf.reduce_sum(tiny, axis=1, keepdims=True),
        counts[:, first:end],
        tf.reduce_sum(huge, axis=1, keepdims=True),
        counts[:, infinity : infinity + 1],
        tf.reduce_sum(nan, axis=1, keepdims=True),
    ]
    return tf.reshape(tf.concat(pieces, axis=1), [-1])


def _sums(
    rows: tf.Tensor, minimum: tf.Tensor, maximum: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """[FLOATS], and the extremes, which need a second look only beside non-finite elements."""
    size = tf.cast(tf.size(rows), tf.float32)
    total, squares = tf.reduce_sum(rows), 2 * tf.nn.l2_loss(rows)
    spread = squares - tf.square(total) / size
    enough = (squares > _SMALLEST_SQUARES) & (spread > _CANCELLATION * squares)
    plain = tf.math.is_finite(squares) & tf.math.is_finite(spread) & enough
    return tf.cond(
        plain,
        lambda: (tf.stack([1.0, 0.0, total, squares]), minimum, maximum),
        lambda: _careful_sums(rows),
    )


def _careful_sums(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    finite = tf.math.is_finite(rows)
    minimum = tf.reduce_min(tf.where(finite, rows, float("inf")), axis=0)
    maximum = tf.reduce_max(tf.where(finite, rows, -float("inf")), axis=0)
    largest = tf.maximum(-tf.reduce_min(minimum), tf.reduce_max(maximum))
    scale = tf.where((largest > 0) & tf.math.is_finite(largest), largest, 1.0)
    count = tf.maximum(tf.reduce_sum(tf.cast(finite, tf.float32)), 1.0)
    scaled = tf.where(finite, rows / scale, 0.0)
    centre = tf.reduce_sum(scaled) / count
    rest = tf.where(finite, scaled - centre, 0.0)
    sums = tf.stack([scale, centre, tf.reduce_sum(rest), tf.reduce_sum(tf.square(rest))])
    return sums, minimum, maximum


def _count_low(rows: tf.Tensor, bound: float) -> tf.Tensor:
    if bound == -float("inf"):
        return tf.constant(0)
    return tf.math.count_nonzero(rows <= bound, dtype=tf.int32)


def _count_high(rows: tf.Tensor, bound: float) -> tf.Tensor:
    if bound == float("inf"):
        return tf.constant(0)
    return tf.math.count_nonzero(rows >= bound, dtype=tf.int32)
