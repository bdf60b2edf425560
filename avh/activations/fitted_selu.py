"""SELU with parameters of its own, as a function that Keras saves and loads.

A model that uses it is loaded after this module (or `avh.AlphaDropout`) has been imported, which
registers it under the name `avh>FittedSelu`.
"""

import keras


@keras.saving.register_keras_serializable(package="avh")
class FittedSelu:
    """scale * x for x >= 0, scale * alpha * (exp(x) - 1) for x < 0; for `activation=` of a layer.

    At 0 its derivative is `scale`, as that of TensorFlow's `selu`. (Klambauer et al.,
    "Self-Normalizing Neural Networks", 2017, equation 2.)

    Args:
        alpha: above 0.
        scale: above 0, lambda in the paper.
        name: what the function is called.

    >>> FittedSelu(2.0, 1.5)(keras.ops.array([-100.0, 2.0])).numpy().tolist()
    [-3.0, 3.0]
    """

    def __init__(self, alpha: float, scale: float, name: str = "selu") -> None:
        if not (alpha > 0 and scale > 0):
            raise ValueError(f"expected alpha and scale above 0, got alpha={alpha}, scale={scale}")
        self.alpha, self.scale, self.name = float(alpha), float(scale), name

    def __call__(self, x: object) -> object:
        """The same shape and dtype as `x`."""
        unit = keras.ops.elu(x)
        return self.scale * keras.ops.where(x < 0, self.alpha * unit, unit)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FittedSelu) and self.get_config() == other.get_config()

    def __hash__(self) -> int:
        return hash((self.alpha, self.scale, self.name))

    def get_config(self) -> dict[str, object]:
        """The arguments that make an equal function."""
        return {"alpha": self.alpha, "scale": self.scale, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, object]) -> "FittedSelu":
        return cls(**config)
