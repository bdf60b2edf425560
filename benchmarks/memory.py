"""Table 3: how much more memory a process takes while it looks at one large tensor.

Every measurement has a process of its own, `python -m benchmarks.memory WAY ROWS`, which prints
bytes. It warms up on a small tensor and then looks at the large one for the first time, so
compiling for that shape is included.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from avh.train.quiet import start_tensorflow
from benchmarks.arrays import NUMPY, UNITS, normal_values, numpy_histogram
from benchmarks.resident import extra_memory
from benchmarks.table import Spread, Table

ROWS, PROCESSES = 1 << 18, 5  # 8.4 million values
QUICK_ROWS, QUICK_PROCESSES = 1 << 14, 1
WARM_UP_ROWS = 256
ROOT = Path(__file__).parents[1]


def memory(*, quick: bool = False, pairs: int | None = None) -> Table:
    """Measure in `pairs` processes a way."""
    from benchmarks.kernels import READ, SKETCH, SUMMARY

    rows = QUICK_ROWS if quick else ROWS
    size = rows * UNITS
    count = pairs or (QUICK_PROCESSES if quick else PROCESSES)
    ways = (READ, SKETCH, NUMPY, SUMMARY)
    rounds = [_in_new_processes(ways, rows) for _ in range(count)]
    lines = [
        (
            way,
            Spread.of([found[way] / 1e6 for found in rounds]).show(2),
            Spread.of([found[way] / size for found in rounds]).show(2),
        )
        for way in ways
    ]
    notes = (
        f"measured: {count} fresh processes a way; resident memory at its peak less before, in one "
        f"look at {size:,} float32 values [{rows}, {UNITS}]",
        "shown: median (quartiles)",
    )
    return Table("peak extra memory", notes, ("way", "MB", "bytes an element"), tuple(lines))


def _in_new_processes(ways: tuple[str, ...], rows: int) -> dict[str, int]:
    """Way -> bytes; they run at the same time, since memory is counted by process."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    children = {
        way: subprocess.Popen(
            [sys.executable, "-m", "benchmarks.memory", way, str(rows)],
            env={**os.environ, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            text=True,
        )
        for way in ways
    }
    said = {way: child.communicate()[0] for way, child in children.items()}
    for way, child in children.items():
        if child.returncode:
            raise RuntimeError(f"measuring {way!r} ended with exit code {child.returncode}")
    return {way: int(text.splitlines()[-1]) for way, text in said.items()}


def main(way: str, rows: int) -> None:
    """Measure one way in this process and print the bytes."""
    values = normal_values(1, rows)
    if way == NUMPY:
        print(_extra(numpy_histogram, values, values[:, :WARM_UP_ROWS]))
        return
    start_tensorflow()
    import tensorflow as tf

    from benchmarks.kernels import graph_kernels, one_after_another

    with tempfile.TemporaryDirectory() as directory:
        writer = tf.summary.create_file_writer(directory)
        look = one_after_another(graph_kernels(writer)[way], 1, None)
        print(_extra(look, tf.constant(values), tf.constant(values[:, :WARM_UP_ROWS])))


def _extra(look: Callable, values: object, few: object) -> int:
    look(few)
    return extra_memory(lambda: look(values))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
