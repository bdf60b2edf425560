"""A number over several seeds: its mean and its standard deviation (over n - 1), in words."""

from collections.abc import Callable, Sequence

import numpy as np

from avh.compare.short import UNKNOWN

PLUS_MINUS = "\N{PLUS-MINUS SIGN}"


def spread(values: Sequence[float] | np.ndarray, form: str | Callable[[float], str]) -> str:
    """Mean and standard deviation; of a single value that value, of none a dash.

    Args:
        values: any number of them; what is not finite is shown as it is.
        form: how each of the two numbers is written.

    >>> spread([1.0, 2.0, 3.0], "{:.1f}"), spread([1.0], "{:.1f}"), spread([], "{:.1f}")
    ('2.0 ± 1.0', '1.0', '-')
    """
    write = form.format if isinstance(form, str) else form
    found = np.asarray(values, np.float64)
    if not len(found):
        return UNKNOWN
    if len(found) == 1:
        return write(float(found[0]))
    return f"{write(float(found.mean()))} {PLUS_MINUS} {write(float(found.std(ddof=1)))}"
