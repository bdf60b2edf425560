"""Files of a run that are cut, hold garbage, or were edited by hand."""

import json
import re
import shutil
import zipfile
from dataclasses import replace

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

import avh
from avh.cli.train import main
from avh.records import events
from avh.records.event_file import EventFile
from avh.records.reader import NoRecordsError, read_run
from avh.records.schema import BINS, STATISTICS, LayerInfo, RunInfo
from avh.train import checkpoints, preprocessing, resuming, rundir
from avh.train.alive import trained_by
from avh.train.config import TrainConfig
from avh.train.session import build_model, compile_model

CONFIG = TrainConfig(model="mlp", units=(4,), dropout=0.2)
QUICK = settings(max_examples=40, deadline=None, database=None, derandomize=True)
FEW = settings(QUICK, max_examples=15)  # where an example reads a whole checkpoint
SHARE = st.floats(0, 1, exclude_max=True)  # of a file, that is left of it


def files_below(directory):
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


# Checkpoints


def model_of(seed):
    config = replace(CONFIG, seed=seed)
    model = build_model(config, (8, 8, 1), 3)
    compile_model(model, config)
    return model


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return checkpoints.save(model_of(1), rundir.create(tmp_path_factory.mktemp("saved"), "run"), 5)


def test_a_checkpoint_that_was_cut_is_refused_by_name_and_loads_nothing(checkpoint, tmp_path):
    model, content = model_of(2), checkpoint.read_bytes()
    variables = [*model.variables, *model.optimizer.variables]
    before = [np.array(variable) for variable in variables]
    path = tmp_path / "step_000005.weights.h5"
    for share in np.linspace(0, 1, 30, endpoint=False):
        path.write_bytes(content[: int(share * len(content))])
        with pytest.raises(ValueError, match=re.escape(str(path))):
            checkpoints.load(model, path)
    path.write_bytes(content[:-1])
    with pytest.raises(ValueError, match=re.escape(str(path))):
        checkpoints.load(model, path)
    for old, variable in zip(before, variables, strict=True):
        np.testing.assert_array_equal(old, np.array(variable))


@QUICK
@given(share=SHARE)
def test_no_cut_makes_a_whole_checkpoint(checkpoint, tmp_path_factory, share):
    path = tmp_path_factory.getbasetemp() / "cut.weights.h5"
    content = checkpoint.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=re.escape(str(path))):
        checkpoints.check(path)


@pytest.fixture(scope="module")
def places(checkpoint):
    """Of every array in the checkpoint: where it begins, and how many bytes it has."""
    with h5py.File(checkpoint) as file:
        found = []
        file.visititems(lambda name, item: found.append(item) if hasattr(item, "dtype") else None)
        ids = [item.id for item in found if item.id.get_offset() is not None]
        return [(one.get_offset(), one.get_storage_size()) for one in ids]


@FEW
@given(number=st.integers(0), share=SHARE, bit=st.integers(0, 7))
def test_no_wrong_bit_in_an_array_goes_unnoticed(
    checkpoint, places, tmp_path_factory, number, share, bit
):
    path = tmp_path_factory.getbasetemp() / "flipped.weights.h5"
    content = bytearray(checkpoint.read_bytes())
    offset, size = places[number % len(places)]
    content[offset + int(share * size)] ^= 1 << bit
    path.write_bytes(content)
    with pytest.raises(ValueError, match="its checksum is another"):
        checkpoints.check(path)


# config.json, status.json and scaler.npz


@pytest.fixture
def run(tmp_path):
    """A run directory without checkpoints."""
    run = rundir.create(tmp_path, "run")
    content = {"flags": CONFIG.to_dict(), "dataset": {"train_examples": 4000}}
    (run / "config.json").write_text(json.dumps(content))
    return run


def edited(**flags):
    return json.dumps(
        {"flags": CONFIG.to_dict() | flags, "dataset": {"name": "MNIST5K", "train_examples": 4000}}
    )


