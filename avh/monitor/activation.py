"""Which activation a layer applies, and where that activation saturates."""

import keras

# Outputs within 1 % of an asymptote, measured on the asymptote's own scale: at or below the first
# number, at or above the second.
_SATURATION = {
    "tanh": (-0.99, 0.99),
    "sigmoid": (0.01, 0.99),
    "hard_sigmoid": (0.01, 0.99),
    "softsign": (-0.99, 0.99),
    "selu": (-0.99 * 1.0507009873554805 * 1.6732632423543772, float("inf")),  # -scale * alpha
    "elu": (-0.99, float("inf")),
}


def activation_name(layer: keras.layers.Layer) -> str | None:
    """Name of the activation that a layer's output has passed; None for none.

    A recurrent layer's `activation` is that of its cell, inside the gates: its output is not
    simply activated, so it has none here.
    """
    if isinstance(layer, keras.layers.RNN):
        return None
    function = getattr(layer, "activation", None)
    if isinstance(function, keras.layers.Layer):  # its own name is but a number of it
        return activation_name(function) or function.name
    if callable(function):
        name = getattr(function, "__name__", None) or getattr(function, "name", None)
        return None if name == "linear" else name or type(function).__name__
    for kind in (keras.layers.ReLU, keras.layers.LeakyReLU, keras.layers.PReLU, keras.layers.ELU):
        if isinstance(layer, kind):
            return kind.__name__.lower()
    return "softmax" if isinstance(layer, keras.layers.Softmax) else None


def saturation(name: str | None) -> tuple[float, float] | None:
    """Bounds at or beyond which an output counts as saturated; None without an asymptote."""
    return _SATURATION.get(name) if name else None
