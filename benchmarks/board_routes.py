"""Every route of the Activations tab: the first answer, later ones, and what they weigh."""

import gzip
import http.client
import time
from urllib.parse import urlencode

from avh.board.codec import unpack
from avh.board.launch import HOST
from benchmarks.board_process import Loaded
from benchmarks.board_runs import EVERY, Size, layer_name, run_name
from benchmarks.table import Spread

FEW = 3  # runs of a small comparison
TIMEOUT = 300


def routes(size: Size) -> list[tuple[str, str]]:
    """What is asked for, in words and as the end of the address; in the order of the page."""
    few = [("run", run_name(run)) for run in range(min(FEW, size.runs))]
    all_runs = [("run", run_name(run)) for run in range(size.runs)]
    middle, layer = size.records // 2 * EVERY, layer_name(0)
    newest, earlier = [("step", size.last_step)], [("step", middle)]
    return [
        ("runs", "runs"),
        (f"hist, newest step, {len(few)} runs", f"hist?{urlencode(newest + few)}"),
        (f"hist, newest step, {size.runs} runs", f"hist?{urlencode(newest + all_runs)}"),
        (f"hist, another step, {len(few)} runs", f"hist?{urlencode(earlier + few)}"),
        (f"hist, another step, {size.runs} runs", f"hist?{urlencode(earlier + all_runs)}"),
        ("stats, one run", f"stats?{urlencode(few[:1])}"),
        ("ridge, one layer", f"ridge?{urlencode([*few[:1], ('layer', layer)])}"),
        ("image", f"image?{urlencode([*few[:1], ('layer', layer), *earlier])}"),
    ]


def measure_routes(board: Loaded, size: Size, repeats: int) -> list[tuple[str, ...]]:
    """Rows: route, first answer, later answers (median and quartiles), bytes sent."""
    rows = []
    for words, path in routes(size):
        cold, content = ask(board, path)
        warm = Spread.of([1e3 * ask(board, path)[0] for _ in range(repeats)])
        rows.append((words, f"{1e3 * cold:.0f}", warm.show(1), f"{len(content):,}"))
    return rows


def check_complete(board: Loaded, size: Size) -> None:
    """Raises RuntimeError unless every record of every run is there."""
    kept, found = min(size.records, 1000), []
    for run in range(size.runs):
        _, content = ask(board, f"stats?{urlencode({'run': run_name(run)})}")
        ((about, _),) = unpack(gzip.decompress(content))
        found.append(len(about["steps"]))
    if found != [kept] * size.runs:
        raise RuntimeError(f"{size.runs} runs of {kept} records expected, got {found}")


def ask(board: Loaded, path: str) -> tuple[float, bytes]:
    """Seconds and the content as it was sent, compressed."""
    connection = http.client.HTTPConnection(HOST, board.port, timeout=TIMEOUT)
    begun = time.perf_counter()
    connection.request("GET", f"/data/plugin/avh/{path}", headers={"Accept-Encoding": "gzip"})
    response = connection.getresponse()
    content = response.read()
    seconds = time.perf_counter() - begun
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"{path}: 200 expected, got {response.status}: {content[:200]!r}")
    return seconds, content
