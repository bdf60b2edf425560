"""Words painted on a picture.

Drawing a line of text takes matplotlib 3.11 four to six milliseconds; Pillow takes a few tenths,
and words that come again (ticks, names) are kept as masks. The typeface is matplotlib's DejaVu
Sans. A character that it lacks shows as a box.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from avh.render import theme
from avh.render.wording import shorten

_BASELINES = (25, 47, 69)  # of the three lines of a heading
_NOTE_SIZES = (theme.TEXT_SIZE, 13, 11, 10)  # the first that lets all notes fit
_DOT = ("  ·  ", theme.FAINT_INK)
_TITLE_CHARACTERS = 36
# TensorBoard shrinks pictures by dropping rows: a line of one pixel, and with it the sign of a
# number, would vanish, so it is drawn two pixels thick.
_MINUS = "\u2212"
_MASKS_KEPT = 512  # about 1 kB each


def write(
    picture: np.ndarray,
    text: str,
    x: int,
    baseline: int,
    *,
    size: int = theme.TEXT_SIZE,
    colour: str = theme.INK,
    bold: bool = False,
    align: float = 0.0,
) -> int:
    """Paint one line of `text` on `picture`, in place; what lies outside of it is cut off.

    Args:
        picture: uint8 [h, w, 3].
        x: pixel column of the text's left end, middle or right end (`align` 0.0, 0.5, 1.0).
        baseline: pixel row that the letters stand on.
        size: height of the typeface in pixels.
        colour: `#rrggbb`.

    Returns:
        The pixel column where a text that goes on would begin.
    """
    mask, advance = _mask(text, size, bold)
    left = round(x - align * advance)
    top = baseline - size
    bottom, right = (
        min(top + mask.shape[0], picture.shape[0]),
        min(left + mask.shape[1], picture.shape[1]),
    )
    first_row, first_column = max(-top, 0), max(-left, 0)
    part = picture[top + first_row : bottom, left + first_column : right]
    cover = mask[first_row : bottom - top, first_column : right - left, None].astype(np.uint16)
    part[:] = (part * (255 - cover) + np.array(theme.rgb(colour), np.uint16) * cover + 127) // 255
    return left + advance


def write_heading(
    picture: np.ndarray, layer: str, facts: str, notes: Sequence[tuple[str, str]]
) -> None:
    """Paint the three lines above a picture: the layer, its facts, and notes in their colours.

    Args:
        notes: texts and colours.
    """
    x, (first, second, third) = theme.MARGIN, _BASELINES
    title = shorten(layer, _TITLE_CHARACTERS)
    write(picture, title, x, first, size=theme.TITLE_SIZE, bold=True)
    write(picture, facts, x, second)
    spans = [span for note in notes for span in (_DOT, note)][1:]
    room = picture.shape[1] - 2 * x
    size = next((s for s in _NOTE_SIZES if _length(spans, s) <= room), _NOTE_SIZES[-1])
    for text, colour in spans:
        x = write(picture, text, x, third, size=size, colour=colour)


def _length(spans: Sequence[tuple[str, str]], size: int) -> int:
    return sum(_mask(text, size, False)[1] for text, _ in spans)


@cache
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    import matplotlib

    file = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", file)
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(_MASKS_KEPT)
def _mask(text: str, size: int, bold: bool) -> tuple[np.ndarray, int]:
    """How far letters cover pixels, uint8 2-D with the base line at row `size`; their advance."""
    face = _font(size, bold)
    advance = round(face.getlength(text))
    image = Image.new("L", (advance + 2, size + size // 2), 0)
    draw = ImageDraw.Draw(image)
    draw.text((0, size), text, fill=255, font=face, anchor="ls")
    for place, letter in enumerate(text):
        if letter == _MINUS:
            left = round(face.getlength(text[:place]))
            draw.text((left, size - 1), letter, fill=255, font=face, anchor="ls")
    return np.asarray(image), advance
