"""The time that a callback takes on the training thread, step by step."""

import time
from collections.abc import Callable

import keras


class HookTimes:
    """Wall seconds in a callback's two hooks of a training batch, together, by step (1, 2, …)."""

    def __init__(self) -> None:
        self.seconds: dict[int, float] = {}
        self._step = 0

    def follow(self, callback: keras.callbacks.Callback) -> None:
        """Measure this callback from now on; its class is left alone."""
        callback.on_train_batch_begin = self._timed(callback.on_train_batch_begin, begins=True)
        callback.on_train_batch_end = self._timed(callback.on_train_batch_end, begins=False)

    def forget(self) -> None:
        """Drop what was measured so far; steps are numbered on."""
        self.seconds.clear()

    def _timed(self, hook: Callable, *, begins: bool) -> Callable:
        def timed(batch: int, logs: dict | None = None) -> None:
            self._step += begins
            began = time.perf_counter()
            hook(batch, logs=logs)
            taken = time.perf_counter() - began
            self.seconds[self._step] = self.seconds.get(self._step, 0.0) + taken

        return timed
