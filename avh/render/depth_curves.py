"""Mean and spread of signals through the depth of networks: columns are networks.

Four rows: mean and standard deviation of the layers' outputs, then of the gradients that travel
back. A row's axes are the same for all columns. Bands reach from the smallest to the largest of
all examples; lines are their medians. Needs matplotlib, and reads no rcParams.
"""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avh.render import theme
from avh.render.page import (
    axes_at,
    decade_ticks,
    new_page,
    save_page,
    set_ticks,
    signed,
    write,
)
from avh.render.run_colours import run_colours
from avh.render.scale import snap, tick_labels, ticks
from avh.render.wording import number, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Band = tuple[np.ndarray, np.ndarray, np.ndarray]  # smallest, median, largest: each [depth]

_LEFT, _RIGHT, _TOP, _BOTTOM = 1.72, 0.25, 1.5, 0.55  # inches around the panels
_HEIGHT, _GAP, _GUTTER = 1.25, 0.55, 0.6  # inches of a panel, below it, and between columns
_WIDTHS = ((1, 6.5), (2, 4.0), (3, 3.1), (4, 2.6))  # inches of a column, for up to so many
_NARROWEST = 2.2
_LOG_FROM = 20.0  # a standard deviation that varies by more than this factor has a log axis
_SYMLOG_FROM = 10.0  # so does a mean beyond this, outside of -1..1
_FARTHEST = 1e12  # log axes end at this and its inverse
_ROWS = (
    ("forward", "mean", "of a layer's outputs"),
    ("forward", "std", "of a layer's outputs"),
    ("gradient", "mean", "by a layer's inputs"),
    ("gradient", "std", "by a layer's inputs"),
)


@dataclass(frozen=True)
class DepthColumn:
    """One network.

    Attributes:
        name: of its activation, which gives the colour.
        facts: one line.
        bands: forward mean, forward std, gradient mean, gradient std.
        expected: the mean and the standard deviation that the activation is made to keep, if any.
    """

    name: str
    facts: str
    bands: tuple[Band, Band, Band, Band]
    expected: tuple[float, float] | None = None


def depth_figure(columns: Sequence[DepthColumn], title: str) -> "Figure":
    """Draw networks beside each other; depths may differ.

    Raises:
        ValueError: there is no column.
    """
    if not columns:
        raise ValueError("expected at least one network to draw, got none")
    wide = next((inches for most, inches in _WIDTHS if len(columns) <= most), _NARROWEST)
    width = _LEFT + len(columns) * (wide + _GUTTER) - _GUTTER + _RIGHT
    height = _TOP + len(_ROWS) * (_HEIGHT + _GAP) - _GAP + _BOTTOM
    figure = new_page(width, height)
    write(figure, 0.25, 0.4, title, 15, weight="bold")
    legend = (
        "Over the units of a layer. Band: smallest to largest of all examples; line: median. "
        "Gradients travel from right to left."
    )
    write(figure, 0.25, 0.64, legend, 9, color=theme.FAINT_INK)
    colours = run_colours([column.name for column in columns])
    for place, column in enumerate(columns):
        x = _LEFT + place * (wide + _GUTTER)
        colour = colours[column.name]
        write(figure, x, 1.0, shorten(column.name, int(8 * wide)), 13, weight="bold", color=colour)
        write(figure, x, 1.18, column.facts, 8.5, color=theme.FAINT_INK)
    depth = max(len(column.bands[0][0]) for column in columns)
    for row, words in enumerate(_ROWS):
        top = _TOP + row * (_HEIGHT + _GAP)
        _write_row(figure, words, top)
        limits = _limits([column.bands[row] for column in columns], words[1])
        for place, column in enumerate(columns):
            box = (_LEFT + place * (wide + _GUTTER), top, wide, _HEIGHT)
            axes = axes_at(figure, box)
            _set_axes(axes, depth, limits, words[1])
            _draw_band(axes, column, row, colours[column.name], limits)
            _write_end(figure, column.bands[row], words[0], box)
            if row == len(_ROWS) - 1:
                write(figure, box[0] + wide / 2, top + _HEIGHT + 0.36, "layer", 9, ha="center")
    return figure


def save_depth_curves(columns: Sequence[DepthColumn], title: str, path: str | os.PathLike) -> None:
    """Write `depth_figure` as a PNG; `path` holds the old file or the whole new one.

    Raises:
        ValueError: there is no column.
        OSError: the file can not be written.
    """
    save_page(depth_figure(columns, title), path)


