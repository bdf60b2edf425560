"""Table 2: one sketch against one read of the same tensor and against other histograms.

Inside a graph, as in a training step: many small tensors, or one large one, are handled one after
another in one call; what the same call costs with nothing to do is measured in the same round
and subtracted (0.4 ms, as much as reading a million elements). np.histogram has no graph; it is
called on the arrays.
"""

import gc
import tempfile
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from benchmarks.arrays import NUMPY, UNITS, normal_values, numpy_histogram
from benchmarks.clock import Cost, measure
from benchmarks.kernels import SKETCH, SUMMARY, glance, graph_kernels, one_after_another
from benchmarks.table import Spread, Table

SIZES, ELEMENTS_A_CALL, ROUNDS = (10**4, 10**5, 10**6, 10**7), 10**6, 31
QUICK_SIZES, QUICK_ELEMENTS_A_CALL, QUICK_ROUNDS = (10**6,), 2 * 10**6, 3
CALL = "the call"


def sketch(*, quick: bool = False, pairs: int | None = None) -> Table:
    """Measure; all ways take turns within a round, of which there are `pairs`."""
    rounds = pairs or (QUICK_ROUNDS if quick else ROUNDS)
    elements_a_call = QUICK_ELEMENTS_A_CALL if quick else ELEMENTS_A_CALL
    rows = [
        row
        for size in (QUICK_SIZES if quick else SIZES)
        for row in _size(size // UNITS, max(1, elements_a_call // size), rounds)
    ]
    notes = (
        f"measured: {rounds} rounds; standard normal float32, [elements / {UNITS}, {UNITS}], in a "
        f"tf.function over {elements_a_call:,} elements or one tensor ({NUMPY}: arrays); "
        "what the call itself costs is subtracted",
        f"shown: median (quartiles), CPU time of all threads; the last column: {SKETCH} = 1",
    )
    head = ("elements, way", "CPU ns an element", "wall ns an element", "CPU, sketches")
    return Table("one sketch", notes, head, tuple(rows))


def _size(rows: int, count: int, repeats: int) -> list[tuple[str, ...]]:
    arrays = normal_values(count, rows)
    with tempfile.TemporaryDirectory() as directory:
        writer = tf.summary.create_file_writer(directory)
        costs = _rounds(_works(arrays, writer), repeats)
        writer.close()
    calls, none = costs.pop(CALL), [Cost(0.0, 0.0)] * repeats
    found = {
        name: _by_element(cost, none if name == NUMPY else calls, arrays.size)
        for name, cost in costs.items()
    }
    reference = found[SKETCH][0].median
    return [
        (
            f"{rows * UNITS:,}, {name}",
            cpu.show(2),
            wall.show(2),
            f"{cpu.median / reference:.2f}",
        )
        for name, (cpu, wall) in found.items()
    ]


def _works(arrays: np.ndarray, writer: tf.summary.SummaryWriter) -> dict[str, Callable[[], object]]:
    tensors = tf.constant(arrays)

    def in_graph(kernel: Callable) -> Callable[[], object]:
        function = one_after_another(kernel, *arrays.shape[:2])
        return lambda: function(tensors)[-1].numpy()

    kernels = {CALL: glance, **graph_kernels(writer)}
    works = {name: in_graph(kernel) for name, kernel in kernels.items()}
    works[NUMPY] = lambda: [numpy_histogram(array) for array in arrays]
    summary = works[SUMMARY]
    works[SUMMARY] = lambda: (summary(), writer.flush())  # not over before it is written
    return works


def _rounds(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[Cost]]:
    for work in works.values():
        work()  # traces and compiles
    costs: dict[str, list[Cost]] = {name: [] for name in works}
    gc.collect()
    for _ in range(rounds):
        for name, work in works.items():
            costs[name].append(measure(work))
    return costs


def _by_element(costs: list[Cost], calls: list[Cost], elements: int) -> tuple[Spread, Spread]:
    """CPU and wall ns, round by round less those of the call."""
    pairs = list(zip(costs, calls, strict=True))
    cpu = Spread.of([(cost.cpu - call.cpu) / elements * 1e9 for cost, call in pairs])
    return cpu, Spread.of([(cost.wall - call.wall) / elements * 1e9 for cost, call in pairs])
