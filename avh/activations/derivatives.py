"""Closed-form derivatives in NumPy: of the activations by what goes in, and of both dropouts.

Where a function has a kink, at 0, the derivative is the one that TensorFlow's gradient takes: 0 for
relu, the leak for lrelu, `scale` for selu. All keep the dtype of what they are given.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import expit, ndtr

from avh.activations.alpha_dropout_terms import alpha_dropout_terms
from avh.activations.functions import LEAK


def elu(x: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    """1 above 0, alpha * exp(x) elsewhere (Clevert et al., 2016, arXiv 1511.07289, eq. 15).

    >>> elu(np.array([0.0, 2.0]), alpha=0.5)
    array([0.5, 1. ])
    """
    return np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0)))


def selu(
    x: np.ndarray, alpha: float = 1.6732632423543772, scale: float = 1.0507009873554805
) -> np.ndarray:
    """scale from 0 on, scale * alpha * exp(x) below (Klambauer et al., 2017, eq. 2).

    At 0 the paper's formula, whose lower branch holds 0, would give scale * alpha.

    >>> selu(np.array([-np.inf, 0.0, 2.0]), alpha=2.0, scale=1.5)
    array([0. , 1.5, 1.5])
    """
    below = np.exp(np.minimum(x, 0))
    below *= scale * alpha
    return np.where(x < 0, below, scale)


def dropout(kept: np.ndarray, rate: float, dtype: np.typing.DTypeLike = np.float32) -> np.ndarray:
    """Of dropout, by its input: 1 / (1 - rate) for the units that are kept, 0 for the others.

    Args:
        kept: bool, any shape.
        rate: the share that is dropped, in [0, 1).
        dtype: of the result.
    """
    return kept.astype(dtype) / (1 - rate)


def alpha_dropout(
    kept: np.ndarray,
    rate: float,
    mean: float = 0.0,
    variance: float = 1.0,
    alpha: float = 1.6732632423543772,
    scale: float = 1.0507009873554805,
    dtype: np.typing.DTypeLike = np.float32,
) -> np.ndarray:
    """Of alpha dropout, by its input: its factor a for the units that are kept, 0 for the others.

    Args:
        kept: bool, any shape.
        rate: the share that is dropped, in [0, 1).
        mean: of the inputs.
        variance: of the inputs, above 0.
        alpha: of the SELU that gives the inputs.
        scale: of the same.
        dtype: of the result.

    >>> alpha_dropout(np.array([True, False]), 0.0)
    array([1., 0.], dtype=float32)
    """
    return kept.astype(dtype) * alpha_dropout_terms(rate, mean, variance, alpha, scale).kept


def _swish(x: np.ndarray) -> np.ndarray:
    share = expit(x)
    return share * (1 + x * (1 - share))


def _gelu(x: np.ndarray) -> np.ndarray:
    return ndtr(x) + x * np.exp(-0.5 * x * x) * float(1 / np.sqrt(2 * np.pi))


def _mish(x: np.ndarray) -> np.ndarray:
    gate = np.tanh(np.logaddexp(0, x))
    return gate + x * (1 - gate * gate) * expit(x)


DERIVATIVES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda x: (x > 0).astype(x.dtype),
    "lrelu": lambda x: np.where(x > 0, np.ones_like(x), LEAK),
    "selu": selu,
    "elu": elu,
    "sigmoid": lambda x: expit(x) * expit(-x),
    "tanh": lambda x: 1 - np.tanh(x) ** 2,
    "swish": _swish,
    "gelu": _gelu,
    "mish": _mish,
    "softplus": expit,
    "linear": np.ones_like,
}
