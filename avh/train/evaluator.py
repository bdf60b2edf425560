"""Evaluate checkpoints over a whole test set: loss, accuracy, confusion, each layer's statistics.

The network is rebuilt from the `config.json` of the checkpoint's run, and images are preprocessed
as they were in training, whatever set they come from. All numbers are of the same forward passes.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import keras
import numpy as np

from avh.data import catalog
from avh.data.dataset import Dataset
from avh.monitor.findings import Findings
from avh.monitor.measure import LayerMeasurement, measure_layers
from avh.records.finding import Finding
from avh.train import checkpoints, preprocessing, rundir
from avh.train.config import TrainConfig
from avh.train.description import read_description
from avh.train.preprocessing import Preprocessing
from avh.train.scores import BATCH, cross_entropy
from avh.train.session import build_model


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A checkpoint's result on a test set."""

    run: Path
    checkpoint: Path
    step: int
    activation: str
    seed: int
    dataset: str
    classes: tuple[str, ...]
    confusion: np.ndarray  # int64 [classes, classes]: examples of the row's class, taken for ...
    loss: float  # mean cross-entropy in nats; NaN or infinite if the network is broken
    layers: tuple[LayerMeasurement, ...]  # over all examples, in the order of the model
    findings: tuple[Finding, ...]  # what the statistics show, the most urgent first
    probe_hash: str | None = None  # of the inputs of the run's pictures

    @property
    def examples(self) -> int:
        """How many, all of the test set."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of right answers, in [0, 1]."""
        return int(self.confusion.trace()) / self.examples

    @property
    def name(self) -> str:
        """Of the run."""
        return self.run.resolve().name

    def to_dict(self) -> dict[str, object]:
        """Ready for `avh.atomic.write_json`."""
        return {
            "run": self.name,
            "checkpoint": self.checkpoint.name,
            "step": self.step,
            "activation": self.activation,
            "dataset": self.dataset,
            "examples": self.examples,
            "loss": self.loss,
            "accuracy": self.accuracy,
            "classes": list(self.classes),
            "confusion": self.confusion.tolist(),
            "layers": [
                {
                    **asdict(layer.info),
                    "statistics": {name: float(v) for name, v in layer.statistics.items()},
                }
                for layer in self.layers
            ],
            "findings": [asdict(finding) for finding in self.findings],
        }


def evaluate_all(
    places: Sequence[str | Path],
    *,
    dataset: str | None = None,
    batch_size: int = BATCH,
    data_dir: str | None = None,
    download: bool = False,
) -> list[Evaluation]:
    """Evaluate several checkpoints, each as `evaluate` does and in the order given.

    One that is named twice counts once. A dataset is read once if neighbours share it.

    Raises:
        OSError, ValueError: as `evaluate`; there is no result then.
    """
    load = lru_cache(maxsize=1)(catalog.load)
    files = {file.resolve(): file for file in (checkpoints.find(Path(place)) for place in places)}
    return [
        _evaluate(file, dataset, batch_size, lambda *of: load(*of, download=download), data_dir)
        for file in files.values()
    ]


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
    options = {"batch_size": batch_size, "data_dir": data_dir, "download": download}
    return evaluate_all([checkpoint], dataset=dataset, **options)[0]


def _evaluate(
    file: Path,
    dataset: str | None,
    batch_size: int,
    load: Callable[[str, str | None], Dataset],
    data_dir: str | None,
) -> Evaluation:
    run = rundir.run_of(file)
    description = read_description(run)
    config, trained_on = TrainConfig.from_dict(description["flags"]), description["dataset"]
    data = load(dataset or config.dataset, data_dir or config.data_dir)
    _check_fits(data, tuple(trained_on["image_shape"]), len(trained_on["classes"]), run)
    model = build_model(config, data.image_shape, data.class_count)
    step = checkpoints.load(model, file)
    preprocess = _preprocessing(config.preprocessing, run, trained_on, data)
    answers, layers = _measure(model, data, preprocess, batch_size)
    sketches = [layer.sketch for layer in layers]
    return Evaluation(
        run=run,
        checkpoint=file,
        step=step,
        activation=config.activation,
        seed=config.seed,
        dataset=data.name,
        classes=data.classes,
        confusion=answers.confusion,
        loss=answers.loss / len(data.x_test),
        layers=tuple(layers),
        # A whole test set is not one odd batch: it needs no second record.
        findings=tuple(Findings(records=1).feed(step, [layer.info for layer in layers], sketches)),
        probe_hash=description.get("probe_hash"),
    )


def _measure(
    model: keras.Model, data: Dataset, preprocess: Preprocessing, batch_size: int
) -> tuple["_Answers", list[LayerMeasurement]]:
    answers = _Answers(data.y_test, data.class_count)
    batches = (
        preprocess(data.x_test[start : start + batch_size])
        for start in range(0, len(data.x_test), batch_size)
    )
    layers = measure_layers(model, batches, on_outputs=answers.add)
    return answers, layers


class _Answers:
    """Sums up what a network says, batch by batch in the order of the labels."""

    def __init__(self, labels: np.ndarray, class_count: int) -> None:
        self.loss = 0.0  # the sum, in nats
        self.confusion = np.zeros((class_count, class_count), np.int64)
        self._labels, self._seen = labels, 0

    def add(self, logits: object) -> None:
        """Count one batch of logits, [n, classes]."""
        logits = np.asarray(logits, np.float64)
        labels = self._labels[self._seen : self._seen + len(logits)]
        self._seen += len(logits)
        self.loss += cross_entropy(logits, labels)
        np.add.at(self.confusion, (labels, logits.argmax(1)), 1)


def _preprocessing(
    kind: str, run: Path, trained_on: dict[str, object], data: Dataset
) -> Preprocessing:
    """As it was in training; `data` gives the shape of the images and nothing else."""
    if kind == "standardize":
        return preprocessing.load_scaler(run, data.image_shape)
    if kind == "channel":
        return preprocessing.of_channels(np.array(trained_on["mean"]), np.array(trained_on["std"]))
    return preprocessing.fit(kind, data)


def _check_fits(data: Dataset, image_shape: tuple[int, ...], class_count: int, run: Path) -> None:
    if data.image_shape != image_shape or data.class_count != class_count:
        raise ValueError(
            f"dataset: images {_words(image_shape)} of {class_count} classes expected, as in "
            f"training of {run}; {data.name} has {_words(data.image_shape)} of {data.class_count}"
        )


def _words(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
