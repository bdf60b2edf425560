"""What runs the plans of a comparison: this machine, or a cluster.

Whoever runs them, the caller sees the same: the progress of all while they train, how each ended,
and in `train_dir` one directory a run and its log. `run_local` and `run_cluster` are such runners.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from avh.compare.interruption import Interruption
from avh.compare.plan import RunPlan
from avh.compare.progress import Progress

Watch = Callable[[Sequence[Progress]], None]


class Runner(Protocol):
    """Run every plan; return how each ended, in the order of the plans."""

    def __call__(
        self,
        plans: Sequence[RunPlan],
        train_dir: Path,
        *,
        jobs: int | None,
        watch: Watch,
        interruption: Interruption,
        trainer: Sequence[str] | None = None,
    ) -> tuple[Progress, ...]:
        """Run them, in order as far as there is room.

        A run that `train_dir` holds already is not repeated: a finished one counts as it is,
        another one goes on. However this is left, none of its processes stays behind.

        Args:
            plans: the trainings.
            train_dir: an existing directory that holds `logs/`.
            jobs: how many at once at most; None leaves it to the runner.
            watch: called a few times a second with the progress of all runs, and once when all is
                over.
            interruption: asked a few times a second; runs that never started stay "waiting".
            trainer: the command that takes the trainer's arguments; None is avh's trainer.
        """
        ...
