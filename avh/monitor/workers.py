"""The workers of a training over several machines: their sketches meet at the chief.

Every worker takes part in the exchange of every due step, whatever became of its own monitor, so
that nobody waits for one that gave up. What comes back is the same everywhere; the chief writes it.
"""

import numpy as np
import tensorflow as tf

from avh.monitor.recorder import Slot


class Workers:
    """The workers of a `MultiWorkerMirroredStrategy`."""

    def __init__(self, strategy: tf.distribute.MultiWorkerMirroredStrategy) -> None:
        """Take the strategy of a model that is trained by several workers."""
        self._strategy = strategy
        resolver = strategy.cluster_resolver
        self.is_chief = resolver.task_type == "chief" or (
            resolver.task_id == 0 and "chief" not in resolver.cluster_spec().jobs
        )

    def gather(self, packed: list[tuple[Slot, list[np.ndarray]]]) -> list[tuple[Slot, list]]:
        """The sketches of all workers' replicas; every worker must call it at the same steps.

        Args:
            packed: those of this worker, as `Recorder.collect` gives them.

        Raises:
            ValueError: the replicas watch tensors of different sizes.
            tensorflow.errors.OpError: a worker is gone.
        """
        locally = self._strategy.extended.worker_devices
        rows: list[list[np.ndarray]] = [[] for _ in locally]
        for slot, vectors in packed:
            for (replica, _), vector in zip(slot.variables, vectors, strict=True):
                rows[replica % len(locally)].append(vector)
        # As integers: what carries them may not keep the bits of a NaN.
        bits = [np.concatenate([np.zeros(0, np.float32), *row]).view(np.int32) for row in rows]
        everywhere = self._all_gather(bits)
        sizes = [len(row) for row in everywhere]
        if len(set(sizes)) != 1:
            raise ValueError(f"sketches of one size expected of all replicas, got sizes {sizes}")
        if not sizes[0]:
            return packed
        ends = np.cumsum([len(vector) for vector in rows[0]])[:-1]
        columns = [np.split(row.view(np.float32), ends) for row in everywhere]
        places = iter(range(len(rows[0])))
        merged = []
        for slot, vectors in packed:
            own = [next(places) for _ in range(len(vectors) // len(locally))]
            merged.append((slot, [column[place] for column in columns for place in own]))
        return merged

    def _all_gather(self, rows: list[np.ndarray]) -> list[np.ndarray]:
        """Rows of every replica everywhere; they may differ in length."""
        lengths = self._gather([np.array([len(row)], np.int32) for row in rows])
        parts = self._gather(rows)
        return np.split(parts, np.cumsum(lengths)[:-1])

    def _gather(self, rows: list[np.ndarray]) -> np.ndarray:
        values = self._strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(rows[context.replica_id_in_sync_group % len(rows)])
        )
        return self._strategy.gather(values, axis=0).numpy()


def workers_of(strategy: tf.distribute.Strategy) -> Workers | None:
    """The workers of a strategy; None where one process does all."""
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return None
    return Workers(strategy) if strategy.extended._in_multi_worker_mode() else None
