"""A `model.fit` that stands still between segments, so that several can take turns.

It is Keras's own `fit`, with its own loop, data handling and dispatch of callbacks, in a thread of
its own; a segment is one epoch of it. While it is held, the thread waits and uses no CPU, and
what a callback put on the model stays on: tracing and compiling happen in the first segment only.
Steps are numbered on across segments.
"""

import threading
from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

MANY_EPOCHS = 1_000_000  # it is ended by `close`


class HeldFit:
    """One fit in a thread; a context manager, so that it always ends."""

    def __init__(
        self,
        model: keras.Model,
        data: tf.data.Dataset,
        steps: int,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        flush: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare; nothing runs before the first segment.

        Args:
            model: compiled.
            data: batches without end.
            steps: in one segment.
            callbacks: as for `fit`.
            flush: waits until what the callbacks do in the background is done; part of a segment.
        """
        self._gate = _Gate()
        self._flush = flush
        self._error: BaseException | None = None
        self._thread = threading.Thread(
            target=self._fit, args=(model, data, steps, [*callbacks, self._gate]), daemon=True
        )

    def segment(self) -> None:
        """Train for one segment and wait for everything that it set off.

        Raises:
            RuntimeError: the fit failed.
        """
        if self._thread.ident is None:
            self._thread.start()
        else:
            self._gate.go.release()
        self._gate.done.acquire()
        if self._error is not None:
            raise RuntimeError("the fit that is measured failed") from self._error
        self._flush()

    def close(self) -> None:
        """End the fit; its callbacks see `on_train_end`."""
        if self._thread.is_alive():
            self._gate.ended = True
            self._gate.go.release()
            self._thread.join()

    def __enter__(self) -> "HeldFit":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _fit(self, model: keras.Model, data: tf.data.Dataset, steps: int, callbacks: list) -> None:
        try:
            model.fit(
                data,
                steps_per_epoch=steps,
                epochs=MANY_EPOCHS,
                callbacks=callbacks,
                shuffle=False,  # the data see to that
                verbose=0,
            )
        except BaseException as error:
            self._error = error
        finally:
            self._gate.done.release()


class _Gate(keras.callbacks.Callback):
    """The last callback: holds the fit at the end of each epoch, after all others."""

    def __init__(self) -> None:
        super().__init__()
        self.go, self.done = threading.Semaphore(0), threading.Semaphore(0)
        self.ended = False

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.done.release()
        self.go.acquire()
        self.model.stop_training = self.ended
