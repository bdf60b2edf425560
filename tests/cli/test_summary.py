import io
import os
import re
import subprocess

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import avh
from avh.cli.summary import main
from avh.compare.outcome import read_outcomes
from avh.compare.progress import Progress
from avh.compare.summary import comparison_table
from avh.records import events, schema
from avh.records.event_file import EventFile
from avh.train.status import Status, write_status

LAYERS = ("conv_1", "fc_2")


@pytest.fixture
def log_dir(tmp_path, monkeypatch):
    """Two finished runs of the trainer, and another tool's directory beside them."""
    monkeypatch.delenv("COLUMNS", raising=False)
    for seed, name in enumerate(("relu", "selu")):
        write_run(tmp_path / "runs" / name, seed)
        write_status(tmp_path / "runs" / name, finished())
    with EventFile(tmp_path / "other_tool") as file:
        file.write(1, [events.scalar("loss", 1.0)])
    return tmp_path / "runs"


def finished(**changes):
    known = {"state": "finished", "step": 20, "max_steps": 20, "loss": 0.25}
    return Status(**{**known, "val_loss": 0.5, "val_accuracy": 0.875, **changes})


def write_run(place, seed, group=None):
    random = np.random.default_rng(seed)
    layers = tuple(schema.LayerInfo(n, "Dense", (None, 4), "relu", 4) for n in LAYERS)
    with EventFile(place) as file:
        for step in (1, 10, 20):
            rows = random.normal(size=(len(LAYERS), len(schema.STATISTICS)))
            hist = np.ones((len(LAYERS), schema.BINS))
            values = [events.statistics(rows), events.histograms(hist)]
            describe = (
                [events.run_info(schema.RunInfo(layers, seed, group=group))] if step == 1 else []
            )
            file.write(step, [*describe, *values])


def rows_of(text):
    """First word of a line -> its words."""
    return {line.split()[0]: line.split() for line in text.splitlines() if line.split()}


def no_process():
    """The id of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid


def test_runs_of_one_group_stand_as_one_with_their_spread(tmp_path, capsys):
    for seed in (0, 1):
        write_run(tmp_path / f"relu-seed{seed}", seed, group="relu")
        write_status(tmp_path / f"relu-seed{seed}", finished(val_accuracy=0.5 + seed / 4))
    assert main([str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "relu, 2 seeds" in text
    assert "relu  seed0 50.00 %  seed1 75.00 %" in text


def test_the_table_is_the_one_of_the_comparison(log_dir, capsys):
    ended = [Progress(name, "finished", finished()) for name in ("relu", "selu")]
    console = Console(file=io.StringIO(), width=120)
    console.print(comparison_table(read_outcomes(ended, log_dir), 120))
    assert main([str(log_dir)]) == 0
    assert capsys.readouterr().out == console.file.getvalue()


def test_csv_holds_every_float_to_the_last_bit(log_dir, tmp_path, capsys):
    assert main([str(log_dir), "--csv", str(tmp_path / "all.csv")]) == 0
    assert f"{tmp_path / 'all.csv'}: 12 rows" in capsys.readouterr().out
    frame = avh.load(log_dir)
    back = pd.read_csv(tmp_path / "all.csv", dtype=str)
    assert list(back.columns) == list(frame.columns)
    for name in ("run", "layer"):
        assert back[name].tolist() == frame[name].tolist()
    for name in back.columns[2:]:
        values = np.array([float(text) for text in back[name]])
        assert values.astype(frame[name].dtype).tobytes() == frame[name].to_numpy().tobytes()


def test_parquet_holds_the_frame(log_dir, tmp_path):
    pytest.importorskip("pyarrow")
    assert main([str(log_dir), "--parquet", str(tmp_path / "all.parquet")]) == 0
    back = pd.read_parquet(tmp_path / "all.parquet")
    pd.testing.assert_frame_equal(back, avh.load(log_dir), check_exact=True)


def test_a_run_whose_process_is_gone_is_unfinished(log_dir, capsys):
    path = log_dir / "selu" / "status.json"
    text = path.read_text(encoding="utf-8").replace('"finished"', '"running"')
    path.write_text(text.replace(str(os.getpid()), str(no_process())), encoding="utf-8")
    assert main([str(log_dir)]) == 0
    assert re.search(r"selu \(unfinished at step\b.*\b20\)", capsys.readouterr().out, re.DOTALL)


def test_a_run_that_goes_on_is_running(log_dir, capsys):
    write_status(log_dir / "selu", finished(state="running"))
    assert main([str(log_dir)]) == 0
    assert "selu (running at step 20)" in capsys.readouterr().out


def test_a_run_that_failed_before_its_first_record_says_why(log_dir, capsys):
    (log_dir / "gelu").mkdir()
    write_status(log_dir / "gelu", finished(state="failed", step=1, error="the loss became nan"))
    assert main([str(log_dir)]) == 0
    out = capsys.readouterr().out
    assert "gelu failed: the loss became nan" in out
    assert rows_of(out)["conv_1"][1:4] == ["-", "-", "-"]


def test_runs_of_the_monitor_alone_have_no_rows_of_scores(log_dir, capsys):
    for name in ("relu", "selu"):
        (log_dir / name / "status.json").unlink()
    assert main([str(log_dir)]) == 0
    assert {"test", "training"}.isdisjoint(rows_of(capsys.readouterr().out))


def test_one_run_has_the_name_of_its_directory(log_dir, capsys):
    assert main([str(log_dir / "relu")]) == 0
    out = capsys.readouterr().out
    assert rows_of(out)["relu"] == ["relu"]
    assert rows_of(out)["test"][:3] == ["test", "loss", "0.5000"]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], "LOG_DIR"),
        (["HERE/nowhere"], "directory of runs expected"),
        (["HERE/other_tool"], "avh records expected below"),
        (["HERE/runs", "--csv", "HERE/nowhere/all.csv"], "nowhere"),
        (["HERE/runs", "--csv", "HERE/runs"], "runs"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(log_dir, capsys, flags, words):
    here = log_dir.parent
    before = sorted(here.rglob("*"))
    with pytest.raises(SystemExit) as ended:
        main([flag.replace("HERE", str(here)) for flag in flags], prog="avh summary")
    err = capsys.readouterr().err
    assert (ended.value.code, err.count("\n")) == (2, 1)
    assert err.startswith("avh summary: ")
    assert words in err
    assert sorted(here.rglob("*")) == before


def test_parquet_without_pyarrow_is_one_line_before_anything_is_read(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path / "nowhere"), "--parquet", "all.parquet"], prog="avh summary")
    assert ended.value.code == 2
    assert "pyarrow expected" in capsys.readouterr().err
