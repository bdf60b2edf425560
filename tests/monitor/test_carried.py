"""What an earlier monitor found, in the hands of the one that goes on."""

import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

from avh.monitor.carried import Carried, read_earlier
from avh.monitor.monitor import ActivationMonitor
from avh.records import events
from avh.records.event_file import EventFile
from avh.records.finding import Finding, active, to_json
from avh.records.reader import read_run

DEAD = Finding("dead_units", "fc", 4, "2 of 3 units are dead", (0, 1), {"dead": 2}, "Do this.")
OVER = Finding("dead_units", "fc", 6, "none of 3 units are dead", recovered=True)


def write_findings(log_dir):
    """Something was found at step 4, and that it was over at step 6."""
    with EventFile(log_dir) as file:
        file.write(4, [events.findings(to_json([DEAD]))])
        file.write(6, [events.findings(to_json([DEAD, OVER]))])


@pytest.fixture(scope="module")
def went_on(tmp_path_factory):
    """A run that goes on after step 4 with a layer that is not dead."""
    log_dir = tmp_path_factory.mktemp("run")
    write_findings(log_dir)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu", name="fc")])
    model.compile("sgd", "mse")
    model.layers[0].set_weights([np.full((4, 3), 0.5), np.zeros(3)])
    monitor = ActivationMonitor(
        log_dir, every=1, pictures_every=None, initial_step=4, thresholds={"records": 2}
    )
    x = np.random.default_rng(0).uniform(1, 2, (8, 4)).astype("float32")
    model.fit(x, np.ones((8, 3)), batch_size=2, callbacks=[monitor], verbose=0)
    return log_dir


def test_what_was_said_before_the_first_step_counts(tmp_path):
    write_findings(tmp_path)
    assert read_earlier(tmp_path, 7) == [DEAD, OVER]
    assert read_earlier(tmp_path, 5) == [DEAD]
    assert read_earlier(tmp_path, 4) == []
    assert read_earlier(tmp_path / "new", 1) is None


def test_what_is_not_found_again_is_over():
    carried = Carried([DEAD], records=2, first_step=5)
    assert carried.over(5, []) == []
    (over,) = carried.over(6, [])
    assert (over.recovered, over.layer, over.step) == (True, "fc", 6)
    assert carried.over(7, []) == []


def test_what_is_found_again_or_was_over_is_left_as_it_is():
    again = Carried([DEAD], records=1, first_step=5)
    assert again.over(5, [DEAD]) == []
    assert Carried([DEAD, OVER], records=1, first_step=7).over(7, []) == []


def test_a_finding_that_no_longer_holds_after_a_restart_is_said_to_be_over(went_on):
    found = read_run(went_on)
    assert found.steps.tolist() == [5, 6, 7, 8]
    assert [finding.step for finding in found.findings] == [4, 6]
    assert active(found.findings) == []


def test_the_newest_list_is_whole_for_whoever_reads_nothing_else(went_on):
    said = EventAccumulator(str(went_on), {"tensors": 0}).Reload().Tensors("avh/findings")
    assert [event.step for event in said] == [4, 5, 6]
    assert DEAD.message in said[-1].tensor_proto.string_val[0].decode()
