"""A number as it stands in a table."""

import math

UNKNOWN = "-"


def short(value: float) -> str:
    """A number in at most 8 characters; a dash for NaN."""
    if math.isnan(value):
        return UNKNOWN
    is_plain = value == 0 or 1e-3 <= abs(value) < 1000
    return f"{value:.3f}" if is_plain else f"{value:.1e}"
