"""Runs that go on in their own directory, from the very files that a killed process leaves."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import h5py
import numpy as np
import pytest
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

import avh
from avh.atomic import write_json
from avh.cli.train import main
from avh.records import schema
from avh.records.reader import event_files, read_run, scalars
from avh.train import checkpoints, resuming
from avh.train.config import TrainConfig
from avh.train.loop import RunLoop
from avh.train.status import Status, read_status, write_status
from avh.train.trainer import train

CONFIG = TrainConfig(
    model="mlp",
    units=(4,),
    dropout=0.2,
    batch_size=16,
    max_steps=12,
    every=2,
    pictures_every=6,
    log_every=2,
    eval_every=4,
    progress=False,
)
KILLED_AT = 11


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    """A run that was never stopped, and beside it what was on disk after step 11 of 12."""
    place = tmp_path_factory.mktemp("runs")
    step_ended = RunLoop.on_train_batch_end

    def copy_when_killed(self, batch, logs=None):
        step_ended(self, batch, logs)
        if self.status.step == KILLED_AT:
            self._monitor.flush()
            shutil.copytree(place / "straight", place / "killed")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RunLoop, "on_train_batch_end", copy_when_killed)
        return train(replace(CONFIG, train_dir=str(place), run_name="straight"))


@pytest.fixture
def killed(straight, tmp_path):
    """A copy of what the killed run left."""
    shutil.copytree(straight.with_name("killed"), tmp_path / "killed")
    return tmp_path / "killed"


@pytest.fixture(scope="module")
def resumed(straight, tmp_path_factory):
    """The killed run, gone on to its end."""
    run = tmp_path_factory.mktemp("resumed") / "killed"
    shutil.copytree(straight.with_name("killed"), run)
    return train(settings(run))


def settings(run, **anew):
    given = {"resume", "progress", *anew}
    return resuming.settings(TrainConfig(resume=str(run), progress=False, **anew), given)


def contents(path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: found.update({name: item[()]} if hasattr(item, "dtype") else {})
        )
    return found


def first_weights(file):
    """A weight's array in a checkpoint."""
    found = []
    file.visititems(lambda name, item: found.append(item) if hasattr(item, "dtype") else None)
    return next(item for item in found if item.dtype == np.float32 and item.size)


def files_below(directory):
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def refusal(capfd, *flags):
    """The one line that refuses a command line."""
    with pytest.raises(SystemExit) as ended:
        main(list(flags), prog="trainer.py")
    out, err = capfd.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert re.fullmatch(r"trainer\.py: error: [^\n]+\n", err)
    return err


# The run that went on


def test_a_resumed_run_ends_with_the_very_state_of_one_that_was_never_stopped(straight, resumed):
    one, two = (contents(run / "checkpoints/step_000012.weights.h5") for run in (straight, resumed))
    assert one.keys() == two.keys()
    for name, value in one.items():
        np.testing.assert_array_equal(value, two[name], err_msg=name)


def test_avh_reads_one_continuous_run(straight, resumed):
    one, two = read_run(straight), read_run(resumed)
    assert len(event_files(resumed)) == 2
    assert two.steps.tolist() == [1, 2, 4, 6, 8, 10, 12]
    np.testing.assert_array_equal(one.stats, two.stats)
    np.testing.assert_array_equal(one.hist, two.hist)
    assert avh.load(resumed).groupby("layer", observed=True).step.count().tolist() == [7, 7]
    for tag, (steps, values) in scalars(straight).items():
        np.testing.assert_array_equal(steps, scalars(resumed)[tag][0], err_msg=tag)
        np.testing.assert_array_equal(values, scalars(resumed)[tag][1], err_msg=tag)


def test_tensorboard_reads_one_continuous_run(straight, resumed):
    one, two = (EventAccumulator(str(run), {"tensors": 0}).Reload() for run in (straight, resumed))
    assert one.Tags()["tensors"] == two.Tags()["tensors"]
    for tag in {*one.Tags()["tensors"]} - {schema.LAYERS_TAG}:  # each file describes its layers
        assert [e.step for e in one.Tensors(tag)] == [e.step for e in two.Tensors(tag)], tag


def test_the_run_notes_that_it_was_resumed(resumed):
    description = json.loads((resumed / "config.json").read_text())
    assert [again["step"] for again in description["resumed"]] == [8]
    assert description["flags"]["resume"] is None
    assert (read_status(resumed).state, read_status(resumed).step) == ("finished", 12)


def test_a_finished_run_has_nothing_left_to_do(resumed, capfd):
    before = files_below(resumed)
    assert main(["--resume", str(resumed)]) == 0
    assert capfd.readouterr().out == "nothing to do: finished at step 12\n"
    assert files_below(resumed) == before
    assert resuming.finished_at(settings(resumed, max_steps=13)) is None


# Where it goes on


def test_it_goes_on_from_the_newest_checkpoint(killed):
    beginning = resuming.find_beginning(settings(killed))
    assert (beginning.checkpoint.name, beginning.step) == ("step_000008.weights.h5", 8)


