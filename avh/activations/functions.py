"""The activations of the registry in NumPy, each with the dtype of what it is given.

`DERIVATIVES` of `avh.activations.derivatives` has their derivatives under the same names.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import expit, ndtr

LEAK = 0.2  # of Keras's leaky_relu


def elu(x: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    """x above 0, alpha * (exp(x) - 1) elsewhere (Clevert et al., 2016, arXiv 1511.07289, eq. 15).

    >>> elu(np.array([-np.inf, 0.0, 3.0]))
    array([-1.,  0.,  3.])
    """
    values = np.expm1(np.minimum(x, 0))
    values *= alpha
    values += np.maximum(x, 0)
    return values


def selu(
    x: np.ndarray, alpha: float = 1.6732632423543772, scale: float = 1.0507009873554805
) -> np.ndarray:
    """scale * elu(x, alpha) (Klambauer et al., 2017, arXiv 1706.02515, eq. 2)."""
    values = elu(x, alpha)
    values *= scale
    return values


FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda x: np.maximum(x, 0),
    "lrelu": lambda x: np.where(x > 0, x, LEAK * x),
    "selu": selu,
    "elu": elu,
    "sigmoid": expit,
    "tanh": np.tanh,
    "swish": lambda x: x * expit(x),
    "gelu": lambda x: x * ndtr(x),
    "mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
    "softplus": lambda x: np.logaddexp(0, x),
    "linear": lambda x: x,
}
