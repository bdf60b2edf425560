"""The picture of one layer's distribution, for TensorBoard's image cards.

The bars are probabilities: with the share of exact zeros they add up to 1 over the finite values.
Zeros have a bar of their own, cut short where it would flatten the others; its share is said in
words, and so are NaN, Inf, and what lies beyond the axis.
"""

from typing import TYPE_CHECKING

import numpy as np

from avh.render import theme
from avh.render.binning import Distribution, distribution
from avh.render.canvas import Box, draw_sheet, label_axis
from avh.render.lettering import write, write_heading
from avh.render.scale import power, round_up, tick_labels, ticks
from avh.render.wording import nonfinite, number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PLOT = Box(left=72, top=90, right=theme.WIDTH - theme.MARGIN, bottom=348)
_X_LABEL, _Y_LABEL = 375, 26  # where the axis labels begin, pixels from the top and from the left
_PAD = 10  # pixels between the frame and the outermost bars, room for a zero bar at either end
_ZERO_WIDTH = 9
_TALL = 1.6  # a zero bar up to this many times the tallest other bar is drawn in full
_HEADROOM = 1.04


class HistogramPicture:
    """Draws histograms one after another on copies of one sheet."""

    def __init__(self) -> None:
        self._sheet = draw_sheet(_PLOT, _label)

    def draw(self, values: np.ndarray, *, layer: str, step: int) -> np.ndarray:
        """The picture of `values`.

        Args:
            values: numbers of any shape, taken as float32; may hold NaN and Inf, or nothing.
            layer: the layer's path, shown as it is.
            step: the training step.

        Returns:
            uint8 [400, 480, 3].
        """
        found = distribution(values)
        top, whole_zero_bar = _height(found)
        picture = self._sheet.copy()
        _paint_ticks(picture, found, top)
        _paint_bars(picture, found, top)
        if found.zero_share:
            _paint_zeros(picture, found, top, cut=not whole_zero_bar)
        if found.finite:
            _paint_mean(picture, found)
        else:
            middle = (_PLOT.left + _PLOT.right) // 2
            write(picture, "no finite values", middle, 222, colour=theme.ALARM, align=0.5)
        facts = f"step {step:,}  ·  mean {number(found.mean)}  ·  std {number(found.std)}"
        write_heading(picture, layer, facts, _notes(found, cut=not whole_zero_bar))
        return picture


def _height(found: Distribution) -> tuple[float, bool]:
    """The probability at the top of the axis, and whether it holds the whole zero bar."""
    tallest = float(found.shares.max())
    if not tallest:
        return 1.0, True
    whole = found.zero_share <= _TALL * tallest
    highest = max(tallest, found.zero_share) if whole else tallest * 1.1
    return min(round_up(highest * _HEADROOM), 1.0), whole


def _label(axes: "Axes") -> None:
    label_axis(axes, "x", "activation", (0.5, (_PLOT.bottom - _X_LABEL) / _PLOT.height))
    label_axis(axes, "y", "probability", ((_Y_LABEL - _PLOT.left) / _PLOT.width, 0.5))


def _paint_ticks(picture: np.ndarray, found: Distribution, top: float) -> None:
    small = theme.TICK_SIZE
    positions = ticks(0, top, most=5)
    labels, exponent = tick_labels(positions)
    for position, label in zip(positions, labels, strict=True):
        row = int(_rows(position, top))
        if position:
            picture[row, _PLOT.left : _PLOT.right] = theme.rgb(theme.GRID)
        write(picture, label, _PLOT.left - 7, row + 5, size=small, align=1.0)
    if exponent:
        write(picture, power(exponent), _PLOT.right, _PLOT.top - 4, size=small, align=1.0)
    positions = ticks(float(found.edges[0]), float(found.edges[-1]))
    labels, exponent = tick_labels(positions)
    for position, label in zip(positions, labels, strict=True):
        column = int(_columns(found, position))
        picture[_PLOT.bottom : _PLOT.bottom + 5, column] = theme.rgb(theme.FAINT_INK)
        write(picture, label, column, _PLOT.bottom + 21, size=small, align=0.5)
    if exponent:
        write(picture, power(exponent), _PLOT.right, _X_LABEL + 14, size=small, align=1.0)


def _columns(found: Distribution, at: np.ndarray | float) -> np.ndarray:
    """Pixel columns of positions on the axis of activations."""
    low, high = found.edges[0], found.edges[-1]
    inner = _PLOT.width - 2 * _PAD
    return np.rint(_PLOT.left + _PAD + (at - low) / (high - low) * inner).astype(int)


def _rows(shares: np.ndarray | float, top: float) -> np.ndarray:
    heights = np.ceil(np.minimum(shares / top, 1.0) * _PLOT.height)  # a count of 1 shows as a pixel
    return _PLOT.bottom - heights.astype(int)


def _paint_bars(picture: np.ndarray, found: Distribution, top: float) -> None:
    columns, rows = _columns(found, found.edges), _rows(found.shares, top)
    colour = theme.rgb(theme.BAR)
    for left, right, row in zip(columns[:-1], columns[1:], rows, strict=True):
        picture[row : _PLOT.bottom, left : right - 1] = colour


def _paint_zeros(picture: np.ndarray, found: Distribution, top: float, *, cut: bool) -> None:
    left = int(_columns(found, 0.0)) - _ZERO_WIDTH // 2
    right = left + _ZERO_WIDTH
    row = _PLOT.top - 4 if cut else int(_rows(found.zero_share, top))
    picture[row : _PLOT.bottom, left - 1 : right + 1] = theme.rgb(theme.PAPER)
    picture[row : _PLOT.bottom, left:right] = theme.rgb(theme.ZERO)
    if cut:  # two slanted gaps: the bar goes on
        for column in range(left - 1, right + 1):
            for start in (row + 11, row + 17):
                slant = start - (column - left) // 2
                picture[slant : slant + 3, column] = theme.rgb(theme.PAPER)


def _paint_mean(picture: np.ndarray, found: Distribution) -> None:
    if found.edges[0] <= found.mean <= found.edges[-1]:
        column = int(_columns(found, found.mean))
        for row in range(_PLOT.top, _PLOT.bottom, 7):
            picture[row : row + 4, column] = theme.rgb(theme.INK)


def _notes(found: Distribution, *, cut: bool) -> list[tuple[str, str]]:
    notes = []
    if found.zero_share:
        words = f"{percent(found.zero_share)} exact zeros" + (" (bar cut)" if cut else "")
        notes.append((words, theme.ZERO))
    if found.nans or found.infs:
        notes.append((nonfinite(found.nans, found.infs), theme.ALARM))
    if found.beyond_share:
        span = f"{number(found.lowest)} … {number(found.highest)}"
        notes.append((f"range {span}", theme.FAINT_INK))
    return notes or [("no exact zeros", theme.FAINT_INK)]
