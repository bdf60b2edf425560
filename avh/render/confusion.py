"""A confusion matrix: which class was taken for which, as counts and as shares of each true class.

The colour is a share of the row on a fixed scale, so that the pictures of two runs can be compared:
right answers blue, wrong ones orange. Up to twenty classes every cell bears its numbers; beyond,
colours and the list of the most frequent mistakes say it. Needs matplotlib, and reads no rcParams.
"""

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from avh.render import theme
from avh.render.page import axes_at, new_page, save_page, write
from avh.render.wording import percent, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WORDED = 20  # classes, up to which the cells bear numbers
_CELL = 0.62  # inches, with numbers
_SIDE, _LARGEST, _SMALLEST = 10.0, 0.3, 0.1  # without: of the matrix, a cell and a labelled row
_TOP, _BOTTOM, _EDGE, _GUTTER = 1.35, 0.3, 0.25, 0.3
_LETTER = 0.0085  # inches of a letter, for each point of its size
_TEXT, _SMALL, _TINY = 9.0, 7.5, 5.5  # points
_NAME = 16  # characters of a class
_TOTALS = 0.75  # inches of the column with the number of examples
_MISTAKES, _LINE = 15, 0.2  # in the list: how many, and inches of one
_WIDEST_TEXT = 6.6  # inches that the words at the top need
_TITLE = 15.0  # points
_DARK = 0.65  # from this depth of blue on words are white
_HEADING = "Most frequent mistakes"
_LEGEND = (
    "Rows: the true class. Columns: what the network says.",
    "Blue: right, orange: wrong; the darker, the larger the share of the row.",
)


def confusion_figure(
    counts: np.ndarray, classes: Sequence[str], title: str, subtitle: str = ""
) -> "Figure":
    """Draw a confusion matrix.

    Args:
        counts: whole numbers [classes, classes]; the row is the true class. A row may be all 0.
        classes: the name of each.
        title: a line above.
        subtitle: a smaller one below it.

    Raises:
        ValueError: there is no class, or `counts` has another shape.
    """
    counts = np.asarray(counts)
    if not classes or counts.shape != (len(classes), len(classes)):
        raise ValueError(
            f"counts: one row and one column for each of {len(classes)} classes expected, "
            f"got shape {counts.shape}"
        )
    names = [shorten(name, _NAME) for name in classes]
    is_worded = len(names) <= _WORDED
    cell = _CELL if is_worded else min(_LARGEST, _SIDE / len(names))
    size = _TEXT if is_worded else max(_TINY, min(_TEXT, 0.75 * 72 * cell))
    longest = max(map(len, names)) * _LETTER * size
    is_level = longest < 0.9 * cell
    mistakes = _mistakes(counts, names)
    left = _EDGE + longest + 0.1
    top = _TOP + (0.2 if is_level else longest + 0.15)
    side = cell * len(names)
    right = left + side + (_TOTALS if is_worded else 0) + _GUTTER
    listed = max(len(line) for line in [_HEADING + "   ", *mistakes]) * _LETTER * _TEXT
    width = right + (listed + _EDGE if mistakes else 0)
    width = max(width, _WIDEST_TEXT, len(title) * _LETTER * 1.2 * _TITLE)
    height = top + max(side, (len(mistakes) + 2) * _LINE) + _BOTTOM
    figure = new_page(width, height)
    write(figure, _EDGE, 0.4, title, _TITLE, weight="bold")
    write(figure, _EDGE, 0.64, subtitle, _TEXT)
    for line, words in enumerate(_LEGEND):
        write(figure, _EDGE, 0.86 + 0.17 * line, words, _TEXT, color=theme.FAINT_INK)
    depth = np.sqrt(_row_shares(counts))
    _draw_cells(axes_at(figure, (left, top, side, side)), depth)
    _name_classes(figure, names, (left, top, cell, size), is_level)
    if is_worded:
        _word_cells(figure, counts, depth, (left, top))
    _list_mistakes(figure, mistakes, (right, top))
    return figure


