"""What happens how often: steps in an epoch, the learning rate by step, evaluations."""

import math

HALVE_EVERY = 10_000  # steps, with lr_weight_decay
EVALUATION_SHARE = 0.1
# A training step computes the forward pass, the gradient of the activations and the gradient of the
# weights, each of about the same cost; an evaluation only the first.
FORWARD_SHARE = 1 / 3


def learning_rate_at(step: int, initial: float, *, halve: bool) -> float:
    """The rate that step `step` (from 1) is made with.

    >>> [learning_rate_at(step, 1e-4, halve=True) for step in (1, 10_000, 10_001)]
    [0.0001, 0.0001, 5e-05]
    """
    return initial * 0.5 ** ((step - 1) // HALVE_EVERY) if halve else initial


def default_eval_every(test_examples: int, batch_size: int) -> int:
    """Steps between two evaluations such that these cost about a tenth of the time, or less.

    It follows from the sizes alone, not from the clock, so that the steps of all runs of a
    comparison line up. A multiple of 100.

    >>> default_eval_every(1_000, 64), default_eval_every(26_032, 64)
    (100, 1400)
    """
    steps = FORWARD_SHARE * test_examples / batch_size / EVALUATION_SHARE
    return max(1, math.ceil(steps / 100)) * 100


def check_batch_size(batch_size: int, examples: int) -> None:
    """Raises ValueError for a batch larger than the training set."""
    if batch_size > examples:
        raise ValueError(
            f"batch_size: at most the {examples} training examples expected, got {batch_size}"
        )


def steps_in(epochs: int, examples: int, batch_size: int) -> int:
    """Steps that so many epochs take; the examples of an epoch that fill no batch are skipped.

    >>> steps_in(40, 4_000, 50)
    3200
    """
    return epochs * (examples // batch_size)
