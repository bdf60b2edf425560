"""Arrays on their way to the page: one JSON header, then binary float32.

Layout, little-endian: uint32 n; n bytes of UTF-8 JSON, padded with spaces to a multiple of 4; the
arrays one after another. The JSON is `{"arrays": [{"shape": [...], ...}, ...]}` in their order.
"""

import json
import struct
from collections.abc import Iterable

import numpy as np


def pack(arrays: Iterable[tuple[dict, np.ndarray]]) -> bytes:
    """Pack arrays with what describes them.

    Args:
        arrays: descriptions, JSON-able, and arrays; taken as float32. `shape` is added.

    >>> unpack(pack([({"run": "a"}, np.arange(3.0))]))
    [({'run': 'a', 'shape': [3]}, array([0., 1., 2.], dtype=float32))]
    """
    items = [(dict(about), np.ascontiguousarray(values, "<f4")) for about, values in arrays]
    for about, values in items:
        about["shape"] = list(values.shape)
    header = json.dumps({"arrays": [about for about, _ in items]}).encode()
    header += b" " * (-len(header) % 4)
    return b"".join([struct.pack("<I", len(header)), header, *(v.tobytes() for _, v in items)])


def unpack(packed: bytes) -> list[tuple[dict, np.ndarray]]:
    """The inverse of `pack`."""
    (length,) = struct.unpack_from("<I", packed)
    found, offset = [], 4 + length
    for about in json.loads(packed[4:offset])["arrays"]:
        size = int(np.prod(about["shape"]))
        values = np.frombuffer(packed, "<f4", size, offset).reshape(about["shape"])
        found.append((about, values))
        offset += 4 * size
    return found
