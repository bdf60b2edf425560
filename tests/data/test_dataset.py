"""Dataset against NumPy's and scikit-learn's own arithmetic."""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from avh.data.dataset import CHUNK, Dataset


def make(x_train=None, y_train=None, x_test=None, y_test=None, classes=("a", "b", "c")):
    random = np.random.default_rng(3)
    if x_train is None:
        x_train = random.integers(0, 256, (12, 4, 5, 3), dtype=np.uint8)
    if x_test is None:
        x_test = random.integers(0, 256, (7, 4, 5, 3), dtype=np.uint8)
    if y_train is None:
        y_train = np.arange(len(x_train)) % 3
    if y_test is None:
        y_test = np.array([2, 2, 0, 1, 2, 0, 2])
    return Dataset("toy", x_train, y_train, x_test, y_test, classes)


def test_shape_and_class_count():
    assert make().image_shape == (4, 5, 3)
    assert make().class_count == 3


def test_mean_and_std_are_those_of_the_training_pixels_by_channel():
    data = make()
    scaled = data.x_train / 255
    np.testing.assert_allclose(data.mean, scaled.mean((0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(data.std, scaled.std((0, 1, 2)), rtol=1e-12)
    assert data.mean.dtype == data.std.dtype == np.float64
    assert data.mean.shape == data.std.shape == (3,)


def test_mean_and_std_over_more_images_than_are_counted_at_once():
    x_train = np.random.default_rng(5).integers(0, 256, (CHUNK + 3, 2, 2, 1), dtype=np.uint8)
    data = make(x_train=x_train, x_test=x_train[:7])
    assert data.mean == pytest.approx((x_train / 255).mean(), rel=1e-12)
    assert data.std == pytest.approx((x_train / 255).std(), rel=1e-12)


@pytest.mark.parametrize("level", [0, 1, 77, 255])
def test_a_constant_channel_has_std_one_and_is_normalized_to_zero(level):
    x_train = np.random.default_rng(1).integers(0, 256, (50, 3, 3, 2), dtype=np.uint8)
    x_train[..., 1] = level
    data = make(x_train=x_train, x_test=x_train[:7])
    assert data.std[1] == 1
    assert data.std[0] < 1
    np.testing.assert_allclose(data.normalize(x_train)[..., 1], 0, atol=1e-12)


def test_normalize_agrees_with_scikit_learn():
    data = make()
    scaler = StandardScaler().fit((data.x_train / 255).reshape(-1, 3))
    expected = scaler.transform((data.x_test / 255).reshape(-1, 3)).reshape(data.x_test.shape)
    got = data.normalize(data.x_test)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


def test_normalize_of_no_images_is_empty():
    assert make().normalize(np.empty((0, 4, 5, 3), np.uint8)).shape == (0, 4, 5, 3)


def test_normalize_leaves_its_argument_alone():
    data = make()
    before = data.x_test.copy()
    data.normalize(data.x_test)
    np.testing.assert_array_equal(data.x_test, before)


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (np.zeros((1, 4, 5, 3), np.float32), TypeError, "expected uint8 images, got float32"),
        (np.zeros((4, 5, 3), np.uint8), ValueError, "got \\(4, 5, 3\\)"),
        (np.zeros((1, 4, 5, 1), np.uint8), ValueError, "got \\(1, 4, 5, 1\\)"),
    ],
)
def test_normalize_refuses_other_images(images, error, message):
    with pytest.raises(error, match=message):
        make().normalize(images)


def test_probe_takes_the_classes_in_turn_and_leaves_out_those_that_have_no_more():
    x_test = np.arange(7, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 5, 3), np.uint8)
    probe = make(x_test=x_test).probe(7)
    assert probe.dtype == np.uint8
    assert probe[:, 0, 0, 0].tolist() == [2, 3, 0, 5, 1, 4, 6]  # labels 0 1 2, 0 2, 2, 2


def test_a_shorter_probe_is_the_beginning_of_a_longer_one():
    data = make()
    np.testing.assert_array_equal(data.probe(3), data.probe(6)[:3])


@pytest.mark.parametrize("count", [0, -1, 8])
def test_probe_refuses_a_count_that_it_can_not_give(count):
    with pytest.raises(ValueError, match=f"expected a count from 1 to 7, got {count}"):
        make().probe(count)


@pytest.mark.parametrize(
    ("parts", "error", "message"),
    [
        ({"x_train": np.zeros((12, 4, 5, 3))}, TypeError, "train: expected uint8"),
        ({"y_test": np.zeros(7, np.int32)}, TypeError, "test: .*got uint8 and int32"),
        ({"x_test": np.zeros((7, 4, 5), np.uint8)}, ValueError, "test: expected images"),
        ({"x_test": np.zeros((7, 5, 4, 3), np.uint8)}, ValueError, "images of one shape"),
        ({"x_train": np.zeros((0, 4, 5, 3), np.uint8)}, ValueError, "train: expected images"),
        ({"y_train": np.zeros(11, np.int64)}, ValueError, "expected 12 labels"),
        ({"y_test": np.full(7, 3)}, ValueError, "expected labels from 0 to 2, got 3 to 3"),
        ({"y_test": np.full(7, -1)}, ValueError, "got -1 to -1"),
    ],
)
def test_parts_that_do_not_fit_are_refused(parts, error, message):
    with pytest.raises(error, match=message):
        make(**parts)
