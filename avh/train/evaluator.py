"""Evaluate a checkpoint over a whole test set: loss, accuracy, and each layer's statistics.

The network is rebuilt from the `config.json` of the checkpoint's run, and images are preprocessed
as they were in training, whatever set they come from.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from avh.data import catalog
from avh.data.dataset import Dataset
from avh.monitor.measure import LayerMeasurement, measure_layers
from avh.train import checkpoints, preprocessing, rundir
from avh.train.config import TrainConfig
from avh.train.description import read_description
from avh.train.preprocessing import Preprocessing
from avh.train.scores import BATCH, score
from avh.train.session import build_model


@dataclass(frozen=True)
class Evaluation:
    """A checkpoint's result on a test set."""

    run: Path
    checkpoint: Path
    step: int
    activation: str
    dataset: str
    examples: int
    loss: float  # mean cross-entropy in nats
    accuracy: float  # share in [0, 1]
    layers: tuple[LayerMeasurement, ...]  # over all examples, in the order of the model

    def to_dict(self) -> dict[str, object]:
        """Ready for JSON."""
        return {
            "run": self.run.name,
            "checkpoint": self.checkpoint.name,
            "step": self.step,
            "activation": self.activation,
            "dataset": self.dataset,
            "examples": self.examples,
            "loss": self.loss,
            "accuracy": self.accuracy,
            "layers": [
                {
                    **asdict(layer.info),
                    "statistics": {name: float(v) for name, v in layer.statistics.items()},
                }
                for layer in self.layers
            ],
        }


def evaluate(
    checkpoint: str | Path,
    *,
    dataset: str | None = None,
    batch_size: int = BATCH,
    data_dir: str | None = None,
    download: bool = False,
) -> Evaluation:
    """Evaluate a checkpoint.

    Args:
        checkpoint: a run directory (its latest checkpoint counts) or a file in its `checkpoints/`.
        dataset: whose test set; by default that of the run.
        batch_size: examples at once, at least 1; results do not depend on it but for rounding.
        data_dir: where datasets are kept; by default where the run found them.
        download: fetch the dataset if it is missing.

    Raises:
        OSError: no such checkpoint, or no `config.json` (or scaler) beside it.
        ValueError: not a checkpoint, one that does not fit the model of its `config.json`, or
            a dataset that does not fit the network.
    """
    file = checkpoints.find(Path(checkpoint))
    run = rundir.run_of(file)
    description = read_description(run)
    config, trained_on = TrainConfig.from_dict(description["flags"]), description["dataset"]
    data = catalog.load(dataset or config.dataset, data_dir or config.data_dir, download=download)
    _check_fits(data, tuple(trained_on["image_shape"]), len(trained_on["classes"]))
    model = build_model(config, data.image_shape, data.class_count)
    step = checkpoints.load(model, file)
    preprocess = _preprocessing(config.preprocessing, run, trained_on, data)
    loss, accuracy = score(model, data.x_test, data.y_test, preprocess, batch_size)
    batches = (
        preprocess(data.x_test[start : start + batch_size])
        for start in range(0, len(data.x_test), batch_size)
    )
    return Evaluation(
        run=run,
        checkpoint=file,
        step=step,
        activation=config.activation,
        dataset=data.name,
        examples=len(data.x_test),
        loss=loss,
        accuracy=accuracy,
        layers=tuple(measure_layers(model, batches)),
    )


def _preprocessing(
    kind: str, run: Path, trained_on: dict[str, object], data: Dataset
) -> Preprocessing:
    """As it was in training; `data` gives the shape of the images and nothing else."""
    if kind == "standardize":
        return preprocessing.load_scaler(run, data.image_shape)
    if kind == "channel":
        return preprocessing.of_channels(np.array(trained_on["mean"]), np.array(trained_on["std"]))
    return preprocessing.fit(kind, data)


def _check_fits(data: Dataset, image_shape: tuple[int, ...], class_count: int) -> None:
    if data.image_shape != image_shape or data.class_count != class_count:
        raise ValueError(
            f"dataset: images {_words(image_shape)} of {class_count} classes expected, as in "
            f"training; {data.name} has {_words(data.image_shape)} of {data.class_count}"
        )


def _words(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
