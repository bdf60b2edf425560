"""The look of every picture: one size, one typeface, colours that colour-blind people tell apart.

The single colours are those of Okabe and Ito ("Color Universal Design", 2008) and relatives. The
map of values runs from pale blue over black (0) to pale yellow; its lightness grows evenly on
both sides. Nothing here depends on matplotlib's rcParams, which belong to the user.
"""

WIDTH, HEIGHT, DPI = (
    480,
    400,
    100,
)  # pixels; TensorBoard's cards show about two thirds of that width
FONT = "DejaVu Sans"  # ships with matplotlib
TITLE_SIZE, TEXT_SIZE, TICK_SIZE = 19, 15, 14  # pixels
MARGIN = 14  # pixels left and right

PAPER = "#ffffff"
INK = "#202124"
FAINT_INK = "#5f6368"
GRID = "#e3e6ea"
BAR = "#0072b2"
ZERO = "#d55e00"  # exact zeros, in every picture
ALARM = "#b3002d"  # words about NaN and Inf
NONFINITE = "#9b9b9b"  # cells that are NaN or Inf; the map of values holds no grey

# Evenly spaced from the lower limit over 0 in the middle to the upper limit.
VALUE_MAP = (
    "#e2f4ff", "#6cb9f3", "#2379cb", "#163f7c", "#0d0c10",
    "#6c1e20", "#c6441b", "#f59b20", "#fff3bd",
)  # fmt: skip

# The activations that are compared most have fixed places, so a run keeps its colour from one
# comparison to the next; see `avh.render.run_colours` for other names.
RUN_COLOURS = (
    ("relu", "#0072b2"),
    ("lrelu", "#e69f00"),
    ("selu", "#009e73"),
    ("elu", "#cc79a7"),
    ("sigmoid", "#56b4e9"),
    ("tanh", "#882255"),
    ("swish", "#7a6a00"),
    ("gelu", "#332288"),
    ("mish", "#8c564b"),
    ("softplus", "#44aa99"),
    ("linear", "#6b7280"),
)


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0..255, of a colour written `#rrggbb`.

    >>> rgb("#d55e00")
    (213, 94, 0)
    """
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def points(pixels: float, dpi: float = DPI) -> float:
    """A size of `pixels` in points, as matplotlib wants it.

    >>> points(15)
    10.8
    """
    return pixels * 72 / dpi
