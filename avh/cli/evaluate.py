"""`avh evaluate`, `evaler.py`: evaluate a checkpoint, with the statistics of every layer."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from avh.cli.parser import Parser, positive_int

if TYPE_CHECKING:
    from avh.train.evaluator import Evaluation

EXIT_INTERRUPTED = 130
COLUMNS = {  # heading of the table -> statistic, format
    "mean": ("mean", "{:.3f}"),
    "std": ("std", "{:.3f}"),
    "min": ("min", "{:.2f}"),
    "max": ("max", "{:.2f}"),
    "zeros": ("zero_fraction", "{:.1%}"),
    "dead": ("dead_fraction", "{:.1%}"),
    "saturated": ("saturated_fraction", "{:.1%}"),
}


def build_parser(prog: str | None = None) -> Parser:
    """The flags of the evaluator."""
    parser = Parser(prog=prog, description=__doc__.split(": ", 1)[1])
    parser.add_argument(
        "--checkpoint",
        required=True,
        metavar="PATH",
        help="run directory (its latest checkpoint) or checkpoint file",
    )
    parser.add_argument(
        "--dataset", metavar="NAME", help="whose test set (default: the one of the run)"
    )
    parser.add_argument(
        "--data_dir", metavar="DIR", help="where datasets are kept (default: as the run had it)"
    )
    parser.add_argument(
        "--download", action="store_true", help="fetch the dataset if it is missing"
    )
    parser.add_argument(
        "--batch_size",
        type=positive_int,
        default=250,
        metavar="N",
        help="examples at once (default: 250)",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="PATH",
        help="where the result is written (default: evaluation.json in the run directory)",
    )
    return parser


def main(argv: list[str] | None = None, prog: str | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = build_parser(prog)
    args = parser.parse_args(argv)
    try:
        with parser.user_errors():
            from avh.train.preflight import check_evaluation

            output = check_evaluation(
                args.checkpoint, args.dataset, args.data_dir, args.output, download=args.download
            )
        from avh.train.quiet import start_tensorflow

        start_tensorflow()
        from avh.train.evaluator import evaluate

        with parser.user_errors():
            evaluation = evaluate(
                args.checkpoint,
                dataset=args.dataset,
                batch_size=args.batch_size,
                data_dir=args.data_dir,
                download=args.download,
            )
            from avh.atomic import write_json

            write_json(output, evaluation.to_dict())
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    show(evaluation)
    print(f"written to {output}", flush=True)
    return 0


def show(evaluation: "Evaluation") -> None:
    """Print the result: a line of totals and a table with one row a layer."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(
        f"{evaluation.activation} at step {evaluation.step} ({evaluation.checkpoint}): "
        f"accuracy {evaluation.accuracy:.2%}, loss {evaluation.loss:.4f} "
        f"on all {evaluation.examples} test examples of {evaluation.dataset}",
        highlight=False,
        soft_wrap=True,
        markup=False,
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in ("layer", "shape"):
        table.add_column(heading, no_wrap=True)
    for heading in COLUMNS:
        table.add_column(heading, justify="right", no_wrap=True)
    for layer in evaluation.layers:
        shape = "x".join(str(size) for size in layer.info.output_shape[1:])
        cells = (words(layer.statistics[name], pattern) for name, pattern in COLUMNS.values())
        table.add_row(layer.info.path, shape, *cells)
    console.print(table)


def words(value: float, pattern: str) -> str:
    """A number as it stands in the table; a dash where the statistic has no meaning.

    >>> words(0.125, "{:.1%}"), words(float("nan"), "{:.1%}")
    ('12.5%', '-')
    """
    return "-" if value != value else pattern.format(value)


if __name__ == "__main__":
    sys.exit(main())