def save_confusion(
    path: str | os.PathLike,
    counts: np.ndarray,
    classes: Sequence[str],
    title: str,
    subtitle: str = "",
) -> None:
    """Write `confusion_figure` as a PNG; `path` holds the old file or the whole new one.

    Raises:
        ValueError: as `confusion_figure`.
        OSError: the file can not be written.
    """
    save_page(confusion_figure(counts, classes, title, subtitle), path)


def _row_shares(counts: np.ndarray) -> np.ndarray:
    """float64 [classes, classes], in [0, 1]; 0 in a row without examples."""
    return counts / np.maximum(counts.sum(1, keepdims=True), 1)


def _draw_cells(axes: "Axes", depth: np.ndarray) -> None:
    right = np.eye(len(depth), dtype=bool)[..., None]
    full = np.where(right, theme.rgb(theme.BAR), theme.rgb(theme.ZERO))
    paper = np.array(theme.rgb(theme.PAPER))
    pixels = np.rint(paper + depth[..., None] * (full - paper)).astype(np.uint8)
    axes.imshow(pixels, interpolation="nearest", origin="upper", aspect="auto")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set(visible=True, color=theme.FAINT_INK, linewidth=0.6)
    if len(depth) <= _WORDED:
        for line in np.arange(1, len(depth)) - 0.5:
            axes.axhline(line, color=theme.GRID, linewidth=0.8)
            axes.axvline(line, color=theme.GRID, linewidth=0.8)


def _name_classes(
    figure: "Figure",
    names: Sequence[str],
    place: tuple[float, float, float, float],
    is_level: bool,
) -> None:
    left, top, cell, size = place
    across = {"ha": "center"} if is_level else {"ha": "center", "rotation": 90}
    every = math.ceil(_SMALLEST / cell - 1e-9)
    for index in range(0, len(names), every):
        middle = (index + 0.5) * cell
        style = {"ha": "right", "va": "center_baseline"}
        write(figure, left - 0.08, top + middle, names[index], size, **style)
        write(figure, left + middle, top - 0.08, names[index], size, va="bottom", **across)


def _word_cells(
    figure: "Figure", counts: np.ndarray, depth: np.ndarray, place: tuple[float, float]
) -> None:
    left, top = place
    totals, shares = counts.sum(1), _row_shares(counts)
    beside = left + len(counts) * _CELL + _TOTALS - 0.1
    write(figure, beside, top - 0.08, "examples", _SMALL, ha="right", color=theme.FAINT_INK)
    for row, total in enumerate(totals):
        middle = top + (row + 0.5) * _CELL
        style = {"ha": "right", "va": "center_baseline", "color": theme.FAINT_INK}
        write(figure, beside, middle, f"{total:,}", _TEXT, **style)
    for row, column in np.argwhere(counts):
        x, y = left + (column + 0.5) * _CELL, top + (row + 0.5) * _CELL
        is_dark = row == column and depth[row, column] > _DARK
        colour = theme.PAPER if is_dark else theme.INK
        words = f"{counts[row, column]:,}"
        write(figure, x, y, words, _TEXT, ha="center", color=colour, weight="bold")
        share = percent(float(shares[row, column]))
        write(figure, x, y + 0.17, share, _SMALL, ha="center", color=colour)


def _mistakes(counts: np.ndarray, names: Sequence[str]) -> list[str]:
    """The most frequent ones in words, the largest count first."""
    wrong = np.where(np.eye(len(counts), dtype=bool), 0, counts)
    order = np.argsort(-wrong, axis=None, kind="stable")[:_MISTAKES]
    shares = _row_shares(counts)
    found = [divmod(int(place), len(counts)) for place in order]
    return [
        f"{names[row]} \N{RIGHTWARDS ARROW} {names[column]}   {wrong[row, column]:,} "
        f"({percent(float(shares[row, column]))})"
        for row, column in found
        if wrong[row, column]
    ]


def _list_mistakes(figure: "Figure", lines: Sequence[str], place: tuple[float, float]) -> None:
    left, top = place
    if lines:
        write(figure, left, top + 0.12, _HEADING, _TEXT, weight="bold")
    for number, line in enumerate(lines, start=1):
        write(figure, left, top + 0.15 + number * _LINE, line, _TEXT)
