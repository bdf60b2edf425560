"""A printed table: what was measured, how, on which machine, and the rows.

A number that was measured many times is shown as its median with the quartiles behind it.
"""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

COLUMN_GAP = "   "


@dataclass(frozen=True)
class Spread:
    """Median and quartiles of repeated measurements."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Of at least one value.

        >>> Spread.of([1.0, 2.0, 3.0, 4.0, 5.0])
        Spread(low=2.0, median=3.0, high=4.0)
        """
        low, median, high = np.quantile(values, (0.25, 0.5, 0.75)).tolist()
        return cls(low, median, high)

    def show(self, digits: int) -> str:
        """As text.

        >>> Spread(0.98, 1.0, 1.03).show(2)
        '1.00 (0.98 .. 1.03)'
        """
        return f"{self.median:.{digits}f} ({self.low:.{digits}f} .. {self.high:.{digits}f})"


@dataclass(frozen=True)
class Table:
    """Cells are text already; the first column is aligned left, the others right."""

    title: str
    notes: tuple[str, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        widths = [
            max(len(row[column]) for row in (self.head, *self.rows))
            for column in range(len(self.head))
        ]
        return "\n".join(
            [
                f"## {self.title}",
                *self.notes,
                f"machine: {machine()}",
                "",
                *(_line(row, widths) for row in (self.head, *self.rows)),
            ]
        )


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    cells = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return COLUMN_GAP.join(cells).rstrip()


def machine() -> str:
    """The cores that this process may use, the processor, and the versions that matter."""
    import keras
    import tensorflow as tf

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    devices = len(tf.config.list_physical_devices("GPU"))
    return (
        f"{cores} cores, {_processor()}, {devices or 'no'} GPU; "
        f"Python {platform.python_version()}, TensorFlow {tf.__version__}, "
        f"Keras {keras.__version__}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
