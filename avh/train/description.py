"""`config.json`: what a run was, so that its directory alone is enough to repeat it."""

import json
import platform
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import avh
from avh.activations.registry import Activation
from avh.data.dataset import Dataset
from avh.train import rundir
from avh.train.config import TrainConfig

if TYPE_CHECKING:
    import keras

_MOST_BYTES = 1 << 20  # hundreds of times what `describe` gives
PACKAGES = ("tensorflow", "keras", "numpy", "tensorboard", "tensorflow-plot", "matplotlib")


def describe(
    config: TrainConfig,
    dataset: Dataset,
    activation: Activation,
    model: "keras.Model",
    probe_hash: str,
    start_step: int,
) -> dict[str, object]:
    """The description, ready for JSON.

    `flags` are the settings as given or inherited (`TrainConfig`); `probe_hash` is the one that
    the run's records bear too; `mean` and `std` of each channel are those of the training pixels /
    255, by which the images are normalised if `preprocessing` is "channel".
    """
    return {
        "flags": config.to_dict(),
        "seed": config.seed,
        "kernel_initializer": activation.kernel_initializer,
        "dropout": activation.dropout if config.dropout else None,
        "dataset": {
            "name": dataset.name,
            "image_shape": list(dataset.image_shape),
            "classes": list(dataset.classes),
            "train_examples": len(dataset.x_train),
            "test_examples": len(dataset.x_test),
            "mean": dataset.mean.tolist(),
            "std": dataset.std.tolist(),
        },
        "parameters": model.count_params(),
        "start_step": start_step,
        "probe_hash": probe_hash,
        "versions": versions(),
        "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }


def versions() -> dict[str, str]:
    """Version of Python, of avh and of each of `PACKAGES`."""
    found = {"python": platform.python_version(), "avh": avh.__version__}
    return found | {name: metadata.version(name) for name in PACKAGES}


def read_description(run: Path) -> dict[str, object]:
    """What `describe` wrote into a run directory.

    Raises:
        OSError: it cannot be read.
        ValueError: the file is something else.
    """
    path = run / rundir.CONFIG
    with open(path, "rb") as file:
        text = file.read(_MOST_BYTES + 1)
    if len(text) > _MOST_BYTES:
        raise ValueError(f"{path}: the description of a run expected, got over {_MOST_BYTES} bytes")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: the description of a run expected, got no JSON") from error
    parts = {"flags", "dataset"}
    if not isinstance(content, dict) or not all(isinstance(content.get(p), dict) for p in parts):
        raise ValueError(f"{path}: the description of a run expected, got another JSON")
    return content
