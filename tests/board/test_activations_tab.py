"""The Activations tab of a real TensorBoard, with both of its loaders, seen with a real browser."""

import json
import re
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import numpy as np
import pytest

from avh.board import codec
from avh.board.export import export_report
from avh.records import events, schema
from avh.records.event_file import EventFile
from avh.records.reader import event_files, read_run

LOADERS = {"rust": "true", "python": "false"}
HOSTILE = "<img src=x onerror=document.title='run'>"
LAYERS = ("conv_1", "fc_2", "fc_3")
RUNS = ("again", "damaged", "live", "nan", "other_layers", "relu", "selu", HOSTILE)
WINDOW = {"width": 2400, "height": 1500}  # all rows are in view
PAD, HEAD, FOOT, HEIGHT = 7, 3, 25, 118  # pixels of a chart: plot.js and grid.js
TICK = 0.06  # pixels: coordinates have one decimal

CELLS = """() => [...document.querySelectorAll('[data-testid="cell"]')].map((cell) => ({
  ...cell.dataset,
  words: cell.innerText,
  path: cell.querySelector('[data-testid="bars"]')?.getAttribute("d") ?? "",
  zero: cell.querySelector('[data-testid="zero-bar"]')?.getAttribute("d") ?? "",
  width: Number(cell.querySelector("svg").getAttribute("width")),
  picture: cell.querySelector("img")?.naturalWidth ?? 0,
}))"""


def write_runs(log_dir, recorder):
    """All runs but the one that goes on."""
    with recorder(log_dir / "relu", seed=1) as run:
        for step in range(0, 100, 10):
            run.record(step, picture=step in (0, 50))
    for name, steps, options in (
        ("selu", range(0, 60, 10), {"seed": 2}),
        ("other_layers", range(0, 100, 10), {"seed": 3, "layers": LAYERS}),
        ("again", range(0, 40, 10), {"seed": 4}),
        ("again", range(20, 50, 10), {"seed": 5}),
        ("nan", (0, 50), {"seed": 6, "empty": ("fc_2",)}),
        (HOSTILE, (0, 50), {"seed": 7}),
        ("damaged", range(0, 30, 10), {"seed": 8}),
    ):
        with recorder(log_dir / name, **options) as run:
            run.record(*steps)
    (file,) = event_files(log_dir / "damaged")
    file.write_bytes(file.read_bytes()[:-700])  # the last record lost its end
    with EventFile(log_dir / "other_tool") as other:
        other.write(1, [events.scalar("loss", 1.0)])


class Watched:
    """A page, and everything that went wrong in it."""

    def __init__(self, page):
        self.page, self.errors, self.requests = page, [], []
        page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def strangers(self):
        """Addresses that are neither this machine's nor part of the page."""
        return [
            url
            for url in self.requests
            if urlsplit(url).scheme not in ("file", "data", "blob")
            and urlsplit(url).hostname != "localhost"
        ]


@pytest.fixture(scope="module", params=LOADERS)
def tab(request, browser, tensorboard, recorder, tmp_path_factory):
    """The tab, opened at step 50."""
    log_dir = tmp_path_factory.mktemp("board") / "runs"
    write_runs(log_dir, recorder)
    with (
        recorder(log_dir / "live", seed=9) as live,
        tensorboard(log_dir, LOADERS[request.param]) as (address, _),
    ):
        live.record(0, 50)
        await_runs(address)
        page = browser.new_page(viewport=WINDOW)
        watched = Watched(page)
        page.goto(f"{address}#avh&p.avh.step=50")
        handle = page.wait_for_selector("iframe", state="attached", timeout=60_000)
        frame = handle.content_frame()
        cells = drawn(frame, 50)
        yield SimpleNamespace(
            address=address,
            page=page,
            frame=frame,
            cells=cells,
            log_dir=log_dir,
            live=live,
            watched=watched,
        )
        page.close()


def listed(address):
    """The last step of every run, as the plugin lists them."""
    with urllib.request.urlopen(f"{address}data/plugin/avh/runs") as response:
        return {run["name"]: run["last"][0] for run in json.load(response)["runs"]}


