"""Runs that differ in their seed alone, shown as one: seen in a report with a real browser."""

import re

import numpy as np
import pytest

from avh.board.export import export_report
from avh.records import events, schema
from avh.records.finding import Finding, to_json
from avh.records.reader import read_run

MARKUP = "<i>two</i>"
DEAD = Finding("dead_units", "fc_2", 0, "2 of 4 units are dead (0, 3): exactly 0", (0, 3), {}, "")
PAD, HEAD, FOOT, HEIGHT = 7, 3, 25, 118  # pixels of a chart: plot.js and grid.js
TICK = 0.06  # pixels: coordinates have one decimal
RELU = '[data-testid=cell][data-group="relu"][data-layer="conv_1"]'


@pytest.fixture(scope="module")
def log_dir(recorder, tmp_path_factory):
    """A group of three runs, of which one ends early; one of two that differ; a run without."""
    place = tmp_path_factory.mktemp("groups") / "runs"
    for seed, last in ((0, 20), (1, 20), (2, 10)):
        with recorder(place / f"relu_{seed}", seed=seed, group="relu") as run:
            if seed:
                run.file.write(0, [events.findings(to_json([DEAD]))])
            run.record(*range(0, last + 1, 10), picture=True)
    for name, layers, probe in (("a", ("conv_1", "fc_2"), "one"), ("b", ("conv_1",), "other")):
        with recorder(place / name, layers, seed=7, group=MARKUP, probe=probe) as run:
            run.record(0, 10, 20)
    with recorder(place / "tanh", seed=9, group="alone") as run:
        run.record(0, 10, 20)
    return place


@pytest.fixture(scope="module")
def window(browser, log_dir):
    """One page for all tests, of every run."""
    page = browser.new_page(viewport={"width": 1900, "height": 1000})
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.report = export_report(log_dir, log_dir.parent / "report.html").as_uri()
    page.goto(page.report)
    page.wait_for_selector('[data-run="tanh"][data-step="20"] [data-testid=bars][d^=M]')
    yield page
    page.close()


@pytest.fixture
def at(window):
    """Look at what an address says; the page, once a cell that is named has been drawn."""

    def look(address, cell=f'{RELU}[data-step="10"]'):
        window.evaluate("address => { location.hash = address }", address)
        window.wait_for_selector(cell)
        return window

    return look


def heads(page):
    return page.locator(".heads .head").all_inner_texts()


def test_the_runs_of_a_group_are_one_column(at):
    page = at("step=10")
    assert page.locator("button.head-name").all_inner_texts() == [MARKUP, "relu"]
    assert heads(page)[1:] == ["relu\n3 runs", "tanh"]
    assert page.locator("i").count() == 0  # a group's name is text
    assert page.locator("[data-testid=depth] figure >> nth=0 >> .series").count() == 3


def bars_of(page):
    """Of the cell of `relu`: the bars' ends and levels, and the band's lowest and highest."""
    cell = page.locator(RELU)
    low, high, top = (float(cell.get_attribute(f"data-{name}")) for name in ("low", "high", "top"))
    path = cell.get_by_test_id("bars").get_attribute("d")
    band = cell.get_by_test_id("band").get_attribute("d")
    width = float(cell.locator("svg").get_attribute("width"))
    base = HEIGHT - FOOT

    def density(y):
        return (base - np.asarray(y)) / (base - HEAD) * top

    columns = PAD + (schema.EDGES - low) * (width - 2 * PAD) / (high - low)
    steps = re.findall(r"[ML](-?[\d.]+),(-?[\d.]+)H(-?[\d.]+)", band)
    points = [tuple(map(float, step)) for step in steps]
    half = len(points) // 2
    above, below = points[:half], points[half:][::-1]
    levels = {}
    at, level = None, None
    for kind, value in re.findall(r"([MVH])(-?[\d.]+)", path):
        if kind == "V":
            level = float(value)
        else:
            if kind == "H" and at is not None:
                levels[at, float(value)] = level
            at = float(value)
    return columns, density, levels, above, below, top


def test_its_histogram_is_the_mean_of_its_runs_and_the_band_their_range(at, log_dir):
    columns, density, levels, above, below, top = bars_of(at("step=10"))
    runs = [read_run(log_dir / f"relu_{seed}") for seed in range(3)]
    counts = [run.hist[run.steps.tolist().index(10), 0] for run in runs]
    checked = 0
    for (left, upper, right), (_, lower, _) in zip(above, below, strict=True):
        first, last = (int(np.argmin(np.abs(columns - x))) for x in (left, right))
        if max(abs(columns[first] - left), abs(columns[last] - right)) > TICK:
            continue  # the axis ends within this bar
        zeros = schema.ZERO_BIN if first <= schema.ZERO_BIN < last else None
        inside = [c[first:last].sum() - (0 if zeros is None else c[zeros]) for c in counts]
        width = schema.EDGES[last] - schema.EDGES[first]
        found = [share / c.sum() / width for share, c in zip(inside, counts, strict=True)]
        tolerance = 2 * TICK / (HEIGHT - FOOT - HEAD) * top
        assert density(upper) == pytest.approx(max(found), abs=tolerance)
        assert density(lower) == pytest.approx(min(found), abs=tolerance)
        mean = next(y for (x, end), y in levels.items() if x <= left + TICK and right <= end + TICK)
        assert density(mean) == pytest.approx(np.mean(found), abs=tolerance)
        checked += 1
    assert checked > 10


