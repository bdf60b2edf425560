"""avh: what happens inside a Keras network while it trains.

data -> models -> monitor (tap -> sketch) -> records -> render | board

The bench (`data`, `activations`, `models`, `train`, `compare`) trains networks that are worth
comparing; the instrument (`monitor`, `records`, `render`, `board`) measures any network and never
imports the bench. Importing avh imports none of its dependencies: names resolve on first use.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOME = {  # public name -> the module that defines it
    "ActivationMonitor": "avh.monitor.monitor",
    "watch": "avh.monitor.watch",
    "load": "avh.records.load",
    "export_report": "avh.board.export",
    "get_activation": "avh.activations.registry",
    "selu_parameters": "avh.activations.selu",
    "AlphaDropout": "avh.activations.alpha_dropout",
    "propagate": "avh.activations.propagation",
}

__all__ = [
    "ActivationMonitor",
    "AlphaDropout",
    "export_report",
    "get_activation",
    "load",
    "propagate",
    "selu_parameters",
    "watch",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'avh' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
