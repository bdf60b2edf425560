"""How far a download is: a bar on a terminal, one line a file anywhere else."""

import contextlib
import sys
from collections.abc import Iterator


class FetchProgress:
    """Takes the number of bytes that have come; by itself it shows nothing."""

    def update(self, done: int) -> None:
        """`done` bytes have come in all."""


class _Bar(FetchProgress):
    def __init__(self, file: str, size: int) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self.progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self.progress.add_task(file, total=size)

    def update(self, done: int) -> None:
        self.progress.update(self._task, completed=done)


@contextlib.contextmanager
def show_fetch(file: str, size: int, host: str) -> Iterator[FetchProgress]:
    """Say on standard error that a file of `size` bytes comes from `host`, and how far it is."""
    print(f"fetching {file} ({size / 1e6:.1f} MB) from {host}", file=sys.stderr, flush=True)
    if not sys.stderr.isatty():
        yield FetchProgress()
        return
    bar = _Bar(file, size)
    with bar.progress:
        yield bar
