"""Images left on disk, against the same images in memory."""

import os
import threading

import numpy as np
import pytest

from avh.data.rows import Rows

IMAGES = np.random.default_rng(6).integers(0, 256, (30, 3, 4, 2), np.uint8)
OFFSET = 17


@pytest.fixture
def path(tmp_path):
    (tmp_path / "data").write_bytes(bytes(OFFSET) + IMAGES.tobytes() + b"more")
    return tmp_path / "data"


@pytest.fixture
def rows(path):
    return Rows.of(path, OFFSET, IMAGES.shape)


KEYS = [
    slice(None),
    slice(4, 9),
    slice(20, 2, -3),
    slice(5, 5),
    7,
    -1,
    np.int64(3),
    np.array([5, 6, 7, 2, 2, 29, -30]),
    np.array([], int),
    np.arange(30) % 3 == 1,
    [1, 4],
]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_any_key_gives_what_numpy_gives(rows, key):
    got = rows[key]
    assert got.dtype == np.uint8
    np.testing.assert_array_equal(got, IMAGES[key])


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_a_selection_is_indexed_as_an_array_is(rows, key):
    index = np.random.default_rng(7).permutation(30)
    np.testing.assert_array_equal(rows.take(index)[key], IMAGES[index][key])


def test_it_works_where_files_have_one_position(rows, monkeypatch):
    monkeypatch.delattr(os, "preadv")
    np.testing.assert_array_equal(rows[np.array([3, 4, 9])], IMAGES[[3, 4, 9]])


def test_as_an_array_it_is_all_images(rows):
    np.testing.assert_array_equal(np.asarray(rows), IMAGES)
    assert (len(rows), rows.shape, rows.ndim) == (30, IMAGES.shape, 4)


@pytest.mark.parametrize("key", [30, np.array([0, 31])])
def test_an_index_beyond_the_end_is_an_error(rows, key):
    with pytest.raises(IndexError):
        rows[key]


def test_a_file_that_is_cut_off_meanwhile_is_an_error_and_no_crash(rows, path):
    os.truncate(path, 100)
    with pytest.raises(OSError, match=r"data: expected 24 bytes at 713, found 0: .* cut off"):
        rows[29]


def test_a_file_that_is_replaced_meanwhile_is_read_as_it_was(rows, path):
    new = path.with_name("new")
    new.write_bytes(bytes(2000))
    os.replace(new, path)
    np.testing.assert_array_equal(rows[:], IMAGES)


def test_threads_read_at_once(rows):
    wrong = []

    def read(number):
        random = np.random.default_rng(number)
        for _ in range(200):
            index = random.integers(0, 30, 8)
            if not np.array_equal(rows[index], IMAGES[index]):
                wrong.append(index)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def is_open(path):
    links = (os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd"))
    return str(path) in [os.readlink(link) for link in links if os.path.islink(link)]


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs Linux's /proc")
def test_it_keeps_no_file_open_when_it_is_gone(path):
    rows = Rows.of(path, OFFSET, IMAGES.shape)
    half = rows.take(np.arange(15))
    del rows
    assert half[0].shape == IMAGES.shape[1:]
    assert is_open(path)
    del half
    assert not is_open(path)
