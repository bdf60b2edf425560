"""How large an event file becomes, before it is written."""

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event

from avh.records import events, schema
from avh.records.framing import framed

_LARGE_STEP = 1 << 28  # smaller ones take up to four bytes less


def record_bytes(layers: int) -> int:
    """Bytes of one record of so many layers, its statistics and histograms: some 670 a layer.

    The first record of a run is larger by the description of its layers. A step below 2**28 makes
    it up to four bytes smaller.

    >>> (record_bytes(50) - record_bytes(49)) // 4 == len(schema.STATISTICS) + schema.BINS
    True
    """
    values = [
        events.statistics(np.zeros((layers, len(schema.STATISTICS)))),
        events.histograms(np.zeros((layers, schema.BINS))),
    ]
    event = Event(step=_LARGE_STEP, wall_time=1.0)
    for value in values:
        value.ClearField("metadata")  # written with a run's first record only
        event.summary.value.add().CopyFrom(value)
    return len(framed(event.SerializeToString()))
