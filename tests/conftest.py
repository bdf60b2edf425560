"""What the tests share: a real browser, and TensorBoard's own reader."""

import os
import shutil

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# As root in a container there is no sandbox; without the others Chromium asks outside hosts.
_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; skips without one on a user's machine, fails without one in CI."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        reason = f"one of {', '.join(_NAMES)} expected, none found"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def local_provider():
    """TensorBoard's own reader in Python: log directory -> data provider, all of it loaded."""
    import argparse

    from tensorboard.backend.event_processing import data_ingester

    from avh.board.loader import RETENTION

    def provide(log_dir):
        flags = argparse.Namespace(
            samples_per_plugin=dict(RETENTION),
            purge_orphaned_data=True,
            max_reload_threads=1,
            reload_multifile=False,
            reload_multifile_inactive_secs=86400,
            detect_file_replacement=None,
            logdir=str(log_dir),
            logdir_spec="",
            reload_interval=0,
            reload_task="blocking",
        )
        ingester = data_ingester.LocalDataIngester(flags)
        ingester.start()
        return ingester.data_provider

    return provide
