import json

import numpy as np
import pytest
from scipy.special import log_softmax

from avh.data import catalog
from avh.train.checkpoints import load
from avh.train.config import TrainConfig
from avh.train.description import read_description
from avh.train.evaluator import evaluate
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
    assert other.accuracy == evaluation.accuracy
    assert other.loss == pytest.approx(evaluation.loss, rel=1e-6)
    for one, two in zip(evaluation.layers, other.layers, strict=True):
        assert one.statistics["count"] == two.statistics["count"]
        assert one.statistics["mean"] == pytest.approx(two.statistics["mean"], rel=1e-5)


def test_an_evaluation_is_json(evaluation):
    text = json.dumps(evaluation.to_dict())
    assert json.loads(text)["layers"][0]["path"] == "conv_1"


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
