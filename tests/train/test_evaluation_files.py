"""What is left in a run, read back with the readers of the package and with TensorBoard's."""

import json
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.image import imread
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from avh.monitor.measure import LayerMeasurement
from avh.records.event_file import EventFile
from avh.records.finding import DEAD_UNITS
from avh.records.reader import event_files, read_run
from avh.records.schema import FINDINGS_TAG, STATISTICS
from avh.train import rundir
from avh.train.evaluation_files import check, write, write_records
from avh.train.evaluator import evaluate


@pytest.fixture(scope="module")
def evaluated(trained):
    return evaluate(trained, batch_size=1000)


@pytest.fixture
def evaluation(evaluated, tmp_path):
    """Of a run of its own, whose directory is empty."""
    (tmp_path / "run").mkdir()
    return replace(evaluated, run=tmp_path / "run")


def with_dead_units(evaluation):
    """All units of fc_5 are 0."""
    layers = list(evaluation.layers)
    sketch = layers[4].sketch
    zeros = np.zeros_like(sketch.unit_min)
    layers[4] = LayerMeasurement(
        layers[4].info, replace(sketch, unit_min=zeros, unit_max=zeros, mean=0.0, m2=0.0)
    )
    return replace(evaluation, layers=tuple(layers))


def test_a_run_gets_numbers_a_picture_and_records(evaluation):
    assert write([evaluation]) == [evaluation.run]
    assert {path.name for path in evaluation.run.iterdir()} == {
        "evaluation.json",
        "confusion.png",
        "evaluation",
    }
    read = json.loads((evaluation.run / "evaluation.json").read_text())
    assert (read["run"], read["step"], read["examples"]) == ("run", 12, 1000)
    assert read["confusion"] == evaluation.confusion.tolist()
    assert read["earlier"] == []
    assert imread(evaluation.run / "confusion.png").std() > 0.02


def test_what_is_not_finite_is_null(evaluation):
    write([replace(evaluation, loss=float("nan"))], records=False)
    read = json.loads((evaluation.run / "evaluation.json").read_text(), parse_constant=pytest.fail)
    assert read["loss"] is None


def test_the_records_are_the_statistics_of_the_layers_of_the_training(evaluation, trained):
    write([evaluation])
    records = read_run(evaluation.run / "evaluation")
    assert records.info == read_run(trained).info
    assert records.steps.tolist() == [12]
    expected = [[layer.statistics[name] for name in STATISTICS] for layer in evaluation.layers]
    np.testing.assert_array_equal(records.stats[0], np.array(expected, np.float32))
    finite = [layer.sketch.finite_count for layer in evaluation.layers]
    assert records.hist[0].sum(1).tolist() == finite


def test_tensorboard_reads_records_and_findings(evaluation):
    path = write_records([with_dead_units(evaluation)], evaluation.run / "evaluation")
    accumulator = EventAccumulator(str(path))
    accumulator.Reload()
    tags = set(accumulator.Tags()["tensors"])
    assert {"avh/stats", "avh/hist", "avh/layers", FINDINGS_TAG, "findings"} <= tags
    found = {(finding.kind, finding.layer) for finding in read_run(path.parent).findings}
    assert (DEAD_UNITS, "fc_5") in found


def test_evaluating_again_replaces_the_records_and_keeps_what_is_not_avhs(evaluation):
    place = evaluation.run / "evaluation"
    first = write_records([evaluation], place)
    foreign = place / "events.out.tfevents.1.other_tool"
    foreign.write_bytes(b"")
    second = write_records([replace(evaluation, step=20)], place)
    assert set(place.iterdir()) == {second, foreign}
    assert first != second
    assert read_run(place).steps.tolist() == [20]


def test_a_disk_that_refuses_leaves_the_old_records(evaluation, monkeypatch):
    place = evaluation.run / "evaluation"
    first = write_records([evaluation], place)
    monkeypatch.setattr(
        "avh.train.evaluation_files._write_record", lambda *of: (_ for _ in ()).throw(OSError(28))
    )
    with pytest.raises(OSError, match="28"):
        write_records([evaluation], place)
    assert event_files(place) == [first]


def test_checkpoints_of_one_run_are_steps_of_one_series(evaluation):
    earlier = replace(with_dead_units(evaluation), step=8)
    write([evaluation, earlier])
    read = json.loads((evaluation.run / "evaluation.json").read_text())
    assert (read["step"], [other["step"] for other in read["earlier"]]) == (12, [8])
    records = read_run(evaluation.run / "evaluation")
    assert records.steps.tolist() == [8, 12]
    dead = [f for f in records.findings if (f.kind, f.layer) == (DEAD_UNITS, "fc_5")]
    assert [(finding.step, finding.recovered) for finding in dead] == [(8, False), (12, True)]


def test_without_records_those_of_before_stay(evaluation):
    first = write_records([evaluation], evaluation.run / "evaluation")
    write([evaluation], records=False)
    assert event_files(evaluation.run / "evaluation") == [first]


def test_a_run_that_was_evaluated_may_be_evaluated(evaluation):
    check(evaluation.run)
    write([evaluation])
    check(evaluation.run)


def test_a_run_named_evaluation_is_not_written_into(tmp_path):
    with EventFile(rundir.create(tmp_path, "evaluation")) as file:
        file.write(1, [])
    with pytest.raises(ValueError, match="nothing but records expected"):
        check(tmp_path)


def test_a_link_or_a_file_in_the_place_of_the_records_is_refused(tmp_path):
    (tmp_path / "evaluation").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(ValueError, match="nothing but records expected"):
        check(tmp_path)
    (tmp_path / "evaluation").unlink()
    (tmp_path / "evaluation").write_text("mine")
    with pytest.raises(ValueError, match="nothing but records expected"):
        check(tmp_path)


def test_a_directory_in_the_place_of_the_picture_is_refused(tmp_path):
    (tmp_path / "confusion.png").mkdir()
    with pytest.raises(OSError, match=r"confusion\.png"):
        check(tmp_path)
