"""What an experiment found: a table, one column a variant, and a picture.

Losses and accuracies are those of the whole test set after the last update, without dropout; runs
that did not finish are left out. Over several seeds: mean and standard deviation (over n - 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from avh.compare import progress
from avh.compare.clean import DEPTH, LOSS_CURVES
from avh.compare.experiments import Experiment
from avh.compare.outcome import Outcome
from avh.compare.plan import RunPlan
from avh.compare.progress import Progress
from avh.compare.spread import PLUS_MINUS, spread


@dataclass(frozen=True)
class Side:
    """The finished runs of one variant, in the order of their seeds."""

    name: str
    seeds: tuple[int | None, ...]
    losses: np.ndarray  # [runs], nats
    accuracies: np.ndarray  # [runs], shares


def sides(
    experiment: Experiment, plans: Sequence[RunPlan], ended: Sequence[Progress]
) -> tuple[Side, ...]:
    """What each variant reached, in the order of the experiment."""
    found = []
    for variant in experiment.variants:
        runs = [
            (plan.seed, run.status)
            for plan, run in zip(plans, ended, strict=True)
            if plan.variant == variant.name and run.state == progress.FINISHED and run.status
        ]
        found.append(
            Side(
                variant.name,
                tuple(seed for seed, _ in runs),
                np.array([status.val_loss for _, status in runs], np.float64),
                np.array([status.val_accuracy for _, status in runs], np.float64),
            )
        )
    return tuple(found)


def result_table(
    experiment: Experiment, found: Sequence[Side], steps: int, setting: str = ""
) -> RenderableType:
    """The table, with what was published below what was measured.

    `setting` names the one that the sides have in common, where there are several.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for side in found:
        table.add_column(side.name, justify="right", no_wrap=True)
    table.add_row("test loss", *(spread(side.losses, "{:.3f}") for side in found))
    known = [experiment.published.get(side.name) for side in found]
    if any(known):
        table.add_row("  published", *("" if p is None else f"{p.loss:.2f}" for p in known))
    table.add_row("test accuracy", *(spread(side.accuracies, "{:.3f}") for side in found))
    if any(known):
        table.add_row("  published", *("" if p is None else f"{p.accuracy:.3f}" for p in known))
    count = max(len(side.seeds) for side in found)
    over = f", mean {PLUS_MINUS} standard deviation of {count} seeds" if count > 1 else ""
    where = f" ({setting})" if setting else ""
    head = Text(f"{experiment.name}: {experiment.title}{where}\nafter {steps} updates{over}")
    notes = [Text(f"published: {experiment.source}")] if any(known) else []
    return Group(head, table, *notes, *map(Text, comparisons(found)))


def comparisons(found: Sequence[Side]) -> list[str]:
    """For how many seeds the last side is ahead of each other one, in words."""
    lines = []
    last = found[-1]
    for side in found[:-1]:
        shared = [seed for seed in last.seeds if seed in side.seeds]
        if len(shared) < 2:
            continue
        pairs = [(last.seeds.index(seed), side.seeds.index(seed)) for seed in shared]
        loss = sum(last.losses[a] < side.losses[b] for a, b in pairs)
        accuracy = sum(last.accuracies[a] > side.accuracies[b] for a, b in pairs)
        lines.append(
            f"{last.name} ahead of {side.name}: lower loss for {loss} of {len(shared)} seeds, "
            f"higher accuracy for {accuracy}"
        )
    return lines


def save_picture(
    experiment: Experiment,
    plans: Sequence[RunPlan],
    outcomes: Sequence[Outcome],
    train_dir: Path,
) -> Path | None:
    """Draw the experiment's picture; None, and no file, if no run recorded anything.

    Raises:
        OSError: the file cannot be written.
    """
    recorded = [
        (plan, outcome)
        for plan, outcome in zip(plans, outcomes, strict=True)
        if outcome.records is not None
    ]
    if not recorded:
        return None
    if experiment.picture == "depth":
        return _save_depth(experiment, recorded, train_dir / DEPTH)
    return _save_loss_curves(experiment, recorded, train_dir)


def _save_depth(
    experiment: Experiment, recorded: Sequence[tuple[RunPlan, Outcome]], path: Path
) -> Path:
    from avh.render.recorded_depth import save_depth

    first = recorded[0][0].seed
    save_depth([o.records for plan, o in recorded if plan.seed == first], path, experiment.title)
    return path


def _save_loss_curves(
    experiment: Experiment, recorded: Sequence[tuple[RunPlan, Outcome]], train_dir: Path
) -> Path:
    from avh.records.reader import scalars
    from avh.render.loss_curves import Curve, save_loss_curves

    curves = []
    for plan, _ in recorded:
        found = scalars(train_dir / plan.name)
        curves.append(Curve(plan.variant, *found["loss"], *found["val_loss"]))
    save_loss_curves(curves, train_dir / LOSS_CURVES, experiment.title)
    return train_dir / LOSS_CURVES
