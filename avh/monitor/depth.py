"""What becomes of the signal on its way through the layers: chains, and the factor a layer.

A chain holds the layers whose outputs can be compared: those of one activation; without one, those
of one class. A layer's second call and further outputs are left out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from avh.monitor.sketch import Sketch
from avh.records.schema import LayerInfo

GRADIENT = ":grad"
BEFORE = ":pre"
_NOT_FIRST = re.compile(r"(#\d+|:[1-9]\d*)$")

Ran = tuple[LayerInfo, Sketch]


@dataclass(frozen=True)
class Chain:
    """The signal at layers of one kind, in the direction in which it runs."""

    name: str  # of the activation, or the class, that its layers share
    paths: tuple[str, ...]
    strengths: np.ndarray  # [layers], finite and above 0
    is_gradient: bool

    @property
    def factor(self) -> float:
        """Median of the factors from one layer to the next."""
        return float(np.exp(np.median(np.diff(np.log(self.strengths)))))

    @property
    def total(self) -> float:
        """Factor from the first layer to the last."""
        return float(self.strengths[-1] / self.strengths[0])


def is_output(info: LayerInfo) -> bool:
    """Whether it is a layer's output, not a gradient or what went into an activation."""
    return not info.path.endswith((GRADIENT, BEFORE))


def chains(ran: Sequence[Ran], least: int) -> list[Chain]:
    """The chains of at least so many layers.

    Of activations the strength is the standard deviation, from the first layer to the last. Of
    gradients it is the norm over the whole batch, from the last layer to the first: where a layer
    is narrower than the one behind it, the same norm is spread over more elements, and the
    standard deviation falls without anything being lost.
    """
    outputs: dict[str, list[Ran]] = {}
    gradients: dict[str, list[Ran]] = {}
    names = {info.path: info.activation or info.kind for info, _ in ran if is_output(info)}
    for info, sketch in ran:
        is_gradient = info.path.endswith(GRADIENT)
        path = info.path.removesuffix(GRADIENT)
        if path in names and not _NOT_FIRST.search(path):
            members = gradients if is_gradient else outputs
            members.setdefault(names[path], []).append((info, sketch))
    found = [_chain(name, members, False) for name, members in outputs.items()]
    found += [_chain(name, members[::-1], True) for name, members in gradients.items()]
    return [chain for chain in found if len(chain.paths) >= least]


def _chain(name: str, members: Sequence[Ran], is_gradient: bool) -> Chain:
    finite = np.array([sketch.finite_count for _, sketch in members], float)
    squares = np.array([sketch.m2 for _, sketch in members])
    if is_gradient:
        squares = squares + finite * np.array([sketch.mean for _, sketch in members]) ** 2
        finite = np.ones_like(finite)
    with np.errstate(invalid="ignore", divide="ignore"):
        strengths = np.sqrt(squares / finite)
    usable = np.isfinite(strengths) & (strengths > 0)
    paths = tuple(members[index][0].path for index in np.flatnonzero(usable))
    return Chain(name, paths, strengths[usable], is_gradient)
