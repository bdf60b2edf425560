"""The mark by which a run that goes on takes the place of what was written before.

A run that was stopped goes on from a checkpoint, and does again what came after it. Its new event
file begins with TensorFlow's mark of a session's start, at the first step to come: what older files
say of that step and later ones no longer counts. TensorBoard drops it, and so do avh's readers.
"""

import math
from collections.abc import Sequence
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog

from avh.records.framing import read_frames


def marks(first_step: int, wall_time: float) -> list[Event]:
    """What a file begins with whose first step is `first_step`.

    The same event twice: TensorBoard takes the first one that it sees in a run for the run's
    beginning, and only those that follow for restarts.
    """
    start = SessionLog(status=SessionLog.START)
    return [Event(step=first_step, wall_time=wall_time, session_log=start)] * 2


def ends(files: Sequence[Path]) -> list[float]:
    """Of each event file of a run, oldest first, the step from which on it no longer counts.

    Infinity where no later file restarts the run. Only the beginning of files is looked at.

    Raises:
        OSError: a file cannot be read.
    """
    found, end = [], math.inf
    for path in reversed(files):
        found.append(end)
        if path != files[0]:
            end = min(end, _restart(path))
    return found[::-1]


def _restart(path: Path) -> float:
    """The step at which a file restarts its run; infinity if it does not."""
    for payload in read_frames(path):
        event = Event.FromString(payload)
        if event.session_log.status == SessionLog.START:
            return event.step
        if event.HasField("summary"):
            break
    return math.inf
