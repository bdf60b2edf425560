"""avh summary: what the runs of a log directory found, as a table and as files.

    avh summary train_dir
    avh summary train_dir --csv statistics.csv
    avh summary train_dir --parquet statistics.parquet

The table is the one that a comparison prints at its end: for each run the accuracy and loss, and
for each layer the mean, the standard deviation and the share of exact zeros of its last record. The
files hold every record, one row a run, layer and step, as avh.load gives them. Exit code 2 if the
directory holds no runs or a file cannot be written.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from avh.cli.parser import Parser

if TYPE_CHECKING:
    import pandas as pd


def build_parser(prog: str | None = None) -> Parser:
    """The parser of `avh summary`."""
    parser = Parser(prog=prog, description=__doc__.split(": ", 1)[1])
    parser.add_argument("log_dir", metavar="LOG_DIR", type=Path, help="a run, or runs below it")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write every record as CSV")
    parser.add_argument(
        "--parquet", metavar="FILE", type=Path, help="write every record as Parquet (needs pyarrow)"
    )
    return parser


def main(argv: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = build_parser(prog)
    arguments = parser.parse_args(argv)
    if arguments.parquet is not None and importlib.util.find_spec("pyarrow") is None:
        parser.error('--parquet: pyarrow expected, found none: pip install "avh[parquet]"')
    from avh.compare.aftermath import find_outcomes
    from avh.compare.console import open_console
    from avh.compare.summary import comparison_table

    with parser.user_errors():
        outcomes = find_outcomes(arguments.log_dir)
    console = open_console()
    console.print(comparison_table(outcomes, console.width))
    targets = {"csv": arguments.csv, "parquet": arguments.parquet}
    if any(targets.values()):
        from avh.records.load import to_frame

        records = {o.run.name: o.records for o in outcomes if o.records is not None}
        if not records:
            parser.error(f"avh records expected below {arguments.log_dir}, found none")
        frame = to_frame(records)
        for form, path in targets.items():
            if path is not None:
                with parser.user_errors():
                    write(frame, form, path)
                print(f"{path}: {len(frame):,} rows", flush=True)
    return 0


def write(frame: "pd.DataFrame", form: str, path: Path) -> None:
    """Write a frame as "csv" or "parquet"; the file appears whole or not at all.

    CSV holds as many digits as tell every float32 from its neighbours; NaN is an empty field.

    Raises:
        OSError: the file cannot be written.
    """
    from avh.atomic import replacing

    with replacing(path) as draft:
        if form == "csv":
            frame.to_csv(draft, index=False)
        else:
            frame.to_parquet(draft, index=False)
