"""When to record: a schedule is a function from the step (1, 2, …) to whether it is due.

Step n is the n-th update of the weights; its activations are those of the forward pass before it.
"""

from collections.abc import Callable

import numpy as np

Schedule = Callable[[int], bool]


def every(steps: int) -> Schedule:
    """Due at step 1 and at every multiple of `steps`.

    >>> [step for step in range(1, 31) if every(10)(step)]
    [1, 10, 20, 30]
    """
    if steps < 1:
        raise ValueError(f"a positive number of steps expected, got {steps}")
    return lambda step: step == 1 or step % steps == 0


def log_spaced(first: int, last: int, count: int) -> Schedule:
    """Due at about `count` steps from `first` to `last`, both included, evenly spaced in logarithm.

    Steps that round to the same number are due once, so there may be fewer.

    >>> [step for step in range(1, 1001) if log_spaced(1, 1000, 4)(step)]
    [1, 10, 100, 1000]
    """
    if not 1 <= first <= last or count < 1:
        raise ValueError(
            f"1 <= first <= last and a positive count expected, got {first}, {last}, {count}"
        )
    steps = frozenset(np.rint(np.geomspace(first, last, count)).astype(int).tolist())
    return lambda step: step in steps


def never(step: int) -> bool:
    """Never due."""
    return False


def as_schedule(value: int | Schedule | None, name: str) -> Schedule:
    """A schedule from what the user gave: a number of steps, a function, or None for never.

    Raises:
        TypeError, ValueError: it is none of these, or not a positive number.
    """
    if value is None:
        return never
    if callable(value):
        return value
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(
            f"{name}: a number of steps or a function step -> bool expected, got {value!r}"
        )
    if value < 1:
        raise ValueError(f"{name}: a positive number of steps expected, got {value}")
    return every(int(value))
