"""A figure of matplotlib measured in inches from its upper left corner.

No pyplot state is touched, and no rcParams that concern text, colours or lines are relied upon:
safe beside a user's own figures.
"""

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avh.atomic import replacing
from avh.render import theme
from avh.render.png import encode_png
from avh.render.wording import MINUS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 110
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def new_page(width: float, height: float, dpi: float = DPI) -> "Figure":
    """An empty sheet of so many inches, of so many pixels an inch."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=dpi, facecolor=theme.PAPER)
    FigureCanvasAgg(figure)
    return figure


def write(figure: "Figure", x: float, y: float, text: str, size: float, **style: object) -> None:
    """A line of text, its left end and base line at inches `x`, `y`; size in points."""
    width, height = figure.get_size_inches()
    defaults = {"color": theme.INK, "weight": "normal", "va": "baseline"}
    figure.text(
        x / width, 1 - y / height, text, size=size, family=theme.FONT, parse_math=False,
        usetex=False, **{**defaults, **style},
    )  # fmt: skip


def axes_at(figure: "Figure", box: tuple[float, float, float, float]) -> "Axes":
    """Axes at (left, top, width, height) inches, with lines left and below and no ticks yet."""
    width, height = figure.get_size_inches()
    left, top, wide, high = box
    axes = figure.add_axes(
        (left / width, 1 - (top + high) / height, wide / width, high / height),
        facecolor=theme.PAPER,
    )
    axes.grid(False)
    for side, spine in axes.spines.items():
        spine.set(visible=side in ("left", "bottom"), color=theme.FAINT_INK, linewidth=0.8)
    return axes


def set_ticks(axes: "Axes", axis: str, positions: list[float], labels: list[str]) -> None:
    """Ticks of the "x" or "y" axis, and no others."""
    getattr(axes, f"{axis}axis").set_ticks([], minor=True)
    getattr(axes, f"set_{axis}ticks")(positions, labels, parse_math=False, usetex=False)
    axes.tick_params(
        axis=axis, direction="out", length=3, width=0.8, pad=2, color=theme.FAINT_INK,
        labelcolor=theme.INK, labelsize=8, labelfontfamily=theme.FONT,
    )  # fmt: skip


def decade_ticks(low: float, high: float, most: int = 5) -> tuple[list[float], list[str]]:
    """Powers of ten within low..high (above 0), at most `most` and one more, with labels.

    >>> decade_ticks(0.0005, 20)
    ([0.001, 0.01, 0.1, 1.0, 10.0], ['0.001', '0.01', '0.1', '1', '10'])
    """
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    step = max(1, math.ceil((last - first) / most))
    exponents = [e for e in range(first, last + 1) if e % step == 0]
    return [10.0**e for e in exponents], [_power(e) for e in exponents]


def _power(exponent: int) -> str:
    if -3 <= exponent <= 3:
        return f"{10.0**exponent:g}"
    return "10" + str(exponent).translate(_SUPERSCRIPTS)


def signed(labels: list[str]) -> list[str]:
    """Labels of numbers with a typographic minus sign."""
    return [label.replace("-", MINUS) for label in labels]


def save_page(figure: "Figure", path: str | os.PathLike) -> None:
    """Write a PNG; `path` holds the old file or the whole new one.

    Raises:
        OSError: the file can not be written.
    """
    figure.canvas.draw()
    image = encode_png(np.ascontiguousarray(np.asarray(figure.canvas.buffer_rgba())[..., :3]))
    with replacing(Path(path)) as temporary:
        temporary.write_bytes(image)
