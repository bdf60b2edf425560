"""Fashion-MNIST as Debian ships it: all 70,000 pictures."""

import gzip
import hashlib
import os
import struct

import numpy as np
import pytest

from avh.data import catalog, fashion_mnist

# When the published archives were made, in seconds since 1970, as their gzip headers say.
MADE = {"train-images": 1504176606, "train-labels": 1504176606,
        "t10k-images": 1504176627, "t10k-labels": 1504176627}  # fmt: skip


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """Where loading made the dataset from Debian's files; in CI they have to be there."""
    if not fashion_mnist.DEBIAN.is_dir():
        reason = "the Debian package dataset-fashion-mnist expected, it is not installed"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    made = tmp_path_factory.mktemp("datasets")
    catalog.check("FASHION_MNIST", made)
    catalog.load("FASHION_MNIST", made)
    return made


@pytest.mark.parametrize("archive", fashion_mnist.PUBLISHED.archives, ids=lambda each: each.file)
def test_debian_s_data_under_the_published_header_have_the_pinned_digest(directory, archive):
    name = archive.file.removesuffix(".gz")
    made = struct.pack("<I", MADE[name.rsplit("-", 2)[0]])
    header = b"\x1f\x8b\x08\x08" + made + b"\x00\x03" + name.encode() + b"\x00"
    content = header + (fashion_mnist.DEBIAN / archive.file).read_bytes()[10:]
    assert len(content) == archive.size
    assert hashlib.sha256(content).hexdigest() == archive.sha256


def test_all_pictures_are_there_without_a_network(directory):
    data = catalog.load("FASHION_MNIST", directory)
    assert data.path == directory / "FASHION_MNIST" / "data.h5"
    with gzip.open(fashion_mnist.DEBIAN / "train-images-idx3-ubyte.gz") as file:
        raw = np.frombuffer(file.read(), np.uint8, offset=16)
    np.testing.assert_array_equal(np.asarray(data.x_train).ravel(), raw)
    assert np.bincount(data.y_train).tolist() == [6000] * 10
    assert np.bincount(data.y_test).tolist() == [1000] * 10


def test_changed_files_are_not_taken_for_the_published_ones(tmp_path):
    assert fashion_mnist.installed(tmp_path) is None
    for file in fashion_mnist.CONTENT:
        (tmp_path / file).write_bytes(gzip.compress(b"other"))
    assert fashion_mnist.installed(tmp_path) is None


def test_three_steps_train_on_all_60_000(directory, tmp_path):
    from avh.train.batches import Batches
    from avh.train.config import TrainConfig
    from avh.train.session import prepare

    session = prepare(
        TrainConfig(
            dataset="FASHION_MNIST",
            data_dir=str(directory),
            train_dir=str(tmp_path),
            channels=(2,),
            batch_size=20_000,
            learning_rate=0.01,
            max_steps=3,
        )
    )
    batches = Batches(session.dataset, 20_000, 0, 1, 3)
    seen = np.concatenate([batches.indices(step) for step in (1, 2, 3)])
    assert len(np.unique(seen)) == 60_000
    before = [weights.numpy() for weights in session.model.trainable_variables]
    history = session.model.fit(batches, epochs=1, shuffle=False, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    for old, weights in zip(before, session.model.trainable_variables, strict=True):
        assert not np.array_equal(old, weights.numpy())
