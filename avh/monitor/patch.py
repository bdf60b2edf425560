"""Replace an attribute of one object for a while.

Patches of several monitors may lie on each other and come off in any order: one that is covered by
another stays in the chain, without effect, until the one above it goes.
"""

from collections.abc import Callable

_ABSENT = object()


class Patch:
    """A function in place of an instance's attribute; Keras's own `__setattr__` sees none of it."""

    def __init__(self, target: object, name: str, make: Callable[[Callable], Callable]) -> None:
        """Put `make(original)` in the attribute's place."""
        self._target, self._name = target, name
        self._previous = target.__dict__.get(name, _ABSENT)
        original = getattr(target, name)
        replacement = make(original)
        self._active = True

        def patched(*args: object, **kwargs: object) -> object:
            return (replacement if self._active else original)(*args, **kwargs)

        patched.avh_patch = self
        # as functools.wraps does, so that signature and documentation stay those of the original
        patched.__wrapped__ = original
        patched.__name__ = getattr(original, "__name__", name)
        patched.__doc__ = getattr(original, "__doc__", None)
        self._patched = patched
        target.__dict__[name] = patched

    def remove(self) -> None:
        """Give the attribute back; idempotent."""
        self._active = False
        if self._target.__dict__.get(self._name) is self._patched:
            previous = self._bottom()
            if previous is _ABSENT:
                del self._target.__dict__[self._name]
            else:
                self._target.__dict__[self._name] = previous

    def _bottom(self) -> object:
        """What lay below, removed patches left out."""
        below = getattr(self._previous, "avh_patch", None)
        return below._bottom() if below is not None and not below._active else self._previous
