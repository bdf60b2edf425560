"""What becomes of a signal through the layers of deep networks, run beside run.

Three panels over the layers in their order: the standard deviation of the activations
(logarithmic), the share of units that hold one constant over the whole batch, and that of exact
zeros; left before the first update, right at the last step that all runs recorded.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avh.render import theme
from avh.render.page import new_page, save_page, write
from avh.render.panel import legend, log_axis, panel, share_axis, whole_axis
from avh.render.run_colours import run_colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from avh.records.reader import RunRecords

_WIDTH, _HEIGHT = 8.4, 7.65  # inches
_LEFT, _TOP, _WIDE, _HIGH, _ACROSS, _DOWN = 0.75, 1.6, 3.6, 1.5, 0.25, 0.45
_WORDS = "Of the activations of one training batch. Left and right have the same axes."
_PANELS = (
    ("std", "standard deviation"),
    ("dead_fraction", "dead units: one constant over the batch, %"),
    ("zero_fraction", "exact zeros, %"),
)
_FLOOR = 1e-9  # of the logarithmic axis


def depth_figure(runs: "Sequence[RunRecords]", title: str) -> "Figure":
    """Draw them.

    Args:
        runs: records, at least one each; the same number of layers is not needed.
        title: a line above.

    Raises:
        ValueError: the runs have no recorded step in common.
    """
    steps = sorted(set.intersection(*(set(run.steps.tolist()) for run in runs))) if runs else []
    if not steps:
        raise ValueError(f"expected runs with a step in common, got {len(runs)} runs without")
    colours = run_colours([run.name for run in runs])
    figure = new_page(_WIDTH, _HEIGHT)
    write(figure, 0.2, 0.36, title, 13, weight="bold")
    write(figure, 0.2, 0.62, _WORDS, 9, color=theme.FAINT_INK)
    legend(figure, 0.2, 0.88, {name: colours[name] for name in (run.name for run in runs)})
    moments = (
        (steps[0], "before the first update" if steps[0] == 1 else f"at step {steps[0]:,}"),
        (steps[-1], f"at step {steps[-1]:,}"),
    )
    for column, (step, moment) in enumerate(moments):
        x = _LEFT + column * (_WIDE + _ACROSS)
        write(figure, x, 1.26, moment, 11, weight="bold")
        for row, (name, heading) in enumerate(_PANELS):
            box = (x, _TOP + row * (_HIGH + _DOWN), _WIDE, _HIGH)
            axes = panel(figure, box, "" if column else heading)
            _draw_lines(axes, [_line(run, name, step) for run in runs], list(colours.values()))
            _limits(axes, name, [_line(run, name, at) for run in runs for at, _ in moments])
            if column:
                axes.set_yticklabels([])
    middle = _LEFT + _WIDE + _ACROSS / 2
    write(figure, middle, _HEIGHT - 0.16, "layer", 9.5, ha="center")
    return figure


def save_depth(runs: "Sequence[RunRecords]", path: Path, title: str) -> None:
    """Write `depth_figure` as a PNG.

    Raises:
        ValueError: the runs have no recorded step in common.
        OSError: the file cannot be written.
    """
    save_page(depth_figure(runs, title), path)


def _draw_lines(axes: "Axes", lines: Sequence[np.ndarray], colours: Sequence[str]) -> None:
    """The later the thinner, so that lines that coincide are all seen."""
    for index, (line, colour) in enumerate(zip(lines, colours, strict=True)):
        width = max(1.2, 3.6 - 0.8 * index)
        axes.plot(np.arange(1, len(line) + 1), line, color=colour, linewidth=width)
    whole_axis(axes, 1, max(map(len, lines)))


def _line(run: "RunRecords", name: str, step: int) -> np.ndarray:
    """One statistic of the hidden layers, [layers]; shares in percent."""
    record = int(np.flatnonzero(run.steps == step)[0])
    values = run.statistic(name)[record].astype(np.float64)
    values = values[:-1] if len(values) > 1 else values  # the last layer gives the logits
    return np.maximum(values, _FLOOR) if name == "std" else values * 100


def _limits(axes: "Axes", name: str, lines: Sequence[np.ndarray]) -> None:
    values = np.concatenate(lines)
    values = values[np.isfinite(values)]
    if name == "std" and len(values):
        log_axis(axes, float(values.min()) * 0.7, float(values.max()) * 1.4)
    elif name != "std":
        share_axis(axes)
