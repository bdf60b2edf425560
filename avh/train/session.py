"""A run that is ready to start.

`prepare` checks everything that can be wrong with the input, and writes nothing before all of it is
right. A run that goes on from a checkpoint counts its steps on, in a new directory (`checkpoint`)
or in its own (`resume`).
"""

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from avh.activations.registry import Activation, get_activation
from avh.atomic import write_json
from avh.data import catalog
from avh.data.dataset import Dataset
from avh.models import catalog as models
from avh.monitor.probe import probe_hash
from avh.train import checkpoints, preprocessing, resuming, rundir, strategies
from avh.train.config import SIZES, TrainConfig
from avh.train.description import describe
from avh.train.preflight import check_examples, find_beginning
from avh.train.preprocessing import Preprocessing
from avh.train.resuming import Beginning
from avh.train.schedule import HALVE_EVERY
from avh.train.status import Status, write_status

CLIP_NORM = 20.0  # of all gradients together, with Adam; plain SGD is left as it is published
PROBE_SIZE = 16


@dataclass(frozen=True)
class Session:
    """All that `run` needs; the directory exists and holds the run's configuration."""

    config: TrainConfig
    directory: Path
    dataset: Dataset
    model: keras.Model  # compiled, with the checkpoint's weights if there is one
    preprocess: Preprocessing
    probe: np.ndarray  # float32 [count, h, w, c], preprocessed
    start_step: int  # steps done already, 0 unless resumed
    damaged: tuple[Path, ...] = ()  # checkpoints of the run that could not be read


def prepare(config: TrainConfig) -> Session:
    """Check and load everything, then make the run directory, or take over the one to resume.

    The settings of a run to resume are those that `resuming.settings` gives.

    Raises:
        TypeError, ValueError, OSError, ImportError: as `preflight.find_beginning`, and
        ValueError: a batch larger than the training set, a checkpoint that does not fit the model,
            a dataset of another size than the run to resume had.
    """
    beginning = find_beginning(config)
    checkpoint, start_step = beginning.checkpoint, beginning.step
    dataset = catalog.load(config.dataset, config.data_dir, download=config.download)
    if config.resume is not None:
        resuming.check_dataset(config, len(dataset.x_train))
    config = check_examples(config, len(dataset.x_train), start_step)
    preprocess = find_preprocessing(config, dataset, checkpoint)
    activation = find_activation(config)
    keras.utils.set_random_seed(config.seed)
    strategy = strategies.open_strategy(config.strategy, config.devices, config.batch_size)
    with strategy.scope() if strategy else contextlib.nullcontext():
        model = build_model(config, dataset.image_shape, dataset.class_count)
        compile_model(model, config)
    if checkpoint:
        checkpoints.load(model, checkpoint)
    probe = preprocess(dataset.probe(min(PROBE_SIZE, len(dataset.x_test))))
    directory = _directory(config, dataset.name, activation.slug, beginning)
    write_status(directory, Status("starting", start_step, config.max_steps))
    if config.resume is None:
        content = describe(config, dataset, activation, model, probe_hash(probe), start_step)
        write_json(directory / rundir.CONFIG, content)
    if checkpoint is None or not (directory / preprocessing.SCALER).is_file():
        preprocessing.save(preprocess, directory)
    damaged = beginning.damaged
    return Session(config, directory, dataset, model, preprocess, probe, start_step, damaged)


def _directory(config: TrainConfig, dataset: str, slug: str, beginning: Beginning) -> Path:
    """The directory of the run, ready to be written into."""
    if config.resume is not None:
        return resuming.take_over(config, beginning)
    train_dir = Path(config.train_dir)
    if config.run_name:
        return rundir.create(train_dir, config.run_name)
    return rundir.create_automatic(train_dir, config.prefix, dataset, config.learning_rate, slug)


def find_activation(config: TrainConfig) -> Activation:
    """The activation of a configuration, with the initialiser that the configuration wants."""
    activation = get_activation(config.activation)
    if config.initializer is None:
        return activation
    return replace(activation, kernel_initializer=config.initializer)


def find_preprocessing(
    config: TrainConfig, dataset: Dataset, checkpoint: Path | None
) -> Preprocessing:
    """What follows from the training part; a run that goes on keeps the scaler that it has.

    Raises:
        ValueError: the checkpoint's run has a scaler for other images.
    """
    if checkpoint is not None and config.preprocessing == "standardize":
        for directory in (checkpoint.parent, checkpoint.parent.parent):
            if (directory / preprocessing.SCALER).is_file():
                return preprocessing.load_scaler(directory, dataset.image_shape)
    return preprocessing.fit(config.preprocessing, dataset)


def build_model(
    config: TrainConfig, image_shape: tuple[int, int, int], class_count: int
) -> keras.Model:
    """The network of a configuration, with the fresh weights that follow from its seed."""
    sizes = {name: getattr(config, name) for name in SIZES}
    return models.build(
        config.model,
        image_shape,
        class_count,
        find_activation(config),
        **{name: size for name, size in sizes.items() if size is not None},
        batch_norm=config.batch_norm,
        dropout=config.dropout,
        seed=config.seed,
    )


def compile_model(model: keras.Model, config: TrainConfig) -> None:
    """The optimizer on the cross-entropy of the logits; Adam clips gradients to a global norm.

    All variables exist afterwards: TensorFlow traces a step that creates some twice, for seconds.
    """
    rate = config.learning_rate
    if config.lr_weight_decay:
        rate = keras.optimizers.schedules.ExponentialDecay(rate, HALVE_EVERY, 0.5, staircase=True)
    optimizer = (
        keras.optimizers.SGD(rate)
        if config.optimizer == "sgd"
        else keras.optimizers.Adam(rate, global_clipnorm=CLIP_NORM)
    )
    # As an object: Keras makes the variables of a metric that is given by name in the first step.
    accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[accuracy],
    )
    model.optimizer.build(model.trainable_variables)
