"""The experiments by name: published trainings, and one that shows what depth does.

An experiment is a comparison whose variants and settings are given, with a table and a picture of
its own. Every setting that is not named here is the one that its network recommends
(`avh.models.presets`); flags of the user's prevail.
"""

from dataclasses import dataclass

from avh.compare.plan import Variant


@dataclass(frozen=True)
class Published:
    """What was published of one side."""

    loss: float
    accuracy: float  # share in [0, 1]


@dataclass(frozen=True)
class Experiment:
    """A comparison with a question.

    Attributes:
        name: on the command line.
        title: the question, in a few words.
        variants: what is compared, the one that is expected to be ahead last.
        flags: arguments of the trainer, the same for all runs.
        seeds: how many, unless the user says another number.
        picture: "loss_curves" or "depth".
        published: by variant.
        source: where that was published, and how it was measured.
    """

    name: str
    title: str
    variants: tuple[Variant, ...]
    flags: tuple[str, ...]
    seeds: int
    picture: str
    published: dict[str, Published]
    source: str = ""


LECUN = ("--initializer", "lecun_normal")  # the weights of SELU, under ReLU

EXPERIMENTS = {
    experiment.name: experiment
    for experiment in (
        Experiment(
            name="snn_tutorial",
            title="50 updates of a convolutional network, ReLU and SELU",
            variants=(
                Variant("relu", ("--activation", "relu")),
                Variant("selu", ("--activation", "selu")),
            ),
            flags=(
                *("--model", "snn", "--log_every", "1"),
                *("--eval_every", "5", "--pictures_every", "25"),
            ),
            seeds=5,
            picture="loss_curves",
            published={"relu": Published(0.36, 0.859), "selu": Published(0.16, 0.916)},
            source="one run on MNIST; loss of one training batch, accuracy on 512 test digits",
        ),
        Experiment(
            name="deep",
            title="30 dense layers",
            variants=(
                Variant("relu", ("--activation", "relu")),
                Variant("lrelu", ("--activation", "lrelu")),
                Variant("relu-lecun", (*("--activation", "relu"), *LECUN)),
                Variant("selu", ("--activation", "selu")),
            ),
            flags=("--model", "deep", "--every", "20"),
            seeds=1,
            picture="depth",
            published={},
        ),
    )
}


def find(name: str) -> Experiment:
    """The experiment of this name.

    Raises:
        ValueError: there is none; the message lists the known ones.
    """
    if name not in EXPERIMENTS:
        raise ValueError(
            f"unknown experiment {name!r}; expected one of {', '.join(sorted(EXPERIMENTS))}"
        )
    return EXPERIMENTS[name]
