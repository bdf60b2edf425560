"""A run that is ready to start.

`prepare` checks everything that can be wrong with the input, and writes nothing before all of it is
right. A resumed run has a directory of its own and counts its steps on from the checkpoint.
"""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from avh.activations.registry import get_activation
from avh.atomic import write_json
from avh.data import catalog
from avh.data.dataset import Dataset
from avh.models import catalog as models
from avh.monitor.probe import probe_hash
from avh.train import checkpoints, rundir
from avh.train.batches import check_batch_size
from avh.train.config import TrainConfig
from avh.train.description import describe
from avh.train.preflight import check_input
from avh.train.schedule import HALVE_EVERY
from avh.train.status import Status, write_status

CLIP_NORM = 20.0  # of all gradients together
PROBE_SIZE = 16


@dataclass(frozen=True)
class Session:
    """All that `run` needs; the directory exists and holds the run's configuration."""

    config: TrainConfig
    directory: Path
    dataset: Dataset
    model: keras.Model  # compiled, with the checkpoint's weights if there is one
    probe: np.ndarray  # float32 [count, h, w, c], normalised
    start_step: int  # steps done already, 0 unless resumed


def prepare(config: TrainConfig) -> Session:
    """Check and load everything, then make the run directory.

    Raises:
        TypeError, ValueError, OSError, ImportError: as `preflight.check_input`, and
        ValueError: a batch larger than the training set, a checkpoint that does not fit the model.
    """
    checkpoint, start_step = check_input(config)
    dataset = catalog.load(config.dataset, config.data_dir)
    check_batch_size(config.batch_size, len(dataset.x_train))
    activation = get_activation(config.activation)
    keras.utils.set_random_seed(config.seed)
    model = build_model(config, dataset.image_shape, dataset.class_count)
    compile_model(model, config)
    if checkpoint:
        checkpoints.load(model, checkpoint)
    probe = dataset.normalize(dataset.probe(min(PROBE_SIZE, len(dataset.x_test))))
    train_dir = Path(config.train_dir)
    directory = (
        rundir.create(train_dir, config.run_name)
        if config.run_name
        else rundir.create_automatic(
            train_dir, config.prefix, dataset.name, config.learning_rate, activation.slug
        )
    )
    write_status(directory, Status("starting", start_step, config.max_steps))
    write_json(
        directory / rundir.CONFIG,
        describe(config, dataset, activation, model, probe_hash(probe), start_step),
    )
    return Session(config, directory, dataset, model, probe, start_step)


def build_model(
    config: TrainConfig, image_shape: tuple[int, int, int], class_count: int
) -> keras.Model:
    """The network of a configuration, with the fresh weights that follow from its seed."""
    return models.build(
        config.model,
        image_shape,
        class_count,
        get_activation(config.activation),
        channels=config.channels,
        batch_norm=config.batch_norm,
        dropout=config.dropout,
        seed=config.seed,
    )


def compile_model(model: keras.Model, config: TrainConfig) -> None:
    """Adam on the cross-entropy of the logits, gradients clipped to a global norm.

    All variables exist afterwards: TensorFlow traces a step that creates some twice, for seconds.
    """
    rate = config.learning_rate
    if config.lr_weight_decay:
        rate = keras.optimizers.schedules.ExponentialDecay(rate, HALVE_EVERY, 0.5, staircase=True)
    # As an object: Keras makes the variables of a metric that is given by name in the first step.
    accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
    model.compile(
        optimizer=keras.optimizers.Adam(rate, global_clipnorm=CLIP_NORM),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[accuracy],
    )
    model.optimizer.build(model.trainable_variables)
