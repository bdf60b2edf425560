"""What the Activations tab costs: on disk, in TensorBoard, on the wire, and in a real browser.

    python -m benchmarks.board           # 10 runs x 50 layers x 1000 records; some minutes
    python -m benchmarks.board --runs 100 --loader rust   # 3.4 GB in the temporary directory
    python -m benchmarks.board --quick   # shows that it runs; its numbers mean little

Every table says what it measured and on which machine. Nothing else should run on it. Needs a
Chromium, and Linux for the memory of processes.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from avh.cli.parser import positive_int
from avh.train.quiet import start_tensorflow
from benchmarks.board_browser import chromium
from benchmarks.board_process import LOADERS, tensorboard
from benchmarks.board_routes import FEW, check_complete, measure_routes
from benchmarks.board_runs import Size, write_runs, write_stock
from benchmarks.board_views import SMALL_LAYERS, see_stock, see_tab
from benchmarks.table import Table

MIB = 1 << 20


def main(argv: Sequence[str] | None = None) -> int:
    """Write the runs, measure, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.board", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--runs", type=positive_int, default=10)
    parser.add_argument("--layers", type=positive_int, default=50)
    parser.add_argument("--records", type=positive_int, default=1000, help="of each run; 2 to 1000")
    parser.add_argument("--repeats", type=positive_int, default=15, help="of each measurement")
    parser.add_argument(
        "--loader", choices=("rust", "python"), help="TensorBoard's; both if not said"
    )
    parser.add_argument("--quick", action="store_true", help="few, short and small measurements")
    arguments = parser.parse_args(argv)
    size = Size(arguments.runs, arguments.layers, arguments.records)
    repeats = arguments.repeats
    if arguments.quick:
        size, repeats = Size(3, 8, 20), 3
    if not 2 <= size.records <= 1000:
        parser.error(f"--records: 2 to 1000 expected, got {size.records}")
    start_tensorflow()
    with tempfile.TemporaryDirectory(prefix="avh-board-") as place:
        for table in tables(Path(place), size, repeats, arguments.loader):
            print(table, end="\n\n", flush=True)
    return 0


def tables(place: Path, size: Size, repeats: int, only: str | None = None) -> Iterator[Table]:
    """One table after the other, as they are measured; `only` one loader, by its first word."""
    log_dir, stock = place / "runs", place / "stock"
    yield _on_disk(size, write_runs(log_dir, size))
    small = Size(min(FEW, size.runs), min(SMALL_LAYERS, size.layers), size.records)
    write_stock(stock, small)
    for loader, load_fast in LOADERS.items():
        if only is not None and not loader.lower().startswith(only):
            continue
        with tensorboard(log_dir, load_fast) as board, chromium() as browser:
            at_rest = board.memory
            # The browser comes first: it is to meet a server that has prepared nothing.
            seen = see_tab(browser, board, loader, size, small, repeats)
            check_complete(board, size)
            memory = (f"{at_rest / MIB:.0f}", f"{board.resident() / MIB:.0f}")
            yield _loading((loader, f"{board.seconds:.1f}", *memory), size)
        with tensorboard(stock, load_fast) as board, chromium() as browser:
            seen.append(see_stock(browser, board, loader, small))
        yield _seen(loader, seen, repeats)
        with tensorboard(log_dir, load_fast) as board:
            yield _routes(loader, measure_routes(board, size, repeats), size, repeats)


def _in_words(size: Size) -> str:
    return f"{size.runs} runs x {size.layers} layers x {size.records} records"


def _on_disk(size: Size, per_record: float) -> Table:
    run = per_record * size.layers * size.records / MIB
    row = (_in_words(size), f"{run:.1f}", f"{per_record:.1f}")
    head = ("", "MiB a run", "bytes a layer a record")
    return Table("Event files", ("pictures apart",), head, (row,))


def _loading(row: tuple[str, ...], size: Size) -> Table:
    notes = (
        f"measured: once, {_in_words(size)}; from the start of TensorBoard until it rests",
        "memory: resident, all processes of TensorBoard together; at rest after loading, and after"
        " the tab was used",
    )
    head = ("loader", "seconds to load", "MiB at rest", "MiB in use")
    return Table(f"TensorBoard: {row[0]}", notes, head, (row,))


def _routes(loader: str, rows: list[tuple[str, ...]], size: Size, repeats: int) -> Table:
    notes = (
        f"measured: {_in_words(size)}, {loader}; the first answer of a fresh server, asked in this"
        f" order, and {repeats} more; median (quartiles)",
    )
    head = ("route", "first, ms", "later, ms", "bytes sent")
    return Table(f"Routes: {loader}", notes, head, tuple(rows))


def _seen(loader: str, rows: list[tuple[str, ...]], repeats: int) -> Table:
    notes = (
        "measured: each window opened once on a server that did nothing else before (the first"
        f" row), then {repeats} moves of the slider to records not seen before",
        "JS heap: objects after that, without the arrays of numbers; page: resident memory of the"
        " process that draws it",
        "first grid: from the opening of the tab by TensorBoard to the drawn picture; with"
        " TensorBoard: from opening its address",
        "a slider move: from the slider's event to the drawn picture, median (quartiles)",
    )
    head = (
        "view",
        "cells in view",
        "first grid, s",
        "with TensorBoard, s",
        "first move, ms",
        "a slider move, ms",
        "JS heap, MiB",
        "page, MiB",
    )
    return Table(f"In Chromium: {loader}", notes, head, tuple(rows))


if __name__ == "__main__":
    sys.exit(main())
