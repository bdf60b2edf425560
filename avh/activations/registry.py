"""The activations by name, each with the initialiser and the dropout that go with it.

Importing this module imports neither TensorFlow nor SciPy: built-in functions are named by the
string that Keras knows them by, so that a model's configuration stays readable without avh.
Functions of the user's are imported when their name is checked, and so is what a SELU for another
mean and variance needs.

Which initialiser (`keras.initializers`, all scaled by the layer's fan):

- selu: LeCun normal, variance 1 / fan_in, for which its constants are derived (Klambauer et al.,
  "Self-Normalizing Neural Networks", 2017, section 2).
- relu, lrelu, elu, swish, gelu, mish, softplus: He normal, variance 2 / fan_in (He et al., "Delving
  Deep into Rectifiers", 2015, equation 10). That a small difference between two examples neither
  fades nor grows through depth takes a variance of 1 / E[f'(z)^2] / fan_in with z standard normal
  (chi_1 = 1 in Poole et al., "Exponential expressivity in deep neural networks through transient
  chaos", 2016): 2 for relu, 1.92 for lrelu, 1.50 for elu, 2.64 for swish, 2.19 for gelu, 2.09 for
  mish, 3.41 for softplus. In ratio, 2 is nearer to each of them than 1 is.
- sigmoid, tanh, linear, functions of the user's: Glorot uniform, variance 2 / (fan_in + fan_out),
  which assumes an activation that is nearly linear around 0 (Glorot and Bengio, "Understanding the
  difficulty of training deep feedforward neural networks", 2010, equation 16). It is Keras's
  default too.

Which dropout: alpha dropout for selu, whose mean and variance it keeps (Klambauer et al.,
section 2); plain dropout for all others.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal


@dataclass(frozen=True)
class Activation:
    """An activation, and what goes with it.

    Attributes:
        name: as in the registry, or `package.module:function`.
        function: what `activation=` of a Keras layer takes: the name of a function of Keras, or a
            callable.
        kernel_initializer: the name of an initialiser of Keras that takes a seed.
        dropout: the kind of dropout.
        mean: that the activation keeps, with `variance`; of interest to alpha dropout.
        variance: above 0.
        alpha: of SELU, else None.
        scale: of SELU, else None.
    """

    name: str
    function: str | Callable[[object], object]
    kernel_initializer: str = "glorot_uniform"
    dropout: Literal["dropout", "alpha_dropout"] = "dropout"
    mean: float = 0.0
    variance: float = 1.0
    alpha: float | None = None
    scale: float | None = None

    @property
    def slug(self) -> str:
        """The name in letters, digits, `_`, `.` and `-` only, for layers and directories.

        >>> Activation("package.module:function", "linear").slug
        'package.module.function'
        >>> Activation("selu:mean=-0.1,variance=2", "selu").slug
        'selu_mean_-0.1_variance_2'
        """
        name = self.name if "=" in self.name else self.name.replace(":", ".")
        return re.sub(r"[^A-Za-z0-9_.-]", "_", name)


_REGISTRY = {
    activation.name: activation
    for activation in (
        Activation("relu", "relu", "he_normal"),
        Activation("lrelu", "leaky_relu", "he_normal"),  # Keras's leak is 0.2
        Activation(
            "selu",
            "selu",
            "lecun_normal",
            "alpha_dropout",
            alpha=1.6732632423543772,  # Klambauer et al., section 2, as `selu_parameters()`
            scale=1.0507009873554805,
        ),
        Activation("elu", "elu", "he_normal"),
        Activation("sigmoid", "sigmoid"),
        Activation("tanh", "tanh"),
        Activation("swish", "silu", "he_normal"),  # Keras's name for x * sigmoid(x)
        Activation("gelu", "gelu", "he_normal"),  # with erf, not its tanh approximation
        Activation("mish", "mish", "he_normal"),
        Activation("softplus", "softplus", "he_normal"),
        Activation("linear", "linear"),
    )
}


def names() -> tuple[str, ...]:
    """The names in the registry.

    >>> names()[:3]
    ('relu', 'lrelu', 'selu')
    """
    return tuple(_REGISTRY)


def get_activation(
    spec: str, *, mean: float | None = None, variance: float | None = None
) -> Activation:
    """The activation that a name stands for.

    Args:
        spec: one of `names()`; `selu:mean=-0.1,variance=2`, or one of the two, for a SELU with
            another fixed point than 0 and 1; or `package.module:function` for a function of your
            own that maps a tensor to a tensor of the same shape. Its module is imported.
        mean: of selu's fixed point, in place of saying it in `spec`.
        variance: the same.

    Raises:
        TypeError: `spec` is not a string, or `mean` or `variance` no number.
        ValueError: no such name, no such function in the module, parameters that the activation
            does not have, or a fixed point for which there is no SELU.
        ImportError: the module can not be imported.

    >>> selu = get_activation("selu")
    >>> selu.function, selu.kernel_initializer, selu.dropout
    ('selu', 'lecun_normal', 'alpha_dropout')
    >>> get_activation("selu", variance=2).name
    'selu:variance=2'
    """
    if not isinstance(spec, str):
        raise TypeError(f"expected the name of an activation, got {spec!r}")
    name, colon, rest = spec.partition(":")
    fixed_point = _fixed_point(spec, rest) if name in _REGISTRY and "=" in rest else {}
    given = {"mean": mean, "variance": variance}
    fixed_point |= {key: value for key, value in given.items() if value is not None}
    if fixed_point:
        if name != "selu" or (colon and "=" not in rest):
            raise ValueError(f"expected no mean and variance but for selu, got them for {spec!r}")
        return _fitted_selu(**fixed_point)
    if spec in _REGISTRY:
        return _REGISTRY[spec]
    if not (colon and rest.isidentifier() and all(map(str.isidentifier, name.split(".")))):
        raise ValueError(
            f"unknown activation {spec!r}; expected one of {', '.join(_REGISTRY)}, "
            "selu:mean=M,variance=V, or package.module:function"
        )
    return Activation(spec, _import_function(name, rest))


def check(spec: str) -> None:
    """Check a name; raises what `get_activation` raises."""
    get_activation(spec)


def _fixed_point(spec: str, text: str) -> dict[str, float]:
    """What `mean=M,variance=V` or a part of it says."""
    found = {}
    for part in text.split(","):
        key, _, number = part.partition("=")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if key not in ("mean", "variance") or key in found or not math.isfinite(value):
            raise ValueError(f"expected selu:mean=M,variance=V with finite numbers, got {spec!r}")
        found[key] = value
    return found


def _fitted_selu(mean: float = 0.0, variance: float = 1.0) -> Activation:
    if (mean, variance) == (0, 1):
        return _REGISTRY["selu"]
    from avh.activations.selu import selu_parameters

    alpha, scale = selu_parameters(mean, variance)
    mean, variance = float(mean), float(variance)
    said = {"mean": mean} if mean else {}
    said |= {"variance": variance} if variance != 1 else {}
    name = "selu:" + ",".join(f"{key}={_shortest(value)}" for key, value in said.items())
    from avh.activations.fitted_selu import FittedSelu

    return Activation(
        name, FittedSelu(alpha, scale, name), "lecun_normal", "alpha_dropout",
        mean, variance, alpha, scale,
    )  # fmt: skip


def _shortest(value: float) -> str:
    """A number with as many digits as it takes to tell it from all others."""
    return repr(value).removesuffix(".0")


def _import_function(module: str, name: str) -> Callable[[object], object]:
    try:
        namespace = import_module(module)
    except Exception as error:  # a module of the user's may fail in any way
        raise ImportError(
            f"can not import {module!r} for the activation '{module}:{name}': "
            f"{type(error).__name__}: {error}; is its folder on PYTHONPATH?"
        ) from error
    if not hasattr(namespace, name):
        raise ValueError(
            f"expected a function {name!r} in module {module!r}, found nothing so named"
        )
    function = getattr(namespace, name)
    if not callable(function) or isinstance(function, type):
        raise ValueError(
            f"expected a function in '{module}:{name}', got "
            + (f"the class {name}" if isinstance(function, type) else repr(function))
        )
    return function
