"""CRC-32C, the checksum of event files, of many payloads at once.

Python has none, and a loop over bytes takes 7 ms for a record of 50 layers. A CRC is a remainder of
polynomials over GF(2), so a multiple of its polynomial with few terms says which later bytes a byte
may be moved to without changing the remainder: long payloads shrink by a handful of XORs.
"""

from collections.abc import Sequence

import numpy as np

REFLECTED_POLYNOMIAL = 0x82F63B78  # Castagnoli's, as RFC 3720, appendix B.4, says it
_ONES = 0xFFFFFFFF
# x**290 + x**136 + x**113 + x**107 + x**32 + 1 is a multiple of the polynomial; so is the same with
# every exponent times 8 * 2**k (squaring in GF(2) doubles exponents): there it moves whole bytes.
DEGREE, LOWER = 290, (136, 113, 107, 32, 0)
_SHORT = 64  # bytes up to which a loop is quicker


def _table() -> np.ndarray:
    """[256] uint32: the remainder of each byte."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = (table >> 1) ^ np.where(table & 1, np.uint32(REFLECTED_POLYNOMIAL), np.uint32(0))
    return table


TABLE = _table()
_ENTRIES = TABLE.tolist()


def crc32c(payload: bytes | memoryview) -> int:
    """The checksum of one payload.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    if len(payload) > _SHORT:
        return int(crc32c_of_all([payload])[0])
    return _loop(payload, _ONES) ^ _ONES


def crc32c_of_all(payloads: Sequence[bytes | memoryview]) -> np.ndarray:
    """The checksums of several payloads, [n] uint32; quickest if their lengths are much the same.

    Takes twice the memory of the payloads at most, if those differ less than twofold in length.
    """
    long = [number for number, payload in enumerate(payloads) if len(payload) > _SHORT]
    found = np.array(
        [0 if len(payload) > _SHORT else crc32c(payload) for payload in payloads], np.uint32
    )
    if long:
        found[long] = _of_long([payloads[number] for number in long])
    return found


def _of_long(payloads: list[bytes | memoryview]) -> np.ndarray:
    lengths = np.array([len(payload) for payload in payloads])
    width = lengths.max()
    padded = (
        part for n, p in zip(lengths, payloads, strict=True) for part in (bytes(width - n), p)
    )
    # Zeros in front change no remainder.
    rows = np.frombuffer(bytearray().join(padded), np.uint8).reshape(-1, width)
    # To start with 32 ones is to turn the first 32 bits over.
    rows[np.arange(len(rows))[:, None], (width - lengths)[:, None] + np.arange(4)] ^= 0xFF
    rows = _shrunk(rows)
    if len(rows) == 1:
        return np.array([_loop(rows[0].tobytes(), 0) ^ _ONES], np.uint32)
    states = np.zeros(len(rows), np.uint32)
    for column in np.ascontiguousarray(rows.T):
        states = TABLE.take((states ^ column) & 0xFF) ^ (states >> 8)
    return states ^ np.uint32(_ONES)


def _shrunk(rows: np.ndarray) -> np.ndarray:
    """Shorter rows, of at most `DEGREE` bytes, with the same remainders; changes `rows`."""
    scale = 1 << (rows.shape[1] // DEGREE).bit_length()
    while scale:
        while (surplus := rows.shape[1] - DEGREE * scale) > 0:
            size = min(surplus, (DEGREE - LOWER[0]) * scale)
            for exponent in LOWER:
                start = (DEGREE - exponent) * scale
                rows[:, start : start + size] ^= rows[:, :size]
            rows = rows[:, size:]
        scale //= 2
    return rows


def _loop(payload: bytes | memoryview, state: int) -> int:
    for byte in bytes(payload):
        state = _ENTRIES[(state ^ byte) & 0xFF] ^ (state >> 8)
    return state
