import numpy as np
import pytest

from avh.data import catalog
from avh.train.batches import Batches


@pytest.fixture(scope="module")
def dataset():
    return catalog.load("MNIST5K")


def test_a_batch_is_normalised_images_and_their_labels(dataset):
    batches = Batches(dataset, 16, 0, 1, 3)
    images, labels = batches[2]
    chosen = batches.indices(3)
    pixels = dataset.x_train[chosen].astype(np.float64) / 255
    np.testing.assert_allclose(images, (pixels - dataset.mean) / dataset.std, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(labels, dataset.y_train[chosen])
    assert (images.dtype, labels.dtype, len(batches)) == (np.float32, np.int64, 3)


def test_an_epoch_shows_no_example_twice_and_skips_the_left_over(dataset):
    size = 300  # 4,000 examples: 13 batches and 100 left over
    batches = Batches(dataset, size, 0, 1, 26)
    first = np.concatenate([batches.indices(step) for step in range(1, 14)])
    second = np.concatenate([batches.indices(step) for step in range(14, 27)])
    assert len(np.unique(first)) == len(np.unique(second)) == 13 * size
    assert not np.array_equal(first, second)


def test_a_resumed_run_sees_the_batches_that_it_would_have_seen(dataset):
    whole, rest = Batches(dataset, 256, 7, 1, 40), Batches(dataset, 256, 7, 21, 40)
    for index in (0, 10, 19):  # beyond the end of an epoch of 15 batches too
        for one, other in zip(whole[20 + index], rest[index], strict=True):
            np.testing.assert_array_equal(one, other)


def test_another_seed_is_another_order(dataset):
    one, other = Batches(dataset, 64, 0, 1, 1), Batches(dataset, 64, 1, 1, 1)
    assert not np.array_equal(one.indices(1), other.indices(1))


def test_a_batch_larger_than_the_training_set_is_refused(dataset):
    Batches(dataset, 4000, 0, 1, 1)
    with pytest.raises(ValueError, match=r"4000 training examples expected, got 4001"):
        Batches(dataset, 4001, 0, 1, 1)


def test_no_steps_are_refused(dataset):
    with pytest.raises(ValueError, match="steps"):
        Batches(dataset, 64, 0, 5, 4)
