"""The cache on a real file system: what is read is what was made, whatever lies in the file."""

import hashlib
import io
import logging
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from avh.data.cache import Expected, cached

ARRAY = np.arange(24, dtype=np.uint8).reshape(4, 6)
EXPECTED = Expected((4, 6), "uint8", hashlib.sha256(ARRAY.tobytes()).hexdigest())


class Maker:
    """Makes `array` and counts how often."""

    def __init__(self, array=ARRAY):
        self.array, self.calls = array, 0

    def __call__(self):
        self.calls += 1
        return self.array


def test_made_once_then_read(tmp_path):
    make, path = Maker(), tmp_path / "deep" / "folder" / "a.npy"
    for _ in range(2):
        array, kept = cached(path, make, EXPECTED)
        np.testing.assert_array_equal(array, ARRAY)
        assert kept
    assert make.calls == 1
    assert [file.name for file in path.parent.iterdir()] == ["a.npy"]


def damaged_contents():
    np_bytes = _npy(ARRAY)
    yield "empty", b""
    yield "not an npy file", b"hello world" * 20
    yield "cut in the header", np_bytes[:40]
    yield "cut in the data", np_bytes[:-5]
    yield "a changed pixel", np_bytes[:-1] + b"\xff"
    yield "another shape", _npy(ARRAY.reshape(6, 4))
    yield "another type", _npy(ARRAY.astype(np.int16))
    yield "a huge shape", np_bytes.replace(b"(4, 6), }            ", b"(4000000000000, 6), }")
    yield "pickled objects", _npy(np.array([{"a": 1}], object))


def _npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


@pytest.mark.parametrize(("kind", "content"), list(damaged_contents()))
def test_a_damaged_file_is_made_anew_and_said_so(tmp_path, caplog, kind, content):
    make, path = Maker(), tmp_path / "a.npy"
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        array, kept = cached(path, make, EXPECTED)
    np.testing.assert_array_equal(array, ARRAY)
    assert kept
    assert make.calls == 1
    assert "made anew" in caplog.text
    np.testing.assert_array_equal(np.load(path), ARRAY)


def test_a_damaged_byte_anywhere_never_gives_another_array(tmp_path):
    content = _npy(ARRAY)
    path = tmp_path / "a.npy"
    for position in range(len(content)):
        for change in (0x01, 0x80, 0xFF):
            damaged = bytearray(content)
            damaged[position] ^= change
            path.write_bytes(damaged)
            array, kept = cached(path, Maker(), EXPECTED)
            np.testing.assert_array_equal(array, ARRAY)
            assert kept


def test_an_array_in_another_memory_order_is_kept_all_the_same(tmp_path):
    make, path = Maker(np.asfortranarray(ARRAY)), tmp_path / "a.npy"
    for _ in range(2):
        array, _ = cached(path, make, EXPECTED)
        np.testing.assert_array_equal(array, ARRAY)
    assert make.calls == 1


def test_without_a_writable_folder_it_works_and_says_so(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    array, kept = cached(tmp_path / "file" / "a.npy", Maker(), EXPECTED)
    np.testing.assert_array_equal(array, ARRAY)
    assert not kept
    assert "without a cache" in caplog.text


def test_with_a_folder_in_the_place_of_the_file_it_works_and_leaves_nothing(tmp_path, caplog):
    (tmp_path / "a.npy").mkdir()
    array, kept = cached(tmp_path / "a.npy", Maker(), EXPECTED)
    np.testing.assert_array_equal(array, ARRAY)
    assert not kept
    assert [file.name for file in tmp_path.iterdir()] == ["a.npy"]


def test_an_unexpected_array_is_refused_and_not_kept(tmp_path):
    path = tmp_path / "a.npy"
    with pytest.raises(ValueError, match="expected SHA-256"):
        cached(path, Maker(ARRAY + 1), EXPECTED)
    with pytest.raises(ValueError, match=r"expected uint8 \[4, 6\], got int64 \[2\]"):
        cached(path, Maker(np.array([1, 2])), EXPECTED)
    assert not list(tmp_path.iterdir())


def test_many_writers_at_once_leave_one_whole_file(tmp_path):
    path = tmp_path / "a.npy"
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: cached(path, Maker(), EXPECTED), range(32)))
    for array, kept in results:
        np.testing.assert_array_equal(array, ARRAY)
        assert kept
    assert [file.name for file in tmp_path.iterdir()] == ["a.npy"]
