"""avh download: fetch datasets and verify them, so that training finds them on disk.

    python download.py --dataset MNIST FASHION_MNIST SVHN CIFAR10
    avh download --datasets MNIST5K --data_dir datasets

Prints one line for each dataset. Exit code 2, and nothing is written, if a name is unknown or the
directory can not be written. Exit code 1 after one line if a dataset can not be had; the others are
fetched all the same.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from avh.cli.parser import Parser, warn
from avh.data import catalog
from avh.data.dataset import Dataset

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


def build_parser() -> Parser:
    """The parser of `avh download`."""
    parser = Parser(
        prog="avh download",
        description="Prepare datasets: fetch what is missing, verify it and keep it on disk.",
        epilog=f"datasets: {', '.join(catalog.names())}",
    )
    parser.add_argument(
        "--dataset",
        "--datasets",
        dest="datasets",
        metavar="NAME",
        nargs="+",
        action="extend",
        required=True,
        help="the datasets to prepare",
    )
    parser.add_argument(
        "--data_dir",
        metavar="DIR",
        type=Path,
        default=Path(catalog.DEFAULT_DIRECTORY),
        help="where to keep them (default: %(default)s)",
    )
    return parser


def describe(dataset: Dataset) -> str:
    """One line: how many images of which shape, how many classes, and where they are."""
    shape = "x".join(map(str, dataset.image_shape))
    where = dataset.path or "memory only, nothing is kept"
    return (
        f"{dataset.name}: {len(dataset.x_train):,} training and {len(dataset.x_test):,} test "
        f"images, {shape}, {dataset.class_count} classes, {where}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code.

    Raises:
        SystemExit: with code 2 after one line on standard error, for bad input.
    """
    parser = build_parser()
    arguments = parser.parse_args(argv)
    names = tuple(dict.fromkeys(arguments.datasets))
    with parser.user_errors():
        for name in names:
            catalog.check(name, arguments.data_dir, fetchable=True)
    _check_writable(parser, arguments)
    code = 0
    for name in names:
        try:
            print(describe(catalog.load(name, arguments.data_dir, download=True)), flush=True)
        except (OSError, ValueError) as error:
            warn(f"{parser.prog}: {name}: {' '.join(str(error).split())}")
            code = EXIT_FAILED
        except KeyboardInterrupt:
            warn(f"{parser.prog}: {name}: interrupted; the same command goes on")
            return EXIT_INTERRUPTED
    return code


def _check_writable(parser: Parser, arguments: argparse.Namespace) -> None:
    directory = arguments.data_dir
    try:
        directory.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=directory).close()
    except OSError as error:
        parser.error(f"--data_dir: can not write in {str(directory)!r}: {error.strerror}")


if __name__ == "__main__":
    raise SystemExit(main())
