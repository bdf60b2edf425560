"""A network of random layers that are never all in memory: each is drawn again from its seed.

Layer l computes z = x W + bias, then the activation, then dropout if there is any. The weights W
[width, width] are normal with mean 0 and variance weight_scale / width.
"""

from collections.abc import Iterator
from functools import cache, lru_cache

import numpy as np
from scipy.special import ndtri

from avh.activations import derivatives
from avh.activations.alpha_dropout_terms import alpha_dropout_terms
from avh.activations.elementwise import elementwise
from avh.activations.propagation_plan import PropagationPlan
from avh.activations.registry import get_activation

_BLOCK = 2**24  # weights that are drawn at once, 64 MB; a wider layer is drawn in several blocks
_KEPT_BYTES = 2**28  # of weights, so that going back needs not draw again what has just been used
_INPUTS, _WEIGHTS, _MASK, _COTANGENT = range(4)


class RandomNetwork:
    """The layers of a plan.

    Raises:
        ValueError: the activation, a function of the user's, can not be applied.
    """

    def __init__(self, plan: PropagationPlan) -> None:
        self.plan = plan
        self._rows = min(plan.width, max(1, _BLOCK // plan.width))
        kept = max(1, _KEPT_BYTES // (4 * self._rows * plan.width))
        self._block = lru_cache(kept)(self._draw_block)
        self._activation = elementwise(plan.activation)

    def inputs(self) -> np.ndarray:
        """Normal, with the mean and the variance of the activation's fixed point: [n, width]."""
        drawn = self._normal(_INPUTS, 0)
        return drawn * float(self.plan.activation.variance**0.5) + self.plan.activation.mean

    def cotangent(self) -> np.ndarray:
        """The gradient by the outputs, standard normal: [n, width]."""
        return self._normal(_COTANGENT, 0)

    def before_activation(self, x: np.ndarray, layer: int) -> np.ndarray:
        """z of a layer whose inputs are `x` [n, width]."""
        z = np.empty_like(x)
        for units, block in self.blocks(layer):
            np.matmul(x, block.T, out=z[:, units])
        z += np.float32(self.plan.activation.mean)
        return z

    def outputs(self, z: np.ndarray, layer: int) -> np.ndarray:
        """What a layer with `z` [n, width] gives."""
        values = self._activation.values(z)
        if self.plan.dropout is None:
            return values
        if self.plan.dropout == "dropout":
            return values * derivatives.dropout(self.mask(layer), self.plan.rate)
        kept, shift, dropped = alpha_dropout_terms(self.plan.rate, *self.alpha_parameters)
        return np.where(self.mask(layer), kept * values + shift, np.float32(dropped))

    def pull_back(self, gradient: np.ndarray, z: np.ndarray, layer: int) -> np.ndarray:
        """The gradient by a layer's inputs from that by its outputs, [n, width] both."""
        if self.plan.dropout == "dropout":
            gradient = gradient * derivatives.dropout(self.mask(layer), self.plan.rate)
        elif self.plan.dropout:
            mask = self.mask(layer)
            gradient = gradient * derivatives.alpha_dropout(
                mask, self.plan.rate, *self.alpha_parameters
            )
        inner = self._activation.pull_back(z, gradient)
        total = np.zeros_like(inner)
        for units, block in self.blocks(layer):
            total += inner[:, units] @ block
        return total

    @property
    def alpha_parameters(self) -> tuple[float, float, float, float]:
        """Mean, variance, alpha and scale of the SELU that alpha dropout is for."""
        chosen = self.plan.activation if self.plan.activation.alpha else get_activation("selu")
        return chosen.mean, chosen.variance, chosen.alpha, chosen.scale

    def _random(self, kind: int, layer: int, block: int = 0) -> np.random.Generator:
        return np.random.default_rng([self.plan.seed, layer, kind, block])

    def _normal(self, kind: int, layer: int) -> np.ndarray:
        return self._random(kind, layer).standard_normal(
            (self.plan.examples, self.plan.width), np.float32
        )

    def mask(self, layer: int) -> np.ndarray:
        """Which outputs of a layer are kept: bool [n, width]."""
        drawn = self._random(_MASK, layer).random((self.plan.examples, self.plan.width), np.float32)
        return drawn >= self.plan.rate

    def blocks(self, layer: int) -> Iterator[tuple[slice, np.ndarray]]:
        """A layer's weights, transposed, in parts: some units, and their weights [units, width]."""
        for number, first in enumerate(range(0, self.plan.width, self._rows)):
            units = slice(first, min(first + self._rows, self.plan.width))
            yield units, self._block(layer, number)[: units.stop - first]

    def _draw_block(self, layer: int, block: int) -> np.ndarray:
        """The weights of some units of a layer: [rows, width]."""
        size = self._rows * self.plan.width
        bits = self._random(_WEIGHTS, layer, block).bit_generator.random_raw(-(-size // 4))
        drawn = np.take(_normal_quantiles(), bits.view(np.uint16)[:size], mode="clip")
        drawn *= np.float32((self.plan.weight_scale / self.plan.width) ** 0.5)
        return drawn.reshape(self._rows, self.plan.width)


@cache
def _normal_quantiles() -> np.ndarray:
    """Equally likely values of a standard normal variable, one for each 16 bits: float32 [65536].

    To look random bits up here takes a third of the time of NumPy's own normal numbers, and drawing
    weights is most of the work in a wide network.
    """
    values = ndtri((np.arange(2**16) + 0.5) / 2**16)
    return (values / values.std()).astype(np.float32)
