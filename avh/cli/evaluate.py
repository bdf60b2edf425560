"""`avh evaluate`, `evaler.py`: evaluate checkpoints, with the statistics of every layer.

    evaler.py --checkpoint train_dir/relu
    evaler.py --checkpoint train_dir/relu train_dir/selu
    evaler.py --checkpoint train_dir/relu/checkpoints/*.h5 --dataset MNIST5K

One checkpoint gives a table of its layers, several are shown side by side. Each run directory gets
evaluation.json, confusion.png and, in evaluation/, records that TensorBoard shows as a run of their
own; evaluating again replaces them. Nothing is written unless all checkpoints can be evaluated.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from avh.cli.parser import Parser, positive_int

if TYPE_CHECKING:
    import argparse

    from avh.train.evaluator import Evaluation

EXIT_INTERRUPTED = 130


def build_parser(prog: str | None = None) -> Parser:
    """The flags of the evaluator."""
    parser = Parser(prog=prog, description=__doc__.split(": ", 1)[1])
    parser.add_argument(
        "--checkpoint",
        nargs="+",
        required=True,
        metavar="PATH",
        help="run directories (the latest checkpoint of each) or checkpoint files",
    )
    parser.add_argument(
        "--dataset", metavar="NAME", help="whose test set (default: the one of each run)"
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
        "--no_records",
        action="store_true",
        help="write no records for TensorBoard",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="write the numbers into this file (of several checkpoints: a list), and nothing "
        "into the run directories",
    )
    return parser


def main(argv: list[str] | None = None, prog: str | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = build_parser(prog)
    args = parser.parse_args(argv)
    try:
        with parser.user_errors():
            _check(args)
        from avh.train.quiet import start_tensorflow

        start_tensorflow()
        from avh.train.evaluator import evaluate_all

        with parser.user_errors():
            evaluations = evaluate_all(
                args.checkpoint,
                dataset=args.dataset,
                batch_size=args.batch_size,
                data_dir=args.data_dir,
                download=args.download,
            )
            written = _write(evaluations, args)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    _show(evaluations)
    for line in written:
        print(f"written: {line}", flush=True)
    return 0


def _check(args: "argparse.Namespace") -> None:
    from avh.train import checkpoints, evaluation_files, rundir
    from avh.train.preflight import check_evaluation

    for place in args.checkpoint:
        check_evaluation(place, args.dataset, args.data_dir, args.output, download=args.download)
        if args.output is None:
            evaluation_files.check(rundir.run_of(checkpoints.find(Path(place))))


def _write(evaluations: list["Evaluation"], args: "argparse.Namespace") -> list[str]:
    """Write what is asked for; what was written, in words."""
    from avh.atomic import write_json
    from avh.train import evaluation_files, rundir

    if args.output is not None:
        found = [evaluation.to_dict() for evaluation in evaluations]
        write_json(args.output, found if len(found) > 1 else found[0])
        return [str(args.output)]
    names = [rundir.EVALUATION, evaluation_files.PICTURE]
    if not args.no_records:
        names.append(evaluation_files.RECORDS + "/")
    runs = evaluation_files.write(evaluations, records=not args.no_records)
    return [f"{run}: {', '.join(names)}" for run in runs]


def _show(evaluations: list["Evaluation"]) -> None:
    from avh.compare.console import open_console
    from avh.compare.evaluations import details, side_by_side

    console = open_console()
    if len(evaluations) == 1:
        console.print(details(evaluations[0]), highlight=False, soft_wrap=True)
    else:
        console.print(side_by_side(evaluations, console.width), highlight=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
