"""What many runs, and very long ones, take: measured on a few and drawn out along straight lines.

    python -m benchmarks.scaling           # measures 2 and 8 runs x 50 layers x 1000 records
    python -m benchmarks.scaling --quick   # shows that it runs; its numbers mean little

Disk, time and memory of `avh.load` grow by the same amount with every run; the second size shows
how far that holds. docs/scaling.md says what the figures mean.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from avh.train.quiet import start_tensorflow
from benchmarks.board_runs import Size, write_runs
from benchmarks.load import in_fresh_process
from benchmarks.table import Table

MIB, GIB = 1 << 20, 1 << 30
SMALL, LARGE = Size(2, 50, 1000), Size(8, 50, 1000)
QUICK = Size(1, 3, 5), Size(2, 3, 5)
RUNS = (100, 1_000, 10_000)
DAYS, STEP_SECONDS, EVERY = 30, 0.2, (10, 100, 1_000, 10_000)
KEPT = 1_000  # records of a run that TensorBoard keeps, see avh.board.loader


@dataclass(frozen=True)
class Measured:
    """What some runs took."""

    size: Size
    bytes: float  # a layer a record, in the event files
    seconds: float  # of CPU, to read them with avh.load
    peak: float  # bytes resident


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--quick", action="store_true", help="few and small runs")
    arguments = parser.parse_args(argv)
    small, large = (measure(size) for size in (QUICK if arguments.quick else (SMALL, LARGE)))
    start_tensorflow()  # the tables say its version
    print(many_runs(small, large), end="\n\n")
    print(long_run(large))
    return 0


def measure(size: Size) -> Measured:
    """Write runs of that size and read them in a fresh process."""
    with tempfile.TemporaryDirectory(prefix="avh-scaling-") as place:
        written = write_runs(Path(place), size)
        found = in_fresh_process("avh.load", Path(place))
    return Measured(size, written, found["cpu"], found["peak"])


def many_runs(small: Measured, large: Measured) -> Table:
    """Along the line through both measurements; the first rows are what was measured."""
    more = large.size.runs - small.size.runs
    seconds, peak = (large.seconds - small.seconds) / more, (large.peak - small.peak) / more
    drawn_out = [
        Measured(
            replace(large.size, runs=runs),
            large.bytes,
            large.seconds + seconds * (runs - large.size.runs),
            large.peak + peak * (runs - large.size.runs),
        )
        for runs in RUNS
    ]
    rows = [_row("measured", small), _row("measured", large)]
    rows += [_row("drawn out", found) for found in drawn_out]
    size = large.size
    notes = (
        f"{size.layers} layers x {size.records} records a run; one more run: "
        f"{seconds:.2f} s of CPU and {peak / MIB:.1f} MiB in avh.load",
    )
    head = ("runs", "", "on disk, GiB", "rows", "avh.load, CPU s", "peak, GiB")
    return Table("Many runs", notes, head, tuple(rows))


def _row(how: str, found: Measured) -> tuple[str, ...]:
    size = found.size
    rows = size.runs * size.layers * size.records
    return (
        f"{size.runs:,}",
        how,
        f"{rows * found.bytes / GIB:.2f}",
        f"{rows:,}",
        f"{found.seconds:,.1f}",
        f"{found.peak / GIB:.2f}",
    )


def long_run(found: Measured) -> Table:
    """One run of many days: what its records weigh, and how few of them TensorBoard keeps."""
    steps, record = DAYS * 86_400 / STEP_SECONDS, found.bytes * found.size.layers
    rows = [
        (
            f"{every:,}",
            f"{steps / every:,.0f}",
            f"{steps / every * record / GIB:.2f}",
            f"{min(KEPT * every / steps, 1):.2%}",
        )
        for every in EVERY
    ]
    notes = (
        f"{DAYS} days of steps of {STEP_SECONDS} s: {steps:,.0f} steps; {found.size.layers} "
        f"layers, {found.bytes:.0f} bytes a layer a record, pictures apart",
        f"kept: the share of the records that TensorBoard holds, {KEPT:,} of them",
    )
    return Table("A long run", notes, ("every", "records", "on disk, GiB", "kept"), tuple(rows))


if __name__ == "__main__":
    sys.exit(main())
