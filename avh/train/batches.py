"""Training batches by absolute step.

Which examples a step sees depends on the seed and the number of the step alone, so a resumed run
goes on with the very batches that an uninterrupted one would have seen.
"""

from collections.abc import Callable
from functools import lru_cache

import keras
import numpy as np

from avh.data.catalog import Dataset
from avh.train.schedule import check_batch_size


class Batches(keras.utils.PyDataset):
    """The batches of the steps `first_step` to `last_step`, both included; steps count from 1.

    An epoch is a permutation of the training examples drawn from [seed, epoch], cut into
    floor(n / batch_size) batches; the examples left over are skipped in that epoch.
    `batches[i]` is (images float32 [batch_size, h, w, c], labels int64 [batch_size]), the images
    being what `preprocess` (by default `dataset.normalize`) makes of the pixels.

    Raises:
        ValueError: a batch larger than the training set, or no step to make.
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int,
        seed: int,
        first_step: int,
        last_step: int,
        preprocess: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        count = len(dataset.x_train)
        check_batch_size(batch_size, count)
        if not 1 <= first_step <= last_step:
            raise ValueError(f"steps: 1 <= first <= last expected, got {first_step}, {last_step}")
        self._dataset, self._batch_size, self._first = dataset, batch_size, first_step
        self._preprocess = preprocess or dataset.normalize
        self._length = last_step - first_step + 1
        self._batches_per_epoch = count // batch_size
        # Prefetching may cross into the next epoch and back: two orders are enough.
        self._order = lru_cache(maxsize=2)(
            lambda epoch: np.random.default_rng([seed, epoch]).permutation(count)
        )

    def __len__(self) -> int:
        return self._length

    def indices(self, step: int) -> np.ndarray:
        """The training examples of one step, int64 [batch_size]."""
        epoch, place = divmod(step - 1, self._batches_per_epoch)
        return self._order(epoch)[place * self._batch_size : (place + 1) * self._batch_size]

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if not 0 <= index < self._length:
            raise IndexError(f"a batch in [0, {self._length}) expected, got {index}")
        chosen = self.indices(self._first + index)
        return self._preprocess(self._dataset.x_train[chosen]), self._dataset.y_train[chosen]
