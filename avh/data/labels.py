"""Labels as datasets store them, turned into numbers."""

from collections.abc import Callable

import numpy as np

_SHOWN = 12  # values of a label that a message shows


def from_one_hot(values: np.ndarray, where: Callable[[int], str]) -> np.ndarray:
    """Which column is 1, int64 [n].

    Args:
        values: numbers or bools [n, classes], each row with one 1 and else zeros.
        where: how messages name a row.

    Raises:
        ValueError: a row is not one-hot; the message shows it.

    >>> from_one_hot(np.eye(3)[[2, 0]], str)
    array([2, 0])
    """
    good = np.logical_or(values == 0, values == 1).all(1) & ((values == 1).sum(1) == 1)
    if not good.all():
        row = int(np.argmin(good))
        found = ", ".join(map(str, values[row, :_SHOWN].tolist()))
        more = ", ..." if values.shape[1] > _SHOWN else ""
        raise ValueError(f"{where(row)}: expected one 1 and else zeros, found [{found}{more}]")
    return values.argmax(1).astype(np.int64)


def class_names(count: int) -> tuple[str, ...]:
    """Names of classes that have none: their numbers.

    >>> class_names(3)
    ('0', '1', '2')
    """
    return tuple(map(str, range(count)))
