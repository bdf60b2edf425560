"""A run on standardised pixels, from training to evaluation and on: the `mlp`, as published."""

import json

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from avh.data import catalog
from avh.train.config import TrainConfig
from avh.train.evaluator import evaluate
from avh.train.preflight import completed
from avh.train.preprocessing import SCALER
from avh.train.session import prepare
from avh.train.status import read_status
from avh.train.trainer import train

GIVEN = {"model", "units", "batch_size", "epochs"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    config = TrainConfig(
        model="mlp",
        units=(30, 10),
        batch_size=400,
        epochs=2,
        progress=False,
        pictures_every=100,
        train_dir=str(tmp_path_factory.mktemp("runs")),
        run_name="mlp",
    )
    return train(completed(config, GIVEN))


def test_the_settings_that_were_recommended_are_written_down(run):
    flags = json.loads((run / "config.json").read_text())["flags"]
    assert (flags["optimizer"], flags["preprocessing"]) == ("sgd", "standardize")
    assert (flags["activation"], flags["units"], flags["channels"]) == ("selu", [30, 10], None)
    assert (flags["epochs"], flags["max_steps"]) == (2, 20)


def test_epochs_end_after_their_steps(run):
    status = read_status(run)
    assert (status.state, status.step, status.max_steps) == ("finished", 20, 20)


def test_the_scaler_is_kept_without_pickles(run):
    images = catalog.load("MNIST5K").x_train
    scaler = StandardScaler().fit(images.reshape(len(images), -1) / 255)
    with np.load(run / SCALER, allow_pickle=False) as file:
        np.testing.assert_allclose(file["mean"].ravel(), scaler.mean_ * 255, rtol=1e-5, atol=1e-4)
        np.testing.assert_allclose(file["scale"].ravel(), scaler.scale_ * 255, rtol=1e-5)


def test_an_evaluation_applies_it_again(run):
    found, status = evaluate(run), read_status(run)
    assert found.accuracy == status.val_accuracy
    assert found.loss == pytest.approx(status.val_loss, rel=1e-6)


def test_an_evaluation_without_it_is_refused(run, tmp_path):
    (tmp_path / "config.json").write_text((run / "config.json").read_text())
    file = tmp_path / "moved.weights.h5"
    file.write_bytes((run / "checkpoints" / "step_000020.weights.h5").read_bytes())
    with pytest.raises(OSError, match=r"scaler\.npz"):
        evaluate(file)


def test_a_resumed_run_keeps_the_scaler_that_it_has(run, tmp_path):
    with np.load(run / SCALER) as file:
        mean, scale = file["mean"], file["scale"]
    np.savez(run / SCALER, mean=mean + 1, scale=scale)  # not what a new fit would give
    try:
        config = TrainConfig(checkpoint=str(run), epochs=3, train_dir=str(tmp_path))
        session = prepare(completed(config, {"epochs"}))
    finally:
        np.savez(run / SCALER, mean=mean, scale=scale)
    assert (session.config.max_steps, session.start_step) == (30, 20)
    np.testing.assert_array_equal(session.preprocess.mean, mean + 1)
    with np.load(session.directory / SCALER) as file:
        np.testing.assert_array_equal(file["mean"], mean + 1)
