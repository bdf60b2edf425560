"""avh dataset: check a dataset, or make one of picture files.

    avh dataset check NAME
    avh dataset pack images/*/*.png -o NAME

`check` reads everything and says what is there; `pack` writes `datasets/NAME/data.h5`, the folder
that a picture is in being its class. Then `trainer.py --dataset NAME` takes it. Exit code 2 after
one line if something is wrong with the files; `pack` writes nothing then.
"""

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from avh.cli.download import EXIT_INTERRUPTED, describe
from avh.cli.parser import Parser
from avh.data.source import DEFAULT_DIRECTORY


def build_parser(prog: str | None = None) -> Parser:
    """The parser of `avh dataset`."""
    parser = Parser(prog=prog, description=__doc__.split(": ", 1)[1])
    jobs = parser.add_subparsers(dest="job", metavar="check | pack", required=True)
    check = jobs.add_parser("check", description="Read a whole dataset and say what is there.")
    check.add_argument("name", metavar="NAME", help="the dataset")
    check.set_defaults(run=_check)
    pack = jobs.add_parser("pack", description="Make a dataset of picture files.")
    pack.add_argument(
        "pictures", metavar="PICTURE", nargs="+", type=Path, help="files, such as images/*/*.png"
    )
    pack.add_argument(
        "-o", "--output", metavar="NAME", required=True, help="the name of the new dataset"
    )
    pack.set_defaults(run=_pack)
    for job in (check, pack):
        job.add_argument(
            "--data_dir",
            metavar="DIR",
            type=Path,
            default=Path(DEFAULT_DIRECTORY),
            help="where datasets are kept (default: %(default)s)",
        )
    return parser


def main(argv: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = build_parser(prog)
    arguments = parser.parse_args(argv)
    try:
        with parser.user_errors():
            arguments.run(arguments)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return 0


def _check(arguments: Namespace) -> None:
    from avh.data import catalog, hdf5

    data = catalog.load(arguments.name, arguments.data_dir)
    print(describe(data))
    width = max(map(len, data.classes))
    print(f"  {'class':{width}}  training  test")
    for label, name in enumerate(data.classes):
        train, test = (int((labels == label).sum()) for labels in (data.y_train, data.y_test))
        print(f"  {name:{width}}  {train:8,}  {test:4,}")
    mean, std = (", ".join(f"{v:.4f}" for v in values) for values in (data.mean, data.std))
    print(f"  training pixels / 255: mean {mean}, standard deviation {std}")
    if data.path is not None and data.path.name == hdf5.FILE and hdf5.verify(data.path):
        print("  as it was written: SHA-256 agrees")


def _pack(arguments: Namespace) -> None:
    from avh.data import catalog
    from avh.data.pack import pack

    pack(arguments.pictures, arguments.output, arguments.data_dir)
    print(describe(catalog.load(arguments.output, arguments.data_dir)))


if __name__ == "__main__":
    sys.exit(main())
