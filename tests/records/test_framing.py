"""Frames as TensorBoard writes them, and what is read of damaged ones."""

import io

import numpy as np
import pytest
from tensorboard.summary.writer.record_writer import RecordWriter

from avh.records import framing
from avh.records.framing import framed, read_frames

PAYLOADS = [np.random.default_rng(n).bytes(n) for n in (70, 0, 200, 12, 70)]
FILE = b"".join(map(framed, PAYLOADS))
ENDS = np.cumsum([len(framed(payload)) for payload in PAYLOADS])


def read(tmp_path, content):
    path = tmp_path / "frames"
    path.write_bytes(content)
    return [bytes(payload) for payload in read_frames(path)]


def test_frames_are_those_of_tensorboard():
    file = io.BytesIO()
    writer = RecordWriter(file)
    for payload in PAYLOADS:
        writer.write(payload)
    assert file.getvalue() == FILE


@pytest.mark.parametrize("chunk", [1, 13, 100, 1 << 20])
def test_whatever_is_read_at_once_all_payloads_come(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(framing, "CHUNK_BYTES", chunk)
    assert read(tmp_path, FILE) == PAYLOADS


def test_a_file_cut_at_any_byte_gives_what_was_whole(tmp_path):
    for cut in range(len(FILE) + 1):
        assert read(tmp_path, FILE[:cut]) == PAYLOADS[: np.searchsorted(ENDS, cut, "right")]


@pytest.mark.parametrize("rest", [b"\0" * 40, b"\xff" * 7, bytes(range(200))])
def test_garbage_behind_the_end_is_not_read(tmp_path, rest):
    assert read(tmp_path, FILE + rest) == PAYLOADS


def test_a_zeroed_page_in_a_payload_ends_the_reading(tmp_path):
    damaged = bytearray(FILE)
    damaged[ENDS[1] + 50 : ENDS[1] + 150] = bytes(100)
    assert read(tmp_path, bytes(damaged)) == PAYLOADS[:2]


def test_one_wrong_bit_anywhere_in_a_frame_ends_the_reading(tmp_path):
    for place in range(ENDS[2], ENDS[3]):
        damaged = bytearray(FILE)
        damaged[place] ^= 1
        assert read(tmp_path, bytes(damaged)) == PAYLOADS[:3]
