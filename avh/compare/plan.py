"""What a comparison runs: one training a variant, alike in everything else.

- A variant is what sets runs apart: an activation, or what an experiment says. Everything else
  (flags, data order, architecture) is the same for all.
- With several seeds, datasets or learning rates there is one run for each combination; the variants
  of one seed and setting stand beside each other.
- A run is named by its variant, its setting and its seed, as far as there are several: two of one
  name are refused. Without its seed that is the name of its group.
- All flags are checked by the trainer's own parser before anything starts.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from avh.activations.registry import get_activation
from avh.compare.clean import OWN_FILES, OWN_FOLDERS
from avh.compare.grid import Axis, Setting, settings

DEFAULT_ACTIVATIONS = ("relu", "lrelu", "selu")
_DECIDED_HERE = {
    "--activation": "the comparison takes several: --activations",
    "--run_name": "the comparison names each run after its activation",
    "--group": "the comparison groups the runs that differ only in their seed",
}


@dataclass(frozen=True)
class Variant:
    """What sets some runs apart from the others of a comparison."""

    name: str
    flags: tuple[str, ...]  # of the trainer


@dataclass(frozen=True)
class RunPlan:
    """One training: its name, the arguments of the trainer's command, and what it is a run of."""

    name: str
    argv: tuple[str, ...]
    variant: str = ""
    seed: int | None = None  # None where the flags decide
    group: str | None = None  # of the runs that differ only in their seed; None without several
    setting: str = ""  # of the grid's axes; "" without a grid


def variants_of(activations: Sequence[str]) -> tuple[Variant, ...]:
    """One variant an activation, named by its slug.

    Args:
        activations: names or `package.module:function`, as `get_activation` takes them.

    Raises:
        ValueError: an unknown activation, or one more than once.
        ImportError: the module of an activation cannot be imported.
    """
    names = [get_activation(activation).slug for activation in activations]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"expected different activations, got {', '.join(twice)} more than once")
    return tuple(
        Variant(name, ("--activation", activation))
        for name, activation in zip(names, activations, strict=True)
    )


def plan_runs(
    variants: Sequence[Variant],
    train_dir: Path,
    *,
    flags: Sequence[str] = (),
    trainer_flags: Sequence[str] = (),
    seeds: Sequence[int] = (),
    axes: Sequence[Axis] = (),
) -> tuple[RunPlan, ...]:
    """One plan for each seed, setting and variant, in the order given, the seeds outside.

    Args:
        variants: what sets runs apart, each of another name.
        train_dir: the parent of the run directories.
        flags: arguments of the trainer that are decided here, the same for all.
        trainer_flags: those that the user gave, which come after and so prevail over `flags`.
        seeds: of the runs; without any, `trainer_flags` decide, and there is one run a variant and
            setting.
        axes: what else is varied; their values prevail over `trainer_flags`.

    Raises:
        ValueError: a flag that the comparison sets, two runs of one name, or a run's name that the
            comparison needs.
    """
    named = {argument.partition("=")[0] for argument in trainer_flags}
    for flag in named & _DECIDED_HERE.keys():
        raise ValueError(f"unexpected {flag}: {_DECIDED_HERE[flag]}")
    plans = tuple(
        _plan(variant, setting, seed, len(seeds) > 1, train_dir, (*flags, *trainer_flags))
        for seed in seeds or (None,)
        for setting in settings(axes)
        for variant in variants
    )
    _check_names([plan.name for plan in plans])
    return plans


def _check_names(names: Sequence[str]) -> None:
    taken = [name for name in names if name in (*OWN_FILES, *OWN_FOLDERS)]
    if taken:
        raise ValueError(
            f"expected a run's name other than {taken[0]!r}, which is the comparison's"
        )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"expected a name for each run, got {twice[0]!r} more than once")


def _plan(
    variant: Variant,
    setting: Setting,
    seed: int | None,
    is_numbered: bool,
    train_dir: Path,
    flags: tuple[str, ...],
) -> RunPlan:
    group = "-".join(filter(None, (variant.name, setting.name)))
    name = f"{group}-seed{seed}" if is_numbered else group
    argv = (
        *flags,
        *variant.flags,
        *setting.flags,
        *(() if seed is None else ("--seed", str(seed))),
        *("--train_dir", str(train_dir)),
        *("--run_name", name),
        *(("--group", group) if is_numbered else ()),
        "--no_progress",
    )
    return RunPlan(name, argv, variant.name, seed, group if is_numbered else None, setting.name)
