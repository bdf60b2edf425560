"""What `propagate` found, in words: the table that the notebooks print."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from avh.activations.propagation import Propagation

_ROWS = 20  # about; of deeper networks, not every layer is shown
_CELL = 21  # characters
_HEADS = ("mean", "std", "gradient mean", "gradient std")


def propagation_table(found: "Propagation", every: int | None = None) -> str:
    """One line a layer: smallest .. largest of all examples.

    Args:
        found: what to show.
        every: show each so many-th layer, the first and the last; None for a round number that
            makes about 20 lines.

    Raises:
        ValueError: `every` is below 1.
    """
    if every is not None and every < 1:
        raise ValueError(f"expected every of at least 1, got {every}")
    ranges = (*found.forward, *found.backward)
    lines = [str(found.plan), "layer  " + "".join(f"{head:{_CELL}}" for head in _HEADS).rstrip()]
    for layer in _shown(found.plan.depth, every or _round_step(found.plan.depth)):
        cells = [_cell(part.smallest[layer - 1], part.largest[layer - 1]) for part in ranges]
        lines.append(f"{layer:5d}  " + "".join(cells).rstrip())
    cells = [_cell(part.smallest.min(), part.largest.max()) for part in ranges]
    return "\n".join([*lines, "  all  " + "".join(cells).rstrip()])


def _round_step(depth: int) -> int:
    return next(
        step * power
        for power in (10**n for n in range(20))
        for step in (1, 2, 5)
        if depth <= step * power * _ROWS
    )


def _shown(depth: int, every: int) -> Sequence[int]:
    return sorted({1, depth, *range(every, depth + 1, every)})


def _cell(smallest: float, largest: float) -> str:
    return f"{_number(smallest)} .. {_number(largest).strip()}".ljust(_CELL)


def _number(value: float) -> str:
    if not np.isfinite(value):
        return f"{value:8}"
    plain = value == 0 or 1e-3 <= abs(value) < 1e4
    return f"{value:8.3f}" if plain else f"{value:8.1e}"
