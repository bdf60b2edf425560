"""Taps: what a watched layer puts out is shown to an observer, and passed on untouched.

Keras 3 has no forward hooks, but looks `call` up on the layer's instance. A tap puts a wrapper
there and takes it away again; weights, configuration and the returned tensors stay the same.
"""

import threading
import weakref
from collections.abc import Callable, Iterator

import keras
import tensorflow as tf

# What Keras knows of the running call: the resolved `training` flag, and whether the call only
# works out shapes. Keras offers no public way to ask.
from keras.src.backend.common import global_state
from keras.src.backend.common.symbolic_scope import in_symbolic_scope

from avh.monitor.patch import Patch


class Tap:
    """The wrapper around one layer's `call`."""

    def __init__(self, layer: keras.layers.Layer, path: str, order: tuple[int, ...]) -> None:
        self.layer, self.path, self.order = layer, path, order
        self._patch: Patch | None = None

    def attach(self, observe: Callable[["Tap", Callable, tuple, dict], object]) -> None:
        """Route every call of the layer through `observe(tap, call, args, kwargs)`; idempotent."""
        if self._patch is not None:
            return

        def make(original: Callable) -> Callable:
            return lambda *args, **kwargs: observe(self, original, args, kwargs)

        self._patch = Patch(self.layer, "call", make)

    def detach(self) -> None:
        """Give the layer its own `call` back; idempotent."""
        if self._patch is not None:
            self._patch.remove()
            self._patch = None


def name_outputs(name: str, outputs: object) -> Iterator[tuple[str, object]]:
    """Name each tensor that a layer put out: `name`, or `name:0`, `name:key` in a structure."""
    if isinstance(outputs, dict):
        items = outputs.items()
    elif isinstance(outputs, list | tuple):
        items = enumerate(outputs)
    else:
        yield name, outputs
        return
    for key, value in items:
        yield from name_outputs(f"{name}:{key}", value)


def why_not_recordable(value: object) -> str | None:
    """Why a layer's output cannot be sketched; None if it can."""
    if value is None:
        return "puts out None"
    if not isinstance(value, tf.Tensor):
        return f"puts out a {type(value).__name__}, not a dense tensor"
    if not value.dtype.is_floating:
        return f"puts out {value.dtype.name}, not floating point"
    return None


def training_flag() -> bool | None:
    """The `training` flag of the running Keras call; None if nobody gave one."""
    context = global_state.get_global_attribute("current_call_ctx")
    return None if context is None else context.get_value("training")


def is_symbolic() -> bool:
    """Whether Keras only works out shapes here, on a graph that is thrown away."""
    return in_symbolic_scope()


class CallCounter:
    """Numbers the calls of a layer within one step: 1, 2, … for one traced graph and replica."""

    def __init__(self) -> None:
        self._state = threading.local()

    def next(self, layer: keras.layers.Layer) -> int:
        """The number of this call."""
        graph = _outermost_graph()
        seen = getattr(self._state, "graph", None)
        if seen is None or seen() is not graph:
            self.restart()
            self._state.graph = (lambda: None) if graph is None else weakref.ref(graph)
        counts = self._state.counts
        counts[id(layer)] = counts.get(id(layer), 0) + 1
        return counts[id(layer)]

    def restart(self) -> None:
        """A step begins in this thread."""
        self._state.counts = {}
        self._state.graph = None


def _outermost_graph() -> object:
    if tf.executing_eagerly():
        return None
    graph = tf.compat.v1.get_default_graph()
    while getattr(graph, "outer_graph", None) is not None and graph.outer_graph.building_function:
        graph = graph.outer_graph
    return graph
