"""Small archives in the very formats of the published ones, and what is in them."""

import gzip
import hashlib
import io
import struct
import tarfile
from dataclasses import replace

import numpy as np
from scipy.io import savemat

from avh.data import cifar10, fashion_mnist, mnist, svhn
from avh.data.download import Archive

TRAIN, TEST = 10, 4


def _arrays(shape):
    random = np.random.default_rng(1)
    return [
        random.integers(0, 256, (count, *shape), np.uint8)
        if kind == "image"
        else random.permutation(np.arange(count) % 10)
        for count in (TRAIN, TEST)
        for kind in ("image", "label")
    ]


def idx(array):
    """An `.idx.gz` file."""
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return gzip.compress(head + array.astype(np.uint8).tobytes())


def mat(images, labels):
    """A MATLAB file as SVHN's."""
    file = io.BytesIO()
    stored = np.where(labels == 0, 10, labels).astype(np.uint8)[:, None]
    savemat(file, {"X": np.moveaxis(images, 0, 3), "y": stored}, do_compression=True)
    return file.getvalue()


def tar(members, **of_member):
    """A `.tar.gz` of (name, content) pairs; `of_member` sets fields of each TarInfo."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for field, value in of_member.items():
                setattr(info, field, value)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def cifar_members(x_train, y_train, x_test, y_test):
    """(name, content) of the files of CIFAR-10's binary version."""

    def records(images, labels):
        planes = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
        return np.column_stack([labels.astype(np.uint8), planes]).astype(np.uint8).tobytes()

    yield "cifar-10-batches-bin/batches.meta.txt", b"airplane\n"
    for number in range(5):
        part = slice(2 * number, 2 * number + 2)
        name = f"cifar-10-batches-bin/data_batch_{number + 1}.bin"
        yield name, records(x_train[part], y_train[part])
    yield "cifar-10-batches-bin/test_batch.bin", records(x_test, y_test)


def small(name):
    """(published, files, arrays): a small dataset, name -> content of its archives, its arrays.

    The archives have no addresses yet: see `serve`.
    """
    real = {p.name: p for p in (m.PUBLISHED for m in (mnist, fashion_mnist, svhn, cifar10))}[name]
    arrays = _arrays(real.image_shape)
    x_train, y_train, x_test, y_test = arrays
    if name == "SVHN":
        files = {svhn.TRAIN: mat(x_train, y_train), svhn.TEST: mat(x_test, y_test)}
    elif name == "CIFAR10":
        files = {cifar10.ARCHIVE: tar(cifar_members(*arrays))}
    else:
        planes = [array[..., 0] if array.ndim == 4 else array for array in arrays]
        files = dict(zip((*mnist.TRAIN, *mnist.TEST), map(idx, planes), strict=True))
    published = replace(real, counts=(TRAIN, TEST), installed=lambda: None)
    return published, files, arrays


def serve(server, published, files, manners=(None,)):
    """`published` with the addresses of a server, one mirror for each of `manners`."""
    archives = []
    for file, content in files.items():
        addresses = [
            server.serve(f"/{number}/{file}", content, *([manner] if manner else []))
            for number, manner in enumerate(manners)
        ]
        digest = hashlib.sha256(content).hexdigest()
        archives.append(Archive(file, len(content), digest, tuple(addresses)))
    return replace(published, archives=tuple(archives))
