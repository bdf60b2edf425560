"""Figures of many runs lie on the line through what was measured."""

import re

import pytest

from benchmarks import load, scaling
from benchmarks.board_runs import Size
from benchmarks.scaling import Measured


def test_it_measures_two_sizes_and_draws_them_out(monkeypatch, capsys):
    monkeypatch.setattr(scaling, "in_fresh_process", load.read_once)
    assert scaling.main(["--quick"]) == 0
    many, long = capsys.readouterr().out.split("\n\n## ")
    runs = [line.split()[0] for line in many.splitlines()[-5:]]
    assert runs == ["1", "2", "100", "1,000", "10,000"]
    assert len(long.splitlines()[-4:]) == len(scaling.EVERY)


def test_many_runs_lie_on_the_line_through_both_sizes():
    small = Measured(Size(2, 10, 100), 500.0, 3.0, 1 << 30)
    large = Measured(Size(4, 10, 100), 500.0, 5.0, 3 << 30)
    rows = {row[0]: row for row in scaling.many_runs(small, large).rows}
    assert [rows["100"][place] for place in (3, 4, 5)] == ["100,000", "101.0", "99.00"]


@pytest.mark.parametrize(("place", "kept"), [(0, "0.08%"), (3, "77.16%")])
def test_of_a_long_run_tensorboard_keeps_a_thousand_records(place, kept):
    row = scaling.long_run(Measured(Size(1, 1, 1), 500.0, 1.0, 1.0)).rows[place]
    assert re.sub(",", "", row[1]) == str(30 * 86_400 * 5 // scaling.EVERY[place])
    assert row[3] == kept
