"""A comparison from its first run to the last word: TensorBoard, the runs, tables and pictures.

The input is checked already. What is written goes into `train_dir`, which holds nothing of value.
"""

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from avh.compare.clean import LOGS, PICTURE, REPORT
from avh.compare.experiments import Experiment
from avh.compare.interruption import Interruption
from avh.compare.plan import RunPlan

if TYPE_CHECKING:
    from rich.console import Console

    from avh.board.launch import Board
    from avh.compare.progress import Progress
    from avh.compare.summary import Outcome
    from avh.train.config import TrainConfig

EXIT_FAILED = 1


@dataclass(frozen=True)
class Comparison:
    """What is to be done."""

    plans: tuple[RunPlan, ...]
    config: "TrainConfig"  # of the first run
    train_dir: Path  # emptied
    jobs: int | None  # runs at once; None: as many as suit the machine
    port: int | None  # of TensorBoard; None: without
    experiment: Experiment | None = None


class TensorBoardError(RuntimeError):
    """TensorBoard did not start."""


def compare(comparison: Comparison, interruption: Interruption) -> int:
    """Run it; returns the exit code of the command.

    Raises:
        TensorBoardError: TensorBoard did not start.
        InterruptedError, KeyboardInterrupt: the user asked for the end.
    """
    from avh.compare import progress
    from avh.compare.console import open_console
    from avh.compare.local import default_jobs, run_local
    from avh.compare.table import watching

    console = open_console()
    with contextlib.ExitStack() as stack:
        board = None
        if comparison.port is not None:
            board = stack.enter_context(_board(comparison, interruption))
        with watching(console) as watch:
            ended = run_local(
                comparison.plans,
                comparison.train_dir,
                jobs=comparison.jobs or default_jobs(len(comparison.plans)),
                watch=watch,
                interruption=interruption,
            )
        if interruption.asked():
            _say("interrupted; the event files hold what was recorded until then")
            return interruption.exit_code
        with interruption.raising():
            _summarize(console, comparison, ended)
        if board is not None:
            _serve(board, interruption)
    return 0 if all(run.state == progress.FINISHED for run in ended) else EXIT_FAILED


@contextlib.contextmanager
def _board(comparison: Comparison, interruption: Interruption) -> Iterator["Board"]:
    from avh.board.launch import launch, samples_per_plugin

    config, port, train_dir = comparison.config, comparison.port, comparison.train_dir
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


def _summarize(console: "Console", comparison: Comparison, ended: Sequence["Progress"]) -> None:
    from avh.compare.summary import comparison_table, read_outcomes
    from avh.train.quiet import quiet

    with quiet():
        outcomes = read_outcomes(ended, comparison.train_dir)
    seeds = [plan.seed for plan in comparison.plans]
    # Over several seeds the layers of one seed are an example; all runs are in the report.
    shown = [outcome for outcome, seed in zip(outcomes, seeds, strict=True) if seed == seeds[0]]
    console.print(comparison_table(shown, console.width))
    if comparison.experiment is not None:
        _report_result(console, comparison, ended, outcomes)
    _save_picture(shown, comparison.train_dir / PICTURE)
    if any(outcome.records is not None for outcome in outcomes):
        _save_report(comparison.train_dir)


def _report_result(
    console: "Console",
    comparison: Comparison,
    ended: Sequence["Progress"],
    outcomes: Sequence["Outcome"],
) -> None:
    from avh.compare.experiment_result import result_table, save_picture, sides

    experiment, plans = comparison.experiment, comparison.plans
    found = sides(experiment, plans, ended)
    console.print(result_table(experiment, found, comparison.config.max_steps), highlight=False)
    try:
        picture = save_picture(experiment, plans, outcomes, comparison.train_dir)
    except OSError as error:
        _say(f"picture: expected to write into {comparison.train_dir}, got {error}", sys.stderr)
    else:
        if picture is not None:
            _say(f"picture: {picture}")


def _save_picture(outcomes: Sequence["Outcome"], path: Path) -> None:
    from avh.compare.summary import save_picture
    from avh.train.quiet import quiet

    try:
        with quiet():
            is_saved = save_picture(outcomes, path)
        if is_saved:
            _say(f"picture: {path}")
    except OSError as error:
        _say(f"picture: expected to write {path}, got {error}", sys.stderr)


def _save_report(train_dir: Path) -> None:
    from avh.board.export import export_report
    from avh.train.quiet import quiet

    try:
        with quiet():
            report = export_report(train_dir, train_dir / REPORT)
        _say(f"report: {report}")
    except OSError as error:
        _say(f"report: expected to write {train_dir / REPORT}, got {error}", sys.stderr)


def _serve(board: "Board", interruption: Interruption) -> None:
    _say(f"TensorBoard goes on at {board.address} until Ctrl-C")
    while not interruption.asked():
        if board.process.poll() is not None:
            _say(f"TensorBoard ended by itself with code {board.process.returncode}")
            return
        time.sleep(0.1)


def _say(line: str, stream: TextIO | None = None) -> None:
    print(line, file=stream, flush=True)
