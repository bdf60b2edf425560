"""Training on several devices: what the settings ask for, and the strategy that they make.

Batches are global: each device gets an equal share of every batch. Records, losses and scores
describe whole batches, so that the number of devices changes nothing but rounding, the masks of
dropout, and what batch normalisation takes for a batch (a device's share).

Checking imports no TensorFlow. Keras 3.15's `fit` cannot read the batches of a
`MultiWorkerMirroredStrategy`, so several machines are refused here; `avh.watch` measures a training
loop of one's own over them.
"""

import contextlib
import functools
import json
import os
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

STRATEGIES = ("mirrored", "multiworker")
CLUSTER = "TF_CONFIG"
_FEWEST_CPUS = 2  # that may be asked for, so that one core is enough to try it out


def check(strategy: str | None, devices: int | None, batch_size: int) -> None:
    """Check the settings against each other, and the cluster of several machines.

    Raises:
        ValueError: devices without a strategy that uses them, a batch that they cannot share, no
            cluster in TF_CONFIG, or several machines.
    """
    if devices is not None and strategy != "mirrored":
        raise ValueError(f"devices: --strategy mirrored expected beside it, got {strategy}")
    if devices is not None:
        _check_share(batch_size, devices)
    if strategy == "multiworker":
        workers = _workers()
        _check_share(batch_size, workers)
        raise ValueError(
            "strategy: mirrored expected, got multiworker: the fit of Keras 3.15 cannot read the "
            "batches of a MultiWorkerMirroredStrategy; use avh.watch in a training loop"
        )


def prepare_devices(strategy: str | None, devices: int | None) -> None:
    """Split the CPU of a machine without GPUs into logical devices, where so many are wanted.

    Call it before anything else makes TensorFlow look for its devices: afterwards it has no effect.

    Raises:
        ValueError: more devices than there are: GPUs, else cores.
    """
    if strategy != "mirrored" or devices is None:
        return
    import tensorflow as tf

    gpus = len(tf.config.list_physical_devices("GPU"))
    most = gpus or max(_FEWEST_CPUS, os.cpu_count() or 1)
    if devices > most:
        raise ValueError(
            f"devices: at most {most} {'GPUs' if gpus else 'CPU cores'} expected, got {devices}"
        )
    if not gpus:
        cpu = tf.config.list_physical_devices("CPU")[0]
        parts = [tf.config.LogicalDeviceConfiguration()] * devices
        with contextlib.suppress(RuntimeError):  # TensorFlow has its devices by now
            tf.config.set_logical_device_configuration(cpu, parts)


def open_strategy(
    strategy: str | None, devices: int | None, batch_size: int
) -> "tf.distribute.Strategy | None":
    """The strategy of a training; None for one device.

    Args:
        strategy: "mirrored" or None.
        devices: how many; None for all that TensorFlow sees, the GPUs if there are any.
        batch_size: of the global batch.

    Raises:
        ValueError: more devices than there are, or a batch that they cannot share.
    """
    if strategy is None:
        return None
    import tensorflow as tf

    prepare_devices(strategy, devices)
    found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    wanted = len(found) if devices is None else devices
    if wanted > len(found):
        raise ValueError(f"devices: at most the {len(found)} there are expected, got {wanted}")
    _check_share(batch_size, wanted)
    return _mirrored(found[0].device_type, wanted)


@functools.cache  # the collectives of a second one on the same devices clash with its own
def _mirrored(kind: str, count: int) -> "tf.distribute.Strategy":
    import tensorflow as tf

    return tf.distribute.MirroredStrategy([f"{kind}:{number}" for number in range(count)])


class OneDevice:
    """Inference with a mirrored model on one device: its `predict_on_batch` would repeat the batch.

    Keras gives every replica the whole batch there, and joins what they put out.
    """

    def __init__(self, model: "keras.Model") -> None:
        """Take a built model; its variables are read when `predict_on_batch` runs."""
        import tensorflow as tf

        self._forward = tf.function(
            lambda inputs: model(inputs, training=False), autograph=False, reduce_retracing=True
        )

    def predict_on_batch(self, inputs: np.ndarray) -> np.ndarray:
        """What the model puts out for inputs [n, ...], [n, outputs]."""
        import tensorflow as tf

        return self._forward(tf.convert_to_tensor(inputs)).numpy()


def _check_share(batch_size: int, devices: int) -> None:
    if batch_size % devices:
        raise ValueError(
            f"batch_size: a multiple of the {devices} devices expected, got {batch_size}"
        )


def _workers() -> int:
    """The number of workers that TF_CONFIG names.

    Raises:
        ValueError: it is missing, not JSON, or names no workers or not which of them this is.
    """
    text = os.environ.get(CLUSTER)
    if text is None:
        raise ValueError(f"{CLUSTER}: the workers and the task of this one expected, it is not set")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{CLUSTER}: JSON expected, got {text[:40]!r}") from error
    try:
        workers, index = content["cluster"]["worker"], content["task"]["index"]
        known = isinstance(workers, list) and 0 <= int(index) < len(workers)
    except (KeyError, TypeError, ValueError):
        known = False
    if not known:
        raise ValueError(
            f"{CLUSTER}: the workers and the task of this one expected, got {text[:40]!r}"
        )
    return len(workers)
