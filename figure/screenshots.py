"""Photograph the Activations tab for README, in both themes.

    python script.py --no_tensorboard && python figure/screenshots.py train_dir

Needs the development extras and a Chromium.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from avh.board.launch import launch, samples_per_plugin

HERE = Path(__file__).parent
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
SIZE = {"width": 1280, "height": 900}


def main() -> int:
    """Take both pictures of the log directory that the command line names."""
    log_dir = Path(sys.argv[1] if len(sys.argv) > 1 else "train_dir").resolve()
    samples = samples_per_plugin(100_000, every=100, pictures_every=1000)
    with (
        tempfile.TemporaryDirectory() as scratch,
        launch(log_dir, port=7007, samples=samples, log=Path(scratch) / "log") as board,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(FLAGS)
        )
        for theme in ("light", "dark"):
            page = browser.new_page(viewport=SIZE, color_scheme=theme)
            page.goto(f"{board.address}#avh")
            page.frame_locator("iframe").get_by_test_id("cell").first.wait_for(timeout=60_000)
            page.wait_for_timeout(2000)  # pictures fade in
            page.screenshot(path=HERE / f"tab_{theme}.png")
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
