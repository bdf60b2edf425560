import json
import shutil

import h5py
import numpy as np
import pytest
from scipy.special import log_softmax
from sklearn.metrics import confusion_matrix

from avh.data import catalog
from avh.records.finding import DEAD_UNITS, NONFINITE
from avh.train.checkpoints import CHECKSUM, load
from avh.train.config import TrainConfig
from avh.train.description import read_description
from avh.train.evaluator import evaluate, evaluate_all
from avh.train.session import build_model
from avh.train.status import read_status


@pytest.fixture(scope="module")
def evaluation(trained):
    return evaluate(trained)


@pytest.fixture(scope="module")
def logits(trained):
    """[1000, 10] of the whole test set, in one batch."""
    data = catalog.load("MNIST5K")
    config = TrainConfig.from_dict(read_description(trained)["flags"])
    model = build_model(config, data.image_shape, data.class_count)
    load(model, trained / "checkpoints" / "step_000012.weights.h5")
    return np.asarray(model(data.normalize(data.x_test), training=False), np.float64)


def test_loss_and_accuracy_are_those_of_numpy(evaluation, logits):
    labels = catalog.load("MNIST5K").y_test
    loss = -log_softmax(logits, axis=1)[np.arange(len(labels)), labels].mean()
    assert evaluation.loss == pytest.approx(loss, rel=1e-5)
    assert evaluation.accuracy == np.mean(logits.argmax(1) == labels)
    assert (evaluation.examples, evaluation.step) == (1000, 12)


def test_the_confusion_matrix_counts_every_example(evaluation, logits):
    data = catalog.load("MNIST5K")
    expected = confusion_matrix(data.y_test, logits.argmax(1), labels=range(10))
    np.testing.assert_array_equal(evaluation.confusion, expected)
    assert evaluation.classes == data.classes


def test_it_agrees_with_what_the_trainer_measured_last(evaluation, trained):
    status = read_status(trained)
    assert evaluation.accuracy == status.val_accuracy
    assert evaluation.loss == pytest.approx(status.val_loss, rel=1e-6)


def test_statistics_cover_the_whole_test_set(evaluation, logits):
    assert [layer.info.path for layer in evaluation.layers] == [
        "conv_1",
        "conv_2",
        "conv_3",
        "fc_4",
        "fc_5",
        "fc_6",
    ]
    found = evaluation.layers[-1].statistics
    assert found["count"] == logits.size
    for name, expected in (
        ("mean", logits.mean()),
        ("std", logits.std()),
        ("min", logits.min()),
        ("max", logits.max()),
    ):
        assert found[name] == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_the_size_of_the_batches_does_not_matter(evaluation, trained):
    other = evaluate(trained, batch_size=333)
    np.testing.assert_array_equal(other.confusion, evaluation.confusion)
    assert other.loss == pytest.approx(evaluation.loss, rel=1e-6)
    for one, two in zip(evaluation.layers, other.layers, strict=True):
        assert one.statistics["count"] == two.statistics["count"]
        assert one.statistics["mean"] == pytest.approx(two.statistics["mean"], rel=1e-5)


def test_an_evaluation_is_json(evaluation):
    text = json.dumps(evaluation.to_dict())
    read = json.loads(text)
    assert read["layers"][0]["path"] == "conv_1"
    assert np.trace(read["confusion"]) == round(read["accuracy"] * 1000)


def with_biases(trained, place, layer, units, value):
    """A copy of the run whose last checkpoint has other biases; its path."""
    (place / "checkpoints").mkdir(parents=True)
    shutil.copy(trained / "config.json", place)
    name = "checkpoints/step_000012.weights.h5"
    shutil.copy(trained / name, place / name)
    with h5py.File(place / name, "r+") as file:
        del file.attrs[CHECKSUM]
        for group in file["layers"].values():
            if len(group["vars"]) and group["vars"].attrs["name"] == layer:
                group["vars"]["1"][: len(units)] = value
    return place


def test_dead_units_are_found_in_a_single_evaluation(trained, tmp_path):
    run = with_biases(trained, tmp_path / "dead", "fc_5", range(30), -1e3)
    (found,) = (f for f in evaluate(run).findings if f.kind == DEAD_UNITS and f.layer == "fc_5")
    assert set(range(30)) <= set(found.units)
    assert "exactly 0 for all 1000 values" in found.message
    assert "consecutive" not in found.message


def test_a_broken_network_is_evaluated_and_the_first_broken_layer_named(trained, tmp_path):
    run = with_biases(trained, tmp_path / "broken", "fc_6", range(10), np.nan)
    found = evaluate(run)
    assert np.isnan(found.loss)
    assert found.examples == 1000
    assert [(f.kind, f.layer) for f in found.findings] == [(NONFINITE, "fc_6")]


def test_several_come_in_their_order_and_each_once(trained, tmp_path, evaluation):
    other = with_biases(trained, tmp_path / "other", "fc_6", range(1), 1e3)
    file = trained / "checkpoints" / "step_000012.weights.h5"
    one, two = evaluate_all([other, trained, file], batch_size=1000)
    assert (one.name, two.name) == ("other", "trained")
    assert one.confusion[:, 0].sum() == 1000
    np.testing.assert_array_equal(two.confusion, evaluation.confusion)


def test_one_that_is_missing_leaves_no_result(trained):
    with pytest.raises(FileNotFoundError, match="nowhere does not exist"):
        evaluate_all([trained, "nowhere"])


def test_a_checkpoint_that_does_not_fit_its_configuration_is_refused(trained, tmp_path):
    description = read_description(trained)
    description["flags"]["channels"] = [4, 4, 5]
    (tmp_path / "config.json").write_text(json.dumps(description))
    file = tmp_path / "moved.weights.h5"
    file.write_bytes((trained / "checkpoints" / "step_000012.weights.h5").read_bytes())
    with pytest.raises(ValueError, match="layer conv_3 expects"):
        evaluate(file)


def test_a_dataset_of_another_kind_is_refused(trained, tmp_path):
    description = read_description(trained)
    description["dataset"]["image_shape"] = [32, 32, 3]
    (tmp_path / "config.json").write_text(json.dumps(description))
    file = tmp_path / "moved.weights.h5"
    file.write_bytes((trained / "checkpoints" / "step_000012.weights.h5").read_bytes())
    with pytest.raises(ValueError, match="images 32x32x3 of 10 classes expected"):
        evaluate(file)
