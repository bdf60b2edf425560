"""`avh compare`, `script.py`: train one network with several activations, side by side."""

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from avh.cli.lasting_output import lasting_output
from avh.cli.parser import Parser, natural_int, number, positive_float, positive_int, warn
from avh.compare.experiments import EXPERIMENTS
from avh.compare.plan import DEFAULT_ACTIVATIONS

EXIT_INTERRUPTED = 130
DEFAULT_PORT = 7007


def build_parser(prog: str | None = None) -> Parser:
    """The flags of the comparison; all others are the trainer's."""
    parser = Parser(
        prog=prog,
        description=__doc__.split(": ", 1)[1],
        epilog="Any other flag of the trainer (python trainer.py --help) goes to every run.",
    )
    parser.add_argument(
        "--activations",
        nargs="+",
        metavar="NAME",
        help="names, or package.module:function, one run each "
        f"(default: {' '.join(DEFAULT_ACTIVATIONS)})",
    )
    parser.add_argument(
        "--max_steps",
        type=positive_int,
        metavar="N",
        help="steps of each run (default: the trainer's, or what the network recommends)",
    )
    parser.add_argument(
        "--experiment",
        metavar="NAME",
        help="in place of --activations, an experiment with its own runs, settings and table: "
        + "; ".join(f"{e.name} ({e.title})" for e in EXPERIMENTS.values()),
    )
    parser.add_argument(
        "--seeds",
        type=positive_int,
        metavar="N",
        help="train with so many seeds, from --seed on (default: one; "
        + ", ".join(f"{e.name} {e.seeds}" for e in EXPERIMENTS.values())
        + ")",
    )
    parser.add_argument(
        "--dataset",
        nargs="+",
        metavar="NAME",
        help="of several, every run is trained on each (default: the trainer's)",
    )
    parser.add_argument(
        "--learning_rate",
        nargs="+",
        metavar="RATE",
        help="of several, every run is trained with each (default: the trainer's, or what the "
        "network recommends)",
    )
    parser.add_argument(
        "--train_dir",
        default="train_dir",
        metavar="DIR",
        help="where the runs go; emptied first, if all that it holds is avh's own "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the comparison of the same flags that was interrupted: --train_dir is not "
        "emptied, finished runs stay, others go on from their checkpoints",
    )
    parser.add_argument(
        "--jobs",
        type=positive_int,
        metavar="N",
        help="runs at once (default: all, if those are at most two for each core and fit into the "
        "memory; else one for each core)",
    )
    _add_cluster(parser)
    parser.add_argument(
        "--no_tensorboard", action="store_true", help="do not start TensorBoard; end with the runs"
    )
    parser.add_argument(
        "--port",
        type=number(int, 1, 65535),
        default=DEFAULT_PORT,
        metavar="N",
        help="TensorBoard's port on localhost; if it is taken, the next free one "
        "(default: %(default)s)",
    )
    return parser


def _add_cluster(parser: Parser) -> None:
    """All of them are None unless given."""
    parser.add_argument(
        "--cluster",
        choices=("ray",),
        help="train on the machines of a Ray cluster, each run a trial of Ray Tune: of the one "
        "that --address names, or of one started here for this comparison",
    )
    of_cluster = (
        ("--address", str, "HOST:PORT", "of the Ray cluster, or auto: the one that runs here"),
        ("--cpus", positive_float, "C", "CPUs that a run takes of its node (default: 1)"),
        ("--gpus", number(float, 0), "G", "GPUs that a run takes of its node (default: 0)"),
        (
            "--retries",
            natural_int,
            "N",
            "how often a run whose node is lost goes on elsewhere, from its last checkpoint "
            "(default: 3)",
        ),
        (
            "--storage",
            str,
            "URL",
            "where runs are kept while they train if --train_dir is not a path that all nodes "
            "see: any address of fsspec's, such as s3://bucket/name; --train_dir is kept the same",
        ),
    )
    for flag, kind, metavar, words in of_cluster:
        parser.add_argument(flag, type=kind, metavar=metavar, help=f"with --cluster: {words}")


@lasting_output()
def main(argv: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Run the command; returns its exit code.

    0 when every run finished, 1 when one did not, 130 after Ctrl-C (143 after SIGTERM) while
    runs were training.

    Raises:
        SystemExit: with code 2 after one line on standard error, for bad input; nothing is written.
    """
    parser = build_parser(prog)
    arguments, trainer_flags = parser.parse_known_args(argv)
    train_dir = Path(os.path.abspath(arguments.train_dir))
    from avh.compare.interruption import interruptions

    try:
        with parser.user_errors():
            from avh.cli import compare_input

            comparison = compare_input.check(parser.prog, arguments, trainer_flags, train_dir)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    with interruptions() as interruption, contextlib.ExitStack() as stack:
        from avh.compare import clean, session
        from avh.compare.occupation import occupied

        with parser.user_errors():
            stack.enter_context(occupied(train_dir))
            stack.enter_context(comparison.opened())
            if not arguments.resume:
                clean.clean(train_dir)
        try:
            return session.compare(comparison, interruption)
        except (InterruptedError, KeyboardInterrupt):
            return interruption.exit_code
        except session.TensorBoardError as error:
            warn(f"{parser.prog}: {error}; --no_tensorboard trains without it")
            return session.EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main())
