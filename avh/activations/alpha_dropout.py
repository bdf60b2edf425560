"""Alpha dropout: drops units without changing the mean and the variance of the others.

Importing this module registers the layer (and `FittedSelu`, which goes with it) with Keras, under
the names `avh>AlphaDropout` and `avh>FittedSelu`; models that hold them can be loaded then.
"""

from collections.abc import Sequence
from numbers import Real

import keras

from avh.activations import fitted_selu  # noqa: F401  # registers it
from avh.activations.alpha_dropout_terms import alpha_dropout_terms
from avh.activations.selu import selu_parameters


@keras.saving.register_keras_serializable(package="avh")
class AlphaDropout(keras.layers.Layer):
    """Alpha dropout for SELUs of any fixed point.

    In training, a share `rate` of the units is set to SELU's saturation value, and an affine map of
    all units gives mean and variance back. Otherwise the inputs pass unchanged. For the mean 0 and
    the variance 1 it does what `keras.layers.AlphaDropout` does.

    Args:
        rate: the share that is dropped, in [0, 1).
        mean: of the inputs.
        variance: of the inputs, above 0.
        alpha: of the SELU that gives the inputs; None for that of
            `selu_parameters(mean, variance)`.
        scale: of the same SELU, likewise.
        noise_shape: the shape of the mask, broadcast with the inputs, None for a dimension as the
            inputs have it: (None, 1, 8) drops the same units at all places of [n, places, 8].
        seed: of the mask, at least 0; None for a different one each time.

    Raises:
        TypeError: `rate`, `mean` or `variance` is no number.
        ValueError: one is out of its range, or `alpha` and `scale` have to be found and can not.
    """

    def __init__(
        self,
        rate: float,
        mean: float = 0.0,
        variance: float = 1.0,
        alpha: float | None = None,
        scale: float | None = None,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        if not isinstance(rate, Real):
            raise TypeError(f"expected a number for rate, got {rate!r}")
        if not 0 <= rate < 1:
            raise ValueError(f"expected a rate of at least 0 and below 1, got rate={rate}")
        if alpha is None or scale is None:
            found = selu_parameters(mean, variance)
            alpha = found.alpha if alpha is None else alpha
            scale = found.scale if scale is None else scale
        if not (variance > 0 and alpha > 0 and scale > 0):
            raise ValueError(
                "expected variance, alpha and scale above 0, "
                f"got variance={variance}, alpha={alpha}, scale={scale}"
            )
        self.rate, self.mean, self.variance = float(rate), float(mean), float(variance)
        self.alpha, self.scale = float(alpha), float(scale)
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """The same shape and dtype as `inputs`."""
        if not training or self.rate == 0:
            return inputs
        kept, shift, dropped = alpha_dropout_terms(
            self.rate, self.mean, self.variance, self.alpha, self.scale
        )
        # Drawn in float32 whatever the precision: a half's uniform numbers are too coarse for
        # small rates.
        draw = keras.random.uniform(
            self._mask_shape(inputs), dtype="float32", seed=self.seed_generator
        )
        dropped = keras.ops.cast(dropped, inputs.dtype)
        return keras.ops.where(draw >= self.rate, kept * inputs + shift, dropped)

    def _mask_shape(self, inputs: keras.KerasTensor) -> tuple[object, ...]:
        shape = keras.ops.shape(inputs)
        if self.noise_shape is None:
            return shape
        if len(self.noise_shape) != len(shape):
            raise ValueError(
                f"expected a noise_shape of {len(shape)} numbers for inputs {inputs.shape}, "
                f"got {self.noise_shape}"
            )
        return tuple(
            size if wanted is None else wanted
            for size, wanted in zip(shape, self.noise_shape, strict=True)
        )

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, object]:
        own = ("rate", "mean", "variance", "alpha", "scale", "noise_shape", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}
