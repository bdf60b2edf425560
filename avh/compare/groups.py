"""The table of a comparison over several seeds: one column group a group of runs.

Runs of one group differ only in their seed. Numbers are means over the runs that finished, with
their standard deviation (over n - 1); a run that did not finish is left out of them, and named. A
finding says for how many of the finished runs it held at the end. Below, the accuracy of each run.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from avh.compare import progress
from avh.compare.outcome import Outcome, layer_names
from avh.compare.short import UNKNOWN, short
from avh.compare.spread import spread
from avh.records.finding import Finding, active
from avh.records.schema import STATISTICS

_SHOWN = ("mean", "std", "zero_fraction")
_FIRST_WIDTH = 17
_CELLS = f"{{:>{_FIRST_WIDTH}}} {{:>15}} {{:>13}}"
_HEADINGS = _CELLS.format("mean", "std", "zeros")
_GROUP_WIDTH = len(_HEADINGS) + 3  # with the rule and the space on both sides
_SCORES = ("test accuracy", "test loss", "training loss", "")
_MOST_FINDINGS = 6  # of one group


@dataclass(frozen=True)
class Seeds:
    """The runs of one group, in their order."""

    name: str
    outcomes: tuple[Outcome, ...]

    @property
    def finished(self) -> tuple[Outcome, ...]:
        """Those that went to their end."""
        return tuple(o for o in self.outcomes if o.run.state == progress.FINISHED)

    @property
    def example(self) -> Outcome:
        """One that stands for all: the first that finished with records, else with records."""
        recorded = [o for o in (*self.finished, *self.outcomes) if o.records is not None]
        return (recorded or self.outcomes)[0]


def grouped(outcomes: Sequence[Outcome]) -> tuple[Seeds, ...]:
    """The groups in the order in which they first occur; a run without a group is one by itself."""
    found: dict[tuple[bool, str], list[Outcome]] = {}
    for outcome in outcomes:
        above = outcome.run.name.rpartition("/")[:2]  # of runs that lie in several directories
        name = "".join((*above, outcome.group)) if outcome.group else outcome.run.name
        key = (outcome.group is None, name)
        found.setdefault(key, []).append(outcome)
    return tuple(Seeds(name, tuple(members)) for (_, name), members in found.items())


def groups_table(groups: Sequence[Seeds], width: int) -> RenderableType:
    """The table, for a console of `width` characters, with findings, runs and errors below."""
    layers = layer_names([o for group in groups for o in group.finished])
    labels = [*_SCORES, *layers]
    room = width - max(map(len, labels)) - 2
    beside = max(1, room // _GROUP_WIDTH)
    parts = [groups[first : first + beside] for first in range(0, len(groups), beside)]
    return Group(
        *(_table(part, labels, layers) for part in parts),
        *_findings(groups),
        Text("test accuracy of each run", style="bold"),
        *map(_runs, groups),
        Text(),
    )


def _table(groups: Sequence[Seeds], labels: Sequence[str], layers: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    titles = [textwrap.wrap(_title(group), len(_HEADINGS)) for group in groups]
    lines = max(map(len, titles))
    table.add_column("\n" * lines + "layer", no_wrap=True)
    for title in titles:
        above, words = "\n" * (lines - len(title)), "\n".join(title)
        table.add_column(Text.assemble(above, (words, "bold"), "\n", _HEADINGS), no_wrap=True)
    columns = [[*_scores(group), "", *_layer_cells(group, layers)] for group in groups]
    for cells in zip(labels, *columns, strict=True):
        table.add_row(*map(Text, cells))
    return table


def _title(group: Seeds) -> str:
    """Such as `relu, 3 seeds, 1 left out`."""
    count = len(group.finished)
    left_out = len(group.outcomes) - count
    seeds = f"{count} seed{'' if count == 1 else 's'}"
    return f"{group.name}, {seeds}" + (f", {left_out} left out" if left_out else "")


def _scores(group: Seeds) -> list[str]:
    statuses = [outcome.run.status for outcome in group.finished if outcome.run.status]

    def known(name: str) -> list[float]:
        return [v for v in (getattr(status, name) for status in statuses) if v is not None]

    shares = spread([100 * share for share in known("val_accuracy")], "{:.2f}")
    percent = shares if shares == UNKNOWN else f"{shares} %"
    losses = (spread(known(name), "{:.4f}") for name in ("val_loss", "loss"))
    return [f"{cell:>{_FIRST_WIDTH}}" for cell in (percent, *losses)]


def _layer_cells(group: Seeds, layers: Sequence[str]) -> list[str]:
    columns = [STATISTICS.index(name) for name in _SHOWN]
    found: dict[str, list[np.ndarray]] = {layer: [] for layer in layers}
    for records in (o.records for o in group.finished if o.records is not None):
        for layer, row in zip(records.layer_paths, records.stats[-1][:, columns], strict=True):
            found[layer].append(row)
    return [_CELLS.format(*_words(rows)) for rows in found.values()]


def _words(rows: Sequence[np.ndarray]) -> tuple[str, str, str]:
    """Mean, standard deviation and share of zeros of a layer, each over the seeds."""
    if not rows:
        return (UNKNOWN,) * 3
    mean, std, zeros = np.array(rows, np.float64).T
    share = spread(100 * zeros, "{:.1f}")
    return spread(mean, short), spread(std, short), UNKNOWN if "nan" in share else f"{share} %"


def _findings(groups: Sequence[Seeds]) -> list[Text]:
    """One line for each kind of finding at a layer, with the words of the first run that has it."""
    lines = []
    for group in groups:
        held: dict[tuple[str, str], list[tuple[str, Finding]]] = {}
        for outcome in group.finished:
            found = active(outcome.records.findings) if outcome.records else []
            for key, finding in {(f.kind, f.layer): f for f in found}.items():
                held.setdefault(key, []).append((outcome.run.name, finding))
        total = len(group.finished)
        often = sorted(held.values(), key=len, reverse=True)
        for cases in often[:_MOST_FINDINGS]:
            name, finding = cases[0]
            words = f"  in {len(cases)} of {total} seeds  {finding.line}, in {name}"
            lines.append(Text.assemble((group.name, "bold"), words))
        if len(often) > _MOST_FINDINGS:
            lines.append(Text(f"{group.name}  and {len(often) - _MOST_FINDINGS} findings more"))
    return [Text("findings", style="bold"), *lines, Text()] if lines else []


def _runs(group: Seeds) -> Text:
    """Such as `relu  seed0 96.20 %  seed1 failed`."""
    parts = []
    for outcome in group.outcomes:
        name = outcome.run.name.removeprefix(f"{group.name}-")
        status = outcome.run.status
        if outcome.run.state != progress.FINISHED:
            parts.append((f"  {name} {outcome.run.state}", "bold red"))
        elif status is None or status.val_accuracy is None:
            parts.append((f"  {name} {UNKNOWN}", ""))
        else:
            parts.append((f"  {name} {100 * status.val_accuracy:.2f} %", ""))
    return Text.assemble((group.name, "bold"), *parts)
