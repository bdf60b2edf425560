import dataclasses

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from avh.data.dataset import Dataset
from avh.train import preprocessing


@pytest.fixture(scope="module")
def dataset():
    random = np.random.default_rng(0)
    x_train = random.integers(0, 256, (50, 4, 3, 2), dtype=np.uint8)
    x_train[:, 0, 0, 0] = 9  # a pixel that never varies
    x_test = random.integers(0, 256, (20, 4, 3, 2), dtype=np.uint8)
    labels = np.arange(50, dtype=np.int64) % 2
    return Dataset("noise", x_train, labels, x_test, labels[:20], ("a", "b"))


def test_standardize_is_scikit_learns_scaler_of_the_training_part(dataset, monkeypatch):
    monkeypatch.setattr(preprocessing, "CHUNK", 16)  # several chunks, the last one smaller
    found = preprocessing.fit("standardize", dataset)(dataset.x_test)
    scaler = StandardScaler().fit(dataset.x_train.reshape(50, -1) / 255)
    expected = scaler.transform(dataset.x_test.reshape(20, -1) / 255).reshape(20, 4, 3, 2)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert found.dtype == np.float32


def test_a_pixel_that_never_varies_in_training_stays_within_1_of_it(dataset):
    found = preprocessing.fit("standardize", dataset)(dataset.x_test)[:, 0, 0, 0]
    assert np.abs(found).max() <= 1


def test_the_test_part_plays_no_role(dataset):
    other = dataclasses.replace(dataset, x_test=255 - dataset.x_test)
    one, two = (preprocessing.fit("standardize", d) for d in (dataset, other))
    np.testing.assert_array_equal(one.mean, two.mean)
    np.testing.assert_array_equal(one.scale, two.scale)


def test_raw_is_between_0_and_1(dataset):
    found = preprocessing.fit("raw", dataset)(dataset.x_test)
    np.testing.assert_allclose(found, dataset.x_test / 255, rtol=1e-6)
    assert found.dtype == np.float32


def test_channel_is_what_the_dataset_does(dataset):
    found = preprocessing.fit("channel", dataset)(dataset.x_test)
    np.testing.assert_array_equal(found, dataset.normalize(dataset.x_test))


def test_only_pixels_are_taken(dataset):
    with pytest.raises(TypeError, match="uint8 images, got float64"):
        preprocessing.fit("raw", dataset)(dataset.x_test / 255)


def test_a_scaler_comes_back_as_it_was_kept(dataset, tmp_path):
    fitted = preprocessing.fit("standardize", dataset)
    preprocessing.save(fitted, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [preprocessing.SCALER]
    found = preprocessing.load_scaler(tmp_path, dataset.image_shape)
    np.testing.assert_array_equal(found(dataset.x_test), fitted(dataset.x_test))


@pytest.mark.parametrize("kind", ["channel", "raw"])
def test_without_a_scaler_nothing_is_kept(dataset, tmp_path, kind):
    preprocessing.save(preprocessing.fit(kind, dataset), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_scaler_of_such_images_is_refused(dataset, tmp_path):
    with pytest.raises(OSError, match=r"scaler\.npz"):
        preprocessing.load_scaler(tmp_path, (4, 3, 2))
    (tmp_path / preprocessing.SCALER).write_bytes(b"no archive")
    with pytest.raises(ValueError, match="mean and scale of each pixel expected"):
        preprocessing.load_scaler(tmp_path, (4, 3, 2))
    preprocessing.save(preprocessing.fit("standardize", dataset), tmp_path)
    with pytest.raises(ValueError, match=r"scaler of images \(2, 2, 1\) expected"):
        preprocessing.load_scaler(tmp_path, (2, 2, 1))
