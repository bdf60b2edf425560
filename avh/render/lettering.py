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
_WORDS_KEPT = 256  # about 20 kB each


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
    clear, ink, advance = _inked(text, size, bold, colour)
    left = round(x - align * advance)
    top = baseline - size
    bottom, right = (
        min(top + ink.shape[0], picture.shape[0]),
        min(left + ink.shape[1], picture.shape[1]),
    )
    first_row, first_column = max(-top, 0), max(-left, 0)
    part = picture[top + first_row : bottom, left + first_column : right]
    seen = slice(first_row, bottom - top), slice(first_column, right - left)
    blend = part * clear[seen] + ink[seen]
    blend += 128  # the next line is then the division by 255, rounded, for all that 16 bits hold
    blend += blend >> 8
    part[:] = blend >> 8
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
    return sum(_inked(text, size, False, colour)[2] for text, colour in spans)


@cache
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    import matplotlib

    file = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", file)
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(_WORDS_KEPT)
def _inked(text: str, size: int, bold: bool, colour: str) -> tuple[np.ndarray, np.ndarray, int]:
    """What letters leave of the paper (0 to 255), their ink times 255, and their advance.

    The arrays are uint16 [h, w, 3] with channels alike: broadcasting them is slow in NumPy.
    The base line is at row `size`.
    """
    face = _font(size, bold)
    advance = round(face.getlength(text))
    image = Image.new("L", (advance + 2, size + size // 2), 0)
    draw = ImageDraw.Draw(image)
    draw.text((0, size), text, fill=255, font=face, anchor="ls")
    for place, letter in enumerate(text):
        if letter == _MINUS:
            left = round(face.getlength(text[:place]))
            draw.text((left, size - 1), letter, fill=255, font=face, anchor="ls")
    cover = np.repeat(np.asarray(image).astype(np.uint16)[:, :, None], 3, axis=2)
    return 255 - cover, cover * np.array(theme.rgb(colour), np.uint16), advance
