"""The settings of one training run, checked before anything is loaded or written.

Importing this module imports no TensorFlow, so that every `--help` answers at once.
"""

import math
from dataclasses import asdict, dataclass, fields

# What a resumed run takes over from the checkpoint's run unless told otherwise: all that decides
# what is trained, and nothing about where and how often it is written down.
INHERITED = (
    "dataset",
    "data_dir",
    "activation",
    "model",
    "channels",
    "batch_norm",
    "dropout",
    "batch_size",
    "learning_rate",
    "lr_weight_decay",
    "seed",
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
    channels: tuple[int, ...] = (32, 64, 128)
    batch_norm: bool = False
    dropout: float = 0.0  # share dropped, in [0, 1)
    batch_size: int = 64
    learning_rate: float = 1e-4
    lr_weight_decay: bool = False  # halve the rate every `checkpoints.HALVE_EVERY` steps
    max_steps: int = 1000  # counted from the very first step, also in a resumed run
    seed: int = 0
    checkpoint: str | None = None  # a run directory or a file in its checkpoints/
    prefix: str = "default"
    train_dir: str = "train_dir"
    run_name: str | None = None  # None: made of the settings and the time
    every: int = 10  # steps between two records of the activations
    pictures_every: int = 100
    log_every: int = 10
    eval_every: int | None = None  # None: so seldom that it stays a small share of the time
    progress: bool = True
    data_dir: str = "datasets"

    def check(self) -> None:
        """Check every field by itself; what depends on the data is checked once they are loaded."""
        from avh.activations import registry
        from avh.data import catalog
        from avh.models import catalog as models

        catalog.check(self.dataset, self.data_dir)
        registry.check(self.activation)
        models.check(self.model)
        for name in ("batch_size", "max_steps", "every", "pictures_every", "log_every"):
            _check_int(name, getattr(self, name), 1)
        for count in self.channels:
            _check_int("channels", count, 1)
        if self.eval_every is not None:
            _check_int("eval_every", self.eval_every, 1)
        _check_int("seed", self.seed, 0, 2**32 - 1)
        _check_number("learning_rate", self.learning_rate)
        _check_number("dropout", self.dropout)
        if self.learning_rate <= 0:
            raise ValueError(f"learning_rate: a number above 0 expected, got {self.learning_rate}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout: a number in [0, 1) expected, got {self.dropout}")
        for name in ("prefix", "run_name"):
            _check_file_name(name, getattr(self, name))

    def to_dict(self) -> dict[str, object]:
        """All settings, ready for JSON."""
        return {**asdict(self), "channels": list(self.channels)}

    @classmethod
    def from_dict(cls, flags: dict[str, object]) -> "TrainConfig":
        """The inverse of `to_dict`; settings that this version does not know are left out."""
        known = {name: flags[name] for name in (f.name for f in fields(cls)) if name in flags}
        if "channels" in known:
            known["channels"] = tuple(known["channels"])
        return cls(**known)

    def inherit(self, flags: dict[str, object], given: set[str]) -> "TrainConfig":
        """This configuration with the `INHERITED` settings of `flags`, those in `given` excepted.

        >>> TrainConfig(seed=3).inherit({"seed": 7, "activation": "selu"}, given={"seed"}).seed
        3
        """
        taken = {name: flags[name] for name in INHERITED if name in flags and name not in given}
        return self.from_dict({**self.to_dict(), **taken})


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
    if not value or value in (".", "..") or set(value) & set("/\\\0\n"):
        raise ValueError(f"{name}: a plain directory name expected, got {value!r}")
