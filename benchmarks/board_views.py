"""What is looked at: a small comparison, everything at once, and the stock dashboard."""

import numpy as np
from playwright.sync_api import Browser

from benchmarks.board_browser import move, open_stock, opened
from benchmarks.board_process import Loaded
from benchmarks.board_runs import Size
from benchmarks.table import Spread

SMALL_LAYERS = 6
WINDOW = (1600, 1800)  # 3 runs x 6 layers are in view
WIDE, TALL = (2560, 1440), (2560, 12_000)  # the tall one has all cells in view at once


def see_tab(
    browser: Browser, board: Loaded, loader: str, size: Size, small: Size, repeats: int
) -> list[tuple[str, ...]]:
    """Rows of the table: the tab with few and with all runs and layers."""
    return [
        _see(browser, board, loader, small, size, WINDOW, repeats),
        _see(browser, board, loader, size, size, WIDE, repeats),
        _see(browser, board, loader, size, size, TALL, repeats),
    ]


def see_stock(browser: Browser, board: Loaded, loader: str, size: Size) -> tuple[str, ...]:
    """A row: the stock Histograms dashboard with the same histograms."""
    cards = size.runs * size.layers
    seconds = open_stock(browser, board, cards, WINDOW)
    words = f"stock Histograms, {size.runs} runs x {size.layers} layers; {loader}"
    return words, str(cards), "-", f"{seconds:.2f}", "no slider", "no slider"


def _see(
    browser: Browser,
    board: Loaded,
    loader: str,
    shown: Size,
    size: Size,
    window: tuple[int, int],
    repeats: int,
) -> tuple[str, ...]:
    with opened(browser, board, shown.runs, shown.layers, window) as (frame, grid, whole):
        records = np.random.default_rng(0).permutation(size.records - 1)[: repeats + 1].tolist()
        first, cells = move(frame, records[0])
        later = [move(frame, record)[0] for record in records[1:]]
    words = f"{shown.runs} runs x {shown.layers} layers, {window[0]} x {window[1]}; {loader}"
    return (
        words,
        str(cells),
        f"{grid:.2f}",
        f"{whole:.2f}",
        f"{first:.0f}",
        Spread.of(later).show(0),
    )
