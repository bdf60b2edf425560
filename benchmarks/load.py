"""What it takes to get the numbers of many runs back, beside other readers of the same files.

    python -m benchmarks.load           # 10 runs x 50 layers x 1000 records; some minutes
    python -m benchmarks.load --runs 100 --only avh.load   # 3.4 GB in the temporary directory
    python -m benchmarks.load --quick   # shows that it runs; its numbers mean little

Each reader reads all runs in a fresh process, and must find every record. tbparse is measured where
it is installed (pip install tbparse). Linux and macOS.
"""

import argparse
import importlib.util
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from avh.cli.parser import positive_int
from avh.train.quiet import start_tensorflow
from benchmarks.board_runs import Size, write_runs
from benchmarks.table import Spread, Table

MIB = 1 << 20
WAYS = {  # name -> the modules that it needs, and the name of its function here
    "avh.load": (("avh.records.load", "pandas"), "with_avh"),
    "avh.load, histograms=True": (("avh.records.load", "pandas"), "with_avh_histograms"),
    "TensorBoard's EventAccumulator": (
        ("tensorboard.backend.event_processing.event_accumulator", "tensorflow"),
        "with_accumulator",
    ),
    "tbparse.SummaryReader": (("tbparse",), "with_tbparse"),
}


def with_avh(log_dir: Path) -> int:
    """Read into a DataFrame; returns the rows."""
    import avh

    return len(avh.load(log_dir))


def with_avh_histograms(log_dir: Path) -> int:
    """The same with the histograms."""
    import avh

    return len(avh.load(log_dir, histograms=True))


def with_accumulator(log_dir: Path) -> int:
    """Read each run's statistics into one array; returns the rows of all."""
    import numpy as np
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    arrays = []
    for run in sorted(log_dir.iterdir()):
        accumulator = EventAccumulator(str(run), size_guidance={"tensors": 0})
        accumulator.Reload()
        events = accumulator.Tensors("avh/stats")
        arrays.append(np.stack([make_ndarray(event.tensor_proto) for event in events]))
    return sum(len(array) * array.shape[1] for array in arrays)


def with_tbparse(log_dir: Path) -> int:
    """Read all tensors into a DataFrame; returns the rows of the statistics in it."""
    import numpy as np
    from tbparse import SummaryReader

    frame = SummaryReader(str(log_dir), event_types={"tensors"}).tensors
    return sum(map(len, map(np.asarray, frame[frame.tag == "avh/stats"].value)))


def main(argv: Sequence[str] | None = None) -> int:
    """Write the runs, measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--runs", type=positive_int, default=10)
    parser.add_argument("--layers", type=positive_int, default=50)
    parser.add_argument("--records", type=positive_int, default=1000, help="of each run")
    parser.add_argument("--repeats", type=positive_int, default=3, help="fresh processes a reader")
    parser.add_argument("--quick", action="store_true", help="few, short and small measurements")
    parser.add_argument("--only", choices=WAYS, metavar="READER", help="one reader, by its name")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)  # the fresh process
    parser.add_argument("--log_dir", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.way:
        print(json.dumps(read_once(arguments.way, arguments.log_dir)))
        return 0
    size, repeats = Size(arguments.runs, arguments.layers, arguments.records), arguments.repeats
    if arguments.quick:
        size, repeats = Size(2, 3, 5), 1
    with tempfile.TemporaryDirectory(prefix="avh-load-") as place:
        write_runs(Path(place), size)
        ways = [arguments.only] if arguments.only else WAYS
        rows = [row(way, Path(place), size, repeats) for way in ways]
        mib = sum(file.stat().st_size for file in Path(place).rglob("*tfevents*")) / MIB
    notes = (
        f"measured: {size.runs} runs x {size.layers} layers x {size.records} records, {mib:.0f} MiB"
        f" of event files, read once before; fresh processes a reader: {repeats}",
        "import: of the reader and what it loads lazily; read: wall time after that; median"
        " (quartiles)",
        "peak: resident memory of the process, the greatest of its repeats",
    )
    head = ("reader", "import, s", "read, s", "read, CPU s", "peak, MiB")
    start_tensorflow()  # the table says its version
    print(Table("Numbers back", notes, head, tuple(rows)))
    return 0


def row(way: str, log_dir: Path, size: Size, repeats: int) -> tuple[str, ...]:
    """Measure one reader; a row of the table.

    Raises:
        RuntimeError: the reader failed, or did not find every record.
    """
    modules, _ = WAYS[way]
    if importlib.util.find_spec(modules[0].split(".")[0]) is None:
        return (way, "not installed", "-", "-", "-")
    expected = size.runs * size.layers * size.records
    found = [in_fresh_process(way, log_dir) for _ in range(repeats)]
    for measured in found:
        if measured["rows"] != expected:
            raise RuntimeError(f"{way}: {expected} rows expected, got {measured['rows']}")
    spreads = (
        Spread.of([measured[name] for measured in found]).show(2)
        for name in ("import", "wall", "cpu")
    )
    return (way, *spreads, f"{max(measured['peak'] for measured in found) / MIB:.0f}")


def in_fresh_process(way: str, log_dir: Path) -> dict[str, float]:
    """What `read_once` says in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.load", "--way", way, "--log_dir", str(log_dir)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{way}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def read_once(way: str, log_dir: Path) -> dict[str, float]:
    """Read everything once: seconds, rows found, and bytes of memory at the peak."""
    modules, name = WAYS[way]
    began = time.perf_counter()
    for module in modules:
        importlib.import_module(module)
    imported = time.perf_counter()
    reader: Callable[[Path], int] = globals()[name]
    cpu, wall = time.process_time(), time.perf_counter()
    rows = reader(log_dir)
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss
    return {
        "rows": rows,
        "import": imported - began,
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
    }


if __name__ == "__main__":
    sys.exit(main())
