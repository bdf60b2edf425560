"""The picture of where a layer of SELUs moves mean and variance."""

import os
from collections.abc import Sequence
from functools import partial

from avh.activations.registry import Activation, get_activation


def selus(activations: Sequence[str | Activation]) -> list[Activation]:
    """Those that are SELUs.

    Raises:
        ValueError: none is.
    """
    found = [one if isinstance(one, Activation) else get_activation(one) for one in activations]
    chosen = [one for one in found if one.alpha is not None]
    if not chosen:
        names = ", ".join(one.name for one in found) or "nothing"
        raise ValueError(f"expected selu for the map of its moments, got {names}")
    return chosen


def draw_moment_maps(activations: Sequence[str | Activation], path: str | os.PathLike) -> None:
    """Write the maps (mean, variance) -> (mean, variance), beside each other, as a PNG.

    Those that are not SELUs are left out.

    Weights have the sum 0 and the sum of squares 1, biases are the mean of the fixed point: what
    goes into a unit has the fixed point's mean and the variance of the layer below (Klambauer et
    al., 2017, figure 2, for the fixed point (0, 1)).

    Raises:
        ValueError: none is a SELU.
        OSError: the file can not be written.
    """
    from avh.activations.moments import moment_map
    from avh.render.moment_map import MomentMap, save_moment_map

    maps = []
    for one in selus(activations):
        step = partial(moment_map, alpha=one.alpha, scale=one.scale, bias=one.mean)
        maps.append(MomentMap(one.name, one.mean, one.variance, step))
    save_moment_map(maps, path)
