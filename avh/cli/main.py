"""The command `avh`: `avh compare`, `avh train`, `avh evaluate`, `avh download`,
`avh propagate`, `avh report`, `avh summary`.

Each subcommand is the same code as the script at the top of the project that does the same. Only
the module of the one that is asked for is imported.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

from avh import __version__
from avh.cli.parser import Parser

COMMANDS = {  # name, also of the module in this folder -> what it does
    "compare": "train one network with several activations, side by side",
    "train": "train one network with one activation, monitored",
    "evaluate": "evaluate a checkpoint, with the statistics of every layer",
    "download": "fetch datasets and verify them",
    "dataset": "check a dataset, or make one of picture files",
    "propagate": "send signals through deep networks of random layers, forward and backward",
    "report": "the Activations tab of a log directory as one HTML file",
    "summary": "what the runs of a log directory found, as a table, CSV or Parquet",
}


def build_parser() -> Parser:
    """The parser of the command's own flags; what follows a subcommand is not its business."""
    width = max(map(len, COMMANDS)) + 2
    listing = "\n".join(f"  {name:{width}}{text}" for name, text in COMMANDS.items())
    parser = Parser(
        prog="avh",
        usage="avh COMMAND [FLAGS]",
        description="What happens inside a Keras network while it trains.",
        epilog=f"commands:\n{listing}\n\nThe flags of a command: avh COMMAND --help",
    )
    parser.add_argument("--version", action="version", version=f"avh {__version__}")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = build_parser()
    if not arguments or arguments[0].startswith("-"):
        parser.parse_args(arguments)
        parser.error(f"expected a command: {', '.join(COMMANDS)}")
    command, *rest = arguments
    if command not in COMMANDS:
        parser.error(f"expected a command: {', '.join(COMMANDS)}; got {command!r}")
    run = import_module(f"avh.cli.{command}").main
    before, sys.argv[0] = sys.argv[0], f"avh {command}"  # what the command's parser calls itself
    try:
        return run(rest)
    finally:
        sys.argv[0] = before


if __name__ == "__main__":
    sys.exit(main())
