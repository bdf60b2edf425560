import json
import re

import numpy as np
import pytest

from avh.cli.report import main
from avh.records import events, schema
from avh.records.event_file import EventFile
from avh.records.schema import LayerInfo, RunInfo


@pytest.fixture
def run(tmp_path):
    layers = (LayerInfo("fc", "Dense", (None, 4), None, 4),)
    hist = np.ones((1, schema.BINS))
    with EventFile(tmp_path / "runs" / "relu") as file:
        values = [events.run_info(RunInfo(layers)), events.histograms(hist)]
        file.write(5, [*values, events.statistics(np.ones((1, len(schema.STATISTICS))))])
    with EventFile(tmp_path / "other_tool") as file:
        file.write(1, [events.scalar("loss", 1.0)])
    return tmp_path / "runs"


def runs_in(path):
    text = path.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="avh-data">(.*?)</script>', text)
    return [run["name"] for run in json.loads(found[1])["runs"]]


def test_the_report_lies_in_the_directory_and_its_size_is_said(run, capsys):
    assert main([str(run)]) == 0
    path = run / "report.html"
    assert capsys.readouterr().out == f"{path}: {path.stat().st_size / 1e6:.1f} MB\n"
    assert runs_in(path) == ["relu"]


def test_the_report_is_written_where_it_is_told(run, tmp_path):
    assert main([str(run), "-o", str(tmp_path / "activations.html")]) == 0
    assert runs_in(tmp_path / "activations.html") == ["relu"]
    assert not (run / "report.html").exists()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], "LOG_DIR"),
        (["HERE/nowhere"], "directory of runs expected"),
        (["HERE/other_tool"], "avh records expected below"),
        (["HERE/runs", "-o", "HERE/nowhere/report.html"], "nowhere"),
        (["HERE/runs", "-o", "HERE/runs"], "runs"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(run, capfd, flags, words):
    before = sorted(run.parent.rglob("*"))
    with pytest.raises(SystemExit) as ended:
        main([flag.replace("HERE", str(run.parent)) for flag in flags], prog="avh report")
    out, err = capfd.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert err.startswith("avh report: ")
    assert err.count("\n") == 1
    assert words in err
    assert sorted(run.parent.rglob("*")) == before
