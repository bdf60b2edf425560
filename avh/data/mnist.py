"""MNIST: 70,000 handwritten digits, 28 x 28 grey pixels.

Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-Based Learning Applied to Document
Recognition", Proceedings of the IEEE 86(11), 1998.
"""

from pathlib import Path

from avh.data.download import Archive
from avh.data.idx import read_split
from avh.data.published import Parts, Published

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
TRAIN = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
TEST = ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")
FILES = (  # name, bytes, SHA-256
    (TRAIN[0], 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    (TRAIN[1], 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    (TEST[0], 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    (TEST[1], 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
)


def unpack(folder: Path) -> Parts:
    """The arrays from the four files, which Fashion-MNIST names alike."""
    return Parts(*read_split(folder, TRAIN), *read_split(folder, TEST))


PUBLISHED = Published(
    name="MNIST",
    archives=tuple(
        Archive(file, size, sha256, tuple(mirror + file for mirror in MIRRORS))
        for file, size, sha256 in FILES
    ),
    unpack=unpack,
    image_shape=(28, 28, 1),
    counts=(60_000, 10_000),
    classes=tuple("0123456789"),
)
SOURCE = PUBLISHED.source()