def _write_row(figure: "Figure", words: tuple[str, str, str], top: float) -> None:
    direction, statistic, whose = words
    name = {"mean": "mean", "std": "std. deviation"}[statistic]
    write(figure, 0.25, top + 0.3, direction, 10, weight="bold")
    write(figure, 0.25, top + 0.5, name, 10)
    write(figure, 0.25, top + 0.68, whose, 7.5, color=theme.FAINT_INK)


def _write_end(
    figure: "Figure", band: Band, direction: str, box: tuple[float, float, float, float]
) -> None:
    """Say where the signal arrives: in the last layer, or, going back, in the first."""
    left, top, wide, _ = box
    place, words, align = (
        (-1, "last layer", "right") if direction == "forward" else (0, "first layer", "left")
    )
    ends = band[0][place], band[2][place]
    values = " to ".join(map(number, ends)) if np.isfinite(ends).all() else "not finite"
    x = left + wide if align == "right" else left
    write(figure, x, top - 0.06, f"{words} {values}", 8, ha=align, color=theme.FAINT_INK)


@dataclass(frozen=True)
class _Limits:
    low: float
    high: float
    scale: str  # of matplotlib: linear, log or symlog


def _limits(bands: Sequence[Band], statistic: str) -> _Limits:
    values = np.concatenate([np.concatenate([band[0], band[2]]) for band in bands])
    values = values[np.isfinite(values)]
    if not values.size:
        return _Limits(-1.0, 1.0, "linear") if statistic == "mean" else _Limits(0.0, 1.0, "linear")
    low, high = float(values.min()), float(values.max())
    if statistic == "mean":
        far = max(abs(low), abs(high))
        if far <= _SYMLOG_FROM:
            return _Limits(*snap(min(low, 0.0), max(high, 0.0))[:2], "linear")
        far = min(10.0 ** math.ceil(math.log10(far)), _FARTHEST)
        return _Limits(-far, far, "symlog")
    if high <= _LOG_FROM * low:
        return _Limits(0.0, snap(0.0, high)[1], "linear")
    low, high = max(low, 1 / _FARTHEST), min(max(high, 10 / _FARTHEST), _FARTHEST)
    powers = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return _Limits(10.0 ** powers[0], 10.0 ** max(powers[1], powers[0] + 1), "log")


def _set_axes(axes: "Axes", depth: int, limits: _Limits, statistic: str) -> None:
    if limits.scale == "symlog":
        axes.set_yscale("symlog", linthresh=1.0, linscale=max(1.0, math.log10(limits.high) / 3))
    else:
        axes.set_yscale(limits.scale)
    axes.set_ylim(limits.low, limits.high)
    axes.set_xlim(1, max(depth, 2))
    layers = sorted(
        {1.0, *(t for t in ticks(1, max(depth, 2), most=6) if t == int(t) and t > depth / 15)}
    )
    set_ticks(axes, "x", layers, [f"{layer:.0f}" for layer in layers])
    if limits.scale == "linear":
        positions = ticks(limits.low, limits.high, most=5)
        labels = tick_labels(positions)[0]
    elif limits.scale == "log":
        positions, labels = decade_ticks(limits.low, limits.high)
    else:
        decades, names = decade_ticks(1.0, limits.high, most=2)
        positions = [-p for p in decades[::-1]] + [0.0] + decades
        labels = [*signed([f"-{n}" for n in names[::-1]]), "0", *names]
    set_ticks(axes, "y", positions, labels)
    axes.hlines(positions, *axes.get_xlim(), color=theme.GRID, linewidth=0.7, zorder=0)
    axes.set_ylim(limits.low, limits.high)


def _draw_band(axes: "Axes", column: DepthColumn, row: int, colour: str, limits: _Limits) -> None:
    smallest, median, largest = (np.asarray(part, np.float64) for part in column.bands[row])
    if limits.scale == "log":  # what left the axis goes along its lower end
        smallest, median, largest = (
            np.maximum(part, limits.low) for part in (smallest, median, largest)
        )
    layers = np.arange(1, len(median) + 1)
    if column.expected and row < 2:
        axes.axhline(column.expected[row], color=theme.INK, linewidth=0.8, dashes=(4, 3), zorder=3)
    marker = "o" if len(layers) == 1 else ""
    axes.fill_between(layers, smallest, largest, color=colour, alpha=0.28, linewidth=0, zorder=1)
    for part, thickness in ((smallest, 0.7), (largest, 0.7), (median, 1.6)):
        axes.plot(layers, part, color=colour, linewidth=thickness, marker=marker, zorder=2)
    lost = ~(np.isfinite(smallest) & np.isfinite(largest))
    if lost.any():
        axes.text(
            0.98, 0.5, f"not finite in {lost.sum()} layers", transform=axes.transAxes, ha="right",
            va="center", size=8, color=theme.ALARM, family=theme.FONT, parse_math=False,
        )  # fmt: skip
