"""Colours of activations, the same in every picture.

Black is 0, blue below, red to yellow above, up to a limit; with no value below 0 the colours begin
at 0. NaN and Inf are grey. What is no value (masked) is paper.
"""

from functools import cache

import numpy as np

from avh.render import theme
from avh.render.scale import round_up

_LEVELS = 512  # colours on either side of 0
_OUTLIER = 1.5  # limits follow the largest value up to this many times the 99.5 % quantile
_BULK = 0.995


def colour_limits(values: np.ndarray) -> tuple[float, float]:
    """Round limits for `colour`: (-m, m), or (0, m) if no value is below 0.

    Lone outliers, further than 1.5 times the 99.5 % quantile of the magnitudes, lie beyond.
    Without values other than 0, NaN and Inf the limits are (0, 1).
    """
    finite = values[np.isfinite(values)]
    magnitudes = np.abs(finite[finite != 0])
    if not magnitudes.size:
        return 0.0, 1.0
    largest = float(magnitudes.max())
    bulk = float(np.quantile(magnitudes, _BULK))
    limit = round_up(largest if largest <= _OUTLIER * bulk else bulk)
    return (-limit if finite.min() < 0 else 0.0), limit


def colour(values: np.ndarray, limits: tuple[float, float] | None = None) -> np.ndarray:
    """Colours of values; beyond the limits they are those of the limits.

    Args:
        values: float32, any shape; masked cells become paper.
        limits: (-m, m) or (0, m); by default `colour_limits` of what is not masked.

    Returns:
        uint8 [*values.shape, 3].
    """
    plain = np.ma.getdata(values)
    if limits is None:
        limits = colour_limits(plain)  # below the mask lies NaN
    finite = np.isfinite(plain)
    scaled = np.where(finite, plain, 0).astype(np.float64) * (_LEVELS / limits[1])
    levels = np.rint(np.clip(scaled, -_LEVELS, _LEVELS)).astype(np.intp) + _LEVELS
    levels = np.where(finite, levels, 2 * _LEVELS + 1)
    if np.ma.isMaskedArray(values):
        levels = np.where(np.ma.getmaskarray(values), 2 * _LEVELS + 2, levels)
    return _palette()[levels]


@cache
def _palette() -> np.ndarray:
    """uint8 [2 * _LEVELS + 3, 3]: from below 0 to above, then the colours of NaN and of paper."""
    anchors = np.array([theme.rgb(name) for name in theme.VALUE_MAP])
    at = np.linspace(0, len(anchors) - 1, 2 * _LEVELS + 1)
    channels = np.stack([np.interp(at, np.arange(len(anchors)), channel) for channel in anchors.T])
    special = [theme.rgb(theme.NONFINITE), theme.rgb(theme.PAPER)]
    return np.concatenate([np.rint(channels.T), special]).astype(np.uint8)
