"""Panels with lines: axes under a heading, with a faint grid and round ticks; a legend of names.

For figures of `avh.render.page`; sizes are in inches.
"""

from typing import TYPE_CHECKING

import numpy as np

from avh.render import theme
from avh.render.page import axes_at, set_ticks, write
from avh.render.scale import ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TEXT = 9.5  # points
_LETTER, _SPACE = 0.09, 0.3  # inches of a name in the legend, and behind it
_FINE, _COARSE, _DECADES = (1, 1.5, 2, 3, 4, 5, 7), (1, 2, 5), (1,)  # ticks of a logarithmic axis


def panel(figure: "Figure", box: tuple[float, float, float, float], heading: str = "") -> "Axes":
    """Axes at (left, top, width, height), under a heading, with a faint grid."""
    axes = axes_at(figure, box)
    write(figure, box[0], box[1] - 0.1, heading, _TEXT, weight="bold")
    axes.grid(True, color=theme.GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    return axes


def log_axis(axes: "Axes", low: float, high: float) -> None:
    """A logarithmic y axis from `low` to `high` with plain numbers, the fewer the longer it is."""
    ratio = high / low
    steps = _FINE if ratio < 10 else _COARSE if ratio < 1000 else _DECADES
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    marks = [step * 10.0**decade for decade in decades for step in steps]
    marks = [mark for mark in marks if low <= mark <= high]
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    set_ticks(axes, "y", marks, [f"{mark:g}" for mark in marks])


def share_axis(axes: "Axes") -> None:
    """A y axis from 0 to 100 percent, with room for lines that lie on its ends."""
    axes.set_ylim(-3, 103)
    marks = [0.0, 25.0, 50.0, 75.0, 100.0]
    set_ticks(axes, "y", marks, [f"{mark:g}" for mark in marks])


def whole_axis(axes: "Axes", first: int, last: int) -> None:
    """An x axis of whole numbers."""
    axes.set_xlim(first, max(last, first + 1))
    marks = [mark for mark in ticks(first, max(last, first + 1)) if mark == round(mark)]
    set_ticks(axes, "x", marks, [f"{mark:.0f}" for mark in marks])


def legend(figure: "Figure", x: float, y: float, colours: dict[str, str]) -> None:
    """Names in their colours, in a row from `x` on."""
    for name, colour in colours.items():
        write(figure, x, y, name, _TEXT, color=colour, weight="bold")
        x += _LETTER * len(name) + _SPACE
