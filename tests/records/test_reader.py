"""Records read back from running, ended and damaged runs."""

import subprocess
import sys

import numpy as np
import pytest

from avh.records import events, schema
from avh.records.event_file import EventFile
from avh.records.reader import event_files, find_runs, read_run

WIDTH = len(schema.STATISTICS)


def info(*names):
    return schema.RunInfo(tuple(schema.LayerInfo(n, "Dense", (None, 2), None, 2) for n in names))


def write_record(file, step, value, layers=1, describe=None):
    values = [] if describe is None else [events.run_info(describe)]
    values.append(events.statistics(np.full((layers, WIDTH), value, np.float32)))
    values.append(events.histograms(np.full((layers, schema.BINS), value, np.float32)))
    file.write(step, values)


def test_steps_are_ascending_and_a_repeated_step_counts_once(tmp_path):
    with EventFile(tmp_path) as file:
        write_record(file, 1, 1, describe=info("a"))
        write_record(file, 20, 2)
        write_record(file, 10, 3)
        write_record(file, 20, 4)
    run = read_run(tmp_path)
    assert run.steps.tolist() == [1, 10, 20]
    assert run.statistic("mean")[:, 0].tolist() == [1, 3, 4]


def test_a_layer_that_appears_later_is_missing_from_earlier_records(tmp_path):
    with EventFile(tmp_path) as file:
        write_record(file, 1, 1, describe=info("a"))
        write_record(file, 2, 2, layers=2, describe=info("a", "b"))
    run = read_run(tmp_path)
    assert run.layer_paths == ("a", "b")
    assert np.isnan(run.statistic("mean")[0, 1])
    assert run.hist[0, 1].sum() == 0
    assert run.statistic("mean")[1].tolist() == [2, 2]


def test_a_damaged_end_costs_only_what_is_damaged(tmp_path):
    with EventFile(tmp_path) as file:
        write_record(file, 1, 1, describe=info("a"))
        write_record(file, 2, 2)
    (path,) = event_files(tmp_path)
    path.write_bytes(path.read_bytes()[:-40])
    assert read_run(tmp_path).steps.tolist() == [1]


def test_a_directory_without_event_files_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"event files expected in .*, found none"):
        read_run(tmp_path)


def test_event_files_without_records_are_told_from_none(tmp_path):
    with EventFile(tmp_path) as file:
        file.write(1, [events.scalar("loss", 1.0)])
    with pytest.raises(ValueError, match="avh records expected"):
        read_run(tmp_path)


def test_a_restarted_run_that_watches_other_layers_keeps_rows_and_names_together(tmp_path):
    with EventFile(tmp_path) as file:
        write_record(file, 1, 1, layers=2, describe=info("a", "b"))
        write_record(file, 2, 2, layers=2)
    (first,) = event_files(tmp_path)
    first.rename(first.with_name("events.out.tfevents.0000000001.earlier"))
    with EventFile(tmp_path) as file:
        write_record(file, 2, 3, layers=2, describe=info("c", "b"))
    run = read_run(tmp_path)
    assert run.layer_paths == ("c", "b", "a")
    np.testing.assert_array_equal(run.statistic("mean"), [[np.nan, 1, 1], [3, 3, np.nan]])
    assert run.hist[:, :, 0].tolist() == [[0, 1, 1], [3, 3, 0]]


def test_histograms_can_be_left_out(tmp_path):
    with EventFile(tmp_path) as file:
        write_record(file, 1, 1, describe=info("a"))
    run = read_run(tmp_path, histograms=False)
    assert (run.stats.shape, run.hist.shape) == ((1, 1, WIDTH), (1, 1, 0))


def test_runs_are_found_at_any_depth_in_natural_order(tmp_path):
    for name in ("run_10", "run_2", "deep/relu", "."):
        with EventFile(tmp_path / name) as file:
            file.write(1, [events.scalar("loss", 1.0)])
    (tmp_path / "empty").mkdir()
    assert list(find_runs(tmp_path)) == [".", "deep/relu", "run_2", "run_10"]
    assert find_runs(tmp_path)["run_2"] == tmp_path / "run_2"
    with pytest.raises(FileNotFoundError, match="directory of runs expected"):
        find_runs(tmp_path / "nowhere")


def test_reading_takes_no_tensorflow(tmp_path):
    with EventFile(tmp_path) as file:
        write_record(file, 1, 1, describe=info("a"))
    script = (
        "import sys, avh\n"
        "from avh.cli.main import main\n"
        f"main(['report', {str(tmp_path)!r}])\n"
        f"main(['summary', {str(tmp_path)!r}])\n"
        f"assert len(avh.load({str(tmp_path)!r})) == 1\n"
        "print('tensorflow' in sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr == "False\n"
