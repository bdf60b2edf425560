"""Findings as they are written."""

import json
import math

import pytest

from avh.records.finding import Finding, active, continued, from_json, to_json, to_markdown

DEAD = Finding("dead_units", "fc_1", 5, "2 are dead", (0, 7), {"dead": 2.0}, "Do this.")
NAN = Finding("nonfinite", "fc_2", 8, "the first", numbers={"nan": 3.0})
ALIVE = Finding("dead_units", "fc_1", 9, "none is dead", recovered=True)


def test_json_gives_the_same_findings_back():
    assert from_json(to_json([DEAD, NAN, ALIVE])) == [DEAD, NAN, ALIVE]
    assert from_json(to_json([])) == []


def test_a_number_that_is_not_finite_is_valid_json_and_comes_back_as_nan():
    text = to_json([Finding("exploding_signal", "fc", 1, "", numbers={"last": math.inf, "n": 1.0})])
    assert json.loads(text, parse_constant=pytest.fail)[0]["numbers"] == {"last": None, "n": 1.0}
    assert math.isnan(from_json(text)[0].numbers["last"])


@pytest.mark.parametrize("text", ["", "{", '{"kind": 1}', '[{"kind": 1}]', "3", "[3]"])
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError, match="not a list of findings"):
        from_json(text)


def test_what_recovered_is_no_longer_active():
    assert active([DEAD, NAN]) == [DEAD, NAN]
    assert active([DEAD, NAN, ALIVE]) == [NAN]


def test_a_later_list_of_the_same_monitor_replaces_the_earlier_one():
    assert continued([DEAD], [DEAD, NAN]) == [DEAD, NAN]
    assert continued([], [DEAD]) == [DEAD]
    assert continued([DEAD], []) == [DEAD]


def test_a_restarted_run_keeps_what_was_found_before_its_first_finding():
    assert continued([DEAD, ALIVE], [NAN]) == [DEAD, NAN]


def test_markdown_shows_names_as_they_are_and_the_newest_first():
    odd = Finding("nonfinite", "a|b_c/<i>*", 3, "x")
    first, second = to_markdown([DEAD, odd]).splitlines()[2:]
    assert first.startswith(r"| 3 | a\|b\_c/\<i\>\* | nonfinite | x |")
    assert second.startswith(r"| 5 | fc\_1 | dead\_units | 2 are dead | Do this. |")
