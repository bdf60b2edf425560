"""What a person sees while a run goes on: a live line on a terminal, plain lines elsewhere."""

from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from avh.train.status import Status


class Display(Protocol):
    """Shows one status after the other, inside its `with` block."""

    def __enter__(self) -> "Display": ...

    def __exit__(self, *error: object) -> None: ...

    def show(self, status: Status, *, due: bool) -> None:
        """Show a status; `due` marks the ones at the `log_every` steps."""


def open_display(wanted: bool, console: Console) -> Display:
    """The display that suits the console; `wanted=False` shows nothing."""
    if not wanted:
        return NoDisplay()
    return LiveLine(console) if console.is_terminal else PlainLines(console)


def summary(status: Status) -> str:
    """The status in one line, without what is not known yet.

    >>> summary(Status("running", 120, 1000, loss=0.31, accuracy=0.912, seconds_left=75.0))
    'step 120/1000  loss 0.3100  accuracy 91.2%  1:15 left'
    """
    parts = [f"step {status.step}/{status.max_steps}"]
    if status.loss is not None:
        parts.append(f"loss {status.loss:.4f}")
    if status.accuracy is not None:
        parts.append(f"accuracy {status.accuracy:.1%}")
    if status.val_accuracy is not None:
        parts.append(f"test accuracy {status.val_accuracy:.1%}")
    if status.examples_per_second is not None:
        parts.append(f"{status.examples_per_second:,.0f} examples/s")
    if status.seconds_left is not None:
        parts.append(f"{duration(status.seconds_left)} left")
    return "  ".join(parts)


def duration(seconds: float) -> str:
    """Hours, minutes and seconds, as short as they go.

    >>> duration(7), duration(3605)
    ('0:07', '1:00:05')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class NoDisplay:
    """Shows nothing."""

    def __enter__(self) -> "NoDisplay":
        return self

    def __exit__(self, *error: object) -> None: ...

    def show(self, status: Status, *, due: bool) -> None: ...


class PlainLines(NoDisplay):
    """One line each `log_every` steps."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def show(self, status: Status, *, due: bool) -> None:
        if due:
            self._console.print(summary(status), highlight=False, soft_wrap=True)


class LiveLine:
    """One line that is drawn over itself, with a bar where the terminal is wide enough for one."""

    def __init__(self, console: Console) -> None:
        text = TextColumn("{task.description}", markup=False)
        wide = console.width >= 120
        self._progress = Progress(*([BarColumn(20), text] if wide else [text]), console=console)
        self._task: TaskID | None = None

    def __enter__(self) -> "LiveLine":
        self._progress.start()
        self._task = self._progress.add_task("building the graph", total=None)
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def show(self, status: Status, *, due: bool) -> None:
        if self._task is not None:
            self._progress.update(
                self._task,
                description=summary(status),
                completed=status.step,
                total=status.max_steps,
            )
