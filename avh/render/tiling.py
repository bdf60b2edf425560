"""Where each value of an activation is shown: maps side by side in a grid.

Every activation is seen as maps [h, w, count]: a convolution's channels; a vector's units, each a
map of 1 x 1; a sequence as one map, time from left to right and channels downwards.
"""

from dataclasses import dataclass

import numpy as np

# Ratio of a grid's sides up to which it is taken for having no blanks.
_LONGEST_OF_UNITS, _LONGEST_OF_MAPS = 2.5, 2.0
_BLANK_COST = 5  # an octave of elongation is as bad as a fifth of the grid blank


def as_maps(activation: np.ndarray) -> np.ndarray:
    """The activation of one example as maps [h, w, count].

    [n] gives [1, 1, n]; [t, c] gives [c, t, 1]; [h, w, c] stays; what has more axes has the leading
    ones joined to the channels; a scalar gives [1, 1, 1].

    >>> as_maps(np.zeros((5, 14, 14, 8))).shape
    (14, 14, 40)
    """
    if activation.ndim <= 1:
        return activation.reshape(1, 1, -1)
    if activation.ndim == 2:
        return activation.T[:, :, None]
    height, width, channels = activation.shape[-3:]
    stack = activation.reshape(-1, height, width, channels)
    return np.moveaxis(stack, 0, -2).reshape(height, width, -1)


@dataclass(frozen=True)
class Tiling:
    """A grid of `count` tiles of height x width cells, filled row by row; the rest is blank."""

    rows: int
    columns: int
    height: int
    width: int
    count: int

    def extent(self, cell: tuple[int, int], gap: int) -> tuple[int, int]:
        """Height and width in pixels, for cells of `cell` (height, width), `gap` between tiles."""
        return (
            self.rows * self.height * cell[0] + (self.rows - 1) * gap,
            self.columns * self.width * cell[1] + (self.columns - 1) * gap,
        )

    def index(self, cell: tuple[int, int] = (1, 1), gap: int = 0) -> np.ndarray:
        """For every pixel the flat index into maps [h, w, count]; -1 in gaps and blanks.

        Returns:
            intp, of shape `extent(cell, gap)`.

        >>> Tiling(rows=1, columns=2, height=1, width=2, count=2).index(gap=1)
        array([[ 0,  2, -1,  1,  3]])
        """
        high, wide = self.extent(cell, gap)
        row, y = np.divmod(np.arange(high), self.height * cell[0] + gap)
        column, x = np.divmod(np.arange(wide), self.width * cell[1] + gap)
        y, x = (y // cell[0])[:, None], x // cell[1]
        tile = row[:, None] * self.columns + column
        shown = (y < self.height) & (x < self.width) & (tile < self.count)
        return np.where(shown, (y * self.width + x) * self.count + tile, -1)


def tile(height: int, width: int, count: int) -> Tiling:
    """The grid for `count` (>= 1) maps whose outline is most nearly square.

    A grid without blanks goes first unless it is longer than 2 times its other side (2.5 times
    where the maps are single units).

    >>> tile(1, 1, 40).rows, tile(1, 1, 40).columns, tile(1, 1, 13).columns
    (5, 8, 4)
    """
    columns = np.arange(1, count + 1)
    rows = -(-count // columns)
    lengths = columns * width / (rows * height)
    elongation = np.abs(np.log2(lengths))
    blanks = (rows * columns - count) / (rows * columns)
    # Of two grids equally long, the wide one: pictures are wider than high.
    exact = np.where(blanks == 0, elongation - 1e-6 * np.sign(lengths - 1), np.inf)
    longest = _LONGEST_OF_UNITS if height * width == 1 else _LONGEST_OF_MAPS
    if exact.min() <= np.log2(longest):
        best = int(exact.argmin())
    else:
        best = int((elongation + _BLANK_COST * blanks).argmin())
    return Tiling(int(rows[best]), int(columns[best]), height, width, count)
