"""What becomes of the monitor's own failures: said once, and no harm to the training.

After a failure nothing more is recorded, and the report says what is safe. Pictures that cannot be
drawn are a smaller loss: the records go on without them.
"""

import contextlib
import logging
from collections.abc import Callable, Mapping

from avh.records.writer import BackgroundWriter

logger = logging.getLogger("avh")


class Guard:
    """Runs parts of a monitor that may fail."""

    def __init__(self, log_dir: str, on_error: str) -> None:
        """Check the wish.

        Raises:
            ValueError: `on_error` is neither "warn" nor "raise".
        """
        if on_error not in ("warn", "raise"):
            raise ValueError(f'on_error: "warn" or "raise" expected, got {on_error!r}')
        self.failed = False
        self._log_dir, self._raises = log_dir, on_error == "raise"
        self._writer: BackgroundWriter | None = None

    def restart(self) -> None:
        """A new fit begins."""
        self.failed, self._writer = False, None

    def use(self, writer: BackgroundWriter) -> None:
        """Name the writer that knows what is safe."""
        self._writer = writer

    def run(self, action: Callable[[], object], step: int) -> None:
        """Run an action at a step; only with `on_error="raise"` does its exception come out."""
        try:
            action()
        except Exception as error:
            if self._raises:
                raise
            if not self.failed:
                logger.error(
                    "the activation monitor of %s stopped at step %d; training goes on; %s: %s: %s",
                    *(self._log_dir, step, self._safe(), type(error).__name__, error),
                    exc_info=None if isinstance(error, OSError) else error,  # a full disk is clear
                )
            self.failed = True

    def lose_pictures(self, step: int, failed: Mapping[str, Exception]) -> None:
        """Say which layers have no pictures from a step on, and why.

        Raises:
            Exception: the first of them, with `on_error="raise"`.
        """
        name, error = next(iter(failed.items()))
        if self._raises:
            raise error
        more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
        logger.error(
            "the activation monitor of %s draws no pictures of %s from step %d on; "
            "the records go on: %s: %s",
            *(self._log_dir, name + more, step, type(error).__name__, error),
            exc_info=error,
        )

    def _safe(self) -> str:
        if self._writer is None:
            return "nothing is recorded"
        with contextlib.suppress(Exception):
            self._writer.flush()
        last = self._writer.last_step
        return "nothing is on disk" if last is None else f"what comes after step {last} is lost"
