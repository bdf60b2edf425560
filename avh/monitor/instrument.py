"""The taps of one model, joined to one recorder.

While attached, a layer's output is recorded when the layer runs as part of training: inside the
model's training step, or, in a hand-written loop, in any call that was not given `training=False`.
Inside `capturing()` outputs are handed to the caller instead, and nothing is recorded.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator

import keras
import numpy as np
import tensorflow as tf

from avh.monitor.activation import activation_name, saturation
from avh.monitor.beside import activation_inputs, has_fused_activation, with_gradient_shown
from avh.monitor.kernel import unit_count
from avh.monitor.recorder import Recorder
from avh.monitor.select import LayerEntry, judge, walk_below
from avh.monitor.tap import (
    CallCounter,
    Tap,
    is_symbolic,
    name_outputs,
    training_flag,
    why_not_recordable,
)
from avh.records.schema import LayerInfo


class Instrument:
    """Taps on the watched layers of a model."""

    def __init__(
        self,
        entries: list[LayerEntry],
        recorder: Recorder,
        *,
        judge: Callable[[list[LayerEntry]], list[LayerEntry]] = judge,
        pre_activations: bool = False,
        gradients: bool = False,
        loss_scale: Callable[[], tf.Tensor] | None = None,
    ) -> None:
        """Prepare taps for the entries that are watched; `attach` puts them on.

        Args:
            entries: the model's layers.
            recorder: where sketches go.
            judge: says of entries which are watched; asked about layers that are built later.
            pre_activations: record the value before a fused activation too, as `name:pre`.
            gradients: record the loss's gradient by the output too, as `name:grad`.
            loss_scale: gives what the loss is multiplied by for the backward pass; the recorded
                gradients are divided by it. None for 1.
        """
        self._pre_activations, self._gradients = pre_activations, gradients
        self._loss_scale = loss_scale
        self.recorder = recorder
        self.notes: dict[str, str] = {}  # path -> why an output was left out
        self._judge = judge
        self._taps: list[Tap] = []
        self._entries: dict[int, LayerEntry] = {}  # id of a tapped layer -> what is known of it
        self._add_taps(entries)
        self._calls = CallCounter()
        self._state = threading.local()
        self._only_in_step = self._attached = False

    def attach(self, *, only_in_step: bool) -> None:
        """Put the taps on.

        Args:
            only_in_step: record only inside a function made by `training_step`.
        """
        self._only_in_step = only_in_step
        self._attached = True
        for tap in self._taps:
            tap.attach(self._observe)

    def detach(self) -> None:
        """Take the taps off; every layer has its own `call` again."""
        self._attached = False
        for tap in self._taps:
            tap.detach()

    def training_step(self, step: Callable) -> Callable:
        """Wrap a model's `train_step`: it counts itself, and what runs in it is recorded."""

        def counted_step(*args: object, **kwargs: object) -> object:
            self._calls.restart()
            self.recorder.advance()
            self._state.in_step = True
            try:
                return step(*args, **kwargs)
            finally:
                self._state.in_step = False

        return counted_step

    def restart_calls(self) -> None:
        """A step of a hand-written loop ended."""
        self._calls.restart()

    def nonfinite_weights(self, path: str) -> int:
        """Count the NaN and Inf among the weights of a watched layer; 0 for an unknown one."""
        layers = [tap.layer for tap in self._taps if tap.path == path]
        weights = [np.asarray(weight, np.float32) for layer in layers for weight in layer.weights]
        return sum(int(np.count_nonzero(~np.isfinite(weight))) for weight in weights)

    @contextlib.contextmanager
    def capturing(self) -> Iterator[dict[str, tf.Tensor]]:
        """Collect the outputs of layers that run in here, name -> float32.

        Outputs inside a graph other than that of the caller are left out: they cannot leave it.
        """
        captured: dict[str, tf.Tensor] = {}
        self._calls.restart()
        self._state.captured = captured
        self._state.graph = _graph()
        try:
            yield captured
        finally:
            self._state.captured = None
            self._calls.restart()

    def _add_taps(self, entries: list[LayerEntry]) -> list[Tap]:
        fresh = [
            e for e in entries if (e.watched or e.undecided) and id(e.layer) not in self._entries
        ]
        self._entries |= {id(entry.layer): entry for entry in fresh}
        taps = [Tap(entry.layer, entry.path, entry.place) for entry in fresh]
        self._taps += taps
        return taps

    def _decide(self, entry: LayerEntry) -> LayerEntry:
        """Judge a layer that is built by now; layers that it made meanwhile get taps too."""
        (own,) = self._judge([entry])
        self._entries[id(own.layer)] = own
        for tap in self._add_taps(self._judge(walk_below(own))):
            if self._attached:
                tap.attach(self._observe)
        return own

    def _observe(self, tap: Tap, call: Callable, args: tuple, kwargs: dict) -> object:
        entry = self._entries[id(tap.layer)]
        if entry.undecided and tap.layer.built:
            entry = self._decide(entry)
        if not entry.watched:
            return call(*args, **kwargs)
        captured = getattr(self._state, "captured", None)
        if captured is not None:
            outputs = call(*args, **kwargs)
            self._capture(tap, outputs, captured)
            return outputs
        if not self._is_training():
            return call(*args, **kwargs)
        if not (self._pre_activations and has_fused_activation(tap.layer)):
            return self._record(tap, call(*args, **kwargs), [])
        with activation_inputs(tap.layer) as seen:
            outputs = call(*args, **kwargs)
        return self._record(tap, outputs, seen[:1])

    def _is_training(self) -> bool:
        if is_symbolic() or training_flag() is False:
            return False
        return getattr(self._state, "in_step", False) or not self._only_in_step

    def _name(self, tap: Tap) -> tuple[str, int]:
        number = self._calls.next(tap.layer)
        return (tap.path if number == 1 else f"{tap.path}#{number}"), number

    def _capture(self, tap: Tap, outputs: object, captured: dict[str, tf.Tensor]) -> None:
        name, _ = self._name(tap)
        if _graph() is not self._state.graph:
            return
        for output_name, value in name_outputs(name, outputs):
            if why_not_recordable(value) is None:
                captured[output_name] = tf.cast(value, tf.float32)

    def _record(self, tap: Tap, outputs: object, before: list[tf.Tensor]) -> object:
        name, number = self._name(tap)
        for value in before:
            self._sketch(tap, value, f"{name}:pre", (number, -1, "pre"), None)
        activation = activation_name(tap.layer)
        replaced: dict[int, tf.Tensor] = {}
        for index, (output_name, value) in enumerate(name_outputs(name, outputs)):
            reason = why_not_recordable(value)
            if reason is not None:
                self.notes[output_name] = reason
                continue
            self._sketch(tap, value, output_name, (number, index, ""), activation)
            if self._gradients:
                replaced[id(value)] = self._with_gradient(tap, value, output_name, number, index)
        if not replaced:
            return outputs
        return keras.tree.map_structure(lambda value: replaced.get(id(value), value), outputs)

    def _with_gradient(
        self, tap: Tap, value: tf.Tensor, name: str, number: int, index: int
    ) -> tf.Tensor:
        def show(gradient: tf.Tensor) -> None:
            place = (number, index, "grad")
            self._sketch(tap, gradient, f"{name}:grad", place, None, self._loss_scale)

        return with_gradient_shown(value, show)

    def _sketch(
        self,
        tap: Tap,
        value: tf.Tensor,
        name: str,
        place: tuple,
        activation: str | None,
        divisor: Callable[[], tf.Tensor] | None = None,
    ) -> None:
        self.recorder.record(
            value,
            name,
            (tap.order, *place),
            lambda: describe_output(name, tap.layer, value, activation),
            saturation(activation),
            divisor,
        )


def _graph() -> tf.Graph | None:
    return None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()


def describe_output(
    name: str, layer: keras.layers.Layer, value: tf.Tensor, activation: str | None
) -> LayerInfo:
    """Describe one output of a layer for the records; the batch axis is None."""
    shape = (None, *value.shape[1:]) if value.shape.rank else tuple(value.shape)
    return LayerInfo(name, type(layer).__name__, shape, activation, unit_count(value))
