"""CIFAR-10: 60,000 photographs of ten kinds of things, 32 x 32 colour pixels.

From the binary version: a tar archive of files of 3,073-byte records, a label and then the red, the
green and the blue plane, each by rows.

Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
"""

from pathlib import Path

import numpy as np

from avh.data.download import Archive
from avh.data.published import Parts, Published
from avh.data.tar_members import tar_members

ARCHIVE = "cifar-10-binary.tar.gz"
SIZE = 170052171
SHA256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
ADDRESSES = (
    f"https://www.cs.toronto.edu/~kriz/{ARCHIVE}",
    f"https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/{ARCHIVE}",
)
FOLDER = "cifar-10-batches-bin"
TRAIN = tuple(f"{FOLDER}/data_batch_{number}.bin" for number in range(1, 6))
TEST = f"{FOLDER}/test_batch.bin"
SHAPE = (32, 32, 3)
RECORD = 1 + 32 * 32 * 3
RECORDS = 10_000  # at most, in one file


def read_records(name: str, content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 [n, 32, 32, 3] and labels int64 [n].

    Raises:
        ValueError: these are no whole records.
    """
    if not content or len(content) % RECORD:
        raise ValueError(f"{name}: expected records of {RECORD} bytes, found {len(content)} bytes")
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    planes = records[:, 1:].reshape(-1, SHAPE[2], *SHAPE[:2])
    return np.moveaxis(planes, 1, 3), records[:, 0].astype(np.int64)


def unpack(folder: Path) -> Parts:
    """The arrays from the archive."""
    found = {
        name: read_records(f"{folder / ARCHIVE}: {name}", content)
        for name, content in tar_members(folder / ARCHIVE, (*TRAIN, TEST), RECORDS * RECORD)
    }
    images, labels = zip(*(found[name] for name in TRAIN), strict=True)
    return Parts(np.concatenate(images), np.concatenate(labels), *found[TEST])


PUBLISHED = Published(
    name="CIFAR10",
    archives=(Archive(ARCHIVE, SIZE, SHA256, ADDRESSES),),
    unpack=unpack,
    image_shape=SHAPE,
    counts=(50_000, 10_000),
    classes=(
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ),
)
SOURCE = PUBLISHED.source()
