"""How payloads lie in an event file: each between its length and its checksum.

A frame is the length (8 bytes), the checksum of these (4), the payload, and its checksum (4), all
little-endian: TensorFlow's TFRecord format. Reading stops at the first frame that is damaged or not
all there yet, and takes no TensorFlow, whose import takes seconds.
"""

import os
import struct
from collections.abc import Iterator
from functools import lru_cache

from avh.records.crc32c import crc32c, crc32c_of_all

CHUNK_BYTES = 1 << 22  # read at once; enough records to be checked together quickly
_HEAD, _FOOT = struct.Struct("<QI"), struct.Struct("<I")
_MASK = 0xFFFFFFFF


def framed(payload: bytes) -> bytes:
    """The frame of a payload."""
    length = struct.pack("<Q", len(payload))
    head, foot = _FOOT.pack(_masked(crc32c(length))), _FOOT.pack(_masked(crc32c(payload)))
    return b"".join((length, head, payload, foot))


def read_frames(path: str | os.PathLike) -> Iterator[memoryview]:
    """The payloads of a file up to its first damaged or unfinished frame.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, "rb") as file:
        rest, wanted = b"", CHUNK_BYTES
        while chunk := file.read(wanted):
            data = memoryview(rest + chunk)
            payloads, checksums, end, missing = _split(data)
            for payload, found, expected in zip(
                payloads, _checksums(payloads), checksums, strict=True
            ):
                if _masked(found) != expected:
                    return
                yield payload
            if missing is None:
                return
            rest, wanted = bytes(data[end:]), max(CHUNK_BYTES, missing)


def _split(data: memoryview) -> tuple[list[memoryview], list[int], int, int | None]:
    """The whole frames that data begins with: payloads, their checksums, and where they end.

    Last, how many bytes the next frame lacks at least; None if it has no valid beginning.
    """
    payloads, checksums, start = [], [], 0
    while (begin := start + _HEAD.size) <= len(data):
        length = _length(bytes(data[start:begin]))
        if length is None:
            return payloads, checksums, start, None
        end = begin + length + _FOOT.size
        if end > len(data):
            return payloads, checksums, start, end - len(data)
        payloads.append(data[begin : begin + length])
        checksums.append(_FOOT.unpack_from(data, begin + length)[0])
        start = end
    return payloads, checksums, start, begin - len(data)


def _checksums(payloads: list[memoryview]) -> list[int]:
    """Checksums of all payloads, those of about the same length together."""
    alike: dict[int, list[int]] = {}
    for number, payload in enumerate(payloads):
        alike.setdefault(len(payload).bit_length(), []).append(number)
    found = [0] * len(payloads)
    for numbers in alike.values():
        for number, checksum in zip(
            numbers, crc32c_of_all([payloads[n] for n in numbers]).tolist(), strict=True
        ):
            found[number] = checksum
    return found


@lru_cache(maxsize=4096)  # the records of a run are of few lengths
def _length(head: bytes) -> int | None:
    """The length of the payload behind a frame's head; None if the head is damaged."""
    length, checksum = _HEAD.unpack(head)
    return length if _masked(crc32c(head[:8])) == checksum else None


def _masked(checksum: int) -> int:
    """As the format stores it: rotated and shifted, so that checksums of checksums differ."""
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & _MASK
