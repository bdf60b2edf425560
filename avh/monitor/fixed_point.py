"""How far self-normalizing layers are from the mean and variance that they are meant to have.

Klambauer et al., "Self-Normalizing Neural Networks", 2017: with weights of mean 0 and variance
1 / fan_in a SELU layer moves mean and variance toward its fixed point, so that layers that are off
come back further down. This says which are off, and whether they do.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from avh.monitor.sketch import Sketch
from avh.records.schema import LayerInfo

_FITTED = re.compile(r"selu:(?:mean=(?P<mean>[^,]+))?,?(?:variance=(?P<variance>.+))?")


def intended_point(activation: str | None) -> tuple[float, float] | None:
    """Mean and variance that an activation keeps; None for one that is not self-normalizing.

    >>> intended_point("selu"), intended_point("selu:mean=-0.1,variance=2"), intended_point("relu")
    ((0.0, 1.0), (-0.1, 2.0), None)
    """
    if activation == "selu":
        return 0.0, 1.0
    said = _FITTED.fullmatch(activation or "")
    if said is None:
        return None
    try:
        return float(said["mean"] or 0), float(said["variance"] or 1)
    except ValueError:
        return None


@dataclass(frozen=True)
class Distances:
    """The layers of one self-normalizing activation at one record."""

    activation: str
    paths: tuple[str, ...]
    intended: tuple[float, float]  # mean, standard deviation
    means: np.ndarray  # [layers]
    stds: np.ndarray  # [layers]
    off: np.ndarray  # [layers] bool
    worst: int  # which layer is furthest away, measured in the tolerances

    @property
    def numbers(self) -> dict[str, float]:
        """Of the layer that is furthest away, and of the last one."""
        return {
            "mean": float(self.means[self.worst]),
            "std": float(self.stds[self.worst]),
            "intended_mean": self.intended[0],
            "intended_std": self.intended[1],
            "off": int(self.off.sum()),
            "layers": len(self.paths),
            "last_mean": float(self.means[-1]),
            "last_std": float(self.stds[-1]),
            "comes_back": float(not self.off[-1]),
        }

    @property
    def message(self) -> str:
        """Where the layer is that is furthest away, and whether those behind it come back."""
        way = "does not come back" if self.off[-1] else "comes back"
        return (
            f"off the fixed point: {self._worst}, where {self._wanted} are meant; "
            f"{self.off.sum()} of {len(self.paths)} {self.activation} layers are off, and through "
            f"depth it {way}: {self.means[-1]:.3g} and {self.stds[-1]:.3g} at {self.paths[-1]}"
        )

    @property
    def back(self) -> str:
        """That no layer is off any more."""
        return (
            f"all {len(self.paths)} {self.activation} layers are near {self._wanted} again, at "
            f"most {self._worst}"
        )

    @property
    def _worst(self) -> str:
        return (
            f"mean {self.means[self.worst]:.3g} and standard deviation {self.stds[self.worst]:.3g}"
        )

    @property
    def _wanted(self) -> str:
        return f"{self.intended[0]:.3g} and {self.intended[1]:.3g}"


def distances(
    ran: Sequence[tuple[LayerInfo, Sketch]], mean_tolerance: float, std_tolerance: float
) -> dict[str, Distances]:
    """The distances of each self-normalizing activation's layers, by its name.

    Args:
        ran: outputs in the model's order.
        mean_tolerance: a mean is off that is further from the intended one than so many intended
            standard deviations.
        std_tolerance: a standard deviation is off that is so many times the intended one, or the
            intended one so many times it.
    """
    members: dict[str, list[tuple[LayerInfo, Sketch]]] = {}
    for info, sketch in ran:
        if sketch.finite_count and intended_point(info.activation) is not None:
            members.setdefault(info.activation, []).append((info, sketch))
    found = {}
    for activation, layers in members.items():
        mean, variance = intended_point(activation)
        std = variance**0.5
        means = np.array([sketch.mean for _, sketch in layers])
        stds = np.sqrt([sketch.m2 / sketch.finite_count for _, sketch in layers])
        with np.errstate(divide="ignore"):
            ratio = np.abs(np.log(stds / std)) / np.log(std_tolerance)
        distance = np.maximum(np.abs(means - mean) / (std * mean_tolerance), ratio)
        found[activation] = Distances(
            activation,
            tuple(info.path for info, _ in layers),
            (mean, std),
            means,
            stds,
            distance > 1,
            int(np.argmax(distance)),
        )
    return found
