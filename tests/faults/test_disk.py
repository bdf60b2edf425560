"""The disk fails while a network trains: the training goes on, and what was lost is said once.

A full disk is a limit on the size of files (`EFBIG`), which any user may set, and where this user
may mount one, a tiny file system (`ENOSPC`). A directory that cannot be written is a file system
that is read-only before the event file is made, where this user may mount one, and a directory
that is deleted or replaced by a file, where not. That the writer's caller is told of the first
error, and that nobody waits for it, is shown in `tests/records/test_writer.py`.
"""

import contextlib
import logging
import os
import re
import resource
import shutil
import subprocess

import keras
import numpy as np
import pytest

import avh
from avh.cli.lasting_output import lasting_output
from avh.cli.train import main
from avh.records.reader import event_files, read_run
from avh.train.keeping import Keeping
from avh.train.status import read_status

STEPS = 24
LARGEST = 150_000  # bytes
REFUSED = "[Errno 27] File too large"


@contextlib.contextmanager
def no_file_above(size):
    """Within the block no file can grow beyond so many bytes: writing more is an `OSError`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def mount(tmp_path):
    """Mounts a file system of 64 kB on `tmp_path / "disk"`; skips where that is not permitted."""
    place = tmp_path / "disk"
    place.mkdir()

    def call(*options):
        command = ["mount", *options, "none", str(place)]
        if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("mounting a file system is not permitted here")
        return place

    yield call
    if os.path.ismount(place):
        subprocess.run(["umount", str(place)], check=True)


class At(keras.callbacks.Callback):
    """Does something after a step."""

    def __init__(self, step, action):
        super().__init__()
        self._step, self._action = step, action

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 == self._step:
            self._action()


def fit(*callbacks):
    """Train the same network on the same data; returns its losses and weights."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu", name="hidden")])
    model.compile("sgd", "mse", jit_compile=False)
    x = np.random.default_rng(0).normal(size=(4 * STEPS, 4)).astype(np.float32)
    history = model.fit(
        x, x[:, :3], batch_size=4, shuffle=False, verbose=0, callbacks=list(callbacks)
    )
    return history.history["loss"], model.get_weights()


@pytest.fixture(scope="module")
def undisturbed():
    return fit()


def assert_same_training(found, expected):
    assert found[0] == expected[0]
    for one, other in zip(found[1], expected[1], strict=True):
        np.testing.assert_array_equal(one, other)


def only_report(caplog):
    (report,) = (r for r in caplog.records if r.name == "avh" and r.levelno == logging.ERROR)
    assert "\n" not in report.message
    return report.message


def steps_said_to_be_safe(message):
    return int(re.search(r"training goes on; what comes after step (\d+) is lost", message)[1])


def is_whole(path):
    """Whether a file of events ends where an event ends, by TensorFlow's own reader."""
    import tensorflow as tf

    size = sum(
        16 + len(record) for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator()
    )
    return size == path.stat().st_size


def test_a_full_disk_ends_the_recording_and_not_the_training(tmp_path, caplog, undisturbed):
    with no_file_above(10_000):
        found = fit(avh.ActivationMonitor(tmp_path, every=1, pictures_every=None))
    assert_same_training(found, undisturbed)
    message = only_report(caplog)
    assert "File too large" in message
    steps = read_run(tmp_path).steps.tolist()
    assert steps == list(range(1, steps_said_to_be_safe(message) + 1))
    assert 1 < len(steps) < STEPS
    assert is_whole(event_files(tmp_path)[0])


def test_a_file_system_without_space_likewise(mount, caplog, undisturbed):
    place = mount("-t", "tmpfs", "-o", "size=16k")
    found = fit(avh.ActivationMonitor(place / "run", every=1, pictures_every=None))
    assert_same_training(found, undisturbed)
    message = only_report(caplog)
    assert "No space left on device" in message
    steps = read_run(place / "run").steps.tolist()
    assert steps == list(range(1, steps_said_to_be_safe(message) + 1))
    assert is_whole(event_files(place / "run")[0])


def test_a_file_system_that_becomes_read_only(mount, tmp_path, caplog, undisturbed):
    place = mount("-t", "tmpfs", "-o", "size=1m")
    monitor = avh.ActivationMonitor(place / "deep" / "run", every=10, pictures_every=None)
    # Read-only before the file is made: a file system with open files stays writable.
    read_only = ["mount", "-o", "remount,ro", str(place)]
    subprocess.run(read_only, check=True)
    assert_same_training(fit(monitor), undisturbed)
    message = only_report(caplog)
    assert "Read-only file system" in message
    assert "training goes on; nothing is on disk" in message


