"""The split of a dataset that comes without one: stratified, and always the same.

A fifth of each class, rounded, is for the test, but at least one example where a class has two or
more. Which ones depends on the labels and their order alone.
"""

import numpy as np

TEST_SHARE = 0.2
SEED = 5


def stratified(labels: np.ndarray) -> np.ndarray:
    """Which examples are for the test.

    `RandomState` because its stream is frozen for good, while `Generator` may change with NumPy
    (NEP 19).

    Args:
        labels: int [n].

    Returns:
        bool [n].

    >>> stratified(np.repeat([0, 1, 2], [10, 4, 1])).reshape(3, 5).sum()
    np.int64(3)
    """
    random = np.random.RandomState(SEED)
    is_test = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        count = max(round(TEST_SHARE * len(members)), 1) if len(members) > 1 else 0
        is_test[members[:count]] = True
    return is_test
