"""The layout of a packed sketch, which the graph writes and the host reads.

The vector, float32, integers as their bits: `INTS` numbers (the step, the elements at or below the
lower saturation bound, those at or above the upper one), `SIDE` counts of the elements that are
not negative, as many of the negative ones, `FLOATS` numbers (scale, centre, sum of
(x / scale - centre), sum of its squares), `UNIT_ROWS` rows of one number a unit (min, max).

The counts have no range to guess: their bins are the upper bits of a float32 (sign, exponent,
`MANTISSA_BITS` of the mantissa), so a bin is 1/16 of an octave or less. Those between
2**LOWEST and 2**HIGHEST are kept, of either sign; what is smaller or larger is one bin each, and so
are zero, infinity and NaN.
"""

import numpy as np

MANTISSA_BITS = 4
LOWEST, HIGHEST = -48, 16  # octaves: gradients lie far below the activations
SIDE = ((HIGHEST - LOWEST) << MANTISSA_BITS) + 5  # zero, tiny, the bins, huge, infinity, NaN
FINE = SIDE - 2  # those of finite elements
INTS, FLOATS, UNIT_ROWS = 3, 4, 2
COUNTS = slice(INTS, INTS + 2 * SIDE)
UNITS_START = COUNTS.stop + FLOATS


def packed_size(units: int) -> int:
    """Length of the vector of a tensor with so many units."""
    return UNITS_START + UNIT_ROWS * units


def _fine_edges() -> np.ndarray:
    octaves = 2.0 ** np.arange(LOWEST, HIGHEST)
    steps = 1 + np.arange(1 << MANTISSA_BITS) / (1 << MANTISSA_BITS)
    inner = (octaves[:, None] * steps).ravel()
    return np.concatenate([[0.0], inner, [2.0**HIGHEST, 2.0**128]])


# Edges of the bins of one sign but zero, [FINE]: 0, 2**-48, …, 2**16, 2**128.
FINE_EDGES = _fine_edges()
