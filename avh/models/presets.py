"""What each network lets one set of its size, and the settings that it was published with.

Kept apart from the networks so that a command line can be checked without importing Keras. A
network that is not named here takes no size and recommends nothing.

- mlp: Aurélien Géron, "Hands-On Machine Learning with Scikit-Learn and TensorFlow", 2017, chapter
  11: SELU on standardised MNIST.
- snn: Günter Klambauer's tutorial on convolutional self-normalizing networks, 2017 (beside
  arXiv 1706.02515): a side with SELU, and one with ReLU to compare it with.
- deep: not published; settings with which SELU learns what it can and ReLU is still on its way.
"""

from avh.activations.registry import get_activation

SIZES = {
    "convnet": ("channels",),
    "deep": ("units",),
    "mlp": ("units",),
    "snn": ("channels", "units"),
}
_PLAIN_SGD = {"optimizer": "sgd"}
_MLP = {
    **_PLAIN_SGD,
    "activation": "selu",
    "learning_rate": 0.01,
    "batch_size": 50,
    "epochs": 40,
    "preprocessing": "standardize",
}
_SNN = {
    **_PLAIN_SGD,
    "activation": "selu",
    "learning_rate": 0.025,
    "batch_size": 128,
    "max_steps": 50,
}
_SNN_SIDES = {  # by the kind of dropout that goes with the activation
    "alpha_dropout": {"preprocessing": "standardize", "dropout": 0.05},
    "dropout": {"preprocessing": "raw", "dropout": 0.5},
}
_DEEP = {
    **_PLAIN_SGD,
    "learning_rate": 0.01,
    "batch_size": 64,
    "max_steps": 500,
    "preprocessing": "standardize",
}


def check_sizes(model: str, **sizes: object) -> None:
    """Check that a network takes the sizes that are set.

    Args:
        model: its name.
        sizes: by name; None is one that is not set.

    Raises:
        ValueError: it takes no such size.
    """
    takes = SIZES.get(model)
    for name, value in sizes.items():
        if value is not None and takes is not None and name not in takes:
            raise ValueError(f"{name}: the network {model} has no such setting; it has {takes[0]}")


def recommended(model: str, activation: str | None = None) -> dict[str, object]:
    """The settings of a training that go with a network, by the names of the trainer's flags.

    Args:
        model: the name of the network.
        activation: the one that is wanted; None for the network's own.

    Raises:
        TypeError, ValueError, ImportError: no such activation.

    >>> recommended("snn", "relu")["dropout"], recommended("convnet")
    (0.5, {})
    """
    found = {"mlp": _MLP, "snn": _SNN, "deep": _DEEP}.get(model, {})
    if model == "snn":
        kind = get_activation(activation or _SNN["activation"]).dropout
        found = {**found, **_SNN_SIDES[kind]}
    return dict(found)
