"""The tab in a real browser: opening it, and moving its slider.

A picture counts as drawn when the frame that shows it was handed to the screen: in an animation
frame after the last change of the page, and after the task that follows.
"""

import contextlib
import shutil
import time
from collections.abc import Iterator
from urllib.parse import quote

from playwright.sync_api import Browser, CDPSession, Frame, Page, sync_playwright

from benchmarks.board_process import Loaded, resident
from benchmarks.board_runs import EVERY, layer_name, run_name

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
PATIENCE = 120_000  # milliseconds

# The clock of the tab's own document starts when TensorBoard opens it.
_WATCH = """
if (location.pathname.endsWith("plugin_entry.html")) {
  const look = () => {
    if (!document.querySelector('[data-testid="bars"][d^="M"]')) return requestAnimationFrame(look);
    requestAnimationFrame(() => setTimeout(() => { window.firstGrid = performance.now(); }));
  };
  requestAnimationFrame(look);
}
"""
_MOVE = """
async ([place, step]) => {
  const slider = document.querySelector('[data-testid="slider"]');
  const cells = [...document.querySelectorAll('[data-testid="cell"]')].filter((cell) => {
    const { top, bottom } = cell.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const begun = performance.now();
  while (Number(slider.max) < place) await frame(); // the steps are on their way
  slider.value = place;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  while (!cells.every((cell) => cell.dataset.step === String(step))) await frame();
  await frame();
  await new Promise((done) => setTimeout(done));
  return [performance.now() - begun, cells.length];
}
"""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser.

    Raises:
        RuntimeError: there is none.
    """
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        raise RuntimeError(f"one of {', '.join(CHROMIUM)} expected, none found")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@contextlib.contextmanager
def opened(
    browser: Browser,
    board: Loaded,
    runs: int,
    layers: int,
    size: tuple[int, int],
    *,
    grouped: bool = False,
) -> Iterator[tuple[Frame, float, float]]:
    """The tab with its first grid: the tab's frame, and seconds to the first drawn grid.

    The first number of seconds counts from the tab's opening, the second one from TensorBoard's.
    """
    chosen = quote(",".join(run_name(run) for run in range(runs)), safe="")
    found = quote(f"^({'|'.join(layer_name(layer) for layer in range(layers))})$", safe="")
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.add_init_script(_WATCH)
    try:
        begun = time.perf_counter()
        groups = "on" if grouped else "off"
        view = f"p.avh.groups={groups}&p.avh.runs={chosen}&p.avh.layers={found}"
        page.goto(f"{board.address}#avh&{view}")
        frame = _tab(page)
        frame.wait_for_function("window.firstGrid", timeout=PATIENCE)
        whole = time.perf_counter() - begun
        yield frame, frame.evaluate("window.firstGrid") / 1e3, whole
    finally:
        page.close()


def move(frame: Frame, record: int) -> tuple[float, int]:
    """Move the slider to a record; milliseconds to the drawn picture, and the cells in view."""
    taken, cells = frame.evaluate(_MOVE, [record, record * EVERY])
    return taken, cells


def memory(frame: Frame) -> tuple[int, int]:
    """Bytes of the page's objects, arrays apart, and bytes resident of the process drawing it."""
    page = frame.page
    heap = _metric(page.context.new_cdp_session(page), "JSHeapUsedSize")
    processes = page.context.browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    drawing = [info["id"] for info in processes["processInfo"] if info["type"] == "renderer"]
    return int(heap), max(resident(pid) for pid in drawing)


def _metric(session: CDPSession, name: str) -> float:
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    found = session.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in found if metric["name"] == name)


def open_stock(browser: Browser, board: Loaded, cards: int, size: tuple[int, int]) -> float:
    """Seconds from opening TensorBoard to so many drawn cards of its Histograms dashboard."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    try:
        begun = time.perf_counter()
        page.goto(f"{board.address}#histograms")
        drawn = page.locator("vz-histogram-timeseries .histogram path[d^=M]")
        drawn.nth(cards - 1).wait_for(state="attached", timeout=PATIENCE)
        return time.perf_counter() - begun
    finally:
        page.close()


def _tab(page: Page) -> Frame:
    handle = page.wait_for_selector("iframe", state="attached", timeout=PATIENCE)
    frame = handle.content_frame()
    frame.wait_for_url("**/plugin_entry.html*", timeout=PATIENCE, wait_until="commit")
    return frame
