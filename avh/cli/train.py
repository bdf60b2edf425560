"""`avh train`, `trainer.py`: train one network with one activation, monitored."""

import sys
from argparse import Namespace

from avh.cli.lasting_output import lasting_output
from avh.cli.parser import Parser, number, positive_float, positive_int, warn
from avh.models import catalog as models
from avh.train.config import INITIALIZERS, OPTIMIZERS, PREPROCESSINGS, TrainConfig
from avh.train.strategies import STRATEGIES

EXIT_FAILED = 1
EXIT_SIGNAL = 128  # plus the number of the signal, as shells do
_ABSENT = object()


def build_parser(prog: str | None = None) -> Parser:
    """The flags of the trainer; their names are those of `TrainConfig`'s fields."""
    parser = Parser(prog=prog, description=__doc__.split(": ", 1)[1])
    default = TrainConfig()
    own = "(default: as many as the network has)"

    def add(name: str, help_text: str, **options: object) -> None:
        value = getattr(default, name)
        shown = ",".join(map(str, value)) if isinstance(value, tuple) else value
        note = "" if value is None else f" (default: {shown})"
        parser.add_argument(f"--{name}", default=value, help=help_text + note, **options)

    def add_switch(name: str, on: str, off: str) -> None:
        value = getattr(default, name)
        for flag, constant, text in ((name, True, on), (f"no_{name}", False, off)):
            note = " (default)" if constant == value else ""
            parser.add_argument(
                f"--{flag}",
                dest=name,
                action="store_const",
                const=constant,
                default=value,
                help=text + note,
            )

    add("dataset", "name of the dataset", metavar="NAME")
    add("data_dir", "where datasets are kept", metavar="DIR")
    parser.add_argument(
        "--download", action="store_true", help="fetch the dataset if it is missing"
    )
    add("activation", "name of the activation, or package.module:function", metavar="NAME")
    add(
        "model",
        f"name of the network: {', '.join(models.names())}; mlp, snn and deep bring settings of "
        "their own for flags that are not given",
        metavar="NAME",
    )
    add("channels", f"of the convolutions {own}", type=_sizes, metavar="N,N,N")
    add("units", f"of the hidden dense layers {own}", type=_sizes, metavar="N,N")
    add(
        "initializer",
        "of the weights (default: the one that goes with the activation)",
        choices=INITIALIZERS,
    )
    add(
        "preprocessing",
        "what the network is fed with: pixels standardised by channel, or by pixel (standardize), "
        "on the training data, or pixel / 255 (raw)",
        choices=PREPROCESSINGS,
    )
    add_switch("batch_norm", "normalise before each activation", "do not")
    add("dropout", "share of units dropped in training", type=_share, metavar="SHARE")
    add("batch_size", "examples a step, of all devices together", type=positive_int, metavar="N")
    add("optimizer", "adam, with clipped gradients, or sgd, plain", choices=OPTIMIZERS)
    add("learning_rate", "of the optimizer", type=positive_float, metavar="RATE")
    add_switch("lr_weight_decay", "halve the learning rate every 10,000 steps", "keep it")
    add("max_steps", "train up to this step", type=positive_int, metavar="N")
    add(
        "epochs",
        "in place of --max_steps: train for so many epochs",
        type=positive_int,
        metavar="N",
    )
    add("seed", "of the weights, the order of the data and dropout", type=_seed, metavar="N")
    add(
        "checkpoint",
        "go on from this run directory (its latest checkpoint) or checkpoint file, in a new run "
        "directory; flags that are not given are those of its run",
        metavar="PATH",
    )
    add(
        "resume",
        "go on with the run in this directory, in its place, from its newest checkpoint; the "
        "settings are its own, only how long and how often may be told anew",
        metavar="RUN_DIR",
    )
    add("prefix", "how the name of the run directory begins", metavar="NAME")
    add("train_dir", "where run directories are made", metavar="DIR")
    add("run_name", "the whole name of the run directory, in place of one made up", metavar="NAME")
    add("group", "name of the runs that differ from this one only in their seed", metavar="NAME")
    add(
        "strategy",
        "mirrored trains on all GPUs of this machine, each with a share of every batch; "
        "multiworker, on several machines, is refused: the fit of Keras 3.15 cannot do it",
        choices=STRATEGIES,
    )
    add(
        "devices",
        "of --strategy mirrored, so many; without a GPU, so many parts of the CPU, to try it out",
        type=positive_int,
        metavar="N",
    )
    add("every", "steps between two records of the activations", type=positive_int, metavar="N")
    add("pictures_every", "steps between two pictures of them", type=positive_int, metavar="N")
    add("log_every", "steps between two reports of the loss", type=positive_int, metavar="N")
    add(
        "eval_every",
        "steps between two evaluations on the whole test set, each followed by a checkpoint "
        "(default: so many that they take about a tenth of the time)",
        type=positive_int,
        metavar="N",
    )
    add_switch("progress", "show how far it is", "show only where it begins and how it ends")
    return parser


def read_config(parser: Parser, argv: list[str] | None) -> tuple[TrainConfig, set[str]]:
    """The configuration that a command line says, and which of its fields it names itself."""
    destinations = [action.dest for action in parser._actions if action.dest != "help"]
    # argparse sets no default where the namespace has a value: what stays _ABSENT was not given.
    marked = parser.parse_args(argv, Namespace(**dict.fromkeys(destinations, _ABSENT)))
    given = {name: value for name, value in vars(marked).items() if value is not _ABSENT}
    return TrainConfig(**given), set(given)


@lasting_output()
def main(argv: list[str] | None = None, prog: str | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = build_parser(prog)
    config, given = read_config(parser, argv)
    try:
        return _train(parser, config, given)
    except KeyboardInterrupt:
        warn(f"{parser.prog}: interrupted")
        return EXIT_SIGNAL + 2


def _train(parser: Parser, config: TrainConfig, given: set[str]) -> int:
    from avh.train.quiet import quiet, start_tensorflow

    with parser.user_errors(), quiet():
        from avh.train import preflight, strategies
        from avh.train.resuming import finished_at

        config = preflight.completed(config, given)
        if config.resume is not None and (step := finished_at(config)) is not None:
            print(f"nothing to do: finished at step {step}", flush=True)
            return 0
        preflight.check_input(config)
        strategies.prepare_devices(config.strategy, config.devices)
    start_tensorflow()
    from avh.train.session import prepare
    from avh.train.trainer import TrainingFailedError, TrainingStoppedError, run

    with parser.user_errors():
        session = prepare(config)
    for path in session.damaged:
        warn(f"{parser.prog}: checkpoint: {path} is damaged; going on from an older state")
    print(f"run directory: {session.directory}", flush=True)
    if config.resume is not None:
        print(f"going on after step {session.start_step}", flush=True)
    try:
        status = run(session)
    except TrainingFailedError as error:
        warn(f"{parser.prog}: failed: {error}")
        return EXIT_FAILED
    except TrainingStoppedError as error:
        further = "" if error.missing else f"; --resume {session.directory} goes on from there"
        warn(f"{parser.prog}: {error}{further}")
        return EXIT_SIGNAL + error.signum
    print(
        f"finished at step {status.step}: test accuracy {status.val_accuracy:.2%}, "
        f"test loss {status.val_loss:.4f} on {len(session.dataset.x_test)} examples",
        flush=True,
    )
    return 0


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(positive_int(part) for part in text.split(","))


def _share(text: str) -> float:
    return number(float, 0, 1)(text)


def _seed(text: str) -> int:
    return number(int, 0, 2**32 - 1)(text)


if __name__ == "__main__":
    sys.exit(main())
