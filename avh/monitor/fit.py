"""The hold that a monitor has on `model.fit`: its step is wrapped, and its end is noticed.

Keras traces its training step before `on_train_begin`, or in an earlier `fit`, so the step is made
anew with the taps in it; afterwards the model has its former function again. Keras does not tell
its callbacks when `fit` fails: an exception in the step is seen here, and one elsewhere (another
callback, a Ctrl-C between two steps) when Python frees the callback list of that `fit`.
"""

import inspect
import weakref
from collections.abc import Callable

import keras

from avh.monitor.patch import Patch

_FRAMES = 8  # how far up the stack the callback list is looked for


class FitHold:
    """Wraps a model's training step until `remove`."""

    def __init__(
        self, model: keras.Model, wrap: Callable[[Callable], Callable], on_abort: Callable[[], None]
    ) -> None:
        """Put the hold on; call it in `on_train_begin`.

        Args:
            model: a compiled model.
            wrap: makes the wrapped `train_step` from the model's own.
            on_abort: called once if `fit` ends without its `on_train_end`.
        """
        self._model = model
        self._former = model.train_function
        self._step = Patch(model, "train_step", wrap)
        model.make_train_function(force=True)
        function = model.train_function

        def guarded(iterator: object) -> object:
            try:
                return function(iterator)
            except StopIteration:  # how Keras learns that the data are used up
                raise
            except BaseException:
                on_abort()
                raise

        self._guarded = guarded
        model.__dict__["train_function"] = guarded
        callbacks = _callback_list()
        self._end = None if callbacks is None else weakref.finalize(callbacks, on_abort)

    def remove(self) -> None:
        """Give the model its own step and function back; idempotent."""
        if self._end is not None:
            self._end.detach()
        self._step.remove()
        self._guarded.avh_removed = True
        if self._model.__dict__.get("train_function") is self._guarded:
            gone = getattr(self._former, "avh_removed", False)
            self._model.__dict__["train_function"] = None if gone else self._former


def _callback_list() -> object | None:
    frame = inspect.currentframe()
    for _ in range(_FRAMES):
        frame = frame and frame.f_back
        owner = frame and frame.f_locals.get("self")
        if isinstance(owner, keras.callbacks.CallbackList):
            return owner
    return None