def test_a_damaged_checkpoint_is_set_aside_and_the_one_before_is_taken(killed):
    newest = killed / "checkpoints" / "step_000008.weights.h5"
    newest.write_bytes(newest.read_bytes()[:-100])
    beginning = resuming.find_beginning(settings(killed))
    assert (beginning.step, beginning.damaged) == (4, (newest,))
    resuming.take_over(settings(killed), beginning)
    names = sorted(path.name for path in newest.parent.iterdir())
    assert names == ["step_000004.weights.h5", "step_000008.weights.h5.damaged"]


def test_without_a_checkpoint_it_begins_at_the_beginning(killed):
    shutil.rmtree(killed / "checkpoints")
    assert resuming.find_beginning(settings(killed)) == resuming.Beginning()


def test_without_a_checkpoint_of_its_own_it_begins_where_the_run_began(killed, straight):
    shutil.rmtree(killed / "checkpoints")
    description = json.loads((killed / "config.json").read_text())
    description["flags"] |= {"checkpoint": str(straight), "max_steps": 20}
    write_json(killed / "config.json", description)
    assert resuming.find_beginning(settings(killed)).step == 12


def test_the_last_step_is_done_again_where_its_end_is_missing(straight, tmp_path):
    shutil.copytree(straight, tmp_path / "run")
    write_status(tmp_path / "run", Status("running", 12, 12))
    assert resuming.find_beginning(settings(tmp_path / "run")).step == 8


def test_what_killed_processes_left_half_written_is_removed(killed):
    rests = [killed / ".77.0123abcd.config.json", killed / "checkpoints" / ".77.0123abcd.step.h5"]
    for rest in rests:
        rest.write_bytes(b"half")
    resuming.take_over(settings(killed), resuming.Beginning())
    assert not any(rest.exists() for rest in rests)


def test_lengths_and_rhythms_may_be_told_anew_and_stay(killed):
    config = settings(killed, max_steps=20, every=5, eval_every=10)
    resuming.take_over(config, resuming.Beginning())
    again = settings(killed)
    assert (again.max_steps, again.every, again.eval_every) == (20, 5, 10)
    assert (again.units, again.dropout, again.seed) == ((4,), 0.2, 0)
    assert settings(killed, epochs=2).max_steps == 500  # of 4,000 examples


# What is refused


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--seed", "4"], "seed: 0 expected, .* got 4"),
        (["--activation", "selu"], "activation: 'relu' expected, .* got 'selu'"),
        (["--units", "5"], r"units: \(4,\) expected, .* got \(5,\)"),
        (["--batch_norm"], "batch_norm: False expected, .* got True"),
        (["--checkpoint", "there"], "checkpoint: None expected, .* got 'there'"),
        (["--group", "other"], "group: None expected, .* got 'other'"),
        (["--train_dir", "elsewhere"], "train_dir: .* expected, .* got elsewhere"),
        (["--run_name", "other"], "run_name: killed expected, .* got other"),
        (["--max_steps", "5"], "max_steps: more than the 8 steps done expected, got 5"),
        (["--max_steps", "50", "--epochs", "2"], "epochs or max_steps, got both"),
    ],
)
def test_what_contradicts_the_run_is_one_line_and_changes_nothing(killed, capfd, flags, says):
    before = files_below(killed)
    assert re.search(says, refusal(capfd, "--resume", str(killed), *flags))
    assert files_below(killed) == before


def test_a_run_that_is_being_trained_is_left_alone(killed, capfd):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        status = json.loads((killed / "status.json").read_text())
        (killed / "status.json").write_text(json.dumps({**status, "pid": other.pid}))
        before = files_below(killed)
        assert f"process {other.pid} trains" in refusal(capfd, "--resume", str(killed))
        assert files_below(killed) == before
        other.kill()
    assert resuming.find_beginning(settings(killed)).step == 8


def test_another_directory_is_no_run(tmp_path, capfd):
    (tmp_path / "thesis.txt").write_text("mine")
    for place in (tmp_path, tmp_path / "thesis.txt", tmp_path / "nowhere"):
        assert "the directory of a run expected" in refusal(capfd, "--resume", str(place))


def test_a_run_that_never_began_says_so(killed, capfd):
    (killed / "config.json").unlink()
    assert "stopped before anything was trained" in refusal(capfd, "--resume", str(killed))


def test_a_dataset_of_another_size_is_refused(killed):
    with pytest.raises(ValueError, match="the 4000 training examples of MNIST5K expected"):
        resuming.check_dataset(settings(killed), 5000)


def test_other_settings_than_the_runs_are_refused_without_a_command_line_too(killed):
    with pytest.raises(ValueError, match="units: "):
        resuming.find_beginning(replace(settings(killed), units=(9,)))


def test_a_checkpoint_with_one_wrong_bit_is_damaged(killed):
    path = checkpoints.find(killed)
    with h5py.File(path, "r+") as file:
        kernel = first_weights(file)
        value = kernel[()]
        value.flat[0] = np.nextafter(value.flat[0], np.inf)
        kernel[...] = value
    with pytest.raises(ValueError, match=f"{path.name} is damaged"):
        checkpoints.check(path)
