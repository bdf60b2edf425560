"""Ways of training, compared with plain training pair by pair.

A pair is a segment of plain training and a segment of the other way, right after one another: what
slows the machine down for a while slows both. A plain segment stands between two others and is
paired with both; from round to round the ways change places, so that each stands now before, now
after its plain one.
"""

import contextlib
import gc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.clock import Cost, measure
from benchmarks.held_fit import HeldFit
from benchmarks.table import Spread

PLAIN = "plain training"
PLAIN_AGAIN = "plain training, a second model"  # how far from 1 a ratio of equals comes out
WARM_UP = 2  # segments: tracing and compiling, then one with everything in place


@dataclass(frozen=True)
class Pair:
    """Two neighbouring segments."""

    plain: Cost
    other: Cost


@dataclass(frozen=True)
class Comparison:
    """One way, pair by pair; every time is of one segment."""

    pairs: tuple[Pair, ...]

    def ratio(self, kind: str) -> Spread:
        """Of "cpu" or "wall" seconds to those of plain training."""
        return Spread.of([getattr(p.other, kind) / getattr(p.plain, kind) for p in self.pairs])

    def seconds(self, kind: str) -> Spread:
        """ "cpu" or "wall" seconds of a segment."""
        return Spread.of([getattr(p.other, kind) for p in self.pairs])


def compare(
    make: Mapping[str, Callable[[], HeldFit]],
    count: int,
    warmed_up: Callable[[], None] = lambda: None,
) -> dict[str, Comparison]:
    """Measure every way against the one called `PLAIN`.

    Args:
        make: name -> makes its fit, of a model of its own.
        count: pairs of each way; fewer if it is interrupted (Ctrl-C) after at least one of each.
        warmed_up: called once, when measuring begins.

    Returns:
        name -> comparison, for all but `PLAIN`, in the order given.
    """
    with contextlib.ExitStack() as stack:
        fits = {name: stack.enter_context(new()) for name, new in make.items()}
        for fit in fits.values():
            for _ in range(WARM_UP):
                fit.segment()
        warmed_up()
        found: dict[str, list[Pair]] = {name: [] for name in fits if name != PLAIN}
        with _orderly_garbage(), contextlib.suppress(KeyboardInterrupt):
            for number in range(count):
                _round(fits, found, number)
    if not all(found.values()):
        raise KeyboardInterrupt
    return {name: Comparison(tuple(pairs)) for name, pairs in found.items()}


def _round(fits: Mapping[str, HeldFit], found: dict[str, list[Pair]], number: int) -> None:
    """One pair for every way: plain, one, another, plain, a third, a fourth, plain, …"""
    names = list(found)
    turn = number % len(names)
    names = names[turn:] + names[:turn]
    plain = _segment(fits[PLAIN])
    for first, *second in (names[place : place + 2] for place in range(0, len(names), 2)):
        found[first].append(Pair(plain, _segment(fits[first])))
        others = [(name, _segment(fits[name])) for name in second]
        if first == names[-1]:
            return  # nothing follows that would need a plain segment before it
        plain = _segment(fits[PLAIN])
        for name, other in others:
            found[name].append(Pair(plain, other))


def _segment(fit: HeldFit) -> Cost:
    gc.collect()  # nobody pays for what another left behind
    return measure(fit.segment)


@contextlib.contextmanager
def _orderly_garbage() -> Iterator[None]:
    """Take what the models hold out of the collector's sight; each collection is then quick."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
