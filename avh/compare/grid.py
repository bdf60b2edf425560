"""What is varied beside the variant and the seed, and the names that follow from it.

Values are compared as their labels are: two of one label are refused. A setting is one value of
each axis. Its name holds only the axes that have several values, so that a comparison without a
grid keeps its short names.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

TIMES = "x"


@dataclass(frozen=True)
class Axis:
    """The values that one flag of the trainer takes.

    Attributes:
        noun: what there are several of, in the plural.
        flag: of the trainer.
        values: as they stand on the command line, one or more.
        labels: how names of runs say them, one a value.
    """

    noun: str
    flag: str
    values: tuple[str, ...]
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        twice = [label for label, count in Counter(self.labels).items() if count > 1]
        if twice:
            raise ValueError(
                f"expected different {self.noun}, got {', '.join(twice)} more than once"
            )


@dataclass(frozen=True)
class Setting:
    """One value of each axis."""

    name: str  # of the axes with several values; "" if there are none
    flags: tuple[str, ...]


def learning_rates(values: Sequence[str]) -> Axis:
    """The axis of learning rates.

    >>> learning_rates(["1e-3", "0.00001"]).labels
    ('lr0.001', 'lr1e-05')

    Raises:
        ValueError: one that is no number, or twice the same.
    """
    labels = []
    for value in values:
        try:
            labels.append(f"lr{float(value)!r}")
        except ValueError:
            raise ValueError(f"--learning_rate: numbers expected, got {value!r}") from None
    return Axis("learning rates", "--learning_rate", tuple(values), tuple(labels))


def datasets(names: Sequence[str]) -> Axis:
    """The axis of datasets.

    Raises:
        ValueError: twice the same.
    """
    return Axis("datasets", "--dataset", tuple(names), tuple(names))


def settings(axes: Sequence[Axis]) -> tuple[Setting, ...]:
    """Every combination, the last axis inside; a single nameless one without any axis.

    >>> axes = learning_rates(["1e-3", "1e-4"]), datasets(["MNIST"])
    >>> [setting.name for setting in settings(axes)]
    ['lr0.001', 'lr0.0001']
    """
    choices = [list(zip(axis.values, axis.labels, strict=True)) for axis in axes]
    found = []
    for chosen in product(*choices):
        pairs = list(zip(axes, chosen, strict=True))
        name = "-".join(label for axis, (_, label) in pairs if len(axis.values) > 1)
        flags = tuple(part for axis, (value, _) in pairs for part in (axis.flag, value))
        found.append(Setting(name, flags))
    return tuple(found)


def in_words(variants: int, noun: str, axes: Sequence[Axis], seeds: int) -> str:
    """How many runs a grid has, and why.

    >>> in_words(2, "activations", [datasets(["MNIST", "SVHN"])], 3)
    '12 runs: 2 activations x 2 datasets x 3 seeds'
    """
    counts = [(variants, noun), *((len(axis.values), axis.noun) for axis in axes), (seeds, "seeds")]
    total = 1
    for count, _ in counts:
        total *= count
    parts = [f"{count} {what}" for count, what in counts if count > 1]
    return f"{total} runs" + (f": {f' {TIMES} '.join(parts)}" if parts else "")
