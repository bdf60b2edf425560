"""What a comparison runs: one training a activation, alike in everything else.

- The same flags, seed, data order and architecture for all: the runs differ in `--activation` and
  `--run_name` only.
- A run is named by its activation's slug; two of one name are refused.
- All flags are checked by the trainer's own parser before anything starts.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from avh.activations.registry import get_activation
from avh.compare.clean import LOGS, PICTURE, REPORT

DEFAULT_ACTIVATIONS = ("relu", "lrelu", "selu")
DEFAULT_MAX_STEPS = 1000  # three runs take about three minutes on two cores
_DECIDED_HERE = {
    "--activation": "the comparison takes several: --activations",
    "--run_name": "the comparison names each run after its activation",
}


@dataclass(frozen=True)
class RunPlan:
    """One training: its name, and the arguments of the trainer's command."""

    name: str
    argv: tuple[str, ...]


def plan_runs(
    activations: Sequence[str],
    train_dir: Path,
    *,
    max_steps: int,
    trainer_flags: Sequence[str] = (),
) -> tuple[RunPlan, ...]:
    """One plan an activation, in the order given.

    Args:
        activations: names or `package.module:function`, as `get_activation` takes them.
        train_dir: the parent of the run directories.
        max_steps: of each run.
        trainer_flags: further arguments of the trainer, the same for all.

    Raises:
        ValueError: an unknown activation, two runs of one name, or a flag that the comparison sets.
        ImportError: the module of an activation cannot be imported.
    """
    flags = {argument.partition("=")[0] for argument in trainer_flags}
    for flag in flags & _DECIDED_HERE.keys():
        raise ValueError(f"unexpected {flag}: {_DECIDED_HERE[flag]}")
    names = [get_activation(activation).slug for activation in activations]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"expected different activations, got {', '.join(twice)} more than once")
    taken = [name for name in names if name in (LOGS, PICTURE, REPORT)]
    if taken:
        raise ValueError(
            f"expected a run's name other than {taken[0]!r}, which is the comparison's"
        )
    return tuple(
        RunPlan(
            name,
            (
                *("--max_steps", str(max_steps)),
                *trainer_flags,
                *("--activation", activation),
                *("--train_dir", str(train_dir)),
                *("--run_name", name),
                "--no_progress",
            ),
        )
        for name, activation in zip(names, activations, strict=True)
    )
