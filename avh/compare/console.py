"""Where tables are printed."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

PAGE_COLUMNS = 120


def open_console() -> "Console":
    """The terminal, or, where the output goes to a file or a pipe, a page of 120 columns."""
    from rich.console import Console

    console = Console()
    fixed = console.is_terminal or "COLUMNS" in os.environ
    return console if fixed else Console(width=PAGE_COLUMNS)
