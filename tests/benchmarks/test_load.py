"""The benchmark of reading prints a whole table; no time is a failure."""

import re

import pytest

from benchmarks import load

READERS = ("avh.load", "avh.load, histograms=True", "TensorBoard's EventAccumulator")


@pytest.fixture
def in_this_process(monkeypatch):
    """Readers run here: a process of its own would import TensorFlow once more each time."""
    monkeypatch.setattr(load, "in_fresh_process", load.read_once)


def rows_of(printed):
    """Reader -> cells."""
    _, table = printed.split("\n\n", 1)
    head, *rows = [re.split(r" {3,}", line) for line in table.strip().splitlines()]
    assert all(len(row) == len(head) for row in rows)
    return {row[0]: row[1:] for row in rows}


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # tbparse 0.0.9 with pandas 3.1
def test_every_reader_finds_every_record_and_has_a_row(in_this_process, capsys):
    assert load.main(["--quick"]) == 0
    printed = capsys.readouterr().out
    assert "measured: 2 runs x 3 layers x 5 records" in printed
    rows = rows_of(printed)
    assert tuple(rows) == tuple(load.WAYS)
    for reader in READERS:
        assert all(float(number) >= 0 for number in re.findall(r"\d+\.\d+|\d+", *rows[reader][-1:]))
        assert rows[reader][0] != "not installed"


def test_a_reader_that_is_not_installed_has_a_row_that_says_so(
    in_this_process, capsys, monkeypatch
):
    find = load.importlib.util.find_spec
    monkeypatch.setattr(
        load.importlib.util, "find_spec", lambda name: None if name == "tbparse" else find(name)
    )
    load.main(["--quick"])
    cells = rows_of(capsys.readouterr().out)["tbparse.SummaryReader"]
    assert cells == ["not installed", "-", "-", "-"]


def test_a_reader_that_misses_records_is_an_error(in_this_process, monkeypatch):
    monkeypatch.setattr(load, "with_accumulator", lambda log_dir: 29)
    with pytest.raises(RuntimeError, match="EventAccumulator: 30 rows expected, got 29"):
        load.main(["--quick"])


def test_a_process_of_its_own_says_what_it_read(tmp_path):
    load.write_runs(tmp_path, load.Size(1, 2, 3))
    measured = load.in_fresh_process("avh.load", tmp_path)
    assert measured["rows"] == 6
    assert all(measured[name] > 0 for name in ("import", "wall", "cpu", "peak"))
