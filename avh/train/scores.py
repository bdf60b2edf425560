"""Loss and accuracy over a whole test set, whatever the size of the batches."""

from collections.abc import Callable

import keras
import numpy as np
from scipy.special import logsumexp

BATCH = 250


def score(
    model: keras.Model,
    images: np.ndarray,
    labels: np.ndarray,
    normalize: Callable[[np.ndarray], np.ndarray],
    batch_size: int = BATCH,
) -> tuple[float, float]:
    """Mean cross-entropy (nats) and share of right answers, every example counted once.

    Args:
        model: gives logits [n, classes] by `predict_on_batch`; run as in inference, neither it nor
            its metrics change.
        images: uint8 [n, h, w, c], n at least 1.
        labels: int64 [n].
        normalize: from uint8 images to what the model is fed with.
        batch_size: examples at once, at least 1; the scores do not depend on it but for rounding.

    Returns:
        (loss in [0, inf] or NaN, accuracy in [0, 1]).
    """
    loss, right = 0.0, 0
    for start in range(0, len(images), batch_size):
        part = slice(start, start + batch_size)
        logits = np.asarray(model.predict_on_batch(normalize(images[part])), np.float64)
        loss += cross_entropy(logits, labels[part])
        right += int(np.sum(np.argmax(logits, axis=1) == labels[part]))
    return loss / len(images), right / len(images)


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    """The sum over examples, in nats, of logits float64 [n, classes] and labels int64 [n]."""
    of_label = logits[np.arange(len(logits)), labels]
    return float(np.sum(logsumexp(logits, axis=1) - of_label))
