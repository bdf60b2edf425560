"""Evaluations as tables: one with all its numbers, or several side by side.

Side by side there is one column group a run, as in the table of a comparison: above, accuracy and
loss; below, for each layer, statistics of the whole test set. Where the groups do not fit beside
each other, they are stacked.
"""

import math
import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from avh.compare.short import short

if TYPE_CHECKING:
    from avh.train.evaluator import Evaluation

_DETAILS = {  # heading of the table of one -> statistic, format
    "mean": ("mean", "{:.3f}"),
    "std": ("std", "{:.3f}"),
    "min": ("min", "{:.2f}"),
    "max": ("max", "{:.2f}"),
    "zeros": ("zero_fraction", "{:.1%}"),
    "dead": ("dead_fraction", "{:.1%}"),
    "saturated": ("saturated_fraction", "{:.1%}"),
}
_CELLS = "{:>8} {:>8} {:>7} {:>7}"
_HEADINGS = _CELLS.format("mean", "std", "zeros", "dead")
_GROUP_WIDTH = len(_HEADINGS) + 3  # with the rule and the space on both sides
_SCORES = ("test accuracy", "test loss", "test set", "")
_UNKNOWN = "-"


def details(evaluation: "Evaluation") -> RenderableType:
    """A line of totals, a table with one row a layer, and the findings."""
    totals = Text(
        f"{evaluation.activation} at step {evaluation.step} ({evaluation.checkpoint}): "
        f"accuracy {evaluation.accuracy:.2%}, loss {evaluation.loss:.4f} "
        f"on all {evaluation.examples} test examples of {evaluation.dataset}",
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in ("layer", "shape"):
        table.add_column(heading, no_wrap=True)
    for heading in _DETAILS:
        table.add_column(heading, justify="right", no_wrap=True)
    for layer in evaluation.layers:
        shape = "x".join(str(size) for size in layer.info.output_shape[1:])
        found = layer.statistics
        cells = [_words(found[name], pattern) for name, pattern in _DETAILS.values()]
        table.add_row(*map(Text, (layer.info.path, shape, *cells)))
    return Group(totals, table, *findings([evaluation]))


def side_by_side(evaluations: Sequence["Evaluation"], width: int) -> RenderableType:
    """The table of several, for a console of `width` characters, and their findings."""
    layers = list(dict.fromkeys(layer.info.path for e in evaluations for layer in e.layers))
    labels = [*_SCORES, *layers]
    names = run_names(evaluations)
    room = width - max(map(len, labels)) - 2
    beside = max(1, room // _GROUP_WIDTH)
    parts = [slice(first, first + beside) for first in range(0, len(evaluations), beside)]
    tables = [_table(evaluations[part], names[part], labels, layers) for part in parts]
    return Group(*tables, *findings(evaluations))


def findings(evaluations: Sequence["Evaluation"]) -> list[Text]:
    """One line a finding, below a heading; nothing if there are none."""
    lines = [
        Text.assemble((name, "bold"), f"  step {finding.step}  {finding.line}")
        for evaluation, name in zip(evaluations, run_names(evaluations), strict=True)
        for finding in evaluation.findings
    ]
    return [Text("findings", style="bold"), *lines, Text()] if lines else []


def run_names(evaluations: Sequence["Evaluation"]) -> list[str]:
    """What each run is called: its directory, with the one above where two have the same name."""
    places = {evaluation.run.resolve() for evaluation in evaluations}
    often = Counter(place.name for place in places)
    found = [evaluation.run.resolve() for evaluation in evaluations]
    return [p.name if often[p.name] == 1 else f"{p.parent.name}/{p.name}" for p in found]


def _table(
    evaluations: Sequence["Evaluation"],
    names: Sequence[str],
    labels: Sequence[str],
    layers: Sequence[str],
) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    titles = [
        textwrap.wrap(f"{name} at step {evaluation.step}", len(_HEADINGS))
        for evaluation, name in zip(evaluations, names, strict=True)
    ]
    lines = max(map(len, titles))
    table.add_column("\n" * lines + "layer", no_wrap=True)
    for title in titles:
        above, words = "\n" * (lines - len(title)), "\n".join(title)
        table.add_column(Text.assemble(above, (words, "bold"), "\n", _HEADINGS), no_wrap=True)
    columns = [_column(evaluation, layers) for evaluation in evaluations]
    for cells in zip(labels, *columns, strict=True):
        table.add_row(*map(Text, cells))
    return table


def _column(evaluation: "Evaluation", layers: Sequence[str]) -> list[str]:
    scores = (f"{evaluation.accuracy:>8.2%}", f"{evaluation.loss:>8.4f}")
    test_set = f"{evaluation.dataset}, {evaluation.examples:,} examples"
    found = {layer.info.path: layer.statistics for layer in evaluation.layers}
    return [*scores, test_set, "", *(_layer_cells(found.get(layer)) for layer in layers)]


def _layer_cells(statistics: dict[str, float] | None) -> str:
    if statistics is None:
        return _CELLS.format(*(_UNKNOWN,) * 4)
    shares = (_words(statistics[f"{name}_fraction"], "{:.1%}") for name in ("zero", "dead"))
    return _CELLS.format(short(statistics["mean"]), short(statistics["std"]), *shares)


def _words(value: float, pattern: str) -> str:
    """A number as it stands in a table; a dash where the statistic has no meaning."""
    return _UNKNOWN if math.isnan(value) else pattern.format(value)
