"""The page by itself, as a report: many layers, many runs, and windows of two sizes."""

import base64
import re
from pathlib import Path

import pytest

from avh.board.export import export_report

STATIC = Path(__file__).parents[2] / "avh" / "board" / "static"
LAYERS = tuple(f"block_{number // 10}/layer_{number:03}" for number in range(300))
OUT_OF_THE_COUNT = {"index.js", "app.js", "source_server.js", "source_embedded.js"}


@pytest.fixture(scope="module")
def report(recorder, tmp_path_factory):
    """Address of a report of two runs with hundreds of layers."""
    place = tmp_path_factory.mktemp("page")
    for seed, name in enumerate(("relu", "selu")):
        with recorder(place / "runs" / name, layers=LAYERS, seed=seed) as run:
            run.record(0, 10)
    return export_report(place / "runs", place / "report.html").as_uri()


@pytest.fixture(params=[1280, 2560])
def page(request, browser, report):
    found = browser.new_page(viewport={"width": request.param, "height": 900})
    found.goto(report)
    found.wait_for_selector('[data-testid=cell][data-run="relu"][data-step="10"]')
    yield found
    found.close()


def drawn(page, layer):
    return page.locator(f'[data-layer="{layer}"] [data-testid=bars][d^=M]').count()


def test_of_hundreds_of_layers_those_in_view_are_drawn(page):
    assert page.locator("[data-testid=row]").count() == len(LAYERS)
    assert drawn(page, LAYERS[0]) == 2
    assert page.locator("[data-testid=cell]").count() < len(LAYERS) / 2
    assert drawn(page, LAYERS[-1]) == 0
    page.locator(f'[data-testid=row][data-layer="{LAYERS[-1]}"]').scroll_into_view_if_needed()
    page.wait_for_selector(f'[data-layer="{LAYERS[-1]}"] [data-testid=bars][d^=M]')


def test_a_row_that_was_out_of_view_shows_the_step_it_comes_back_at(page):
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector('[data-testid=cell][data-run="relu"][data-step="0"]')
    page.locator(f'[data-testid=row][data-layer="{LAYERS[150]}"]').scroll_into_view_if_needed()
    page.wait_for_selector(f'[data-testid=cell][data-layer="{LAYERS[150]}"][data-step="0"]')


def test_nothing_is_wider_than_the_window(page):
    wide = page.evaluate(
        """() => [document.documentElement, document.querySelector(".scroll")]
          .map((element) => element.scrollWidth - element.clientWidth)"""
    )
    assert wide == [0, 0]


def test_runs_beyond_the_colours_differ_in_their_dashes(browser):
    module = base64.b64encode((STATIC / "colours.js").read_bytes()).decode()
    page = browser.new_page()
    try:
        looks = page.evaluate(
            """async (module) => {
              const { runLooks } = await import(`data:text/javascript;base64,${module}`);
              const names = Array.from({ length: 40 }, (_, index) => `run ${index}`);
              return [...runLooks([...names, "relu"])].map(([, { colour, dash }]) => colour + dash);
            }""",
            module,
        )
    finally:
        page.close()
    assert len(set(looks)) == 41
    assert sum(look.endswith("none") for look in looks) == 11


def test_all_modules_are_named_where_the_page_begins():
    named = set(re.findall(r'import "\./static/([\w.]+)";', (STATIC / "index.js").read_text()))
    assert named == {file.name for file in STATIC.glob("*.js")} - OUT_OF_THE_COUNT
