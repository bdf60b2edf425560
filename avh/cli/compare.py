"""`avh compare`, `script.py`: train one network with several activations, side by side."""

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from avh.cli.parser import Parser, number, positive_int, warn
from avh.compare.experiments import EXPERIMENTS
from avh.compare.plan import DEFAULT_ACTIVATIONS

if TYPE_CHECKING:
    from avh.compare.experiments import Experiment
    from avh.compare.plan import RunPlan
    from avh.compare.session import Comparison

EXIT_INTERRUPTED = 130
DEFAULT_PORT = 7007


def build_parser(prog: str | None = None) -> Parser:
    """The flags of the comparison; all others are the trainer's."""
    parser = Parser(
        prog=prog,
        description=__doc__.split(": ", 1)[1],
        epilog="Any other flag of the trainer (python trainer.py --help) goes to every run.",
    )
    parser.add_argument(
        "--activations",
        nargs="+",
        metavar="NAME",
        help="names, or package.module:function, one run each "
        f"(default: {' '.join(DEFAULT_ACTIVATIONS)})",
    )
    parser.add_argument(
        "--max_steps",
        type=positive_int,
        metavar="N",
        help="steps of each run (default: the trainer's, or what the network recommends)",
    )
    parser.add_argument(
        "--experiment",
        metavar="NAME",
        help="in place of --activations, an experiment with its own runs, settings and table: "
        + "; ".join(f"{e.name} ({e.title})" for e in EXPERIMENTS.values()),
    )
    parser.add_argument(
        "--seeds",
        type=positive_int,
        metavar="N",
        help="of an experiment: train with so many seeds, from --seed on (default: "
        + ", ".join(f"{e.name} {e.seeds}" for e in EXPERIMENTS.values())
        + ")",
    )
    parser.add_argument(
        "--train_dir",
        default="train_dir",
        metavar="DIR",
        help="where the runs go; emptied first, if all that it holds is avh's own "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--jobs",
        type=positive_int,
        metavar="N",
        help="runs at once (default: all, if those are at most two for each core and fit into the "
        "memory; else one for each core)",
    )
    parser.add_argument(
        "--no_tensorboard", action="store_true", help="do not start TensorBoard; end with the runs"
    )
    parser.add_argument(
        "--port",
        type=number(int, 1, 65535),
        default=DEFAULT_PORT,
        metavar="N",
        help="TensorBoard's port on localhost; if it is taken, the next free one "
        "(default: %(default)s)",
    )
    return parser


def main(argv: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Run the command; returns its exit code.

    0 when every run finished, 1 when one did not, 130 after Ctrl-C (143 after SIGTERM) while
    runs were training.

    Raises:
        SystemExit: with code 2 after one line on standard error, for bad input; nothing is written.
    """
    parser = build_parser(prog)
    arguments, trainer_flags = parser.parse_known_args(argv)
    train_dir = Path(os.path.abspath(arguments.train_dir))
    from avh.compare.interruption import interruptions

    try:
        comparison = _check(parser, arguments, trainer_flags, train_dir)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    with interruptions() as interruption:
        from avh.compare import clean, session

        with parser.user_errors():
            clean.clean(train_dir)
        try:
            return session.compare(comparison, interruption)
        except (InterruptedError, KeyboardInterrupt):
            return interruption.exit_code
        except session.TensorBoardError as error:
            warn(f"{parser.prog}: {error}; --no_tensorboard trains without it")
            return session.EXIT_FAILED


def _check(
    parser: Parser, arguments: Namespace, trainer_flags: Sequence[str], train_dir: Path
) -> "Comparison":
    """Everything that can be wrong with the input."""
    from dataclasses import replace

    from avh.board.launch import free_port
    from avh.cli import train
    from avh.compare import clean
    from avh.compare.session import Comparison
    from avh.data import catalog
    from avh.train import preflight

    with parser.user_errors():
        trainer = train.build_parser(parser.prog)
        experiment, plans = _plan(arguments, trainer, trainer_flags, train_dir)
        configs = []
        for plan in plans:
            config, given = train.read_config(trainer, list(plan.argv))
            config = preflight.completed(config, given)
            _, start_step = preflight.check_input(replace(config, run_name=None))
            configs.append(config)
        clean.check(train_dir)
        if configs[0].checkpoint is not None:
            clean.check_outside(Path(configs[0].checkpoint), train_dir)
        if not arguments.no_tensorboard:
            free_port(arguments.port)
        # Loaded once here, a dataset is in its cache when the runs ask for it all at once.
        first = configs[0]
        data = catalog.load(first.dataset, first.data_dir, download=first.download)
        examples = len(data.x_train)
        configs = [preflight.check_examples(config, examples, start_step) for config in configs]
    return Comparison(
        plans=plans,
        config=configs[0],
        train_dir=train_dir,
        jobs=arguments.jobs,
        port=None if arguments.no_tensorboard else arguments.port,
        experiment=experiment,
    )


def _plan(
    arguments: Namespace, trainer: Parser, trainer_flags: Sequence[str], train_dir: Path
) -> tuple["Experiment | None", tuple["RunPlan", ...]]:
    """The runs: of an experiment, each with every seed, or one an activation."""
    from avh.cli.train import read_config
    from avh.compare import experiments
    from avh.compare.plan import plan_runs, variants_of

    flags = () if arguments.max_steps is None else ("--max_steps", str(arguments.max_steps))
    if arguments.experiment is None:
        if arguments.seeds is not None:
            raise ValueError("--seeds: expected together with --experiment")
        variants = variants_of(arguments.activations or DEFAULT_ACTIVATIONS)
        plans = plan_runs(variants, train_dir, flags=flags, trainer_flags=trainer_flags)
        return None, plans
    experiment = experiments.find(arguments.experiment)
    if arguments.activations is not None:
        raise ValueError(f"unexpected --activations: the experiment {experiment.name} has its own")
    config, given = read_config(trainer, list(trainer_flags))
    if "model" in given:
        raise ValueError(f"unexpected --model: the experiment {experiment.name} has its own")
    count = arguments.seeds or experiment.seeds
    plans = plan_runs(
        experiment.variants,
        train_dir,
        flags=experiment.flags,
        trainer_flags=(*flags, *trainer_flags),
        seeds=range(config.seed, config.seed + count),
    )
    return experiment, plans


if __name__ == "__main__":
    sys.exit(main())
