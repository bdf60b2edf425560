"""What a network is fed with: pixels, turned into numbers in one of three ways.

All ways are (pixel - mean) / scale; what is taken for the two follows from the training part alone:

- channel: mean and standard deviation of each channel (`Dataset.normalize`).
- standardize: those of each pixel by itself, as scikit-learn's StandardScaler has them of pixel /
  255; one that never varies keeps its range. They are kept with the run, in `scaler.npz`.
- raw: pixel / 255, in [0, 1]. This is what TensorFlow's reader of MNIST gave the tutorials.
"""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avh.atomic import replacing
from avh.data.dataset import Dataset

SCALER = "scaler.npz"
LEVEL = 255.0  # the highest value of a pixel
CHUNK = 4096  # images that the scaler is given at once, as float64


@dataclass(frozen=True, eq=False)
class Preprocessing:
    """From uint8 images [n, h, w, c] to float32 of the same shape.

    Attributes:
        kind: one of `avh.train.config.PREPROCESSINGS`.
        mean: in levels of a pixel, float32, of a shape that broadcasts to (h, w, c).
        scale: likewise, above 0.
    """

    kind: str
    mean: np.ndarray
    scale: np.ndarray

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Apply it.

        Raises:
            TypeError: the images are not uint8.
        """
        if images.dtype != np.uint8:
            raise TypeError(f"expected uint8 images, got {images.dtype}")
        return (images.astype(np.float32) - self.mean) / self.scale


def fit(kind: str, dataset: Dataset) -> Preprocessing:
    """The preprocessing that follows from a dataset's training part.

    Args:
        kind: one of `avh.train.config.PREPROCESSINGS`.
        dataset: its test part plays no role.
    """
    if kind == "channel":
        return of_channels(dataset.mean, dataset.std)
    if kind == "raw":
        return Preprocessing(kind, np.float32(0), np.float32(LEVEL))
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler()
    for start in range(0, len(dataset.x_train), CHUNK):
        chunk = dataset.x_train[start : start + CHUNK]
        scaler.partial_fit(chunk.reshape(len(chunk), -1) / LEVEL)
    mean, scale = (
        (values * LEVEL).reshape(dataset.image_shape).astype(np.float32)
        for values in (scaler.mean_, scaler.scale_)
    )
    return Preprocessing(kind, mean, scale)


def of_channels(mean: np.ndarray, std: np.ndarray) -> Preprocessing:
    """The one of kind "channel" for a mean and a deviation of pixel / 255, float64 [c]."""
    return Preprocessing("channel", *((v * LEVEL).astype(np.float32) for v in (mean, std)))


def save(preprocessing: Preprocessing, run: Path) -> None:
    """Keep in a run directory what `config.json` does not hold: the scaler, if there is one."""
    if preprocessing.kind != "standardize":
        return
    with replacing(run / SCALER) as temporary:
        np.savez(temporary, mean=preprocessing.mean, scale=preprocessing.scale)


def load_scaler(run: Path, image_shape: tuple[int, ...]) -> Preprocessing:
    """The one of kind "standardize" that a run was trained with.

    Raises:
        OSError: the run directory holds no scaler.
        ValueError: the file is not a scaler, or one of images of another shape.
    """
    path = run / SCALER
    try:
        # NumPy leaves a file that it opened itself and cannot read to the garbage collector.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            mean, scale = arrays["mean"], arrays["scale"]
    except (KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path}: the mean and scale of each pixel expected") from error
    if mean.shape != image_shape or scale.shape != image_shape:
        raise ValueError(f"{path}: a scaler of images {image_shape} expected, got {mean.shape}")
    return Preprocessing("standardize", mean, scale)
