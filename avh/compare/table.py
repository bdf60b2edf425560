"""Show the progress of all runs while they train.

On a terminal: one table that stays in place, one row a run. Elsewhere (a file, a pipe): one line
when a run changes its state, and one line a running run every ten seconds.
"""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from avh.compare import progress
from avh.compare.progress import Progress
from avh.compare.runner import Watch

PLAIN_SECONDS = 10.0
_TABLE_LINES = 5  # of the table's own: its head and its edges
_FOLDED = (progress.FINISHED, progress.WAITING)
_STYLES = {
    progress.WAITING: "dim",
    progress.STARTING: "cyan",
    progress.RUNNING: "cyan",
    progress.FINISHED: "green",
    progress.FAILED: "bold red",
    progress.STOPPED: "yellow",
}


@contextlib.contextmanager
def watching(console: Console) -> Iterator[Watch]:
    """What `run_local` calls as `watch`, fit for this console."""
    if not console.is_terminal:
        yield PlainLines(console)
        return
    # No refresh thread: the runs are started from a process with a single thread.
    with Live(console=console, auto_refresh=False) as live:
        yield lambda runs: live.update(live_table(runs, console.height), refresh=True)


def live_table(runs: Sequence[Progress], height: int | None = None) -> RenderableType:
    """One row a run; below it, why runs failed.

    Where that takes more than `height` lines, runs that finished or wait are only counted.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("run", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for column in ("step", "loss", "accuracy", "test accuracy", "examples/s", "left"):
        table.add_column(column, justify="right", no_wrap=column not in ("test accuracy",))
    shown, counts = _fold(runs, height)
    for state, count in counts.items():
        table.add_row(Text(f"{count} runs"), Text(state, style=_STYLES[state]))
    for run in shown:
        table.add_row(Text(run.name), Text(run.state, style=_STYLES[run.state]), *_cells(run))
    errors = [
        Text(f"{run.name} {run.state}: {run.error}", style=_STYLES[run.state])
        for run in runs
        if run.error
    ]
    return Group(table, *errors)


def _fold(
    runs: Sequence[Progress], height: int | None
) -> tuple[Sequence[Progress], dict[str, int]]:
    """The runs that get a row, and how many others there are in each state."""
    errors = sum(run.error is not None for run in runs)
    if height is None or len(runs) + errors + _TABLE_LINES <= height:
        return runs, {}
    counts = Counter(run.state for run in runs if run.state in _FOLDED)
    return [run for run in runs if run.state not in counts], dict(counts)


class PlainLines:
    """The same as lines of text."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._states: dict[str, str] = {}
        self._told = clock()

    def __call__(self, runs: Sequence[Progress]) -> None:
        """Print what is new."""
        due = self._clock() - self._told >= PLAIN_SECONDS
        for run in runs:
            if self._states.get(run.name) != run.state or (due and run.state == progress.RUNNING):
                self._console.print(plain_line(run), markup=False, highlight=False, soft_wrap=True)
            self._states[run.name] = run.state
        if due:
            self._told = self._clock()


def plain_line(run: Progress) -> str:
    """One line of text, such as `relu: running, step 300/1500, loss 0.3112, accuracy 0.922`."""
    names = ("step", "loss", "accuracy", "test accuracy", "examples/s", "left")
    known = [f"{name} {cell}" for name, cell in zip(names, _cells(run), strict=True) if cell]
    parts = [run.state, *([run.error] if run.error else []), *known]
    return f"{run.name}: {', '.join(parts)}"


def _cells(run: Progress) -> tuple[str, str, str, str, str, str]:
    """Step, loss, accuracy, test accuracy, examples a second, time left; empty where unknown."""
    status = run.status
    if status is None:
        return ("",) * 6
    is_running = run.state == progress.RUNNING
    return (
        f"{status.step}/{status.max_steps}",
        _number(status.loss, ".4f"),
        _number(status.accuracy, ".3f"),
        _number(status.val_accuracy, ".3f"),
        _number(status.examples_per_second, ",.0f"),
        _duration(status.seconds_left) if is_running else "",
    )


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
