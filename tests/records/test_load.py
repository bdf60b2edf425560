"""The frame holds what the monitor wrote, of runs in any state."""

import itertools
import tracemalloc

import keras
import numpy as np
import pandas as pd
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

import avh
from avh.records import events, schema
from avh.records.event_file import EventFile
from avh.records.frame import frame_of
from avh.records.reader import RunRecords, event_files

COLUMNS = (
    "run layer step wall_time count mean std min max q01 q05 q25 q50 q75 q95 q99 "
    "zero_fraction dead_fraction saturated_fraction nan_count inf_count"
).split()
STATISTICS = list(schema.STATISTICS)
LAYERS = ("hidden", "squashed", "logits")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of the monitor, and the statistics of all records as it handed them over to write."""
    log_dir, computed = tmp_path_factory.mktemp("logs") / "tiny", []
    plain = events.statistics

    def noted(rows):
        computed.append(np.array(rows, np.float32))
        return plain(rows)

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(6, "relu", name="hidden"),
            keras.layers.Dense(5, "tanh", name="squashed"),
            keras.layers.Dense(3, name="logits"),
        ]
    )
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(64, 4))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "statistics", noted)
        monitor = avh.ActivationMonitor(log_dir, every=2, pictures_every=None, on_error="raise")
        model.fit(x, x[:, :3], batch_size=8, callbacks=[monitor], verbose=0)
    return log_dir, np.concatenate(computed)


def described(*names):
    layers = tuple(schema.LayerInfo(n, "Dense", (None, 2), None, 2) for n in names)
    return events.run_info(schema.RunInfo(layers))


def write_record(file, step, rows, describe=None):
    """A record whose statistics are all `rows[layer]`, and whose bins count `step`."""
    rows = np.repeat(np.array(rows, np.float32)[:, None], len(STATISTICS), axis=1)
    hist = np.full((len(rows), schema.BINS), step, np.float32)
    values = [] if describe is None else [describe]
    file.write(step, [*values, events.statistics(rows), events.histograms(hist)])


def write_run(place, *steps, layers=("fc",)):
    with EventFile(place) as file:
        write_record(file, steps[0], [1.0] * len(layers), described(*layers))
        for step in steps[1:]:
            write_record(file, step, [1.0] * len(layers))
    return event_files(place)[0]


def test_one_row_a_run_layer_and_step_with_the_columns_promised(trained):
    frame = avh.load(trained[0])
    assert list(frame.columns) == COLUMNS
    assert frame.layer.astype(str).tolist() == [name for name in LAYERS for _ in range(5)]
    assert frame.step.tolist() == [1, 2, 4, 6, 8] * 3
    assert set(frame.run) == {"tiny"}
    assert {frame[name].dtype for name in STATISTICS} == {np.dtype("float32")}
    assert (frame.step.dtype, frame.wall_time.dtype) == (np.int64, np.float64)


def test_the_statistics_are_bit_for_bit_what_the_monitor_computed(trained):
    log_dir, computed = trained
    frame = avh.load(log_dir).sort_values(["step", "layer"])
    assert frame[STATISTICS].to_numpy().tobytes() == computed.tobytes()


def test_the_frame_agrees_with_what_tensorboard_reads(trained):
    accumulator = EventAccumulator(str(trained[0]), size_guidance={"tensors": 0})
    accumulator.Reload()
    frame = avh.load(trained[0], histograms=True).sort_values(["step", "layer"])
    for tag, rows in (
        (schema.STATS_TAG, frame[STATISTICS].to_numpy()),
        (schema.HIST_TAG, np.stack(frame.counts)),
    ):
        found = accumulator.Tensors(tag)
        expected = np.concatenate([make_ndarray(event.tensor_proto) for event in found])
        assert rows.tobytes() == expected.tobytes()
        assert frame.step.tolist() == np.repeat([event.step for event in found], 3).tolist()
        times = np.repeat([event.wall_time for event in found], 3)
        np.testing.assert_array_equal(frame.wall_time, times)


def test_edges_and_counts_are_a_histogram_of_every_element(trained):
    frame = avh.load(trained[0], histograms=True)
    row = frame.iloc[0]
    assert len(row.edges) == len(row.counts) + 1
    assert (np.diff(row.edges[1:-1]) >= 0).all()
    assert [counts.sum() for counts in frame.counts] == frame["count"].tolist()
    zeros = frame.iloc[0].counts[np.flatnonzero(np.diff(row.edges) == 0)].sum()
    assert zeros == pytest.approx(row.zero_fraction * row["count"])
    with pytest.raises(ValueError, match="read-only"):
        row.edges[0] = 0


def test_many_runs_lie_below_one_directory(tmp_path):
    write_run(tmp_path / "run_10", 1, 2, layers=("a", "b"))
    write_run(tmp_path / "run_2", 5, layers=("b", "c"))
    with EventFile(tmp_path / "other_tool") as file:
        file.write(1, [events.scalar("loss", 1.0)])
    frame = avh.load(str(tmp_path))
    rows = frame[["run", "layer", "step"]].astype({"run": str, "layer": str}).to_numpy().tolist()
    assert rows == [
        ["run_2", "b", 5],
        ["run_2", "c", 5],
        *(["run_10", layer, step] for layer in ("a", "b") for step in (1, 2)),
    ]
    assert frame.index.tolist() == list(range(6))


def test_a_run_among_others_has_the_name_that_tensorboard_gives_it(tmp_path):
    write_run(tmp_path, 1)
    assert set(avh.load(tmp_path).run) == {tmp_path.name}
    write_run(tmp_path / "below", 1)
    assert set(avh.load(tmp_path).run) == {".", "below"}


def test_the_group_of_a_run_is_the_last_column_where_any_run_has_one(tmp_path):
    for name, group in (("a", "relu"), ("b", "relu"), ("c", None)):
        with EventFile(tmp_path / name) as file:
            layer = schema.LayerInfo("fc", "Dense", (None, 2), None, 2)
            info = schema.RunInfo((layer,), group=group)
            write_record(file, 1, [1.0], events.run_info(info))
    frame = avh.load(tmp_path)
    assert list(frame.columns) == [*COLUMNS, "group"]
    assert frame.group.astype(object).where(frame.group.notna(), None).tolist() == [
        "relu",
        "relu",
        None,
    ]
    assert list(avh.load(tmp_path / "c").columns) == COLUMNS


def test_a_frame_of_many_runs_takes_little_more_memory_than_it_holds():
    layers = tuple(schema.LayerInfo(f"fc_{n}", "Dense", (None, 2), None, 2) for n in range(20))

    def runs():
        for number in range(40):
            stats = np.full((50, 20, len(STATISTICS)), number, np.float32)
            times = (np.arange(50), np.arange(50.0))
            hist = np.zeros((50, 20, 0), np.float32)
            yield f"{number}", RunRecords(f"{number}", schema.RunInfo(layers), *times, stats, hist)

    frame_of(itertools.islice(runs(), 1), histograms=False)  # what is imported is no part of it
    tracemalloc.start()
    try:
        frame = frame_of(runs(), histograms=False)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(frame) == 40 * 20 * 50
    assert peak < 1.4 * frame.memory_usage().sum()


def test_layers_sort_and_group_in_the_models_order(tmp_path):
    write_run(tmp_path, 1, layers=("stem", "block", "head"))
    frame = avh.load(tmp_path)
    assert list(frame.groupby("layer", observed=True).groups) == ["stem", "block", "head"]
    shuffled = frame.iloc[[2, 0, 1]].sort_values("layer")
    assert shuffled.layer.tolist() == ["stem", "block", "head"]


def test_a_running_run_gives_what_is_flushed(tmp_path):
    with EventFile(tmp_path) as file:
        write_record(file, 1, [1.0], described("fc"))
        file.flush()
        assert avh.load(tmp_path).step.tolist() == [1]
        write_record(file, 2, [1.0])
        file.flush()
        assert avh.load(tmp_path).step.tolist() == [1, 2]


def test_a_killed_run_gives_its_whole_records(tmp_path):
    path = write_run(tmp_path, 1, 2, 3)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert avh.load(tmp_path).step.tolist() == [1, 2]
    path.write_bytes(whole + b"\0" * 4096)
    assert avh.load(tmp_path).step.tolist() == [1, 2, 3]


def test_of_a_step_written_twice_the_later_record_is_kept(tmp_path):
    first = write_run(tmp_path, 1, 10, 20)
    first.rename(first.with_name("events.out.tfevents.0000000001.earlier"))
    with EventFile(tmp_path) as file:
        write_record(file, 10, [7.0], described("fc"))
    frame = avh.load(tmp_path)
    assert frame.step.tolist() == [1, 10, 20]
    assert frame["mean"].tolist() == [1.0, 7.0, 1.0]


def test_a_layer_has_no_row_for_a_step_at_which_it_did_not_run(tmp_path):
    with EventFile(tmp_path) as file:
        write_record(file, 1, [1.0], described("a"))
        write_record(file, 2, [2.0, 3.0], described("a", "b"))
        write_record(file, 3, [np.nan, 4.0])
    frame = avh.load(tmp_path)
    rows = zip(frame.layer, frame.step, frame["mean"], strict=True)
    assert list(rows) == [("a", 1, 1.0), ("a", 2, 2.0), ("b", 2, 3.0), ("b", 3, 4.0)]


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="directory of runs expected, there is no"):
        avh.load(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"avh records expected below .*, found none"):
        avh.load(tmp_path)


def test_records_of_another_version_are_not_passed_over(tmp_path):
    write_run(tmp_path / "good", 1)
    with EventFile(tmp_path / "newer") as file:
        info = schema.RunInfo((), schema=schema.SCHEMA_VERSION + 1)
        file.write(1, [events.run_info(info)])
    with pytest.raises(ValueError, match="records of schema 1 expected, got 2"):
        avh.load(tmp_path)


def test_a_frame_survives_parquet(trained, tmp_path):
    pytest.importorskip("pyarrow")
    frame = avh.load(trained[0], histograms=True)
    frame.to_parquet(tmp_path / "frame.parquet")
    back = pd.read_parquet(tmp_path / "frame.parquet")
    plain = ["run", "layer", "step", *STATISTICS]
    pd.testing.assert_frame_equal(back[plain], frame[plain])
    np.testing.assert_array_equal(np.stack(back.counts), np.stack(frame.counts))
