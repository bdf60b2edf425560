"""Pixels of any number type as the uint8 that datasets keep."""

from collections.abc import Callable

import numpy as np


def to_uint8(field: str, values: np.ndarray, where: Callable[[int], str]) -> np.ndarray:
    """Pixels as uint8.

    Integers are taken as they are and have to be in [0, 255]. Floating-point numbers are rounded;
    where all of them are in [0, 1] they are multiplied by 255 first.

    Args:
        field: how messages name the values.
        values: [n, ...], all images together, since the range of all of them counts.
        where: how messages name an image, ": " at its end.

    Raises:
        ValueError: NaN, an infinity, a value out of range, or a type that holds no numbers.

    >>> to_uint8("image", np.array([[0.0, 1.0], [0.4, 0.6]]), str)
    array([[  0, 255],
           [102, 153]], dtype=uint8)
    """
    if values.dtype == np.uint8:
        return values
    if values.dtype.kind not in "iuf":
        raise ValueError(f"{field}: expected numbers, found {values.dtype}")
    _refuse(field, values, np.isnan(values), where, "numbers")
    _refuse(field, values, (values < 0) | (values > 255), where, "values in [0, 255] or [0, 1]")
    if values.dtype.kind == "f":
        values = np.rint(values * 255.0 if values.max() <= 1 else values)
    return values.astype(np.uint8)


def _refuse(
    field: str, values: np.ndarray, bad: np.ndarray, where: Callable[[int], str], expected: str
) -> None:
    if not bad.any():
        return
    place = np.unravel_index(int(bad.argmax()), bad.shape)
    raise ValueError(
        f"{field}: {where(int(place[0]))}expected {expected}, found {values[place]} at "
        f"{[int(at) for at in place[1:]]} ({int(bad.sum()):,} such pixels in all)"
    )
