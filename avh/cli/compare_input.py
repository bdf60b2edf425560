"""What the command line of a comparison asks for, with everything checked that can be wrong.

Nothing is written here, except datasets into their cache, and what the storage of a comparison that
goes on holds of it.
"""

from argparse import Namespace
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from avh.board.launch import free_port
from avh.cli import train
from avh.cli.parser import Parser
from avh.compare import clean, continuing, experiments, grid
from avh.compare.cluster import Cluster, check_address, check_installed, connected, run_cluster
from avh.compare.local import run_local
from avh.compare.plan import DEFAULT_ACTIVATIONS, plan_runs, variants_of
from avh.compare.session import Comparison
from avh.compare.storage import Storage
from avh.data import catalog
from avh.train import preflight

if TYPE_CHECKING:
    from avh.train.config import TrainConfig


def check(
    prog: str, arguments: Namespace, trainer_flags: Sequence[str], train_dir: Path
) -> Comparison:
    """The comparison that is asked for.

    Raises:
        ValueError, TypeError, OSError, ImportError, AttributeError: the input is wrong.
    """
    trainer = train.build_parser(prog)
    comparison = _planned(trainer, arguments, trainer_flags, train_dir)
    storage = None if arguments.storage is None else Storage(arguments.storage)
    configs, start_steps = [], []
    for plan in comparison.plans:
        config, given = train.read_config(trainer, list(plan.argv))
        config = preflight.completed(config, given)
        _, start_step = preflight.check_input(replace(config, run_name=None))
        configs.append(config)
        start_steps.append(start_step)
    if not arguments.resume:
        clean.check(train_dir)
        if configs[0].checkpoint is not None:
            clean.check_outside(Path(configs[0].checkpoint), train_dir)
        if storage is not None:
            storage.check_empty()
    if not arguments.no_tensorboard:
        free_port(arguments.port)
    examples = _examples(configs)
    configs = [
        preflight.check_examples(config, examples[config.dataset, config.data_dir], step)
        for config, step in zip(configs, start_steps, strict=True)
    ]
    if arguments.resume:
        names = [plan.name for plan in comparison.plans]
        if storage is not None:
            _bring_home(storage, names, train_dir)
        continuing.check(train_dir, dict(zip(names, configs, strict=True)))
    longest = max(configs, key=lambda config: config.max_steps)
    return replace(comparison, config=longest)


def _bring_home(storage: Storage, names: Sequence[str], train_dir: Path) -> None:
    """What the storage holds, also onto a machine that has not seen the comparison yet."""
    if not train_dir.exists() or not any(train_dir.iterdir()):
        clean.clean(train_dir)
    storage.pull(names, train_dir)


def _examples(configs: Sequence["TrainConfig"]) -> dict[tuple[str, str], int]:
    """How many training examples each dataset has.

    Loaded once here, a dataset is in its cache when the runs ask for it all at once.
    """
    found: dict[tuple[str, str], int] = {}
    for config in configs:
        place = config.dataset, config.data_dir
        if place not in found:
            found[place] = len(catalog.load(*place, download=config.download).x_train)
    return found


def _planned(
    trainer: Parser, arguments: Namespace, trainer_flags: Sequence[str], train_dir: Path
) -> Comparison:
    """The runs: of an experiment, or one an activation; each with every setting and seed."""
    experiment = None
    if arguments.experiment is not None:
        experiment = experiments.find(arguments.experiment)
    config, given = train.read_config(trainer, list(trainer_flags))
    _check_fits(experiment, arguments, given)
    steps = () if arguments.max_steps is None else ("--max_steps", str(arguments.max_steps))
    axes = _axes(arguments)
    seeds = _seeds(experiment, arguments, config.seed)
    if experiment is None:
        variants = variants_of(arguments.activations or DEFAULT_ACTIVATIONS)
        flags, trainer_flags = steps, trainer_flags
    else:
        variants = experiment.variants
        flags, trainer_flags = experiment.flags, (*steps, *trainer_flags)
    plans = plan_runs(
        variants, train_dir, flags=flags, trainer_flags=trainer_flags, seeds=seeds, axes=axes
    )
    cluster = _cluster(arguments)
    noun = "activations" if experiment is None else "variants"
    return Comparison(
        plans=plans,
        config=config,
        train_dir=train_dir,
        run=run_local if cluster is None else partial(run_cluster, cluster=cluster),
        opened=nullcontext if cluster is None else partial(connected, cluster),
        jobs=arguments.jobs,
        port=None if arguments.no_tensorboard else arguments.port,
        experiment=experiment,
        words=grid.in_words(len(variants), noun, axes, max(1, len(seeds))),
    )


def _check_fits(
    experiment: experiments.Experiment | None, arguments: Namespace, given: set[str]
) -> None:
    if experiment is None:
        return
    if arguments.activations is not None:
        raise ValueError(f"unexpected --activations: the experiment {experiment.name} has its own")
    if "model" in given:
        raise ValueError(f"unexpected --model: the experiment {experiment.name} has its own")


def _axes(arguments: Namespace) -> tuple[grid.Axis, ...]:
    found = []
    if arguments.learning_rate is not None:
        found.append(grid.learning_rates(arguments.learning_rate))
    if arguments.dataset is not None:
        found.append(grid.datasets(arguments.dataset))
    return tuple(found)


def _seeds(
    experiment: experiments.Experiment | None, arguments: Namespace, first: int
) -> Sequence[int]:
    """From the first seed on; none where one run a variant and setting is wanted as it comes."""
    count = arguments.seeds or (experiment.seeds if experiment else None)
    return () if count is None else range(first, first + count)


def _cluster(arguments: Namespace) -> Cluster | None:
    """The cluster that is asked for, None for this machine.

    Raises:
        ValueError: a flag of a cluster's without one.
        ImportError: Ray is not installed.
        OSError: nothing answers at its address.
    """
    wanted = {field.name: getattr(arguments, field.name) for field in fields(Cluster)}
    given = {name: value for name, value in wanted.items() if value is not None}
    if arguments.cluster is None:
        if given:
            raise ValueError(f"--{min(given)}: expected together with --cluster ray")
        return None
    check_installed()
    if arguments.address is not None:
        check_address(arguments.address)
    return Cluster(**given)
