"""Where a layer moves mean and variance: arrows, the way from layer to layer, the fixed point.

The picture of Klambauer et al., "Self-Normalizing Neural Networks", 2017, figure 2. Needs
matplotlib, and reads no rcParams.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avh.render import theme
from avh.render.page import axes_at, new_page, save_page, set_ticks, write
from avh.render.run_colours import run_colours
from avh.render.scale import tick_labels, ticks
from avh.render.wording import number, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LEFT, _TOP, _WIDE, _HIGH, _GUTTER, _BOTTOM = 0.85, 1.42, 4.4, 3.7, 0.7, 0.6  # inches
_NARROWEST = 6.3  # inches that the words above take
_MEANS, _VARIANCES = (-0.4, 0.4), (0.4, 1.8)  # in standard deviations and variances
_ARROWS = 13  # along each axis
_LAYERS = 40  # of a way
_STARTS = ((-0.9, 0.93), (0.9, 0.93), (-0.9, 0.07), (0.9, 0.07), (0.0, 0.97), (0.0, 0.03))


@dataclass(frozen=True)
class MomentMap:
    """One map.

    Attributes:
        name: of the activation, which gives the colour.
        mean: of the fixed point.
        variance: of the fixed point, above 0.
        step: (mean, variance) of a layer -> those of the next; takes and gives arrays.
    """

    name: str
    mean: float
    variance: float
    step: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def moment_map_figure(maps: Sequence[MomentMap]) -> "Figure":
    """Draw maps beside each other, each around its own fixed point.

    Raises:
        ValueError: there is no map.
    """
    if not maps:
        raise ValueError("expected at least one map to draw, got none")
    width = _LEFT + len(maps) * (_WIDE + _GUTTER) - _GUTTER + 0.3
    figure = new_page(max(width, _NARROWEST), _TOP + _HIGH + _BOTTOM)
    write(figure, 0.25, 0.4, "Where a layer moves mean and variance", 15, weight="bold")
    legend = "Arrows: direction to the next layer. Dots: layer after layer from six beginnings."
    write(figure, 0.25, 0.64, legend, 9, color=theme.FAINT_INK)
    colours = run_colours([one.name for one in maps])
    for place, one in enumerate(maps):
        left = _LEFT + place * (_WIDE + _GUTTER)
        name = shorten(one.name, int(8 * _WIDE))
        write(figure, left, 1.05, name, 13, weight="bold", color=colours[one.name])
        words = f"fixed point: mean {number(one.mean)}, variance {number(one.variance)}"
        write(figure, left, 1.25, words, 9)
        axes = axes_at(figure, (left, _TOP, _WIDE, _HIGH))
        _set_axes(axes, one)
        _draw_arrows(axes, one)
        _draw_ways(axes, one, colours[one.name])
        below = _TOP + _HIGH + 0.42
        write(figure, left + _WIDE / 2, below, "mean", 10, ha="center")
    middle = _TOP + _HIGH / 2
    write(figure, 0.3, middle, "variance", 10, ha="center", va="center", rotation=90)
    return figure


def save_moment_map(maps: Sequence[MomentMap], path: str | os.PathLike) -> None:
    """Write `moment_map_figure` as a PNG; `path` holds the old file or the whole new one.

    Raises:
        ValueError: there is no map.
        OSError: the file can not be written.
    """
    save_page(moment_map_figure(maps), path)


def _window(one: MomentMap) -> tuple[np.ndarray, np.ndarray]:
    """The limits of both axes."""
    means = one.mean + np.sqrt(one.variance) * np.array(_MEANS)
    return means, one.variance * np.array(_VARIANCES)


def _set_axes(axes: "Axes", one: MomentMap) -> None:
    means, variances = _window(one)
    axes.set_xlim(*means)
    axes.set_ylim(*variances)
    for axis, limits in (("x", means), ("y", variances)):
        positions = ticks(*map(float, limits), most=6)
        set_ticks(axes, axis, positions, tick_labels(positions)[0])


def _draw_arrows(axes: "Axes", one: MomentMap) -> None:
    """Arrows that point the right way on paper; their lengths grow as the root of the distance."""
    means, variances = _window(one)
    inner = (np.arange(_ARROWS) + 0.5) / _ARROWS
    x, y = np.meshgrid(means[0] + inner * np.ptp(means), variances[0] + inner * np.ptp(variances))
    next_x, next_y = one.step(x, y)
    right = (next_x - x) / np.ptp(means) * _WIDE  # inches on paper
    up = (next_y - y) / np.ptp(variances) * _HIGH
    length = np.hypot(right, up)
    shown = 0.8 * min(_WIDE, _HIGH) / _ARROWS * np.sqrt(length / length.max()) / length
    axes.quiver(
        x, y, right * shown, up * shown, angles="uv", scale_units="inches", scale=1, units="inches",
        width=0.012, headwidth=4.5, headlength=5, headaxislength=4.5, minlength=0,
        color=theme.NONFINITE, zorder=1,
    )  # fmt: skip


def _draw_ways(axes: "Axes", one: MomentMap, colour: str) -> None:
    means, variances = _window(one)
    for across, height in _STARTS:
        way = [(one.mean + across * np.ptp(means) / 2, variances[0] + height * np.ptp(variances))]
        for _ in range(_LAYERS):
            way.append(tuple(map(float, one.step(*map(np.asarray, way[-1])))))
        axes.plot(*zip(*way, strict=True), color=colour, linewidth=1.2, zorder=2)
        axes.plot(
            *zip(*way, strict=True), color=colour, linewidth=0, marker="o", markersize=3.2,
            markeredgewidth=0, zorder=3,
        )  # fmt: skip
    axes.plot(
        one.mean, one.variance, marker="o", markersize=9, markerfacecolor=theme.PAPER,
        markeredgecolor=theme.ZERO, markeredgewidth=2.2, zorder=4,
    )  # fmt: skip
