import dataclasses
import os
import signal
from pathlib import Path

import h5py
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from avh.data import catalog
from avh.records.reader import read_run, scalars
from avh.train.config import TrainConfig
from avh.train.loop import RunLoop
from avh.train.status import read_status
from avh.train.trainer import TrainingFailedError, TrainingStoppedError, train

LAYERS = ("conv_1", "conv_2", "conv_3", "fc_4", "fc_5", "fc_6")


def _contents(path):
    with h5py.File(path) as file:
        found = {}
        file.visititems(
            lambda name, item: found.update({name: item[()]} if hasattr(item, "dtype") else {})
        )
    return found


def test_a_run_directory_holds_all_of_a_run(trained):
    names = {path.name for path in trained.iterdir()}
    events = {name for name in names if name.startswith("events.out.tfevents.")}
    assert len(events) == 1
    assert names - events == {".avh-run", "config.json", "status.json", "checkpoints"}


def test_a_finished_run_says_so(trained):
    status = read_status(trained)
    assert (status.state, status.step, status.max_steps) == ("finished", 12, 12)
    assert status.error is None
    assert 0 <= status.val_accuracy <= 1
    assert status.examples_per_second > 0


def test_every_layer_is_recorded_under_every_tag(trained):
    read = EventAccumulator(
        str(trained), {"images": 0, "histograms": 0, "scalars": 0, "tensors": 0}
    )
    tags = read.Reload().Tags()
    for kind, prefix in (
        ("images", "histogram"),
        ("images", "visualization"),
        ("histograms", "activation"),
        ("scalars", "activation_mean"),
        ("scalars", "activation_std"),
    ):
        assert {f"{prefix}/{layer}" for layer in LAYERS} <= {*tags[kind], *tags["tensors"]}
    assert read_run(trained).steps.tolist() == [1, 4, 8, 12]


def test_scalars_are_written_at_their_steps(trained):
    found = scalars(trained)
    for tag in ("loss", "accuracy", "learning_rate"):
        assert found[tag][0].tolist() == [1, 4, 8, 12]
    for tag in ("val_loss", "val_accuracy"):
        assert found[tag][0].tolist() == [6, 12]
    np.testing.assert_allclose(found["learning_rate"][1], 1e-3)
    assert found["val_accuracy"][1][-1] == pytest.approx(read_status(trained).val_accuracy)


def test_the_test_accuracy_is_over_the_whole_test_set(trained):
    right = read_status(trained).val_accuracy * len(catalog.load("MNIST5K").y_test)
    assert right == pytest.approx(round(right), abs=1e-9)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_a_resumed_run_ends_where_an_uninterrupted_one_does(small, dropout):
    seldom = {"eval_every": 50, "every": 50, "pictures_every": 100}
    config = TrainConfig(**{**small, **seldom, "dropout": dropout, "max_steps": 100})
    name = f"dropout_{dropout}"
    straight = train(dataclasses.replace(config, run_name=f"{name}_straight"))
    half = train(dataclasses.replace(config, run_name=f"{name}_half", max_steps=50))
    rest = train(dataclasses.replace(config, run_name=f"{name}_rest", checkpoint=str(half)))
    expected, found = (
        _contents(run / "checkpoints" / "step_000100.weights.h5") for run in (straight, rest)
    )
    assert expected.keys() == found.keys()
    for key, value in expected.items():
        np.testing.assert_array_equal(value, found[key], err_msg=key)
    assert scalars(rest)["loss"][0].tolist()[:2] == [52, 56]  # multiples of 4, counted on
    assert len(list(rest.glob("events.out.tfevents.*"))) == 1


def test_a_loss_that_is_not_finite_ends_the_run_with_its_step(small):
    config = TrainConfig(**{**small, "learning_rate": 1e30, "run_name": "diverged"})
    with pytest.raises(TrainingFailedError, match=r"loss became (nan|inf) at step \d+"):
        train(config)
    run = Path(small["train_dir"]) / "diverged"
    status = read_status(run)
    assert status.state == "failed"
    assert f"at step {status.step}" in status.error
    assert status.step < 12
    assert read_run(run).steps[0] == 1  # the event file is closed and readable


@pytest.mark.parametrize(
    ("signum", "step", "evaluated"), [(signal.SIGINT, 5, []), (signal.SIGTERM, 6, [6])]
)
def test_a_signal_stops_the_run_with_a_checkpoint_and_what_is_due(
    small, monkeypatch, signum, step, evaluated
):
    step_ended = RunLoop.on_train_batch_end

    def signal_in_step(self, batch, logs=None):
        if self.status.step == step - 1:
            os.kill(os.getpid(), signum)
        step_ended(self, batch, logs)

    monkeypatch.setattr(RunLoop, "on_train_batch_end", signal_in_step)
    name = f"stopped_by_{signum}"
    with pytest.raises(TrainingStoppedError, match=f"at step {step}") as stopped:
        train(TrainConfig(**{**small, "run_name": name}))
    run = Path(small["train_dir"]) / name
    assert stopped.value.signum == signum
    assert (read_status(run).state, read_status(run).step) == ("stopped", step)
    names = [path.name for path in (run / "checkpoints").iterdir()]
    assert names == [f"step_{step:06d}.weights.h5"]
    found = scalars(run)
    assert found["loss"][0].tolist() == [1, 4, step]
    assert list(found.get("val_loss", ([],))[0]) == evaluated


def test_an_error_in_the_loop_is_in_the_status_and_raised(small, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("no such layer")

    monkeypatch.setattr("avh.train.checkpoints.save", fail)
    with pytest.raises(RuntimeError, match="no such layer"):
        train(TrainConfig(**{**small, "run_name": "broken"}))
    run = Path(small["train_dir"]) / "broken"
    assert read_status(run).state == "failed"
    assert read_status(run).error == "RuntimeError: no such layer"
    assert read_run(run).steps[0] == 1