@pytest.mark.parametrize("leave", ["nothing", "file"])
def test_a_directory_that_is_deleted(tmp_path, caplog, undisturbed, leave):
    run = tmp_path / "run"
    monitor = avh.ActivationMonitor(run, every=2, pictures_every=None)

    def delete():
        monitor.flush()
        shutil.rmtree(run)
        if leave == "file":
            run.write_text("somebody else's")

    assert_same_training(fit(At(9, delete), monitor), undisturbed)
    message = only_report(caplog)
    assert "training goes on; nothing is on disk" in message
    assert "the event file was deleted" in message
    assert [path.name for path in tmp_path.iterdir()] == ([] if leave == "nothing" else ["run"])


def test_a_directory_that_is_moved_away_takes_its_records_along(tmp_path, caplog):
    monitor = avh.ActivationMonitor(tmp_path / "run", every=8, pictures_every=None)
    fit(At(9, lambda: (tmp_path / "run").rename(tmp_path / "kept")), monitor)
    assert read_run(tmp_path / "kept").steps.tolist() == [1, 8, 16, 24]
    assert not [record for record in caplog.records if record.name == "avh"]


def flags(train_dir, *, steps):
    """Of a trainer whose checkpoints are larger than `LARGEST`, and nothing else that it writes."""
    return (
        *("--model", "mlp", "--units", "64,4", "--preprocessing", "raw", "--data_dir", "datasets"),
        *("--every", "5", "--pictures_every", "1000", "--log_every", "5", "--eval_every", "4"),
        *("--no_progress", "--train_dir", str(train_dir), "--run_name", "x"),
        *("--max_steps", str(steps)),
    )


def test_a_checkpoint_that_fails_is_said_once_until_one_is_written(tmp_path, caplog):
    model, keeping = (
        keras.Sequential([keras.Input((200,)), keras.layers.Dense(9)]),
        Keeping(tmp_path),
    )
    keeping.save(model, 1)
    with no_file_above(4_000):
        keeping.save(model, 2)
        keeping.save(model, 3)
        assert keeping.missing == "the checkpoint of step 3 could not be written: " + REFUSED
    assert [record.message for record in caplog.records] == [
        f"the checkpoint of step 2 could not be written: {REFUSED}; "
        "training goes on, the next one is tried again"
    ]
    names = [path.name for path in (tmp_path / "checkpoints").iterdir()]
    assert names == ["step_000001.weights.h5"]  # the one before is whole, and no half one is there
    keeping.save(model, 4)
    assert keeping.missing is None


def test_a_run_directory_that_is_deleted_under_the_trainer(tmp_path, monkeypatch, capfd, caplog):
    from avh.train.loop import RunLoop

    step_ended = RunLoop.on_train_batch_end

    def delete_at_six(self, batch, logs=None):
        if self.status.step == 5:
            shutil.rmtree(tmp_path / "x")
        step_ended(self, batch, logs)

    monkeypatch.setattr(RunLoop, "on_train_batch_end", delete_at_six)
    assert main([*flags(tmp_path, steps=12)], prog="trainer.py") == 1
    said = capfd.readouterr().err.splitlines()[-1]
    assert "failed: trained to step 12" in said
    assert "No such file or directory" in said
    assert "nothing is on disk" in only_report(caplog)
    assert list(tmp_path.iterdir()) == []


def test_the_trainer_goes_on_without_checkpoints_and_says_so_in_the_end(
    tmp_path, capfd, caplog, monkeypatch
):
    with no_file_above(LARGEST), open("/dev/full", "w") as log:
        monkeypatch.setattr("sys.stdout", log)  # a log file on the same disk
        assert main([*flags(tmp_path, steps=12), "--progress"], prog="trainer.py") == 1
        monkeypatch.undo()
    assert [record.message for record in caplog.records if record.name == "avh"] == [
        f"the checkpoint of step 4 could not be written: {REFUSED}; "
        "training goes on, the next one is tried again"
    ]
    reason = re.fullmatch(
        r"trainer\.py: failed: (trained to step 12 with a test accuracy of [\d.]+%, "
        rf"but the checkpoint of step 12 could not be written: {re.escape(REFUSED)})",
        capfd.readouterr().err.splitlines()[-1],
    )
    status = read_status(tmp_path / "x")
    assert (status.state, status.step, status.error) == ("failed", 12, reason[1])
    assert list((tmp_path / "x" / "checkpoints").iterdir()) == []
    assert read_run(tmp_path / "x").steps.tolist() == [1, 5, 10]


def test_output_that_nobody_reads_ends_nothing(monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        with lasting_output():
            print("a line", flush=True)
            print("another")
        monkeypatch.undo()
