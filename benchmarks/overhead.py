"""What watching a network costs, measured side by side with the alternatives.

    python -m benchmarks.overhead                  # all four tables; takes more than an hour
    python -m benchmarks.overhead --table sketch   # one of them: ways, sketch, memory or growth
    python -m benchmarks.overhead --table ways --only avh --pairs 10
    python -m benchmarks.overhead --quick          # shows that it runs; its numbers mean little

Every table says what it measured, how often and on which machine. Nothing else should run on it.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from avh.cli.parser import positive_int
from avh.train.quiet import start_tensorflow

TABLES = {  # name of the table, and of the function that measures it -> module
    "ways": "network",
    "sketch": "sketching",
    "memory": "memory",
    "growth": "growth",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print the tables that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overhead", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--quick", action="store_true", help="few, short and small measurements")
    parser.add_argument("--table", choices=TABLES, help="only this one")
    parser.add_argument("--pairs", type=positive_int, help="pairs, or rounds, instead of about 30")
    parser.add_argument(
        "--only", metavar="TEXT", help="of the ways, those with this text in their name"
    )
    arguments = parser.parse_args(argv)
    if arguments.only and arguments.table != "ways":
        parser.error("--only goes with --table ways")
    start_tensorflow()
    for name in [arguments.table] if arguments.table else TABLES:
        measure = getattr(import_module(f"benchmarks.{TABLES[name]}"), name)
        options = {"only": arguments.only} if arguments.only else {}
        table = measure(quick=arguments.quick, pairs=arguments.pairs, **options)
        print(table, end="\n\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
