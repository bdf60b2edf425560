"""A run that went on in its own directory, as a real TensorBoard shows it."""

import json
import time
import urllib.parse
import urllib.request

import pytest

from avh.records import events
from avh.records.event_file import EventFile
from avh.records.finding import Finding, to_json

PATIENCE = 60


@pytest.fixture(scope="module")
def log_dir(tmp_path_factory):
    """Steps 1 to 6, the last one half written, and again from step 4 on."""
    place = tmp_path_factory.mktemp("logs") / "runs"
    for first_step, steps, value in ((None, range(1, 7), 1.0), (4, range(4, 10), 2.0)):
        with EventFile(place / "run", first_step=first_step) as file:
            for step in steps:
                file.write(step, [events.scalar("loss", value)])
            if first_step is None:
                lost = Finding("dead_units", "fc", 6, "lost")
                file.write(6, [events.findings(to_json([lost]))])
        if first_step is None:
            file.path.write_bytes(file.path.read_bytes()[:-9])
    return place


@pytest.mark.parametrize("load_fast", ["true", "false"])
def test_every_step_is_shown_once_as_it_was_done_last(tensorboard, log_dir, load_fast):
    query = urllib.parse.urlencode({"tag": "loss", "run": "run"})
    with tensorboard(log_dir, load_fast) as (address, _):
        deadline, shown = time.monotonic() + PATIENCE, []
        while len(shown) < 9 and time.monotonic() < deadline:
            time.sleep(0.1)
            try:
                with urllib.request.urlopen(
                    f"{address}data/plugin/scalars/scalars?{query}", timeout=10
                ) as answer:
                    shown = json.load(answer)
            except OSError:  # not loaded yet
                continue
    assert [step for _, step, _ in shown] == list(range(1, 10))
    assert [value for _, _, value in shown] == [1, 1, 1, 2, 2, 2, 2, 2, 2]
