"""Arrays that were put on disk come back as they were, and never fill the disk."""

import numpy as np
import pytest

from avh.board import spill
from avh.board.spill import PutAway, Spill


def array(seed, records=6):
    return np.random.default_rng(seed).normal(size=(records, 2, 3)).astype(np.float32)


def test_an_array_comes_back_whole_and_in_parts():
    place = Spill(1 << 12)
    first, second = array(1), array(2)
    kept = [place.put(first), place.put(second)]
    np.testing.assert_array_equal(np.asarray(kept[0]), first)
    np.testing.assert_array_equal(kept[1][2:3], second[2:3])
    np.testing.assert_array_equal(kept[1][:, 1], second[:, 1])
    assert kept[1][4:4].shape == (0, 2, 3)


def test_where_the_file_is_full_a_new_one_is_begun_and_the_old_one_can_still_be_read():
    values = array(1)
    place = Spill(values.nbytes)
    old = place.put(values)
    assert place.room() == 0
    new = place.put(2 * values)
    assert not place.is_current(old)
    assert place.is_current(new)
    np.testing.assert_array_equal(old[:], values)
    np.testing.assert_array_equal(new[:], 2 * values)


def test_what_is_too_large_for_the_file_is_not_put_away():
    assert Spill(array(1).nbytes - 1).put(array(1)) is None


def test_of_a_nearly_full_disk_half_the_space_is_taken_at_most(monkeypatch):
    nearly_full = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(spill.shutil, "disk_usage", lambda place: nearly_full)
    assert Spill().room() == 500


def test_a_disk_that_fails_is_said_once_and_nothing_is_put_away(monkeypatch, caplog):
    def fail(**options):
        raise OSError("read-only")

    monkeypatch.setattr(spill.tempfile, "TemporaryFile", fail)
    place = Spill()
    assert [place.put(array(1)), place.put(array(1)), place.room()] == [None, None, 0]
    assert len(caplog.records) == 1
    assert "read-only" in caplog.text


@pytest.fixture
def put():
    return Spill().put(array(1))


def test_what_is_put_away_takes_no_memory(put):
    assert isinstance(put, PutAway)
    assert put.nbytes == 0
