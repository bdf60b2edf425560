"""avh report: the Activations tab of a log directory as one HTML file.

    avh report train_dir
    avh report train_dir -o activations.html

The file opens from disk, without a server or a network. Exit code 2, and nothing is written, if the
directory holds no avh records or the file cannot be written.
"""

from collections.abc import Sequence
from pathlib import Path

from avh.cli.parser import Parser


def build_parser(prog: str | None = None) -> Parser:
    """The parser of `avh report`."""
    parser = Parser(prog=prog, description=__doc__.split(": ", 1)[1])
    parser.add_argument("log_dir", metavar="LOG_DIR", type=Path, help="a run, or runs below it")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        help="the file to write (default: LOG_DIR/report.html)",
    )
    return parser


def main(argv: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = build_parser(prog)
    arguments = parser.parse_args(argv)
    output = arguments.output or arguments.log_dir / "report.html"
    from avh.train.quiet import quiet

    with parser.user_errors(), quiet():
        from avh.board.export import export_report

        path = export_report(arguments.log_dir, output)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    return 0
