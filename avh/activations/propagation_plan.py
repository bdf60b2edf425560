"""What is to be propagated: the arguments of `avh.propagate`, checked."""

import math
from dataclasses import dataclass

import numpy as np

from avh.activations.registry import Activation, get_activation

WEIGHT_SCALES = {"lecun": 1.0, "he": 2.0, "glorot": 1.0}  # of square layers
DROPOUTS = ("dropout", "alpha_dropout", "own")


@dataclass(frozen=True)
class PropagationPlan:
    """A random network and what goes through it.

    Attributes:
        activation: of each layer.
        depth: how many layers, at least 1.
        width: units of a layer, and of the inputs, at least 2.
        examples: how many go through, at least 1.
        weight_scale: variance of the weights times width, above 0.
        dropout: after each activation: "dropout", "alpha_dropout", or None.
        rate: the share that is dropped, in [0, 1).
        seed: of everything that is drawn, at least 0.
    """

    activation: Activation
    depth: int
    width: int
    examples: int
    weight_scale: float
    dropout: str | None
    rate: float
    seed: int

    @property
    def facts(self) -> str:
        """Weights and dropout, in words."""
        text = f"weight variance {self.weight_scale:.4g} / {self.width}"
        if self.dropout:
            text += f", {self.dropout.replace('_', ' ')} {self.rate:g}"
        return text

    def __str__(self) -> str:
        return (
            f"{self.activation.name}: {self.depth:,} layers of {self.width:,} units, "
            f"{self.examples:,} examples, {self.facts}"
        )


def plan_propagation(
    activation: str | Activation = "selu",
    depth: int = 100,
    width: int = 100,
    examples: int = 500,
    *,
    weight_scale: float | str | None = None,
    dropout: str | None = None,
    rate: float | None = None,
    seed: int = 0,
) -> PropagationPlan:
    """Check and complete the arguments of `propagate`, which says what they are.

    >>> str(plan_propagation("relu", 10, dropout="own", rate=0.5))
    'relu: 10 layers of 100 units, 500 examples, weight variance 2 / 100, dropout 0.5'
    """
    if not isinstance(activation, Activation):
        activation = get_activation(activation)
    for name, value, least in (
        ("depth", depth, 1), ("width", width, 2), ("examples", examples, 1), ("seed", seed, 0),
    ):  # fmt: skip
        _check_whole(name, value, least)
    scale = _scale(activation, weight_scale)
    kind, share = _dropout(activation, dropout, rate)
    return PropagationPlan(activation, depth, width, examples, scale, kind, share, seed)


def _check_whole(name: str, value: int, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"expected a whole number for {name}, got {value!r}")
    if value < least:
        raise ValueError(f"expected {name} of at least {least}, got {value}")


def _scale(activation: Activation, wanted: float | str | None) -> float:
    if wanted is None:
        mean, variance = activation.mean, activation.variance
        if mean:
            return variance / (variance + mean**2)
        wanted = activation.kernel_initializer.split("_")[0]
    if isinstance(wanted, str):
        if wanted not in WEIGHT_SCALES:
            known = ", ".join(WEIGHT_SCALES)
            raise ValueError(f"expected a weight scale above 0, or {known}, got {wanted!r}")
        return WEIGHT_SCALES[wanted]
    if not 0 < wanted < math.inf:
        raise ValueError(f"expected a weight scale above 0, got {wanted}")
    return float(wanted)


def _dropout(
    activation: Activation, dropout: str | None, rate: float | None
) -> tuple[str | None, float]:
    if dropout is None:
        if rate is not None:
            raise ValueError(f"expected a kind of dropout with rate={rate}: {', '.join(DROPOUTS)}")
        return None, 0.0
    if dropout not in DROPOUTS:
        raise ValueError(f"expected dropout to be one of {', '.join(DROPOUTS)}, got {dropout!r}")
    if rate is None or not 0 <= rate < 1:
        raise ValueError(f"expected a rate of at least 0 and below 1 with dropout, got {rate}")
    return activation.dropout if dropout == "own" else dropout, float(rate)
