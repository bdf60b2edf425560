"""`avh compare`, `script.py`: train one network with several activations, side by side."""

import contextlib
import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from avh.cli.parser import Parser, number, positive_int, warn
from avh.compare.plan import (
    DEFAULT_ACTIVATIONS,
    DEFAULT_MAX_STEPS,
    RunPlan,
    plan_runs,
)

if TYPE_CHECKING:
    from rich.console import Console

    from avh.board.launch import Board
    from avh.compare.interruption import Interruption
    from avh.train.config import TrainConfig

EXIT_FAILED = 1
PAGE_COLUMNS = 120
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
        default=list(DEFAULT_ACTIVATIONS),
        metavar="NAME",
        help="names, or package.module:function, one run each "
        f"(default: {' '.join(DEFAULT_ACTIVATIONS)})",
    )
    parser.add_argument(
        "--max_steps",
        type=positive_int,
        default=DEFAULT_MAX_STEPS,
        metavar="N",
        help="steps of each run (default: %(default)s)",
    )
    parser.add_argument(
        "--train_dir",
        default="train_dir",
        metavar="DIR",
        help="where the runs go; emptied first, if all that it holds is avh's own "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--jobs",
        type=positive_int,
        metavar="N",
        help="runs at once (default: all, if those are at most two for each core and fit into the "
        "memory; else one for each core)",
    )
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
        plans, config = _check(parser, arguments, trainer_flags, train_dir)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    with interruptions() as interruption:
        from avh.compare import clean

        with parser.user_errors():
            clean.clean(train_dir)
        try:
            return _compare(arguments, plans, config, train_dir, interruption)
        except (InterruptedError, KeyboardInterrupt):
            return interruption.exit_code
        except TensorBoardError as error:
            warn(f"{parser.prog}: {error}; --no_tensorboard trains without it")
            return EXIT_FAILED


class TensorBoardError(RuntimeError):
    """TensorBoard did not start."""


def _check(
    parser: Parser, arguments: Namespace, trainer_flags: Sequence[str], train_dir: Path
) -> tuple[tuple[RunPlan, ...], "TrainConfig"]:
    """Everything that can be wrong with the input; the configuration is that of the first run."""
    from dataclasses import replace

    from avh.board.launch import free_port
    from avh.cli import train
    from avh.compare import clean
    from avh.data import catalog
    from avh.train import preflight

    with parser.user_errors():
        plans = plan_runs(
            arguments.activations,
            train_dir,
            max_steps=arguments.max_steps,
            trainer_flags=trainer_flags,
        )
        trainer = train.build_parser(parser.prog)
        configs = []
        for plan in plans:
            config, given = train.read_config(trainer, list(plan.argv))
            config = preflight.resumed(config, given)
            preflight.check_input(replace(config, run_name=None))
            configs.append(config)
        config = configs[0]
        clean.check(train_dir)
        if config.checkpoint is not None:
            clean.check_outside(Path(config.checkpoint), train_dir)
        if not arguments.no_tensorboard:
            free_port(arguments.port)
        # Loaded once here, a dataset is in its cache when the runs ask for it all at once.
        examples = len(catalog.load(config.dataset, config.data_dir).x_train)
        if config.batch_size > examples:
            raise ValueError(
                f"batch_size: at most the {examples} training examples expected, "
                f"got {config.batch_size}"
            )
    return plans, config


def _compare(
    arguments: Namespace,
    plans: Sequence[RunPlan],
    config: "TrainConfig",
    train_dir: Path,
    interruption: "Interruption",
) -> int:
    from avh.compare import progress
    from avh.compare.local import default_jobs, run_local
    from avh.compare.table import watching

    console = _console()
    with contextlib.ExitStack() as stack:
        board = None
        if not arguments.no_tensorboard:
            board = stack.enter_context(_board(arguments.port, config, train_dir, interruption))
        with watching(console) as watch:
            ended = run_local(
                plans,
                train_dir,
                jobs=arguments.jobs or default_jobs(len(plans)),
                watch=watch,
                interruption=interruption,
            )
        if interruption.asked():
            _say("interrupted; the event files hold what was recorded until then")
            return interruption.exit_code
        with interruption.raising():
            _summarize(console, ended, train_dir)
        if board is not None:
            _serve(board, interruption)
    return 0 if all(run.state == progress.FINISHED for run in ended) else EXIT_FAILED


def _console() -> "Console":
    """The terminal, or, where the output goes to a file or a pipe, a page of 120 columns."""
    from rich.console import Console

    console = Console()
    fixed = console.is_terminal or "COLUMNS" in os.environ
    return console if fixed else Console(width=PAGE_COLUMNS)


@contextlib.contextmanager
def _board(
    port: int, config: "TrainConfig", train_dir: Path, interruption: "Interruption"
) -> Iterator["Board"]:
    from avh.board.launch import launch, samples_per_plugin
    from avh.compare.clean import LOGS

    scalar_steps = min(config.every, config.log_every, config.eval_every or config.log_every)
    samples = samples_per_plugin(
        config.max_steps, every=scalar_steps, pictures_every=config.pictures_every
    )
    _say("starting TensorBoard ...")
    with contextlib.ExitStack() as stack:
        try:
            board = stack.enter_context(
                launch(
                    train_dir,
                    port=port,
                    samples=samples,
                    log=train_dir / LOGS / "tensorboard.log",
                    interrupted=interruption.asked,
                )
            )
        except RuntimeError as error:
            raise TensorBoardError(str(error)) from error
        if board.port != port:
            _say(f"port {port} is taken, using {board.port}")
        _say(f"TensorBoard: {board.address}")
        yield board


def _summarize(console: "Console", ended: Sequence[object], train_dir: Path) -> None:
    from avh.board.export import export_report
    from avh.compare.clean import PICTURE, REPORT
    from avh.compare.summary import comparison_table, read_outcomes, save_picture
    from avh.train.quiet import quiet

    with quiet():
        outcomes = read_outcomes(ended, train_dir)
    console.print(comparison_table(outcomes, console.width))
    picture = train_dir / PICTURE
    try:
        with quiet():
            is_saved = save_picture(outcomes, picture)
        if is_saved:
            _say(f"picture: {picture}")
    except OSError as error:
        warn(f"picture: expected to write {picture}, got {error}")
    if any(outcome.records is not None for outcome in outcomes):
        try:
            with quiet():
                report = export_report(train_dir, train_dir / REPORT)
            _say(f"report: {report}")
        except OSError as error:
            warn(f"report: expected to write {train_dir / REPORT}, got {error}")


def _serve(board: "Board", interruption: "Interruption") -> None:
    _say(f"TensorBoard goes on at {board.address} until Ctrl-C")
    while not interruption.asked():
        if board.process.poll() is not None:
            _say(f"TensorBoard ended by itself with code {board.process.returncode}")
            return
        time.sleep(0.1)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
