"""The statistics of a model's layers over many batches, without training it.

One forward pass with `training=False` over each batch; the sketches are merged, so that the numbers
describe all batches together.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import keras
import tensorflow as tf

from avh.monitor.activation import activation_name, saturation
from avh.monitor.instrument import describe_output
from avh.monitor.kernel import sketch_tensor
from avh.monitor.select import Selection, choose, walk
from avh.monitor.sketch import Sketch
from avh.monitor.tap import CallCounter, Tap, name_outputs, why_not_recordable
from avh.records.schema import STATISTICS, LayerInfo


@dataclass(frozen=True)
class LayerMeasurement:
    """One layer over all batches."""

    info: LayerInfo
    sketch: Sketch

    @property
    def statistics(self) -> dict[str, float]:
        """The statistics by name, see `avh.records.schema.STATISTICS`."""
        row = self.sketch.statistics(saturates=saturation(self.info.activation) is not None)
        return dict(zip(STATISTICS, row.tolist(), strict=True))


def measure_layers(
    model: keras.Model,
    batches: Iterable[object],
    layers: Selection = None,
    *,
    exclude: Selection = None,
    on_outputs: Callable[[object], object] | None = None,
) -> list[LayerMeasurement]:
    """Measure the layers of a model over batches of inputs.

    Args:
        model: a built model.
        batches: inputs as the model takes them, one batch at a time; used once.
        layers: which layers, see `avh.monitor.select.choose`.
        exclude: which layers not.
        on_outputs: told what the model puts out, batch by batch.

    Returns:
        The layers in the model's order; those that never ran, or put out no floating-point tensor,
        are left out.

    Raises:
        ValueError: the selection matches nothing, or there are no batches.
    """
    survey = _Survey()
    taps = [
        Tap(entry.layer, entry.path, entry.place)
        for entry in choose(walk(model), layers, exclude)
        if entry.watched
    ]
    seen = 0
    try:
        for tap in taps:
            tap.attach(survey.observe)
        for batch in batches:
            survey.calls.restart()
            tensors = keras.tree.map_structure(tf.convert_to_tensor, batch)
            flags = {"training": False} if model._call_has_training_arg else {}
            outputs = model(tensors, **flags)
            if on_outputs is not None:
                on_outputs(outputs)
            seen += 1
    finally:
        for tap in taps:
            tap.detach()
    if not seen:
        raise ValueError("at least one batch to measure expected, got none")
    return [survey.found[name] for name in sorted(survey.found, key=survey.order.__getitem__)]


class _Survey:
    """Sketches every output as it comes and merges it with what came before."""

    def __init__(self) -> None:
        self.calls = CallCounter()
        self.found: dict[str, LayerMeasurement] = {}
        self.order: dict[str, tuple] = {}

    def observe(self, tap: Tap, call: Callable, args: tuple, kwargs: dict) -> object:
        outputs = call(*args, **kwargs)
        number = self.calls.next(tap.layer)
        name = tap.path if number == 1 else f"{tap.path}#{number}"
        for index, (output_name, value) in enumerate(name_outputs(name, outputs)):
            if why_not_recordable(value) is None:
                self._add(tap.layer, output_name, (tap.order, number, index), value)
        return outputs

    def _add(self, layer: keras.layers.Layer, name: str, order: tuple, value: tf.Tensor) -> None:
        activation = activation_name(layer)
        packed = sketch_tensor(value, tf.constant(0, tf.int64), saturation(activation)).numpy()
        sketch, known = Sketch.unpack(packed), self.found.get(name)
        info = known.info if known else describe_output(name, layer, value, activation)
        self.order[name] = order
        self.found[name] = LayerMeasurement(info, known.sketch.merge(sketch) if known else sketch)
