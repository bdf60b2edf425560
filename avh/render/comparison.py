"""One picture of a comparison: rows are layers, columns are runs, at one step.

All cells of a row share their axes. A cell shows its run filled and, in comparisons of up to four
runs, the others as lines. Exact zeros, which have no density, are a bar of their own, as high as
their share. Needs matplotlib but not TensorFlow, and reads no rcParams.
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from avh.render import theme
from avh.render.page import DPI, new_page, save_page, write
from avh.render.run_colours import run_colours
from avh.render.scale import power, tick_labels, ticks
from avh.render.selection import Cell, cell, common_records, layer_paths
from avh.render.spread import shared_edges, shared_top
from avh.render.wording import TIMES, nonfinite, number, percent, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from avh.records.reader import RunRecords

_LONGEST_SIDE = 20_000  # of a longer picture, in pixels, the resolution goes down
_LEFT, _RIGHT, _TOP, _BOTTOM = 1.35, 0.25, 1.34, 0.1  # inches around the cells
_WORDS, _HEIGHT, _TICKS, _GUTTER = 0.4, 0.95, 0.36, 0.25  # inches of and between the cells
_WIDTHS = ((1, 5.0), (2, 3.8), (4, 2.9), (6, 2.4))  # inches of a cell, for up to so many runs
_NARROWEST = 2.0
_OVERLAID = 4  # up to so many runs a cell shows the others
_ZERO_WIDTH = 0.018  # of the axis
_NAME_CHARACTERS = 7  # of a column's head, in an inch
_DEAD = 0.005  # a share of dead units from which on it is mentioned
_ZERO_LEGEND = "Orange bar: share of exact zeros; the full height is 100 %."


def comparison_figure(runs: "Sequence[RunRecords]") -> "Figure":
    """Histograms of all layers of all runs at the last step they have in common.

    Args:
        runs: records; one column each, from left to right. Layers may differ.

    Raises:
        ValueError: there is no run with a record.
    """
    records = common_records(runs)
    if all(record is None for record in records):
        raise ValueError(f"expected a run with records, got {len(runs)} runs without")
    paths = layer_paths(runs)
    wide = next((inches for most, inches in _WIDTHS if len(runs) <= most), _NARROWEST)
    width = _LEFT + len(runs) * (wide + _GUTTER) - _GUTTER + _RIGHT
    height = _TOP + len(paths) * (_WORDS + _HEIGHT + _TICKS) + _BOTTOM
    figure = new_page(width, height, min(DPI, _LONGEST_SIDE / max(width, height)))
    colours = list(run_colours([run.name for run in runs]).values())
    _draw_heads(figure, runs, records, colours, wide)
    for row, path in enumerate(paths):
        top = _TOP + row * (_WORDS + _HEIGHT + _TICKS) + _WORDS
        cells = [cell(run, record, path) for run, record in zip(runs, records, strict=True)]
        write(figure, 0.2, top + 0.3, shorten(path, 14), 11, weight="bold")
        shape = next((found.shape for found in cells if found and found.shape), "")
        write(figure, 0.2, top + 0.5, shape, 8.5, color=theme.FAINT_INK)
        _draw_row(figure, cells, colours, top, wide)
    return figure


def save_comparison(runs: "Sequence[RunRecords]", path: str | os.PathLike) -> None:
    """Write `comparison_figure` as a PNG; `path` holds the old file or the whole new one.

    Raises:
        ValueError: there is no run with a record.
        OSError: the file cannot be written.
    """
    save_page(comparison_figure(runs), path)


def _left(column: int, wide: float) -> float:
    return _LEFT + column * (wide + _GUTTER)


def _draw_heads(
    figure: "Figure",
    runs: "Sequence[RunRecords]",
    records: Sequence[int | None],
    colours: Sequence[str],
    wide: float,
) -> None:
    steps = [
        None if record is None else int(run.steps[record])
        for run, record in zip(runs, records, strict=True)
    ]
    common = max(step for step in steps if step is not None)
    write(figure, 0.2, 0.38, f"Activations at step {common:,}", 15, weight="bold")
    legend = "Density of the activations, same axes along a row."
    if 1 < len(runs) <= _OVERLAID:
        legend += " Filled: this run; lines: the others."
    write(figure, 0.2, 0.62, legend, 9, color=theme.FAINT_INK)
    write(figure, 0.2, 0.79, _ZERO_LEGEND, 9, color=theme.ZERO)
    for column, (run, step) in enumerate(zip(runs, steps, strict=True)):
        x = _left(column, wide)
        name = shorten(run.name, int(wide * _NAME_CHARACTERS))
        write(figure, x, 1.26, name, 13, weight="bold", color=colours[column])
        if step != common:
            words = "no records" if step is None else f"ended early: step {step:,}"
            write(figure, x, 1.05, words, 9, color=theme.ALARM)


def _draw_row(
    figure: "Figure", cells: Sequence[Cell | None], colours: Sequence[str], top: float, wide: float
) -> None:
    spreads = [found.spread if found else None for found in cells]
    edges = shared_edges([s for s in spreads if s])
    densities = [s.density(edges) if s else None for s in spreads]
    highest = shared_top([d for d in densities if d is not None])
    for column, found in enumerate(cells):
        x = _left(column, wide)
        axes = _bare_axes(figure, (x, top, wide, _HEIGHT), edges, highest)
        if found is None:
            _say(axes, "no such layer", theme.FAINT_INK)
            continue
        _draw_words(figure, found, x, top)
        if found.spread is None:
            _say(axes, "no finite values", theme.ALARM)
            continue
        _draw_density(axes, edges, densities[column], colours[column], highest)
        if len(cells) <= _OVERLAID:
            for other, density in enumerate(densities):
                if other != column and density is not None:
                    axes.stairs(density, edges, color=colours[other], linewidth=0.9, baseline=None)
        if found.spread.zero_share:
            _draw_zeros(axes, found.spread.zero_share, edges, highest)


def _bare_axes(
    figure: "Figure", box: tuple[float, float, float, float], edges: np.ndarray, top: float
) -> "Axes":
    """Axes at (left, top, width, height) inches, with ticks of x only; density is for comparing."""
    width, height = figure.get_size_inches()
    x, y, wide, high = box
    axes = figure.add_axes(
        (x / width, 1 - (y + high) / height, wide / width, high / height), facecolor=theme.PAPER
    )
    low, high = float(edges[0]), float(edges[-1])
    pad = (high - low) * _ZERO_WIDTH
    axes.set_xlim(low - pad, high + pad)
    axes.set_ylim(0, top)
    axes.grid(False)
    axes.set_yticks([])
    for side, spine in axes.spines.items():
        spine.set(visible=side == "bottom", color=theme.FAINT_INK, linewidth=0.8)
    positions = ticks(low, high, most=5)
    labels, exponent = tick_labels(positions)
    if exponent:
        labels[-1] += f" {power(exponent)}"
    axes.set_xticks(positions, labels)
    axes.tick_params(
        axis="x", direction="out", length=3, width=0.8, pad=2, bottom=True, top=False,
        color=theme.FAINT_INK, labelcolor=theme.INK, labelsize=8, labelfontfamily=theme.FONT,
    )  # fmt: skip
    return axes


def _draw_density(
    axes: "Axes", edges: np.ndarray, density: np.ndarray, colour: str, top: float
) -> None:
    axes.stairs(density, edges, fill=True, color=colour, alpha=0.85, linewidth=0)
    peak = float(density.max())
    if peak > top:
        left = int(density.argmax()) >= len(density) / 2  # the words go to the other side
        axes.text(
            0 if left else 1, 0.97, f"\N{UPWARDS ARROW} {number(peak / top)}{TIMES} as high",
            transform=axes.transAxes, ha="left" if left else "right", va="top", size=7.5,
            color=theme.FAINT_INK, family=theme.FONT,
        )  # fmt: skip


def _draw_zeros(axes: "Axes", share: float, edges: np.ndarray, top: float) -> None:
    width = (edges[-1] - edges[0]) * _ZERO_WIDTH
    edge = {"edgecolor": theme.PAPER, "linewidth": 0.6, "zorder": 5, "clip_on": False}
    axes.bar(0, share * top, width, color=theme.ZERO, **edge)


def _draw_words(figure: "Figure", found: Cell, x: float, top: float) -> None:
    say = found.statistics
    words = f"mean {number(say['mean'])}   std {number(say['std'])}"
    write(figure, x, top - 0.23, words, 9)
    notes = []
    if say["zero_fraction"] > 0:
        notes.append(f"{percent(say['zero_fraction'])} zeros")
    if say["dead_fraction"] >= _DEAD:
        notes.append(f"{percent(say['dead_fraction'])} dead units")
    lost = nonfinite(int(say["nan_count"]), int(say["inf_count"]))
    if lost:
        write(figure, x, top - 0.07, lost, 9, color=theme.ALARM, weight="bold")
    elif notes:
        write(figure, x, top - 0.07, "   ".join(notes), 9, color=theme.ZERO)


def _say(axes: "Axes", words: str, colour: str) -> None:
    axes.text(
        0.5, 0.45, words, transform=axes.transAxes, ha="center", va="center", size=9,
        color=colour, family=theme.FONT,
    )  # fmt: skip
