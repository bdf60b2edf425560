"""What a run keeps while it trains, its checkpoints and its status, on a disk that may fail.

A disk that refuses ends no training of hours: the first refusal is logged with its reason, every
later checkpoint and status is tried again, and `missing` says in the end what is not there.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from avh.train import checkpoints
from avh.train.status import Status, write_status

if TYPE_CHECKING:
    import keras

logger = logging.getLogger("avh")


class Keeping:
    """Writes into a run directory as long as that is possible."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._checkpoint: str | None = None  # why the newest one could not be written
        self._status: str | None = None

    @property
    def missing(self) -> str | None:
        """Which of the newest checkpoint and status is not there, and why; None if both are."""
        return self._checkpoint or self._status

    def save(self, model: "keras.Model", step: int) -> None:
        """Write the checkpoint of a step."""
        try:
            checkpoints.save(model, self._run, step)
        except OSError as error:
            reason = f"the checkpoint of step {step} could not be written: {error}"
            if self._checkpoint is None:
                logger.warning("%s; training goes on, the next one is tried again", reason)
            self._checkpoint = reason
        else:
            self._checkpoint = None

    def note(self, status: Status) -> Status:
        """Write the status; returns what was written, or as much as there was to write."""
        try:
            written = write_status(self._run, status)
        except OSError as error:
            reason = f"the status could not be written: {error}"
            # A full disk refuses both: what was said of the checkpoint need not be said again.
            if self._status is None and self._checkpoint is None:
                logger.warning("%s; training goes on", reason)
            self._status = reason
            return status
        self._status = None
        return written
