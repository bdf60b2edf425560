import numpy as np
import pytest

from avh.data.split import stratified


@pytest.mark.parametrize(
    ("members", "expected"), [(1, 0), (2, 1), (5, 1), (7, 1), (8, 2), (100, 20)]
)
def test_a_fifth_of_a_class_is_for_the_test_and_one_stays_for_training(members, expected):
    labels = np.random.default_rng(0).permutation(np.repeat([0, 1], [members, 10]))
    is_test = stratified(labels)
    assert is_test[labels == 0].sum() == expected
    assert is_test[labels == 1].sum() == 2


def test_the_split_of_some_labels_stays_what_it_is():
    assert np.flatnonzero(stratified(np.arange(30) % 3)).tolist() == [2, 7, 11, 15, 16, 27]
