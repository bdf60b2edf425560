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
    "export_report": "avh.board.export",
    "get_activation": "avh.activations.registry",
}

__all__ = ["ActivationMonitor", "export_report", "get_activation", "watch"]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'avh' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
