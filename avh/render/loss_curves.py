"""Losses of several runs over the updates, on a logarithmic axis.

Runs of one name share a colour: thin lines are the training loss of each run, the thick line is the
mean of their test losses, and the band around it reaches from the lowest to the highest of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avh.render import theme
from avh.render.page import new_page, save_page, write
from avh.render.panel import legend, log_axis, panel, whole_axis
from avh.render.run_colours import run_colours

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDTH, _HEIGHT = 7.2, 4.7  # inches
_BOX = (0.7, 1.3, 6.2, 2.8)
_WORDS = "Thick: test loss, mean of the runs; band: lowest to highest. Thin: training batches."


@dataclass(frozen=True, eq=False)
class Curve:
    """The losses of one run, in nats."""

    name: str
    steps: np.ndarray  # [n], ascending
    loss: np.ndarray  # [n], of the training batches
    val_steps: np.ndarray  # [m], ascending
    val_loss: np.ndarray  # [m], of the whole test set


def loss_figure(curves: Sequence[Curve], title: str) -> "Figure":
    """Draw them.

    Args:
        curves: runs of one name have their `val_steps` in common, or only those are averaged that
            they have.
        title: a line above.

    Raises:
        ValueError: there is no finite positive loss.
    """
    values = np.concatenate([part for curve in curves for part in (curve.loss, curve.val_loss)])
    values = values[np.isfinite(values) & (values > 0)]
    if not len(values):
        raise ValueError(f"expected a run with a loss above 0, got {len(curves)} runs without")
    names = list(dict.fromkeys(curve.name for curve in curves))
    colours = run_colours(names)
    figure = new_page(_WIDTH, _HEIGHT)
    write(figure, 0.2, 0.36, title, 13, weight="bold")
    write(figure, 0.2, 0.62, _WORDS, 9, color=theme.FAINT_INK)
    legend(figure, 0.2, 0.86, colours)
    axes = panel(figure, _BOX, "cross-entropy, nats")
    whole_axis(axes, 0, max(int(curve.steps[-1]) for curve in curves))
    log_axis(axes, float(values.min()) * 0.9, float(values.max()) * 1.1)
    for name in names:
        runs = [curve for curve in curves if curve.name == name]
        for run in runs:
            axes.plot(run.steps, run.loss, color=colours[name], linewidth=0.7, alpha=0.35)
        steps, losses = _together(runs)
        if len(steps):
            axes.fill_between(
                steps, losses.min(0), losses.max(0), color=colours[name], alpha=0.2, linewidth=0
            )
            axes.plot(steps, losses.mean(0), color=colours[name], linewidth=2.2)
    write(figure, _BOX[0] + _BOX[2] / 2, _HEIGHT - 0.2, "updates", 9.5, ha="center")
    return figure


def save_loss_curves(curves: Sequence[Curve], path: Path, title: str) -> None:
    """Write `loss_figure` as a PNG.

    Raises:
        ValueError: there is no finite positive loss.
        OSError: the file cannot be written.
    """
    save_page(loss_figure(curves, title), path)


def _together(runs: Sequence[Curve]) -> tuple[np.ndarray, np.ndarray]:
    """The steps [m] that all runs were tested at, and their losses there [runs, m]."""
    common = runs[0].val_steps
    for run in runs[1:]:
        common = np.intersect1d(common, run.val_steps)
    return common, np.stack([run.val_loss[np.isin(run.val_steps, common)] for run in runs])
