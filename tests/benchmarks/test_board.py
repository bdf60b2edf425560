"""The tab's benchmark runs as its first lines say and prints whole tables; no time is a failure."""

import contextlib
import math
import re

import pytest

import benchmarks.board as benchmark
from benchmarks import board_process
from benchmarks.board_runs import Size
from benchmarks.board_views import SMALL_LAYERS

LOADER = "Python (--load_fast=false)"
SIZE = Size(runs=2, layers=3, records=4)
ROUTES = ("runs", "hist", "hist", "hist", "hist", "stats", "ridge", "image")


@pytest.fixture(scope="module")
def printed(browser, tmp_path_factory):
    """Title -> text of every table, of tiny runs and one loader."""

    @contextlib.contextmanager
    def same_browser():
        yield browser

    boards = {}

    @contextlib.contextmanager
    def same_tensorboard(log_dir, load_fast):
        """One for each directory: a fresh one for each measurement takes its time."""
        if log_dir not in boards:
            boards[log_dir] = ends.enter_context(board_process.tensorboard(log_dir, load_fast))
        yield boards[log_dir]

    with contextlib.ExitStack() as ends, pytest.MonkeyPatch.context() as patch:
        patch.setattr(benchmark, "LOADERS", {LOADER: "false"})
        patch.setattr(benchmark, "chromium", same_browser)
        patch.setattr(benchmark, "tensorboard", same_tensorboard)
        patch.setattr(board_process, "_QUIET_SECONDS", 0.3)
        tables = list(benchmark.tables(tmp_path_factory.mktemp("runs"), SIZE, repeats=2))
    return {table.title: str(table) for table in tables}


def rows(text):
    """The cells of a table, without its head."""
    return [re.split(r" {3,}", line) for line in text.split("\n\n")[1].splitlines()][1:]


def test_every_table_is_printed(printed):
    measured = [f"{table}: {LOADER}" for table in ("TensorBoard", "In Chromium", "Routes")]
    assert list(printed) == ["Event files", *measured]


def test_every_route_is_measured(printed):
    found = rows(printed[f"Routes: {LOADER}"])
    assert tuple(row[0].split(",")[0] for row in found) == ROUTES
    for _, first, later, sent in found:
        assert float(first) > 0
        median, low, high = (float(number) for number in re.findall(r"\d+\.\d+", later))
        assert low <= median <= high
        assert int(sent.replace(",", "")) > 0


def test_the_tab_and_the_stock_dashboard_are_seen(printed):
    found = rows(printed[f"In Chromium: {LOADER}"])
    cells = SIZE.runs * min(SIZE.layers, SMALL_LAYERS)
    in_groups = SIZE.groups * SIZE.layers
    assert [int(row[1]) for row in found] == [cells, cells, in_groups, cells, cells]
    for row in found[:4]:
        numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", " ".join(row[2:]))]
        assert all(math.isfinite(number) and number > 0 for number in numbers)
    assert "2 runs in 1 groups" in found[2][0]
    assert "stock Histograms" in found[4][0]
    assert found[4][4] == "no slider"


@pytest.mark.parametrize("wrong", [["--records", "1"], ["--runs", "0"]])
def test_wrong_sizes_are_refused(wrong, capsys):
    with pytest.raises(SystemExit) as ended:
        benchmark.main(wrong)
    assert ended.value.code == 2
    assert re.search("expected.*, got", capsys.readouterr().err)