def test_its_numbers_are_means_with_the_spread_over_its_runs(at, log_dir):
    means = []
    for seed in range(3):
        run = read_run(log_dir / f"relu_{seed}")
        means.append(run.statistic("mean")[run.steps.tolist().index(10), 0])
    said = at("step=10").locator(f"{RELU} .value").first.inner_text()
    mean, spread = said.split(" \u00b1 ")
    assert float(mean.replace("\u2212", "-")) == pytest.approx(np.mean(means), rel=5e-3)
    assert float(spread) == pytest.approx(np.std(means, ddof=1), rel=5e-2)


def test_a_run_without_a_record_at_the_step_is_left_out_and_named(at):
    page = at("step=20", f'{RELU}[data-step="20"]')
    assert heads(page)[1] == "relu\n2 of 3 runs, without relu_2"
    assert "2 of 3 runs" in page.locator(RELU).inner_text()


def test_a_layer_that_a_run_lacks_is_said_in_the_cell(at):
    cell = f'[data-testid=cell][data-group="{MARKUP}"][data-layer="fc_2"]'
    assert "1 of 2 runs" in at("step=10").locator(cell).inner_text()


def test_findings_say_how_many_of_its_runs_have_them(at):
    page = at("step=10")
    said = page.locator('[data-testid=row][data-layer="fc_2"] [data-testid=findings]')
    assert said.inner_text() == "relu: dead units in 2 of 3 runs"
    assert "relu_1, step 0: " in said.get_attribute("title")


def test_a_click_on_its_name_shows_its_runs_and_another_one_the_group(at):
    page = at("step=10")
    page.get_by_role("button", name="relu", exact=True).click()
    page.wait_for_selector('[data-testid=cell][data-run="relu_2"][data-step="10"]')
    assert page.locator(RELU).count() == 0
    page.wait_for_function("() => location.hash.includes('open=relu')")
    colour = "element => element.style.getPropertyValue('--run')"
    members = page.locator('.run-list [data-run^="relu_"]')
    group = page.locator('.run-list [data-group="relu"]').evaluate(colour)
    assert [members.nth(n).evaluate(colour) for n in range(3)] == [group] * 3
    page.get_by_test_id("close-group").first.click()
    page.wait_for_selector(RELU)


def test_the_switch_and_its_key_show_single_runs(at):
    page = at("step=10")
    page.get_by_test_id("groups-off").click()
    page.wait_for_selector('[data-testid=cell][data-run="relu_0"]')
    page.wait_for_function("() => location.hash.includes('groups=off')")
    assert heads(page) == ["a", "b", "relu_0", "relu_1", "relu_2", "tanh"]
    page.keyboard.press("u")
    page.wait_for_selector(RELU)


def test_a_tick_at_a_group_chooses_all_its_runs(at):
    page = at("step=10")
    box = page.locator('.run-list [data-group="relu"] input')
    box.uncheck()
    page.wait_for_selector(RELU, state="detached")
    assert page.locator(".side h2").first.inner_text().startswith("Runs 3 of 6")
    box.check()
    page.wait_for_selector(RELU)


def test_what_differs_within_a_group_is_said(at):
    said = at("step=10").get_by_test_id("notice").inner_text()
    where = f"In the group {MARKUP}: "
    assert f"{where}a and b have the same seed 7." in said
    assert f"{where}different layers: b has no fc_2." in said
    assert f"{where}different probes, so their pictures" in said
    assert "In the group relu: different lengths, a run is left out after its last record" in said
    assert f"Different seeds: {MARKUP} 7; relu 0, 1 and 2; tanh 9." in said


@pytest.mark.parametrize("view", ["overlay", "ridge"])
def test_the_other_views_have_one_curve_a_group(at, view):
    marks = {"overlay": "[data-testid=overlay] tr", "ridge": ".ridge-run"}[view]
    page = at(f"step=10&view={view}", f'{marks}[data-group="relu"]')
    groups = page.locator(marks)
    count = 3 if view == "ridge" else 3 * 2  # a table a layer
    page.wait_for_function(
        "([marks, count]) => document.querySelectorAll(marks).length === count", arg=[marks, count]
    )
    assert groups.first.get_attribute("data-group") == MARKUP


def test_the_picture_is_that_of_its_first_run(at):
    page = at("step=10")
    page.locator(f"{RELU} .enlarge").click()
    assert "relu: relu_0" in page.get_by_test_id("large-pictures").inner_text()
    page.keyboard.press("Escape")


def test_nothing_went_wrong(window):
    assert window.errors == []
