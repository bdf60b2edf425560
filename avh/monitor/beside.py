"""What is watched beside a layer's output: the value before its activation, and the gradient."""

import contextlib
from collections.abc import Callable, Iterator

import keras
import tensorflow as tf

_KEPT = ("_keras_mask", "_keras_logits")  # what Keras hangs on a tensor


def has_fused_activation(layer: keras.layers.Layer) -> bool:
    """Whether a layer applies an `activation=` of its own that changes its value."""
    function = getattr(layer, "activation", None)
    recurrent = isinstance(layer, keras.layers.RNN)
    return callable(function) and function is not keras.activations.linear and not recurrent


@contextlib.contextmanager
def activation_inputs(layer: keras.layers.Layer) -> Iterator[list[tf.Tensor]]:
    """Collect what goes into a layer's `activation` while its `call` runs in here."""
    seen: list[tf.Tensor] = []
    activation = layer.activation

    def noticed(value: tf.Tensor, *args: object, **kwargs: object) -> tf.Tensor:
        seen.append(value)
        return activation(value, *args, **kwargs)

    own = layer.__dict__.get("activation")
    layer.__dict__["activation"] = noticed
    try:
        yield seen
    finally:
        if own is None:
            del layer.__dict__["activation"]
        else:
            layer.__dict__["activation"] = own


def loss_scale(optimizer: object) -> Callable[[], tf.Tensor] | None:
    """What a Keras optimizer multiplies the loss by, as mixed_float16 needs; None for nothing."""
    scales = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    if not scales and getattr(optimizer, "loss_scale_factor", None) is None:
        return None
    return lambda: optimizer.scale_loss(tf.ones(()))


def with_gradient_shown(value: tf.Tensor, show: Callable[[tf.Tensor], None]) -> tf.Tensor:
    """The same value; when a tape runs back through it, its gradient is shown, and passed on."""

    @tf.custom_gradient
    def identity(inner: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        def back(upstream: tf.Tensor) -> tf.Tensor:
            show(tf.convert_to_tensor(upstream))
            return upstream

        return tf.identity(inner), back

    result = identity(value)
    for name in _KEPT:
        if hasattr(value, name):
            setattr(result, name, getattr(value, name))
    return result