def steps_of(address, run):
    """The steps of a run's statistics."""
    with urllib.request.urlopen(f"{address}data/plugin/avh/stats?run={run}") as response:
        ((about, _),) = codec.unpack(response.read())
    return about["steps"]


def await_runs(address):
    deadline = time.monotonic() + 60
    while True:
        found = listed(address)
        if set(found) == set(RUNS) and found["again"] == 40 and found["relu"] == 90:
            return
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def drawn(frame, step, run="relu"):
    """The cells as soon as a run's show a step; all are drawn in one frame."""
    frame.wait_for_selector(f'[data-testid=cell][data-run="{run}"][data-step="{step}"]')
    return {(cell["run"], cell["layer"]): cell for cell in frame.evaluate(CELLS)}


def move(frame, step):
    """Move the one slider to a step; the cells then."""
    frame.evaluate(
        """([step]) => {
          const slider = document.querySelector('[data-testid="slider"]');
          slider.value = step / 10;
          slider.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        [step],
    )
    return drawn(frame, step)


def record_at(run, step):
    """Index of the record that is to be shown."""
    return max(int(np.searchsorted(run.steps, step, side="right")) - 1, 0)


def check_bars(cell, counts):
    """The path's steps are the densities of the recorded counts between their ends."""
    low, high, top = (float(cell[name]) for name in ("low", "high", "top"))
    base, scale = HEIGHT - FOOT, (cell["width"] - 2 * PAD) / (high - low)
    numbers = [(kind, float(at)) for kind, at in re.findall(r"([VH])(-?[\d.]+)", cell["path"])]
    start = float(re.match(r"M(-?[\d.]+),", cell["path"])[1])
    levels = [at for kind, at in numbers if kind == "V"][:-1]
    ends = [start, *(at for kind, at in numbers if kind == "H")]
    columns = PAD + (schema.EDGES - low) * scale
    checked = 0
    for left, right, level in zip(ends, ends[1:], levels, strict=False):
        first, last = (int(np.argmin(np.abs(columns - x))) for x in (left, right))
        if max(abs(columns[first] - left), abs(columns[last] - right)) > TICK:
            continue  # the axis ends within this bar
        share = counts[first:last].sum() / counts.sum()
        if first <= schema.ZERO_BIN < last:
            share -= counts[schema.ZERO_BIN] / counts.sum()
        density = share / (schema.EDGES[last] - schema.EDGES[first])
        # Neighbours whose levels are the same to one decimal are one step of the path.
        assert level == pytest.approx(base - min(density / top, 1) * (base - HEAD), abs=2 * TICK)
        checked += 1
    assert checked > 10
    zero_height = counts[schema.ZERO_BIN] / counts.sum() * (base - HEAD)
    assert float(re.search(r"v-([\d.]+)h", cell["zero"])[1]) == pytest.approx(zero_height, abs=TICK)


def check_grid(cells, log_dir, step):
    """Every cell shows the record that the reader reads."""
    assert set(cells) == {(run, layer) for run in RUNS for layer in LAYERS}
    runs = {name: read_run(log_dir / name) for name in RUNS}
    for (name, layer), cell in cells.items():
        run = runs[name]
        record = record_at(run, step)
        if layer not in run.layer_paths:
            assert "no such layer" in cell["words"]
            continue
        assert cell["step"] == str(run.steps[record])
        counts = run.hist[record, run.layer_paths.index(layer)]
        assert float(cell["total"]) == counts.sum()
        if (name, layer) == ("nan", "fc_2"):
            assert "no finite values" in cell["words"]
            assert "7 NaN" in cell["words"]
            assert not cell["path"]
            continue
        check_bars(cell, counts)


def test_the_tab_is_there(tab):
    assert tab.page.get_by_role("tab", name="Activations").count() == 1


def test_the_grid_shows_what_the_reader_reads(tab):
    check_grid(tab.cells, tab.log_dir, 50)


def test_pictures_are_drawn_beside_the_histograms(tab):
    tab.frame.wait_for_function(
        """() => document.querySelector('[data-run="relu"] img').naturalWidth > 0"""
    )


def test_moving_the_slider_changes_every_cell(tab):
    cells = move(tab.frame, 10)
    try:
        check_grid(cells, tab.log_dir, 10)
        for key, cell in cells.items():
            before = tab.cells[key]
            assert bool(cell["path"]) == bool(before["path"])
            # That of `damaged` shows the same record, below peaks that the row shares.
            assert cell["path"] != before["path"] or not cell["path"], key
    finally:
        move(tab.frame, 50)


def test_a_restarted_run_shows_the_later_records(tab):
    assert steps_of(tab.address, "again") == [0, 10, 20, 30, 40]
    check_grid(move(tab.frame, 30), tab.log_dir, 30)
    move(tab.frame, 50)


def test_a_step_other_than_the_one_asked_for_is_said(tab):
    assert "step 40" in tab.cells["again", "conv_1"]["words"]
    assert "step 10" in tab.cells["damaged", "conv_1"]["words"]
    assert "step" not in tab.cells["relu", "conv_1"]["words"]


def test_names_stay_text(tab):
    heads = tab.frame.locator(".head-name").all_inner_texts()
    assert HOSTILE in heads
    assert tab.frame.locator("img[src=x]").count() == 0
    assert tab.page.title() != "run"
    assert tab.frame.evaluate("document.title") != "run"


def test_the_report_opened_from_disk_shows_the_same_grid(tab, browser, tmp_path):
    path = export_report(tab.log_dir, tmp_path / "report.html")
    page = browser.new_page(viewport=WINDOW)
    watched = Watched(page)
    try:
        page.goto(f"{path.as_uri()}#step=50")
        cells = drawn(page, 50)
        check_grid(cells, tab.log_dir, 50)
        said = ("step", "total", "low", "high", "top", "path", "zero", "words")
        for key, cell in cells.items():
            assert {k: cell.get(k) for k in said} == {k: tab.cells[key].get(k) for k in said}
        check_grid(move(page, 20), tab.log_dir, 20)
        assert page.locator("img[src=x]").count() == 0
        assert watched.errors == []
        assert watched.strangers() == []
        assert {url.split(":")[0] for url in watched.requests} <= {"file", "data", "blob"}
    finally:
        page.close()


def test_new_records_appear_while_a_run_is_written(tab):
    tab.live.record(60)
    cells = move(tab.frame, 60)  # a step of other runs
    tab.frame.wait_for_selector(
        '[data-testid=cell][data-run="live"][data-step="60"]', timeout=60_000
    )
    assert cells["live", "conv_1"]["path"]
    cells = {(cell["run"], cell["layer"]): cell for cell in tab.frame.evaluate(CELLS)}
    check_grid(cells, tab.log_dir, 60)


def test_a_run_that_grows_shows_its_last_record_until_the_new_one_is_here(tab):
    before = move(tab.frame, 90)["live", "conv_1"]
    held = []
    tab.page.route("**/hist?**", lambda request: held.append(request))
    try:
        tab.live.record(80)
        deadline = time.monotonic() + 60
        while not held and time.monotonic() < deadline:
            tab.page.wait_for_timeout(100)
        assert held, "the page never asked for the new record"
        tab.page.wait_for_timeout(1_000)  # the statistics have come, and frames were drawn
        cells = {(cell["run"], cell["layer"]): cell for cell in tab.frame.evaluate(CELLS)}
        assert cells["live", "conv_1"]["step"] == before["step"] != "80"
        assert cells["live", "conv_1"]["path"] == before["path"] != ""
    finally:
        for request in held:
            request.continue_()
        tab.page.unroute("**/hist?**")
    tab.frame.wait_for_selector('[data-testid=cell][data-run="live"][data-step="80"]')
    cells = {(cell["run"], cell["layer"]): cell for cell in tab.frame.evaluate(CELLS)}
    check_grid(cells, tab.log_dir, 90)


@pytest.mark.parametrize("tab", ["rust"], indirect=True)
def test_an_answer_that_fails_is_said_and_asked_for_again(tab):
    before = move(tab.frame, 90)
    failing = True
    asked = []

    def answer(route):
        asked.append(route.request.url)
        route.fulfill(status=404, body="not loaded yet") if failing else route.continue_()

    tab.page.route("**/hist?**", answer)
    try:
        tab.live.record(100)
        tab.frame.get_by_test_id("follow").check()
        trouble = tab.frame.get_by_test_id("error")
        trouble.wait_for(timeout=60_000)
        assert "TensorBoard answered 404: not loaded yet" in trouble.inner_text()
        tab.page.wait_for_timeout(500)
        assert len(asked) < 5  # it waits for the next look at the runs
        cells = {(cell["run"], cell["layer"]): cell for cell in tab.frame.evaluate(CELLS)}
        assert cells["live", "conv_1"]["path"] == before["live", "conv_1"]["path"] != ""
        failing = False
        check_grid(drawn(tab.frame, 100, "live"), tab.log_dir, 100)
        trouble.wait_for(state="hidden")
    finally:
        tab.page.unroute("**/hist?**")
        tab.watched.errors[:] = [e for e in tab.watched.errors if "404 (Not Found)" not in e]
        move(tab.frame, 50)


@pytest.mark.parametrize("tab", ["rust"], indirect=True)
def test_the_theme_is_the_one_of_tensorboards_button(tab):
    root = tab.frame.locator("#avh")
    for name, theme in (("Dark", "dark"), ("Light", "light")):
        tab.page.locator("app-header-dark-mode-toggle button").click()
        tab.page.get_by_role("menuitem", name=name).click()
        tab.frame.wait_for_selector(f'#avh[data-theme="{theme}"]')
        paper = root.evaluate("(element) => getComputedStyle(element).backgroundColor")
        assert (sum(int(part) for part in re.findall(r"\d+", paper)) < 300) is (theme == "dark")


@pytest.mark.parametrize("tab", ["rust"], indirect=True)
def test_a_click_on_a_picture_enlarges_it_for_all_runs_and_escape_closes_it(tab):
    tab.frame.locator('[data-run="relu"][data-layer="fc_2"] .enlarge').click()
    dialog = tab.frame.get_by_test_id("large-pictures")
    dialog.wait_for()
    assert "fc_2, step 50" in dialog.inner_text()
    assert dialog.locator("figure").count() == 1  # of the runs that have pictures
    tab.page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


@pytest.mark.parametrize("tab", ["rust"], indirect=True)
def test_keys_work_without_a_click_when_the_tab_opens_and_after_a_reload(tab, browser):
    page = browser.new_page(viewport=WINDOW)
    try:
        page.goto(f"{tab.address}#avh&p.avh.step=50")
        for before, after in ((50, 40), (40, 30)):
            handle = page.wait_for_selector("iframe", state="attached", timeout=60_000)
            frame = handle.content_frame()
            drawn(frame, before)
            page.keyboard.press("ArrowLeft")
            drawn(frame, after)
            page.wait_for_function(f"location.hash.includes('step={after}')")
            page.reload()
    finally:
        page.close()


def test_nothing_went_wrong_and_no_other_host_was_asked(tab):
    assert tab.watched.errors == []
    assert tab.watched.strangers() == []


def test_without_records_there_is_no_tab(browser, tensorboard, tmp_path):
    log_dir = tmp_path / "runs"
    with EventFile(log_dir / "other_tool") as file:
        file.write(1, [events.scalar("loss", 1.0)])
    with tensorboard(log_dir, LOADERS["rust"]) as (address, _):
        page = browser.new_page()
        try:
            page.goto(address)
            page.get_by_role("tab", name="Time Series").wait_for(timeout=60_000)
            assert page.get_by_role("tab", name="Activations").count() == 0
        finally:
            page.close()
        with urllib.request.urlopen(f"{address}data/plugins_listing") as response:
            assert json.load(response)["avh"]["enabled"] is False


def test_the_page_has_the_constants_that_are_used_here():
    static = Path(__file__).parents[2] / "avh" / "board" / "static"
    plot = (static / "plot.js").read_text()
    assert f"PAD = {PAD};" in plot
    assert f"FOOT = {FOOT};" in plot
    assert f"HEAD = {HEAD};" in plot
    assert f"HEIGHT = {HEIGHT};" in (static / "grid.js").read_text()
