"""What a comparison found: a table, one column group a run, and a picture.

The table holds, for each run, the accuracy and loss at its end, and for each layer the mean, the
standard deviation and the share of exact zeros of its last recorded activations. Where the groups
do not fit beside each other, they are stacked. Below stands what the monitor found, where it still
held at a run's end. Over several seeds there is one column group a group of runs: see
`avh.compare.groups`.
"""

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from avh.compare import progress
from avh.compare.groups import grouped, groups_table
from avh.compare.outcome import Outcome, layer_names
from avh.compare.short import UNKNOWN, short
from avh.records.finding import active
from avh.records.schema import STATISTICS

_SHOWN = ("mean", "std", "zero_fraction")
_CELLS = "{:>8} {:>8} {:>7}"
_HEADINGS = _CELLS.format("mean", "std", "zeros")
_GROUP_WIDTH = len(_HEADINGS) + 3  # with the rule and the space on both sides
_MOST_FINDINGS = 6  # of one run
_SCORES = ("test accuracy", "test loss", "training loss", "")  # of runs of the trainer


def save_picture(outcomes: Sequence[Outcome], path: Path) -> bool:
    """Draw the runs that recorded something side by side; False, and no file, if none did."""
    from avh.render.comparison import save_comparison

    recorded = [outcome.records for outcome in outcomes if outcome.records is not None]
    if recorded:
        save_comparison(recorded, path)
    return bool(recorded)


def comparison_table(outcomes: Sequence[Outcome], width: int) -> RenderableType:
    """The table, for a console of `width` characters; of groups where there are several seeds."""
    groups = grouped(outcomes)
    if len(groups) < len(outcomes):
        return Group(groups_table(groups, width), *_errors(outcomes))
    layers = layer_names(outcomes)
    is_scored = not layers or any(outcome.run.status for outcome in outcomes)
    labels = [*(_SCORES if is_scored else ()), *layers]
    room = width - max(map(len, labels)) - 2
    beside = max(1, room // _GROUP_WIDTH)
    tables = [
        _table(outcomes[first : first + beside], labels, layers)
        for first in range(0, len(outcomes), beside)
    ]
    return Group(*tables, *_findings(outcomes), *_errors(outcomes))


def _errors(outcomes: Sequence[Outcome]) -> list[Text]:
    """Why runs failed, one line each."""
    return [
        Text(f"{outcome.run.name} {outcome.run.state}: {outcome.run.error}", style="bold red")
        for outcome in outcomes
        if outcome.run.error
    ]


def _findings(outcomes: Sequence[Outcome]) -> list[Text]:
    """One line a finding that holds at the end of a run."""
    lines = []
    for outcome in outcomes:
        held = active(outcome.records.findings) if outcome.records else []
        lines += [
            Text.assemble((outcome.run.name, "bold"), f"  step {finding.step}  {finding.line}")
            for finding in held[:_MOST_FINDINGS]
        ]
        if len(held) > _MOST_FINDINGS:
            lines.append(
                Text(f"{outcome.run.name}  and {len(held) - _MOST_FINDINGS} findings more")
            )
    return [Text("findings", style="bold"), *lines, Text()] if lines else []


def _table(outcomes: Sequence[Outcome], labels: list[str], layers: list[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    titles = [_title(outcome) for outcome in outcomes]
    lines = max(map(len, titles))
    table.add_column("\n" * lines + "layer", no_wrap=True)
    columns = [labels]
    for outcome, title in zip(outcomes, titles, strict=True):
        table.add_column(_heading(outcome, title, lines), no_wrap=True)
        status = outcome.run.status
        scores = (
            (UNKNOWN,) * 3
            if status is None
            else (
                UNKNOWN if status.val_accuracy is None else f"{status.val_accuracy:.2%}",
                UNKNOWN if status.val_loss is None else f"{status.val_loss:.4f}",
                UNKNOWN if status.loss is None else f"{status.loss:.4f}",
            )
        )
        cells = [*(f"{score:>8}" for score in scores), "", *_layer_cells(outcome, layers)]
        columns.append(cells[-len(labels) :])
    for cells in zip(*columns, strict=True):
        table.add_row(*map(Text, cells))
    return table


def _title(outcome: Outcome) -> list[str]:
    """A run's name, and its state unless it finished, in as many lines as that takes."""
    run = outcome.run
    title = run.name
    if run.state != progress.FINISHED:
        title += f" ({run.state}" + (f" at step {run.status.step})" if run.status else ")")
    return textwrap.wrap(title, len(_HEADINGS)) or [""]


def _heading(outcome: Outcome, title: list[str], lines: int) -> Text:
    above = "\n" * (lines - len(title))
    style = "bold" if outcome.run.state == progress.FINISHED else "bold red"
    return Text.assemble(above, ("\n".join(title), style), "\n", _HEADINGS)


def _layer_cells(outcome: Outcome, layers: Sequence[str]) -> list[str]:
    records = outcome.records
    if records is None:
        return [_CELLS.format(*(UNKNOWN,) * 3)] * len(layers)
    columns = [STATISTICS.index(name) for name in _SHOWN]
    last = dict(zip(records.layer_paths, records.stats[-1][:, columns].tolist(), strict=True))
    return [_CELLS.format(*_words(*last.get(layer, (math.nan,) * 3))) for layer in layers]


def _words(mean: float, std: float, zeros: float) -> tuple[str, str, str]:
    return short(mean), short(std), UNKNOWN if math.isnan(zeros) else f"{zeros:.1%}"
