"""What is looked at: a small comparison, everything at once, and the stock dashboard."""

import functools

import numpy as np
from playwright.sync_api import Browser

from benchmarks.board_browser import memory, move, open_stock, opened
from benchmarks.board_process import Loaded
from benchmarks.board_runs import Size
from benchmarks.table import Spread

SMALL_LAYERS = 6
MOST_ABREAST = 20  # runs; more are seen in groups where all rows are in view
WINDOW = (1600, 1800)  # 3 runs x 6 layers are in view
WIDE, TALL = (2560, 1440), (2560, 12_000)  # the tall one has all rows in view at once
MIB = 1 << 20


def see_tab(
    browser: Browser, board: Loaded, loader: str, size: Size, small: Size, repeats: int
) -> list[tuple[str, ...]]:
    """Rows of the table: the tab with few and with all runs and layers."""
    see = functools.partial(_see, browser, board, loader, repeats=repeats, size=size)
    return [
        see(small, WINDOW),
        see(size, WIDE),
        see(size, WIDE, grouped=True),
        see(size, TALL, grouped=size.runs > MOST_ABREAST),
    ]


def see_stock(browser: Browser, board: Loaded, loader: str, size: Size) -> tuple[str, ...]:
    """A row: the stock Histograms dashboard with the same histograms."""
    cards = size.runs * size.layers
    seconds = open_stock(browser, board, cards, WINDOW)
    words = f"stock Histograms, {size.runs} runs x {size.layers} layers; {loader}"
    return words, str(cards), "-", f"{seconds:.2f}", "no slider", "no slider", "-", "-"


def _see(
    browser: Browser,
    board: Loaded,
    loader: str,
    shown: Size,
    window: tuple[int, int],
    *,
    size: Size,
    repeats: int,
    grouped: bool = False,
) -> tuple[str, ...]:
    tab = opened(browser, board, shown.runs, shown.layers, window, grouped=grouped)
    with tab as (frame, grid, whole):
        records = np.random.default_rng(0).permutation(size.records - 1)[: repeats + 1].tolist()
        first, cells = move(frame, records[0])
        later = [move(frame, record)[0] for record in records[1:]]
        heap, process = memory(frame)
    runs = f"{shown.runs} runs in {shown.groups} groups" if grouped else f"{shown.runs} runs"
    words = f"{runs} x {shown.layers} layers, {window[0]} x {window[1]}; {loader}"
    return (
        words,
        str(cells),
        f"{grid:.2f}",
        f"{whole:.2f}",
        f"{first:.0f}",
        Spread.of(later).show(0),
        f"{heap / MIB:.0f}",
        f"{process / MIB:.0f}",
    )
