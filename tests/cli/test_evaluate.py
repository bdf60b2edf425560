import json
import re
import shutil

import h5py
import pytest

import avh
from avh.cli.evaluate import main
from avh.compare import clean
from avh.compare.aftermath import find_outcomes
from avh.train import rundir
from avh.train.checkpoints import CHECKSUM
from avh.train.config import TrainConfig

WRITTEN = {"evaluation.json", "confusion.png", "evaluation"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    from avh.train.trainer import train

    return train(
        TrainConfig(
            channels=(4, 4, 4),
            batch_size=16,
            max_steps=4,
            progress=False,
            run_name="relu",
            train_dir=str(tmp_path_factory.mktemp("runs")),
        )
    )


@pytest.fixture
def run(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "runs" / "relu")


@pytest.fixture
def silent(run):
    """Another run, whose last but one layer puts out nothing but zeros."""
    other = shutil.copytree(run, run.parent / "silent")
    with h5py.File(other / "checkpoints" / "step_000004.weights.h5", "r+") as file:
        del file.attrs[CHECKSUM]
        for group in file["layers"].values():
            if len(group["vars"]) and group["vars"].attrs["name"] == "fc_5":
                group["vars"]["1"][:] = -1e3
    return other


def names(run):
    return {path.name for path in run.iterdir()}


def test_one_is_shown_with_all_its_statistics(run, capsys):
    before = names(run)
    assert main(["--checkpoint", str(run)]) == 0
    out = capsys.readouterr().out
    written = json.loads((run / "evaluation.json").read_text())
    assert f"accuracy {written['accuracy']:.2%}, loss {written['loss']:.4f}" in out
    assert "on all 1000 test examples of MNIST5K" in out
    for layer in written["layers"]:
        assert re.search(rf"\b{layer['path']}\b", out)
        assert f"{layer['statistics']['mean']:.3f}" in out
    assert written["layers"][-1]["statistics"]["saturated_fraction"] is None
    assert names(run) == before | WRITTEN


def test_several_stand_side_by_side_with_their_findings(run, silent, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")  # in fewer they stand below one another
    assert main(["--checkpoint", str(run), str(silent)]) == 0
    lines = capsys.readouterr().out.splitlines()
    read = [json.loads((place / "evaluation.json").read_text()) for place in (run, silent)]
    (titles,) = (line for line in lines if "relu at step 4" in line)
    assert titles.split() == "relu at step 4 silent at step 4".split()
    (accuracy,) = (line for line in lines if "test accuracy" in line)
    assert accuracy.split()[2:] == [f"{one['accuracy']:.2%}" for one in read]
    (row,) = (line for line in lines if line.split()[:1] == ["fc_5"])
    assert row.split()[-4:] == ["0.000", "0.000", "100.0%", "100.0%"]
    (finding,) = (line for line in lines if "silent  step 4  fc_5: 40 of 40 units are dead" in line)
    assert read[1]["findings"][0]["message"] in finding


def test_the_records_are_a_run_of_their_own(run):
    assert main(["--checkpoint", str(run)]) == 0
    frame = avh.load(run.parent)
    assert set(frame.run) == {"relu", "relu/evaluation"}
    found = {outcome.run.name: outcome for outcome in find_outcomes(run.parent)}
    assert found["relu"].run.status.val_accuracy is not None
    assert found["relu/evaluation"].run.status is None
    assert found["relu/evaluation"].records.steps.tolist() == [4]


def test_an_evaluated_run_is_still_avhs_own_to_clean(run):
    assert main(["--checkpoint", str(run)]) == 0
    clean.clean(run.parent)
    assert names(run.parent) == {clean.MARKER, clean.LOGS}


def test_without_records_there_are_none(run):
    assert main(["--checkpoint", str(run), "--no_records"]) == 0
    assert names(run) & WRITTEN == {"evaluation.json", "confusion.png"}


def test_an_output_file_leaves_the_runs_alone(run, silent, tmp_path):
    before, output = names(run), tmp_path / "result.json"
    file = run / "checkpoints" / "step_000004.weights.h5"
    assert main(["--checkpoint", str(file), "-o", str(output), "--batch_size", "250"]) == 0
    assert json.loads(output.read_text())["checkpoint"] == file.name
    assert main(["--checkpoint", str(run), str(silent), "-o", str(output)]) == 0
    assert [one["run"] for one in json.loads(output.read_text())] == ["relu", "silent"]
    assert names(run) == names(silent) == before


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ([], "--checkpoint"),
        (["--checkpoint"], "expected at least one argument"),
        (["--checkpoint", "nowhere"], "nowhere does not exist"),
        (["--checkpoint", "RUN", "nowhere"], "nowhere does not exist"),
        (["--checkpoint", "RUN", "--dataset", "NOPE"], "NOPE"),
        (["--checkpoint", "RUN", "--batch_size", "-1"], "batch_size"),
        (["--checkpoint", "RUN", "-o", "/proc/nowhere/x.json"], "x.json"),
        (["--checkpoint", "RUN/config.json"], "config.json is not a checkpoint"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_line_and_exit_code_2(run, capfd, flags, said):
    before = names(run)
    with pytest.raises(SystemExit) as ended:
        main([flag.replace("RUN", str(run)) for flag in flags], prog="evaler.py")
    out, err = capfd.readouterr()
    assert ended.value.code == 2
    assert out == ""
    assert re.fullmatch(r"evaler\.py: error: [^\n]+\n", err)
    assert said in err
    assert names(run) == before


def test_one_that_cannot_be_evaluated_keeps_all_from_being_written(run, silent, capsys):
    description = json.loads((silent / rundir.CONFIG).read_text())
    description["flags"]["channels"] = [4, 4, 5]
    (silent / rundir.CONFIG).write_text(json.dumps(description))
    before = names(run)
    with pytest.raises(SystemExit) as ended:
        main(["--checkpoint", str(run), str(silent)])
    assert ended.value.code == 2
    assert str(silent) in capsys.readouterr().err
    assert names(run) == names(silent) == before


def test_a_place_that_is_taken_is_told_before_anything_is_evaluated(run, capsys):
    (run / "evaluation").write_text("mine")
    with pytest.raises(SystemExit) as ended:
        main(["--checkpoint", str(run)])
    assert ended.value.code == 2
    assert "evaluation: a directory of nothing but records expected" in capsys.readouterr().err
    assert (run / "evaluation").read_text() == "mine"
