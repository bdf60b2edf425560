"""Fashion-MNIST: 70,000 pictures of clothes in the format of MNIST.

Debian ships it (package `dataset-fashion-mnist`); where it is installed nothing is fetched. Its
files hold the same compressed data in another gzip header, so their content is what is compared.

Source: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking
Machine Learning Algorithms", arXiv:1708.07747, 2017.
"""

import gzip
import hashlib
import zlib
from pathlib import Path

from avh.data.download import Archive
from avh.data.mnist import TEST, TRAIN, unpack
from avh.data.published import Published

MIRRORS = (
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
)
FILES = (  # name, bytes, SHA-256
    (TRAIN[0], 26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
    (TRAIN[1], 29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
    (TEST[0], 4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
    (TEST[1], 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
)
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
CONTENT = {  # SHA-256 of what is inside of the gzip files
    TRAIN[0]: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    TRAIN[1]: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    TEST[0]: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    TEST[1]: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}


def installed(folder: Path = DEBIAN) -> Path | None:
    """The folder with Debian's files, if all are there and hold the published data."""
    for file, sha256 in CONTENT.items():
        try:
            with gzip.open(folder / file) as content:
                if hashlib.sha256(content.read()).hexdigest() != sha256:
                    return None
        except (OSError, EOFError, zlib.error):
            return None
    return folder


PUBLISHED = Published(
    name="FASHION_MNIST",
    archives=tuple(
        Archive(file, size, sha256, tuple(mirror + file for mirror in MIRRORS))
        for file, size, sha256 in FILES
    ),
    unpack=unpack,
    image_shape=(28, 28, 1),
    counts=(60_000, 10_000),
    classes=(
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    installed=installed,
)
SOURCE = PUBLISHED.source()
