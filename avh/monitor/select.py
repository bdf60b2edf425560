"""Which layers of a model there are, how they are called, and which of them are watched.

A layer's path is its place in the model, `encoder/block_1/conv`; the model's own name is left out.
A layer reached in two ways has the first path. Siblings of one name get `name~2`, `name~3`.

A layer that is not built yet may own nothing as well as anything: it is judged again, with what it
turns out to hold, when it is first called.
"""

import difflib
import fnmatch
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import keras

Selector = str | re.Pattern | type | Callable[[keras.layers.Layer], bool]
Selection = Selector | list[Selector] | tuple[Selector, ...] | None

_layers = keras.layers
_RESHAPING = (
    *(_layers.Flatten, _layers.Reshape, _layers.Permute, _layers.RepeatVector, _layers.Identity),
    *(_layers.Cropping1D, _layers.Cropping2D, _layers.Cropping3D),
    *(_layers.ZeroPadding1D, _layers.ZeroPadding2D, _layers.ZeroPadding3D),
    *(_layers.UpSampling1D, _layers.UpSampling2D, _layers.UpSampling3D),
)
_NOISE = (
    *(_layers.Dropout, _layers.AlphaDropout, _layers.GaussianDropout, _layers.GaussianNoise),
    *(_layers.SpatialDropout1D, _layers.SpatialDropout2D, _layers.SpatialDropout3D),
    _layers.ActivityRegularization,
)
_NORMALISATION = (
    *(_layers.BatchNormalization, _layers.LayerNormalization, _layers.GroupNormalization),
    *(_layers.UnitNormalization, _layers.RMSNormalization, _layers.SpectralNormalization),
    _layers.Normalization,
)
_ACTIVATIONS = (
    *(_layers.Activation, _layers.ReLU, _layers.LeakyReLU, _layers.PReLU, _layers.ELU),
    _layers.Softmax,
)
_LEAVES = (*_RESHAPING, *_NOISE, *_NORMALISATION)  # hold no layers, whatever they are given
# Bodies of these run inside a loop of the graph, from which no tensor gets out.
_LOOPS = (keras.layers.RNN, keras.layers.TimeDistributed)


_LATE = " (not all of it is built: call the model on a batch first, and it may have more)"


@dataclass(frozen=True)
class LayerEntry:
    """One layer of a model."""

    path: str
    layer: keras.layers.Layer = field(repr=False)
    watched: bool = False
    reason: str = ""
    in_loop: str | None = None  # path of the layer whose loop runs this one
    place: tuple[int, ...] = ()  # among the children of the model, of that child, …: sorts
    undecided: bool = False  # to be judged again once it is built


def walk(model: keras.Model) -> list[LayerEntry]:
    """All layers below a model, parents before children, in the model's order."""
    return walk_below(LayerEntry("", model))


def walk_below(entry: LayerEntry) -> list[LayerEntry]:
    """All layers below one layer, which has the path "" if it is the model."""
    prefix = f"{entry.path}/" if entry.path else ""
    loop = entry.in_loop or (entry.path if isinstance(entry.layer, _LOOPS) else None)
    return list(_walk(entry.layer, prefix, loop, entry.place, {id(entry.layer)}))


def _walk(
    parent: keras.layers.Layer,
    prefix: str,
    loop: str | None,
    place: tuple[int, ...],
    seen: set[int],
) -> Iterator[LayerEntry]:
    taken: dict[str, int] = {}
    for position, layer in enumerate(children(parent)):
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        taken[layer.name] = taken.get(layer.name, 0) + 1
        number = taken[layer.name]
        path = prefix + layer.name + (f"~{number}" if number > 1 else "")
        own_place = (*place, position)
        yield LayerEntry(path, layer, in_loop=loop, place=own_place)
        inner = loop or (path if isinstance(layer, _LOOPS) else None)
        yield from _walk(layer, path + "/", inner, own_place, seen)


