"""A comparison from its first run to the last word: TensorBoard, the runs, tables and pictures.

The input is checked already. What is written goes into `train_dir`, which holds nothing of value
or the runs that are gone on with.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
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
    from avh.compare.outcome import Outcome
    from avh.compare.progress import Progress
    from avh.compare.runner import Runner
    from avh.train.config import TrainConfig

EXIT_FAILED = 1


@dataclass(frozen=True)
class Comparison:
    """What is to be done."""

    plans: tuple[RunPlan, ...]
    config: "TrainConfig"  # of the longest run
    train_dir: Path  # emptied, unless an interrupted comparison goes on
    run: "Runner"
    jobs: int | None  # runs at once; None: as many as suit the runner
    port: int | None  # of TensorBoard; None: without
    experiment: Experiment | None = None
    words: str = ""  # how many runs, and why
    # What `run` needs during the comparison, such as the connection to a cluster.
    opened: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext


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
    from avh.compare.table import watching

    console = open_console()
    _say(comparison.words)
    with contextlib.ExitStack() as stack:
        board = None
        if comparison.port is not None:
            board = stack.enter_context(_board(comparison, interruption))
        with watching(console) as watch:
            ended = comparison.run(
                comparison.plans,
                comparison.train_dir,
                jobs=comparison.jobs,
                watch=watch,
                interruption=interruption,
            )
        if interruption.asked():
            _say("interrupted; the event files hold what was recorded until then, --resume goes on")
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
    from avh.compare.groups import grouped
    from avh.compare.outcome import read_outcomes
    from avh.compare.summary import comparison_table
    from avh.train.quiet import quiet

    with quiet():
        outcomes = read_outcomes(ended, comparison.train_dir, comparison.plans)
    console.print(comparison_table(outcomes, console.width))
    if comparison.experiment is not None:
        for setting in dict.fromkeys(plan.setting for plan in comparison.plans):
            _report_result(console, comparison, outcomes, setting)
    # Over several seeds one run of each group is an example; all are in the report.
    examples = [group.example for group in grouped(outcomes)]
    if len(examples) < len(outcomes):
        _say(f"in the picture: {', '.join(outcome.run.name for outcome in examples)}")
    _save_picture(examples, comparison.train_dir / PICTURE)
    if any(outcome.records is not None for outcome in outcomes):
        _save_report(comparison.train_dir)


def _report_result(
    console: "Console", comparison: Comparison, outcomes: Sequence["Outcome"], setting: str
) -> None:
    """The experiment's table of one setting; its picture is that of the first one."""
    from avh.compare.experiment_result import result_table, save_picture, sides

    experiment, all_plans = comparison.experiment, comparison.plans
    pairs = [p for p in zip(all_plans, outcomes, strict=True) if p[0].setting == setting]
    plans, found = zip(*pairs, strict=True)
    result = sides(experiment, plans, [outcome.run for outcome in found])
    table = result_table(experiment, result, comparison.config.max_steps, setting)
    console.print(table, highlight=False)
    if setting != all_plans[0].setting:
        return
    try:
        picture = save_picture(experiment, plans, found, comparison.train_dir)
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
    if board.process.poll() is None:
        _say(f"TensorBoard goes on at {board.address} until Ctrl-C")
    while not interruption.asked():
        if board.process.poll() is not None:
            _say(f"TensorBoard ended by itself with code {board.process.returncode}")
            return
        time.sleep(0.1)


def _say(line: str, stream: TextIO | None = None) -> None:
    print(line, file=stream, flush=True)
