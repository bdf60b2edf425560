"""How one run of a comparison ended, and what it recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from avh.compare.plan import RunPlan
from avh.compare.progress import Progress

if TYPE_CHECKING:
    from avh.records.reader import RunRecords


@dataclass(frozen=True)
class Outcome:
    """One run at its end.

    Attributes:
        run: how it ended.
        records: what it recorded; None if it recorded nothing.
        group: name of the runs that differ from it only in their seed; None without any.
    """

    run: Progress
    records: "RunRecords | None"
    group: str | None = None


def read_outcomes(
    ended: Sequence[Progress], train_dir: Path, plans: Sequence[RunPlan] = ()
) -> tuple[Outcome, ...]:
    """The outcome of each run, in the order given, with the groups that their plans say."""
    groups = {plan.name: plan.group for plan in plans}
    return tuple(
        Outcome(run, _records(train_dir / run.name), groups.get(run.name)) for run in ended
    )


def layer_names(outcomes: Sequence[Outcome]) -> list[str]:
    """Every layer of any run, in the order in which they first occur."""
    paths = [
        path for outcome in outcomes if outcome.records for path in outcome.records.layer_paths
    ]
    return list(dict.fromkeys(paths))


def _records(run: Path) -> "RunRecords | None":
    from avh.records.reader import read_run

    try:
        records = read_run(run)
    except (FileNotFoundError, ValueError):
        return None
    return records if len(records.steps) else None