def children(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """The layers directly inside a layer or model."""
    if isinstance(layer, keras.Sequential) or hasattr(layer, "_operations"):
        return list(layer.layers)
    found = layer._flatten_layers(include_self=False, recursive=False)
    return [child for child in found if isinstance(child, keras.layers.Layer)]


def choose(
    entries: list[LayerEntry], layers: Selection = None, exclude: Selection = None
) -> list[LayerEntry]:
    """The same entries, each with `watched` and the reason.

    Args:
        entries: from `walk`.
        layers: what to watch: a path, a glob over paths (`"encoder/*/conv*"`), a compiled regular
            expression (searched in the path), a layer class, a predicate on the layer, or a list
            of these. None watches every layer that owns weights or applies an activation, without
            dropout, reshaping and normalisation.
        exclude: the same kinds; what it matches is not watched.

    Raises:
        TypeError: a selector of another kind.
        ValueError: a selector matches no layer (close names are listed), or nothing is left.
    """
    for selection, name in ((layers, "layers"), (exclude, "exclude")):
        for selector in _selectors(selection):
            if not any(_matches(selector, entry, name) for entry in entries):
                raise ValueError(
                    f"{name}: {_shown(selector)} matches no layer{_close(selector, entries)}"
                )
    chosen = judge(entries, layers, exclude)
    if not any(entry.watched or entry.undecided for entry in chosen):
        reasons = "; ".join(f"{entry.path}: {entry.reason}" for entry in chosen[:8])
        raise ValueError(
            f"at least one layer to watch expected, got none ({reasons or 'no layers'})"
        )
    return chosen


def judge(
    entries: list[LayerEntry], layers: Selection = None, exclude: Selection = None
) -> list[LayerEntry]:
    """As `choose`, of a part of a model's layers: selectors may match none of these."""
    return [_judge(entry, layers, exclude) for entry in entries]


def _judge(entry: LayerEntry, layers: Selection, exclude: Selection) -> LayerEntry:
    layer, watched, undecided = entry.layer, False, False
    if not entry.path:
        reason = "the model itself"
    elif isinstance(layer, keras.layers.InputLayer):
        reason = "the model's input"
    elif entry.in_loop is not None:
        reason = f"runs inside the loop of {entry.in_loop}: watch that one"
    elif any(_matches(selector, entry, "exclude") for selector in _selectors(exclude)):
        reason = "left out by exclude="
    else:
        undecided = not layer.built and not isinstance(layer, (*_LEAVES, *_LOOPS))
        if layers is None:
            watched, reason = _default(layer)
        else:
            watched = any(_matches(selector, entry, "layers") for selector in _selectors(layers))
            reason = "chosen by layers=" if watched else "not matched by layers="
        if undecided and not watched and layers is None and not children(layer):
            reason = "not built yet: judged when it is first called"
    return replace(entry, watched=watched, undecided=undecided, reason=reason)


def _default(layer: keras.layers.Layer) -> tuple[bool, str]:
    for kinds, word in (
        (_NOISE, "dropout or noise"),
        (_NORMALISATION, "normalisation"),
        (_RESHAPING, "only moves values"),
    ):
        if isinstance(layer, kinds):
            return False, word
    if isinstance(layer, _ACTIVATIONS):
        return True, "applies an activation"
    if isinstance(layer, _LOOPS):
        return True, "owns weights, runs a loop"
    if isinstance(layer, keras.Model):
        return False, "a model: its layers are watched"
    own = {id(weight) for weight in layer.weights}
    for child in children(layer):
        own -= {id(weight) for weight in child.weights}
    if own:
        return True, "owns weights"
    if applies_activation(layer):
        return True, "applies an activation"
    if children(layer):
        return False, "holds layers: they are watched"
    return False, "neither weights nor an activation"


def applies_activation(layer: keras.layers.Layer) -> bool:
    """Whether a layer ends with an activation other than the identity."""
    function = getattr(layer, "activation", None)
    return callable(function) and function is not keras.activations.linear


def _selectors(selection: Selection) -> list[Selector]:
    if selection is None:
        return []
    return list(selection) if isinstance(selection, list | tuple) else [selection]


def _matches(selector: Selector, entry: LayerEntry, name: str) -> bool:
    if isinstance(selector, str):
        return entry.path == selector or fnmatch.fnmatchcase(entry.path, selector)
    if isinstance(selector, re.Pattern):
        return selector.search(entry.path) is not None
    if isinstance(selector, type):
        return isinstance(entry.layer, selector)
    if isinstance(selector, keras.layers.Layer):
        return entry.layer is selector
    if callable(selector):
        return bool(selector(entry.layer))
    raise TypeError(
        f"{name}: a path, glob, compiled regular expression, layer class, predicate or a list of "
        f"these expected, got {selector!r}"
    )


def _shown(selector: Selector) -> str:
    if isinstance(selector, re.Pattern):
        return f"the regular expression {selector.pattern!r}"
    if isinstance(selector, type | keras.layers.Layer) or not callable(selector):
        return repr(selector)
    return f"the predicate {getattr(selector, '__name__', selector)!r}"


def _close(selector: Selector, entries: list[LayerEntry]) -> str:
    paths = [entry.path for entry in entries]
    text = selector.pattern if isinstance(selector, re.Pattern) else selector
    near = difflib.get_close_matches(text, paths, n=5, cutoff=0.5) if isinstance(text, str) else []
    late = "" if all(entry.layer.built for entry in entries) else _LATE
    if near:
        return f"; did you mean {', '.join(near)}?{late}"
    return f"; the model has {', '.join(paths[:12])}{', …' if len(paths) > 12 else ''}{late}"
