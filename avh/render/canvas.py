"""The sheet that a picture is painted on.

tensorflow-plot draws what every picture of a kind has in common (paper, frame, axis labels),
once; what differs (bars, cells, ticks, words) is painted on a copy, pixel by pixel. A picture so
costs a few milliseconds where a redrawn figure costs 60. No pyplot state is touched and no
rcParams are read or set: safe beside a user's own figures.
"""

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avh.render import theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Box(NamedTuple):
    """Pixels left..right and top..bottom, from the upper left corner, ends open."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


def draw_sheet(box: Box, finish: Callable[["Axes"], None]) -> np.ndarray:
    """Paper with one pair of bare axes (base line, no ticks), drawn by tensorflow-plot.

    Imports TensorFlow, which tensorflow-plot needs.

    Args:
        box: where the axes are, to the pixel.
        finish: adds labels and the like to the axes.

    Returns:
        uint8 [theme.HEIGHT, theme.WIDTH, 3].
    """
    with warnings.catch_warnings():  # tensorflow-plot compares versions with distutils
        warnings.simplefilter("ignore", DeprecationWarning)
        import tfplot

    width, height = theme.WIDTH, theme.HEIGHT
    figure, axes = tfplot.subplots(
        figsize=(width / theme.DPI, height / theme.DPI), dpi=theme.DPI, facecolor=theme.PAPER
    )
    axes.set_position(
        (box.left / width, 1 - box.bottom / height, box.width / width, box.height / height)
    )
    axes.set_facecolor(theme.PAPER)
    axes.grid(False)
    axes.set_xticks([])
    axes.set_yticks([])
    for side, spine in axes.spines.items():
        spine.set(visible=side == "bottom", color=theme.FAINT_INK, linewidth=1)
    finish(axes)
    return np.ascontiguousarray(tfplot.figure.to_array(figure)[..., :3])


def label_axis(axes: "Axes", axis: str, text: str, position: tuple[float, float]) -> None:
    """Label the "x" or "y" axis.

    Args:
        position: of the middle of the label's near side, in parts of the axes' extent.
    """
    getattr(axes, f"set_{axis}label")(
        text,
        family=theme.FONT,
        size=theme.points(theme.TEXT_SIZE),
        weight="normal",
        color=theme.INK,
        parse_math=False,
        usetex=False,
    )
    getattr(axes, f"{axis}axis").set_label_coords(*position)
