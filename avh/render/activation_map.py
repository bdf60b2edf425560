"""The picture of one layer's activation for one example, for TensorBoard's image cards.

Maps lie side by side, in cells of whole pixels; maps too large for that are averaged, and the
words say so. Colours are those of `value_colours`, up to a round limit that the colour bar states.
NaN and Inf are counted in words.
"""

from functools import lru_cache
from itertools import count as count_from
from typing import TYPE_CHECKING

import numpy as np

from avh.render import theme
from avh.render.canvas import Box, draw_sheet
from avh.render.lettering import write, write_heading
from avh.render.scale import power, tick_labels
from avh.render.tiling import Tiling, as_maps, tile
from avh.render.value_colours import colour, colour_limits
from avh.render.wording import TIMES, nonfinite, number, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MAPS = Box(left=theme.MARGIN, top=88, right=398, bottom=theme.HEIGHT - 12)
_BAR = Box(left=412, top=88, right=426, bottom=theme.HEIGHT - 12)
_MOST_UNITS = (_MAPS.height // 2) ** 2  # single units get at least 2 x 2 pixels
_MOST_CELLS = 1 << 18  # of a bare plane: a layer of 10 million units would make a file of 18 MB
_INDICES_KEPT = 16  # about 1 MB each


def layout(activation: np.ndarray) -> np.ma.MaskedArray:
    """The activation of one example as a plane, one cell a value.

    Args:
        activation: [h, w, c]: maps in a grid, one cell apart; [n]: the most nearly square
            rectangle; [t, c]: time from left to right, channels downwards; other ranks: see
            `as_maps`. Of more than 2**18 values those, or means, that the picture shows.

    Returns:
        float32, 2-D; gaps and blanks are masked, and NaN below the mask.

    >>> layout(np.arange(6)).shape, layout(np.zeros((7, 7, 4))).shape
    ((2, 3), (15, 15))
    """
    maps = as_maps(_float32(activation))
    if not maps.size:
        return np.ma.masked_all((1, 1), np.float32)
    if maps.size > _MOST_CELLS:
        maps, _ = _fit(_float32(activation))
    index = tile(*maps.shape).index(gap=int(maps[..., 0].size > 1))
    return np.ma.MaskedArray(np.append(maps.ravel(), np.float32(np.nan))[index], index < 0)


class ActivationPicture:
    """Draws activations one after another on copies of one sheet."""

    def __init__(self) -> None:
        self._sheet = draw_sheet(_BAR, _frame)

    def draw(
        self, activation: np.ndarray, *, layer: str, step: int,
        mean: float | None = None, std: float | None = None,
    ) -> np.ndarray:  # fmt: skip
        """The picture of one example's activation.

        Args:
            activation: numbers of any shape, without the batch axis, taken as float32.
            layer: the layer's path.
            step: the training step.
            mean: the mean to state; by default that of the finite values shown.
            std: the standard deviation to state; by default likewise.

        Returns:
            uint8 [400, 480, 3].
        """
        values = _float32(activation)
        finite = values[np.isfinite(values)].astype(np.float64)
        mean = mean if mean is not None else finite.mean() if finite.size else np.nan
        std = std if std is not None else finite.std() if finite.size else np.nan
        picture = self._sheet.copy()
        notes = []
        if values.size:
            maps, note = _fit(values)
            notes.append((note, theme.FAINT_INK))
            limits = colour_limits(maps)
            _paint_maps(picture, colour(maps, limits), sequence=values.ndim == 2)
            _paint_bar(picture, limits)
        else:
            notes.append(("no values", theme.ALARM))
        if finite.size < values.size:
            nans = int(np.isnan(values).sum())
            words = nonfinite(nans, values.size - finite.size - nans)
            notes.append((f"{words} (grey)", theme.ALARM))
        if finite.size and max(-finite.min(), finite.max()) > limits[1]:
            span = f"{number(finite.min())} … {number(finite.max())}"
            notes.append((f"range {span}", theme.FAINT_INK))
        facts = f"step {step:,}  ·  mean {number(mean)}  ·  std {number(std)}"
        write_heading(picture, layer, facts, notes)
        return picture


def _float32(values: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return np.asarray(values).astype(np.float32, copy=False)


def _frame(axes: "Axes") -> None:
    for spine in axes.spines.values():
        spine.set(visible=True, color=theme.FAINT_INK, linewidth=1)


def _fit(values: np.ndarray) -> tuple[np.ndarray, str]:
    """Maps [h, w, count] that fit into the box at a pixel a cell, and what to say about them."""
    maps = as_maps(values)
    height, width, count = maps.shape
    if values.ndim == 2:
        block = (-(-height // _MAPS.height), -(-width // _MAPS.width))
        words = f"{plural(width, 'step')} →, {plural(height, 'channel')} ↓"
    elif height * width == 1:
        block = (1, 1)
        words = plural(count, "unit")
        if count > _MOST_UNITS:
            maps = maps[:, :, :_MOST_UNITS]
            words = f"first {_MOST_UNITS:,} of {words}"
    else:
        shown = min(count, _MAPS.height * _MAPS.width // 4)  # a pixel each, and the gaps
        side = next(n for n in count_from(1) if _fits(-(-height // n), -(-width // n), shown))
        block, maps = (side, side), maps[:, :, :shown]
        words = f"{plural(count, 'map')} of {height} {TIMES} {width}"
        words = words if shown == count else f"first {shown:,} of {words}"
    if block == (1, 1):
        return maps, words
    return _average(maps, block), f"{words}, means of {block[0]} {TIMES} {block[1]}"


def _fits(height: int, width: int, count: int) -> bool:
    if height * width * count > _MAPS.height * _MAPS.width:
        return False
    high, wide = tile(height, width, count).extent((1, 1), gap=1)
    return (high <= _MAPS.height and wide <= _MAPS.width) or height * width == 1


def _average(maps: np.ndarray, block: tuple[int, int]) -> np.ndarray:
    """Means of blocks (smaller at the far edges); not finite where a block holds NaN or Inf."""
    down, across = np.arange(0, maps.shape[0], block[0]), np.arange(0, maps.shape[1], block[1])
    with np.errstate(invalid="ignore", over="ignore"):
        sums = np.add.reduceat(np.add.reduceat(maps, down, 0), across, 1)
    sizes = np.diff(down, append=maps.shape[0])[:, None] * np.diff(across, append=maps.shape[1])
    return (sums / sizes[:, :, None]).astype(np.float32)


def _paint_maps(picture: np.ndarray, colours: np.ndarray, *, sequence: bool) -> None:
    """Paint the colours of maps, uint8 [h, w, count, 3], into their box."""
    index = _pixels(colours.shape[:3], sequence)
    paper = np.array([theme.rgb(theme.PAPER)], np.uint8)
    high, wide = index.shape
    left = _MAPS.left + (_MAPS.width - wide) // 2
    table = np.concatenate([colours.reshape(-1, 3), paper])
    picture[_MAPS.top : _MAPS.top + high, left : left + wide] = table.take(index, 0)


@lru_cache(_INDICES_KEPT)
def _pixels(shape: tuple[int, int, int], sequence: bool) -> np.ndarray:
    """For every pixel of the box that is used, the index of its value; -1 for paper."""
    tiling = tile(*shape)
    single = shape[0] * shape[1] == 1
    gap = 0
    cell = _cell(tiling, gap, sequence)
    if single:
        gap = int(min(cell) >= 6)
    elif shape[2] > 1:
        gap = 2 if min(cell) * min(shape[:2]) >= 12 else 1
    return tiling.index(_cell(tiling, gap, sequence), gap)


def _cell(tiling: Tiling, gap: int, sequence: bool) -> tuple[int, int]:
    """The largest cell, in whole pixels, with which the tiling fits into the box."""
    high = (_MAPS.height - (tiling.rows - 1) * gap) // (tiling.rows * tiling.height)
    wide = (_MAPS.width - (tiling.columns - 1) * gap) // (tiling.columns * tiling.width)
    return (high, wide) if sequence else (min(high, wide),) * 2


def _paint_bar(picture: np.ndarray, limits: tuple[float, float]) -> None:
    low, high = limits
    rows = np.linspace(high, low, _BAR.height)
    picture[_BAR.top : _BAR.bottom, _BAR.left + 1 : _BAR.right - 1] = colour(rows, limits)[:, None]
    positions = [low, low / 2, 0.0, high / 2, high][0 if low else 2 :]
    labels, exponent = tick_labels(positions)
    for position, label in zip(positions, labels, strict=True):
        row = round(_BAR.bottom - 1 - (position - low) / (high - low) * (_BAR.height - 1))
        picture[row, _BAR.right : _BAR.right + 4] = theme.rgb(theme.FAINT_INK)
        write(picture, label, _BAR.right + 7, row + 5, size=theme.TICK_SIZE)
    if exponent:
        right, above = theme.WIDTH - 4, _BAR.top - 12
        write(picture, power(exponent), right, above, size=theme.TICK_SIZE, align=1.0)
