"""The settings of one training run, checked before anything is loaded or written.

Importing this module imports no TensorFlow, so that every `--help` answers at once.
"""

import math
from dataclasses import asdict, dataclass, fields, replace

from avh.train import strategies
from avh.train.rundir import is_text
from avh.train.schedule import steps_in

# What a resumed run takes over from the checkpoint's run unless told otherwise: all that decides
# what is trained, and nothing about where and how often it is written down.
INHERITED = (
    "dataset",
    "data_dir",
    "activation",
    "model",
    "channels",
    "units",
    "initializer",
    "preprocessing",
    "batch_norm",
    "dropout",
    "batch_size",
    "optimizer",
    "learning_rate",
    "lr_weight_decay",
    "seed",
)
SIZES = ("channels", "units")
LENGTHS = {"epochs", "max_steps"}  # two ways to say how long
OPTIMIZERS = ("adam", "sgd")
PREPROCESSINGS = ("channel", "standardize", "raw")
INITIALIZERS = (  # of Keras; all scaled by the layer's fan
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "lecun_uniform",
)


@dataclass(frozen=True)
class TrainConfig:
    """One training run; the field names are the names of the trainer's flags.

    Raises:
        TypeError: by `check`, for a value of the wrong kind.
        ValueError: by `check`, for a value out of its range or an unknown name.
    """

    dataset: str = "MNIST5K"
    activation: str = "relu"
    model: str = "convnet"
    channels: tuple[int, ...] | None = None  # of the convolutions; None: the network's own
    units: tuple[int, ...] | None = None  # of the hidden dense layers; likewise
    initializer: str | None = None  # None: the one that goes with the activation
    preprocessing: str = "channel"  # one of PREPROCESSINGS, see `avh.train.preprocessing`
    batch_norm: bool = False
    dropout: float = 0.0  # share dropped, in [0, 1)
    batch_size: int = 64  # of all devices together
    optimizer: str = "adam"
    learning_rate: float = 1e-4
    lr_weight_decay: bool = False  # halve the rate every `checkpoints.HALVE_EVERY` steps
    max_steps: int = 1000  # counted from the very first step, also in a resumed run
    epochs: int | None = None  # if given, `max_steps` follows from it once the data are loaded
    seed: int = 0
    checkpoint: str | None = None  # a run directory or a file in its checkpoints/
    resume: str | None = None  # a run directory, to go on in it; see `avh.train.resuming`
    prefix: str = "default"
    train_dir: str = "train_dir"
    run_name: str | None = None  # None: made of the settings and the time
    group: str | None = None  # of the runs that differ from this one only in their seed
    strategy: str | None = None  # one of `strategies.STRATEGIES`; None: one device
    devices: int | None = None  # of "mirrored"; None: all
    every: int = 10  # steps between two records of the activations
    pictures_every: int = 100
    log_every: int = 10
    eval_every: int | None = None  # None: so seldom that it stays a small share of the time
    progress: bool = True
    data_dir: str = "datasets"
    download: bool = False  # fetch the dataset if it is missing

    def check(self) -> None:
        """Check every field by itself; what depends on the data is checked once they are loaded."""
        from avh.activations import registry
        from avh.data import catalog
        from avh.models import catalog as models
        from avh.models import presets

        self._check_kinds()
        catalog.check(self.dataset, self.data_dir, fetchable=self.download)
        registry.check(self.activation)
        models.check(self.model)
        for name in ("batch_size", "max_steps", "every", "pictures_every", "log_every"):
            _check_int(name, getattr(self, name), 1)
        for name in ("eval_every", "epochs", "devices"):
            if getattr(self, name) is not None:
                _check_int(name, getattr(self, name), 1)
        for name in SIZES:
            counts = getattr(self, name)
            if not isinstance(counts, tuple | None):
                raise TypeError(f"{name}: whole numbers expected, got {counts!r}")
            for count in counts or ():
                _check_int(name, count, 1)
        presets.check_sizes(self.model, **{name: getattr(self, name) for name in SIZES})
        _check_name("preprocessing", self.preprocessing, PREPROCESSINGS)
        _check_name("optimizer", self.optimizer, OPTIMIZERS)
        if self.initializer is not None:
            _check_name("initializer", self.initializer, INITIALIZERS)
        if self.strategy is not None:
            _check_name("strategy", self.strategy, strategies.STRATEGIES)
        strategies.check(self.strategy, self.devices, self.batch_size)
        _check_int("seed", self.seed, 0, 2**32 - 1)
        _check_number("learning_rate", self.learning_rate)
        _check_number("dropout", self.dropout)
        if self.learning_rate <= 0:
            raise ValueError(f"learning_rate: a number above 0 expected, got {self.learning_rate}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout: a number in [0, 1) expected, got {self.dropout}")
        for name in ("prefix", "run_name"):
            _check_file_name(name, getattr(self, name))
        if self.group == "":
            raise ValueError("group: a name expected, got an empty one")

    def _check_kinds(self) -> None:
        """Of the settings that are a name, or yes or no."""
        for name, kind in self.__annotations__.items():
            value = getattr(self, name)
            if kind is bool and not isinstance(value, bool):
                raise TypeError(f"{name}: true or false expected, got {value!r}")
            if kind in (str, str | None) and not isinstance(value, kind):
                raise TypeError(f"{name}: a name expected, got {value!r}")

    def to_dict(self) -> dict[str, object]:
        """All settings, ready for JSON."""
        sizes = {name: getattr(self, name) for name in SIZES}
        return {**asdict(self), **{n: None if v is None else list(v) for n, v in sizes.items()}}

    @classmethod
    def from_dict(cls, flags: dict[str, object]) -> "TrainConfig":
        """The inverse of `to_dict`; settings that this version does not know are left out."""
        known = {name: flags[name] for name in (f.name for f in fields(cls)) if name in flags}
        for name in SIZES:
            if isinstance(known.get(name), list):
                known[name] = tuple(known[name])
        return cls(**known)

    def inherit(self, flags: dict[str, object], given: set[str]) -> "TrainConfig":
        """This configuration with the `INHERITED` settings of `flags`, those in `given` excepted.

        >>> TrainConfig(seed=3).inherit({"seed": 7, "activation": "selu"}, given={"seed"}).seed
        3
        """
        taken = {name: flags[name] for name in INHERITED if name in flags and name not in given}
        return self.from_dict({**self.to_dict(), **taken})

    def recommend(self, given: set[str]) -> "TrainConfig":
        """This configuration with what goes with its network, the settings in `given` excepted.

        Args:
            given: names of settings that stay; `epochs` or `max_steps` among them keeps both.

        Raises:
            TypeError, ValueError, ImportError: the activation in `given` is none.

        >>> TrainConfig(model="mlp", seed=3).recommend({"model", "seed"}).learning_rate
        0.01
        """
        from avh.models import presets

        kept = given | (LENGTHS if given & LENGTHS else set())
        wanted = self.activation if "activation" in given else None
        found = presets.recommended(self.model, wanted)
        return replace(self, **{name: found[name] for name in found.keys() - kept})

    def with_examples(self, examples: int) -> "TrainConfig":
        """This configuration with the `max_steps` that its epochs of so many examples take."""
        if self.epochs is None:
            return self
        return replace(self, max_steps=steps_in(self.epochs, examples, self.batch_size))


def _check_name(name: str, value: object, names: tuple[str, ...]) -> None:
    if value not in names:
        raise ValueError(f"{name}: one of {', '.join(names)} expected, got {value!r}")


def _check_int(name: str, value: object, low: int, high: float = math.inf) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}: a whole number expected, got {value!r}")
    if not low <= value <= high:
        limit = "" if high == math.inf else f" and at most {high}"
        raise ValueError(f"{name}: a whole number of at least {low}{limit} expected, got {value}")


def _check_number(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name}: a number expected, got {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"{name}: a finite number expected, got {value}")


def _check_file_name(name: str, value: str | None) -> None:
    if value is None:
        return
    if not value or value in (".", "..") or set(value) & set("/\\") or not is_text(value):
        raise ValueError(f"{name}: a plain directory name expected, got {value!r}")
