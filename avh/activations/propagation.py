"""How signals travel through a deep network of random layers, forward and backward.

The experiment of the notebooks about self-normalizing networks (Klambauer et al., 2017, arXiv
1706.02515): standard normal inputs, a new random layer after the other, and at each the mean and
the standard deviation of the units for every example. Here the gradient travels back, too.
"""

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from avh.activations.propagation_plan import PropagationPlan, plan_propagation
from avh.activations.random_network import RandomNetwork
from avh.activations.registry import Activation

_KEPT_BYTES = 2**29  # of pre-activations; beyond, they are computed again on the way back
# Multiplications in a layer, below which one thread is quicker than several that wait for each
# other; on a busy machine many times so.
_WORTH_THREADS = 2e8


class Range(NamedTuple):
    """Over the examples, for every layer: each float64 [depth]."""

    smallest: np.ndarray
    median: np.ndarray
    largest: np.ndarray


class Signal(NamedTuple):
    """Mean and standard deviation over the units of a layer, for every example."""

    mean: Range
    std: Range


@dataclass(frozen=True)
class Propagation:
    """What `propagate` found. Index 0 is the first layer.

    Attributes:
        plan: what was propagated through what.
        forward: of each layer's outputs, after dropout.
        backward: of the gradient by each layer's inputs, for a standard normal gradient by the
            outputs of the last layer.
    """

    plan: PropagationPlan
    forward: Signal
    backward: Signal

    def __str__(self) -> str:
        return self.table()

    def table(self, every: int | None = None) -> str:
        """A line for each so many-th layer, the first and the last; None for about 20 lines.

        Raises:
            ValueError: `every` is below 1.
        """
        from avh.activations.propagation_table import propagation_table

        return propagation_table(self, every)

    def draw(self, path: str | os.PathLike) -> None:
        """Write a picture: mean and spread through depth, forward and backward, as a PNG.

        Raises:
            OSError: the file can not be written.
        """
        draw_propagations([self], path)


def draw_propagations(found: Sequence[Propagation], path: str | os.PathLike) -> None:
    """Write a picture of several, beside each other on common axes, as a PNG.

    Raises:
        ValueError: there is none.
        OSError: the file can not be written.
    """
    from avh.render.depth_curves import DepthColumn, save_depth_curves

    columns = []
    for one in found:
        activation = one.plan.activation
        kept = (activation.mean, math.sqrt(activation.variance)) if activation.alpha else None
        bands = (*one.forward, *one.backward)
        columns.append(DepthColumn(activation.name, one.plan.facts, bands, kept))
    save_depth_curves(columns, "Signals through depth", path)


def propagate(
    activation: str | Activation = "selu",
    depth: int = 100,
    width: int = 100,
    examples: int = 500,
    *,
    weight_scale: float | str | None = None,
    dropout: str | None = None,
    rate: float | None = None,
    seed: int = 0,
) -> Propagation:
    """Send random examples through random layers, and a random gradient back.

    Inputs are standard normal (for a SELU with another fixed point: normal with its mean and
    variance). Weights are normal with mean 0, biases 0 (for such a SELU: its mean). Nothing but one
    layer and, up to 512 MB, what can be used again is kept in memory, so depth and width have no
    limit but time.

    Args:
        activation: as for `get_activation`.
        depth: layers, at least 1.
        width: units of a layer, at least 2.
        examples: at least 1.
        weight_scale: variance of the weights times width, above 0, or "lecun" (1), "he" (2) or
            "glorot" (1). None for what goes with the activation: 1 or 2 as the registry's
            initialiser has it, and variance / (variance + mean^2) for a SELU with another fixed
            point, with which pre-activations have its mean and variance.
        dropout: after each activation: "dropout", "alpha_dropout", or "own" for the kind that goes
            with the activation; None for none. Alpha dropout after anything but SELU is that of
            the standard SELU.
        rate: the share that is dropped, in [0, 1); to be given with `dropout`.
        seed: at least 0. The same arguments give the same numbers.

    Raises:
        TypeError: an argument of the wrong kind.
        ValueError: an argument out of its range.

    >>> result = propagate("selu", depth=8, width=50, examples=20)
    >>> result.forward.std.largest.shape
    (8,)
    """
    plan = plan_propagation(
        activation, depth, width, examples,
        weight_scale=weight_scale, dropout=dropout, rate=rate, seed=seed,
    )  # fmt: skip
    return run(RandomNetwork(plan))


def run(network: RandomNetwork) -> Propagation:
    """What `propagate` does once its arguments are known to be good."""
    plan = network.plan
    small = plan.examples * plan.width**2 < _WORTH_THREADS
    # an exploding signal is a result, not a fault
    with np.errstate(all="ignore"), threadpool_limits(1 if small else None, "blas"):
        forward, backward = _measure(network, network.plan.depth)
    return Propagation(network.plan, forward, backward)


def _measure(network: RandomNetwork, depth: int) -> tuple[Signal, Signal]:
    """Forward, keeping the inputs of each segment of layers; then backward, segment by segment."""
    bytes_a_layer = 4 * network.plan.examples * network.plan.width
    segment = depth if depth * bytes_a_layer <= _KEPT_BYTES else math.isqrt(depth)
    starts: dict[int, np.ndarray] = {}
    kept: list[np.ndarray] = []
    forward = []
    x = network.inputs()
    for layer in range(depth):
        if layer % segment == 0:
            starts[layer], kept = x, []
        z = network.before_activation(x, layer)
        kept.append(z)
        x = network.outputs(z, layer)
        forward.append(_statistics(x))
    backward = []
    gradient, exponent = network.cotangent(), 0
    for layer in reversed(range(depth)):
        if not kept:
            first = layer - layer % segment
            kept = list(_pre_activations(network, starts.pop(first), range(first, layer + 1)))
        gradient = network.pull_back(gradient, kept.pop(), layer)
        gradient, shift = _within_range(gradient)
        exponent += shift
        backward.append(_statistics(gradient, exponent))
    return _signal(forward), _signal(backward[::-1])


def _pre_activations(network: RandomNetwork, x: np.ndarray, layers: range) -> Iterator[np.ndarray]:
    for layer in layers:
        z = network.before_activation(x, layer)
        yield z
        if layer != layers[-1]:
            x = network.outputs(z, layer)


def _within_range(gradient: np.ndarray) -> tuple[np.ndarray, int]:
    """The gradient times a power of two: it is linear, so it need not under- or overflow."""
    largest = float(np.abs(gradient).max())
    exponent = math.frexp(largest)[1] if 0 < largest < math.inf else 0
    return (np.ldexp(gradient, -exponent), exponent) if exponent else (gradient, 0)


def _statistics(values: np.ndarray, exponent: int = 0) -> np.ndarray:
    """Smallest, median and largest mean, then standard deviation, of the examples: [6]."""
    values, shift = _within_range(values)  # squares of tiny numbers would underflow
    both = np.stack([values.mean(1), values.std(1)]).astype(np.float64)
    ranges = np.stack([both.min(1), np.median(both, 1), both.max(1)], 1)
    return np.ldexp(ranges, exponent + shift).ravel()


def _signal(layers: list[np.ndarray]) -> Signal:
    columns = np.array(layers).T
    return Signal(Range(*columns[:3]), Range(*columns[3:]))
