"""Findings in the Activations tab: beside their layer, as a filter, in the report."""

import re

import pytest
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext

from avh.board.export import export_report
from avh.board.store import Store
from avh.records import events
from avh.records.finding import Finding, to_json

DEAD = Finding(
    "dead_units", "fc_2", 10, "2 of 4 units are dead (0, 3): exactly 0", (0, 3), {}, "Do this."
)
OVER = Finding("dead_units", "fc_2", 20, "none of 4 units are dead", recovered=True)


@pytest.fixture(scope="module")
def log_dir(recorder, tmp_path_factory):
    """Two runs of three records; in one of them two units are dead at the second."""
    place = tmp_path_factory.mktemp("findings")
    for name, told in (("relu", ([DEAD], [DEAD, OVER])), ("selu", ([], []))):
        with recorder(place / name) as run:
            run.record(0)
            for step, found in zip((10, 20), told, strict=True):
                if found:
                    run.file.write(step, [events.findings(to_json(found))])
                run.record(step)
    return place


@pytest.fixture
def page(browser, log_dir, tmp_path):
    found = browser.new_page(viewport={"width": 1280, "height": 900})
    report = export_report(log_dir, tmp_path / "report.html")
    found.goto(report.as_uri())
    found.wait_for_selector('[data-testid=cell][data-run="relu"][data-step="20"]')
    yield found
    found.close()


def go_to(page, step):
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(f'[data-testid=cell][data-run="relu"][data-step="{step}"]')


def findings(page, layer):
    return page.locator(f'[data-testid=row][data-layer="{layer}"] [data-testid=findings]')


def test_a_finding_stands_beside_its_layer_at_the_steps_at_which_it_holds(page):
    said = findings(page, "fc_2")
    assert not said.is_visible()
    go_to(page, 10)
    assert said.inner_text() == "relu: 2 of 4 units are dead (step 10)"
    assert said.get_attribute("title") == f"relu, step 10: {DEAD.message}. Do this."
    assert not findings(page, "conv_1").is_visible()
    go_to(page, 0)
    assert not said.is_visible()


def test_the_layers_with_findings_can_be_shown_alone(page):
    rows = page.locator("[data-testid=row]")
    assert rows.count() == 2
    page.get_by_test_id("which-found").click()
    page.wait_for_function("() => document.querySelectorAll('[data-testid=row]').length === 1")
    assert rows.get_attribute("data-layer") == "fc_2"
    page.wait_for_url(re.compile("which=found"))


def test_the_routes_say_what_was_found(log_dir):
    multiplexer = EventMultiplexer()
    multiplexer.AddRunsFromDirectory(str(log_dir))
    multiplexer.Reload()
    store = Store(MultiplexerDataProvider(multiplexer, str(log_dir)))
    relu, selu = store.runs(RequestContext(), "")
    assert selu["findings"] == []
    assert [(f["step"], f["layer"], f["recovered"]) for f in relu["findings"]] == [
        (10, "fc_2", False),
        (20, "fc_2", True),
    ]
    assert relu["findings"][0]["message"] == DEAD.message
