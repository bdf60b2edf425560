"""avh propagate: send signals through deep networks of random layers, forward and backward.

    avh propagate --activation selu
    avh propagate --activation relu tanh selu --depth 100 --width 200 -o picture.png
    avh propagate --activation selu --dropout alpha_dropout --rate 0.05
    avh propagate --activation selu selu:mean=-0.1,variance=2 --map map.png

For each activation it prints, layer by layer, the smallest and the largest mean and standard
deviation over the examples: of a layer's outputs, and of the gradient by its inputs when a standard
normal gradient enters at the top.
"""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from avh.cli.parser import Parser, natural_int, number, positive_float, positive_int

if TYPE_CHECKING:
    from avh.activations.propagation_plan import PropagationPlan


def build_parser(prog: str | None = None) -> Parser:
    """The parser of `avh propagate`."""
    parser = Parser(prog=prog, description=__doc__.split(": ", 1)[1])
    add = parser.add_argument
    add(
        "--activation",
        metavar="NAME",
        nargs="+",
        default=["selu"],
        help="one or several: a name, selu:mean=M,variance=V, or package.module:function "
        "(default: selu)",
    )
    add("--depth", metavar="N", type=positive_int, default=100, help="layers (default: 100)")
    add("--width", metavar="N", type=number(int, 2), default=100, help="units (default: 100)")
    add("--examples", metavar="N", type=positive_int, default=500, help="(default: 500)")
    add(
        "--weight_scale",
        metavar="SCALE",
        type=_weight_scale,
        help="variance of the weights times the width: a number, lecun (1), he (2) or glorot (1) "
        "(default: what goes with the activation)",
    )
    add(
        "--dropout",
        choices=("dropout", "alpha_dropout", "own"),
        help="after each activation; own: the kind that goes with the activation (default: none)",
    )
    add("--rate", metavar="SHARE", type=float, help="that is dropped, from 0 to below 1")
    add("--seed", metavar="N", type=natural_int, default=0, help="(default: 0)")
    add(
        "--every",
        metavar="N",
        type=positive_int,
        help="print each so many-th layer (default: about 20 of them)",
    )
    add("-o", "--output", metavar="FILE", type=Path, help="draw mean and spread through depth")
    add(
        "--map",
        metavar="FILE",
        type=Path,
        help="draw where a layer moves mean and variance, of those that are selu",
    )
    return parser


def main(argv: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = build_parser(prog)
    arguments = parser.parse_args(argv)
    from avh.train.quiet import quiet

    with parser.user_errors(), quiet():
        from avh.activations.moment_picture import draw_moment_maps, selus
        from avh.activations.propagation import draw_propagations, run
        from avh.activations.random_network import RandomNetwork

        paths = [path for path in (arguments.output, arguments.map) if path]
        for path in paths:
            _check_place(path)
        plans = [_plan(activation, arguments) for activation in arguments.activation]
        activations = [plan.activation for plan in plans]
        if arguments.map:
            selus(activations)
        networks = [RandomNetwork(plan) for plan in plans]
    found = []
    for network in networks:
        found.append(run(network))
        print(found[-1].table(arguments.every), end="\n\n", flush=True)
    try:
        if arguments.output:
            draw_propagations(found, arguments.output)
        if arguments.map:
            draw_moment_maps(activations, arguments.map)
    except OSError as error:
        parser.error(str(error))
    for path in paths:
        print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")
    return 0


def _plan(activation: str, arguments: Namespace) -> "PropagationPlan":
    from avh.activations.propagation_plan import plan_propagation

    names = ("depth", "width", "examples", "weight_scale", "dropout", "rate", "seed")
    return plan_propagation(activation, **{name: getattr(arguments, name) for name in names})


def _check_place(path: Path) -> None:
    if not path.parent.is_dir() or path.is_dir():
        raise ValueError(f"expected a file in a directory that there is, got {path}")


def _weight_scale(text: str) -> float | str:
    return text if text.isalpha() else positive_float(text)
