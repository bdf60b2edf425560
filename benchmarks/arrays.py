"""The arrays that are looked at, and the way that needs no TensorFlow."""

import numpy as np

UNITS = 32
NUMPY = "np.histogram"
NUMPY_BINS = 30  # as tf.summary.histogram's default


def normal_values(count: int, rows: int) -> np.ndarray:
    """Standard normal values, float32 [count, rows, UNITS]; the same in every process."""
    return np.random.default_rng(0).standard_normal((count, rows, UNITS), dtype=np.float32)


def numpy_histogram(values: np.ndarray) -> np.ndarray:
    """Counts of equal bins over the range of the values."""
    return np.histogram(values, bins=NUMPY_BINS)[0]
