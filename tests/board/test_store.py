"""The store between the routes and a data provider that lags, fails, thins, or grows."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from avh.board import series, store
from avh.board.store import Store
from avh.records import schema

SCOPE = (None, "")
HIST = (*SCOPE, schema.HIST_PLUGIN)


def datum(step, value=0.0, layers=2, columns=schema.BINS):
    return SimpleNamespace(
        step=step, wall_time=float(step), numpy=np.full((layers, columns), value, np.float32)
    )


class Provider:
    """Gives the histograms it is told to, and lists a last step of its own."""

    def __init__(self, **runs):
        self.runs = runs  # name -> data
        self.listed = {}  # name -> last step, where it is not that of the data
        self.broken = {}  # name -> what stands in place of a description
        self.reads = []

    def list_tensors(self, context, *, experiment_id, plugin_name):
        tag = series.tag_of(plugin_name)
        last = {run: data[-1].step for run, data in self.runs.items() if data} | self.listed
        return {run: {tag: about(step)} for run, step in last.items()}

    def list_blob_sequences(self, context, *, experiment_id, plugin_name):
        if plugin_name != schema.STATS_PLUGIN:
            return {}
        return {run: {schema.LAYERS_TAG: about(0)} for run in self.runs}

    def read_blob_sequences(self, context, *, run_tag_filter, **others):
        value = {run: SimpleNamespace(blob_key=run) for run in run_tag_filter.runs}
        return {run: {schema.LAYERS_TAG: [SimpleNamespace(values=[value[run]])]} for run in value}

    def read_blob(self, context, *, blob_key):
        layers = tuple(schema.LayerInfo(name, "Dense", (None, 1), None, 1) for name in "ab")
        return self.broken.get(blob_key, schema.RunInfo(layers).to_json()).encode()

    def read_tensors(self, context, *, plugin_name, downsample, run_tag_filter, **others):
        self.reads.append((tuple(run_tag_filter.runs), downsample))
        tag = series.tag_of(plugin_name)
        return {run: {tag: self.runs[run][-downsample:]} for run in run_tag_filter.runs}


def about(step):
    return SimpleNamespace(max_step=step, max_wall_time=float(step))


@pytest.fixture(autouse=True)
def always_fresh(monkeypatch):
    """No list and no incomplete answer is remembered for a while."""
    for name in ("_FRESH_SECONDS", "_KNOWN_SECONDS", "_INCOMPLETE_SECONDS"):
        monkeypatch.setattr(store, name, -1.0)


def step_of(found, run="a"):
    return int(found[run].steps[0])


def test_a_record_that_is_listed_before_it_is_loaded_is_read_when_it_is_here():
    provider = Provider(a=[datum(0), datum(10)])
    provider.listed["a"] = 20
    own = Store(provider)
    assert step_of(own.records(*HIST, ["a"], 20)) == 10
    assert own.series(*HIST, "a").steps.tolist() == [0, 10]
    provider.runs["a"].append(datum(20))
    assert step_of(own.records(*HIST, ["a"], 20)) == 20
    assert own.series(*HIST, "a").steps.tolist() == [0, 10, 20]


def test_a_run_that_is_listed_before_anything_is_loaded_is_left_out():
    provider = Provider(a=[datum(0)], b=[])
    provider.listed["b"] = 0
    own = Store(provider)
    assert list(own.records(*HIST, ["a", "b"], 0)) == ["a"]
    assert own.series(*HIST, "b") is None


def test_a_run_whose_description_cannot_be_read_is_left_out(caplog):
    provider = Provider(a=[datum(0)], b=[datum(0)])
    provider.broken["b"] = '{"schema": 99}'
    own = Store(provider)
    assert [run["name"] for run in own.runs(*SCOPE)] == ["a"]
    own.runs(*SCOPE)
    assert len([r for r in caplog.records if "leaves out the run 'b'" in r.message]) == 1


def test_the_newest_records_of_many_runs_are_read_in_one_call():
    provider = Provider(a=[datum(0), datum(10)], b=[datum(0), datum(5)])
    found = Store(provider).records(*HIST, ["b", "a"], 10)
    assert (step_of(found, "a"), step_of(found, "b")) == (10, 5)
    assert [(sorted(runs), most) for runs, most in provider.reads] == [(["a", "b"], 1)]


def test_a_run_is_read_once_until_it_grows():
    provider = Provider(a=[datum(0), datum(10)])
    own = Store(provider)
    for _ in range(3):
        assert step_of(own.records(*HIST, ["a"], 0)) == 0
    assert len(provider.reads) == 1
    provider.runs["a"].append(datum(20))
    assert own.series(*HIST, "a").steps.tolist() == [0, 10, 20]


def test_a_run_that_would_not_fit_into_an_answer_is_thinned(monkeypatch):
    monkeypatch.setattr(series, "ANSWER_BYTES", 3 * 4 * schema.BINS * 2)
    provider = Provider(a=[datum(step) for step in range(10)])
    assert Store(provider).series(*HIST, "a").steps.tolist() == [7, 8, 9]


@pytest.mark.parametrize(
    ("disk_bytes", "reads"), [(0, [("a",), ("b",), ("a",)]), (1 << 20, [("a",), ("b",)])]
)
def test_the_least_recently_used_run_is_put_on_disk_or_read_again(disk_bytes, reads):
    provider = Provider(a=[datum(0, 1.0), datum(10, 2.0)], b=[datum(0, 3.0)])
    one = int(2.5 * 4 * schema.BINS * 2)
    own = Store(provider, cache_bytes=one, disk_bytes=disk_bytes)
    for run in ("a", "b", "b", "a"):
        own.series(*HIST, run)
    assert [runs for runs, _ in provider.reads] == reads
    values = own.records(*HIST, ["a"], 9)["a"].values
    np.testing.assert_array_equal(values, np.full((1, 2, schema.BINS), 1.0))


def test_what_is_read_ahead_is_not_read_again():
    provider = Provider(a=[datum(0), datum(10)])
    own = Store(provider)
    own.read_ahead(*HIST, ["a"])
    for thread in threading.enumerate():
        if thread.name == "avh-ahead":
            thread.join()
    assert len(provider.reads) == 1
    assert step_of(own.records(*HIST, ["a"], 0)) == 0
    assert len(provider.reads) == 1
