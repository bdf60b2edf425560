"""Checkpoints: all that is needed to go on as if the run had never been interrupted.

`checkpoints/step_000200.weights.h5` is a Keras weights file (`model.load_weights` reads it) with
the weights, the optimizer's moments and iteration count, the state of the dropout's random
generators, the number of the step, and a checksum. It is written whole or not at all, and the last
three are kept.
"""

import io
import re
import zlib
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
CHECKSUM = "avh_checksum"  # likewise: of the names and bytes of all that is in it
RANDOM = "avh_random_state"  # group: Keras does not save the state of a layer's random generator

_UNREADABLE = (OSError, KeyError, ValueError, RuntimeError)  # what h5py raises for a damaged file
_NAME = re.compile(r"step_(\d+)\.weights\.h5")


class _InMemory(io.BytesIO):
    """A weights file in memory: HDF5 on a disk that is full crashes the process at its end."""

    def __str__(self) -> str:  # Keras looks at the name
        return ".weights.h5"


def save(model: "keras.Model", run: Path, step: int) -> Path:
    """Write the checkpoint of `step` and remove all but the last `KEEP`.

    Raises:
        OSError: the disk refuses; earlier checkpoints are as they were.
    """
    directory = run / rundir.CHECKPOINTS
    directory.mkdir(exist_ok=True)
    path = directory / f"step_{step:06d}.weights.h5"
    content = _InMemory()
    model.save_weights(content)
    with h5py.File(content, "r+") as file:
        file.attrs[STEP] = step
        for index, state in enumerate(_random_states(model)):
            file[f"{RANDOM}/{index}"] = np.asarray(state)
        file.attrs[CHECKSUM] = _checksum(file)
    with replacing(path) as temporary:
        temporary.write_bytes(content.getbuffer())
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
    except (*_UNREADABLE, TypeError) as error:
        raise ValueError(f"checkpoint: {path} is not a checkpoint of the trainer") from error


def check(path: Path) -> int:
    """Read a checkpoint as a whole; returns its step.

    Raises:
        ValueError: the file is not a checkpoint of this trainer, or damaged.
    """
    step = step_of(path)
    try:
        with h5py.File(path, "r") as file:
            expected = file.attrs.get(CHECKSUM)  # none in those of avh before it was resumable
            found = _checksum(file)
    except _UNREADABLE as error:
        raise ValueError(f"checkpoint: {path} is damaged") from error
    if expected is not None and int(expected) != found:
        raise ValueError(f"checkpoint: {path} is damaged: its checksum is another")
    return step


def load(model: "keras.Model", path: Path) -> int:
    """Put a checkpoint into `model`, into its optimizer too if it is compiled; returns the step.

    Raises:
        ValueError: the file is not a checkpoint, or damaged, or not one of such a model; the model
            is then as it was.
    """
    step = check(path)
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


def newest_first(run: Path) -> list[Path]:
    """The checkpoints of a run directory, whole or not."""
    found = _all(run / rundir.CHECKPOINTS)
    return [found[step] for step in sorted(found, reverse=True)]


def _all(directory: Path) -> dict[int, Path]:
    if not directory.is_dir():
        return {}
    found = ((_NAME.fullmatch(path.name), path) for path in directory.iterdir())
    return {int(match[1]): path for match, path in found if match}


def _checksum(file: h5py.File) -> int:
    """CRC-32 of the name and the bytes of every array, by ascending name."""
    names: list[str] = []
    file.visititems(lambda name, item: names.append(name) if _is_array(item) else None)
    checksum = 0
    for name in sorted(names):
        array = np.ascontiguousarray(file[name][()])
        checksum = zlib.crc32(array.tobytes(), zlib.crc32(name.encode(), checksum))
    return checksum


def _is_array(item: h5py.Group | h5py.Dataset) -> bool:
    return isinstance(item, h5py.Dataset)


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