def without(name):
    flags = CONFIG.to_dict()
    del flags[name]
    return json.dumps({"flags": flags, "dataset": {"train_examples": 4000}})


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not JSON",
        "null",
        "[]",
        "{}",
        '{"flags": {}, "dataset": {}}',
        '{"flags": [], "dataset": {}}',
        "\ud800".encode("utf-8", "surrogatepass"),
        "[" * 100_000,
        b"\0" * 2_000_000,
        "1" * 6_000,
        without("activation"),
        without("seed"),
        without("max_steps"),
        edited(activation="nope"),
        edited(activation=5),
        edited(dataset=["MNIST5K"]),
        edited(model=None),
        edited(units="4,4"),
        edited(units=4),
        edited(units=[4.5]),
        edited(batch_size="many"),
        edited(max_steps=1e3),
        edited(max_steps=True),
        edited(max_steps=-1),
        edited(learning_rate=float("nan")),
        edited(learning_rate=[]),
        edited(dropout="0.2"),
        edited(batch_norm="no"),
        edited(optimizer={}),
        edited(preprocessing="none"),
        edited(seed=-1),
        edited(every=0),
        edited(data_dir=7),
        edited(prefix="../up"),
    ],
    ids=lambda content: str(content)[-60:],
)
def test_a_config_that_was_edited_by_hand_is_one_line_that_names_it(run, capfd, content):
    content = content if isinstance(content, bytes) else content.encode()
    (run / "config.json").write_bytes(content)
    before = files_below(run)
    with pytest.raises(SystemExit) as ended:
        main(["--resume", str(run)], prog="trainer.py")
    out, err = capfd.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert re.fullmatch(r"trainer\.py: error: [^\n]{1,500}\n", err)
    assert "config.json" in err
    assert files_below(run) == before


@pytest.mark.parametrize("count", [None, "many", 0, 1.5])
def test_a_config_without_the_size_of_the_dataset_is_named(run, count):
    content = {"flags": CONFIG.to_dict(), "dataset": {"train_examples": count}}
    (run / "config.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"config\.json: the number of train_examples"):
        resuming.check_dataset(TrainConfig(resume=str(run)), 4000)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"state": "running"}',
        '{"state": "running", "step": 1, "max_steps": 2, "pid": "x", "updated": 9e9}',
        '{"state": "running", "step": 1, "max_steps": 2, "pid": 1, "updated": "now"}',
        '{"state": "running", "step": 1, "max_steps": 2, "pid": 99999999999, "updated": 9e9}',
    ],
)
def test_a_damaged_status_keeps_no_run_from_going_on(run, content):
    (run / "status.json").write_text(content)
    config = resuming.settings(TrainConfig(resume=str(run)), set())
    assert resuming.finished_at(config) is None
    assert trained_by(run) is None
    assert resuming.find_beginning(config) == resuming.Beginning()


def test_a_scaler_that_was_cut_is_refused_by_name(tmp_path):
    shape = (4, 4, 1)
    kept = preprocessing.Preprocessing("standardize", *np.ones((2, *shape), np.float32))
    preprocessing.save(kept, tmp_path)
    path = tmp_path / preprocessing.SCALER
    content = path.read_bytes()
    assert zipfile.is_zipfile(path)
    for size in range(0, len(content), 7):
        path.write_bytes(content[:size])
        with pytest.raises(ValueError, match=re.escape(str(path))):
            preprocessing.load_scaler(tmp_path, shape)


# Event files


STEPS = (1, 2, 4, 6, 8)
LAYERS = (LayerInfo("fc", "Dense", (None, 2), None, 2),)


def write(directory, steps, first_step=None):
    """One event file; returns it, and its size after each record."""
    ends = []
    with EventFile(directory, first_step=first_step) as file:
        for number, step in enumerate(steps):
            values = [events.run_info(RunInfo(LAYERS))] if number == 0 else []
            values.append(events.statistics(np.full((1, len(STATISTICS)), step)))
            values.append(events.histograms(np.full((1, BINS), step)))
            file.write(step, values)
            file.flush()
            ends.append(file.path.stat().st_size)
    return file.path, ends


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    return write(tmp_path_factory.mktemp("recorded") / "run", STEPS)


@QUICK
@given(share=SHARE, rest=st.binary(max_size=64))
def test_what_was_whole_before_a_cut_and_garbage_is_read(recorded, tmp_path_factory, share, rest):
    path, ends = recorded
    place = tmp_path_factory.getbasetemp() / "cut_run"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    cut = int(share * ends[-1])
    (place / path.name).write_bytes(path.read_bytes()[:cut] + rest)
    whole = [step for step, end in zip(STEPS, ends, strict=True) if end <= cut]
    if not whole:
        with pytest.raises(NoRecordsError):
            read_run(place)
        return
    assert read_run(place).steps.tolist() == whole
    assert avh.load(place).step.tolist() == whole


@pytest.mark.parametrize("rest", [b"", b"\0" * 100, b"\xff" * 5, bytes(range(256))])
def test_a_damaged_file_hides_nothing_of_the_one_that_went_on(tmp_path, rest):
    path, ends = write(tmp_path, STEPS)
    path.write_bytes(path.read_bytes()[: ends[2] + 30] + rest)
    write(tmp_path, (6, 8, 10), first_step=5)
    expected = [1, 2, 4, 6, 8, 10]
    assert read_run(tmp_path).steps.tolist() == expected
    board = EventAccumulator(str(tmp_path), {"tensors": 0}).Reload()
    assert [event.step for event in board.Tensors("avh/stats")] == expected
