"""Which segments are compared with which."""

import contextlib

import pytest

from benchmarks import pairs
from benchmarks.clock import Cost

WAYS = ("one", "two", "three")


class Named(contextlib.nullcontext):
    """Stands for a fit; notes when a segment of it ran."""

    def __init__(self, name, log):
        super().__init__(self)
        self.name, self.log = name, log

    def segment(self):
        self.log.append(self.name)


@pytest.fixture
def log(monkeypatch):
    """The names of the segments in their order, each of which costs its number in seconds."""
    ran = []

    def measure(segment):
        segment()
        return Cost(cpu=len(ran), wall=len(ran))

    monkeypatch.setattr(pairs, "measure", measure)
    return ran


def run(log, ways, rounds):
    make = {name: lambda name=name: Named(name, log) for name in (pairs.PLAIN, *ways)}
    return pairs.compare(make, rounds, warmed_up=log.clear)


@pytest.mark.parametrize("ways", [WAYS, WAYS[:2], WAYS[:1]])
def test_every_way_is_paired_once_a_round_with_a_plain_segment_within_one_of_it(log, ways):
    found = run(log, ways, rounds=4)
    assert list(found) == list(ways)
    for name, comparison in found.items():
        assert len(comparison.pairs) == 4
        for pair in comparison.pairs:
            plain, other = pair.plain.cpu - 1, pair.other.cpu - 1
            assert (log[plain], log[other]) == (pairs.PLAIN, name)
            assert abs(plain - other) == 1


def test_a_way_stands_before_its_plain_segment_as_well_as_after_it(log):
    for name, comparison in run(log, WAYS, rounds=len(WAYS)).items():
        assert {pair.other.cpu > pair.plain.cpu for pair in comparison.pairs} == {True, False}, name
