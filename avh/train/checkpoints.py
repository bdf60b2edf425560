"""Checkpoints: all that is needed to go on as if the run had never been interrupted.

`checkpoints/step_000200.weights.h5` is a Keras weights file (`model.load_weights` reads it) with
the weights, the optimizer's moments and iteration count, the state of the dropout's random
generators, and the number of the step. It is written whole or not at all, and the last three are
kept.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from avh.atomic import replacing
from avh.train import rundir

if TYPE_CHECKING:  # finding a checkpoint and its step answers without TensorFlow
    import keras

KEEP = 3
STEP = "avh_step"  # attribute of the file
RANDOM = "avh_random_state"  # group: Keras does not save the state of a layer's random generator

_NAME = re.compile(r"step_(\d+)\.weights\.h5")


def save(model: "keras.Model", run: Path, step: int) -> Path:
    """Write the checkpoint of `step` and remove all but the last `KEEP`."""
    directory = run / rundir.CHECKPOINTS
    directory.mkdir(exist_ok=True)
    path = directory / f"step_{step:06d}.weights.h5"
    with replacing(path) as temporary:
        model.save_weights(temporary)
        with h5py.File(temporary, "r+") as file:
            file.attrs[STEP] = step
            for index, state in enumerate(_random_states(model)):
                file[f"{RANDOM}/{index}"] = np.asarray(state)
    for old in sorted(_all(directory).items())[:-KEEP]:
        old[1].unlink(missing_ok=True)
    return path


def find(place: Path) -> Path:
    """The checkpoint file that `place` names: the file itself, or the latest of a run directory.

    Raises:
        FileNotFoundError: there is none.
    """
    if place.is_file():
        return place
    if not place.is_dir():
        raise FileNotFoundError(f"checkpoint: {place} does not exist")
    found = _all(place / rundir.CHECKPOINTS) or _all(place)
    if not found:
        raise FileNotFoundError(f"checkpoint: {place} holds no checkpoint (step_*.weights.h5)")
    return found[max(found)]


def step_of(path: Path) -> int:
    """The step after which a checkpoint was written.

    Raises:
        ValueError: the file is not a checkpoint of this trainer.
    """
    try:
        with h5py.File(path, "r") as file:
            return int(file.attrs[STEP])
    except (OSError, KeyError) as error:
        raise ValueError(f"checkpoint: {path} is not a checkpoint of the trainer") from error


def load(model: "keras.Model", path: Path) -> int:
    """Put a checkpoint into `model`, into its optimizer too if it is compiled; returns the step.

    Raises:
        ValueError: the file is not a checkpoint, or not one of such a model.
    """
    step = step_of(path)
    with h5py.File(path, "r") as file:
        saved = {
            str(group["vars"].attrs["name"]): _shapes(group["vars"])
            for group in file.get("layers", {}).values()
            if len(group.get("vars", ()))
        }
        random = [file[RANDOM][str(i)][()] for i in range(len(file.get(RANDOM, ())))]
    expected = {layer.name: [tuple(w.shape) for w in layer.weights] for layer in model.layers}
    _check_same(path, {name: shapes for name, shapes in expected.items() if shapes}, saved)
    states = _random_states(model)
    if model.compiled and not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    try:
        model.load_weights(path)
    except (ValueError, KeyError, OSError) as error:
        raise ValueError(f"checkpoint: {path} does not fit the model {model.name}") from error
    # Without dropout on one side there is no state to go on from: the generators start afresh.
    if len(random) == len(states):
        for state, value in zip(states, random, strict=True):
            state.assign(value)
    return step


def _all(directory: Path) -> dict[int, Path]:
    if not directory.is_dir():
        return {}
    found = ((_NAME.fullmatch(path.name), path) for path in directory.iterdir())
    return {int(match[1]): path for match, path in found if match}


def _shapes(group: h5py.Group) -> list[tuple[int, ...]]:
    return [tuple(group[str(index)].shape) for index in range(len(group))]


def _random_states(model: "keras.Model") -> list["keras.Variable"]:
    """Ordered as the layers are."""
    weights = {id(weight) for weight in model.weights}
    return [
        variable
        for layer in model.layers
        for variable in layer.variables
        if id(variable) not in weights
    ]


def _check_same(
    path: Path,
    expected: dict[str, list[tuple[int, ...]]],
    saved: dict[str, list[tuple[int, ...]]],
) -> None:
    for name in [*expected, *saved]:
        if expected.get(name) != saved.get(name):
            raise ValueError(
                f"checkpoint: {path} does not fit the model: layer {name} expects "
                f"{_words(expected.get(name))}, the file holds {_words(saved.get(name))}"
            )


def _words(shapes: list[tuple[int, ...]] | None) -> str:
    return " and ".join("x".join(map(str, shape)) for shape in shapes) if shapes else "nothing"
