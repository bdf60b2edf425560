"""Where the pictures' inputs come from, and what the watched layers make of them."""

from collections.abc import Callable

import keras
import numpy as np

from avh.monitor.instrument import Instrument
from avh.monitor.probe import LearnedProbe, ProbePass, as_probe, probe_hash
from avh.monitor.recorder import Recorder
from avh.monitor.tap import Tap, is_symbolic, training_flag


class Posing:
    """The probe of a monitor: given, learned from the training, or none at all.

    Attributes:
        hash: of the inputs, see `probe_hash`; None while there are none.
    """

    def __init__(self, probe: object, recorder: Recorder) -> None:
        """Take the argument `probe` of `ActivationMonitor`.

        Raises:
            TypeError, ValueError: as `as_probe`.
        """
        self._wanted = probe is not False
        self._inputs = None if probe is None or probe is False else as_probe(probe)
        self._learned = LearnedProbe() if probe is None else None
        self.hash = None if self._inputs is None else probe_hash(self._inputs)
        self._recorder = recorder
        self._root: Tap | None = None
        self._pass: ProbePass | None = None  # of the model while attached to it

    def attach(self, model: keras.Model) -> None:
        """Begin to learn the inputs, where nobody gave them, from what the model is called with."""
        if self._learned is not None and self._inputs is None:
            self._root = Tap(model, "", ())
            self._root.attach(self._offer)

    def detach(self) -> None:
        """Leave the model as it was. Idempotent."""
        self._pass = None
        if self._root is not None:
            self._root.detach()
            self._root = None

    def give_up(self) -> None:
        """No more pictures."""
        self._wanted = False

    def activations(self, model: keras.Model, instrument: Instrument) -> dict[str, np.ndarray]:
        """What the watched layers put out: name -> float32 [examples, ...]; empty without a probe.

        Raises:
            Exception: whatever the model raises.
        """
        if not self._wanted:
            return {}
        if self._inputs is None:
            self._inputs = self._learned.inputs()
            if self._inputs is None:
                return {}
            self.hash = probe_hash(self._inputs)
        if self._pass is None:
            self._pass = ProbePass(model, instrument, self._inputs)
        return self._pass.activations()

    def _offer(self, tap: Tap, call: Callable, args: tuple, kwargs: dict) -> object:
        training = not is_symbolic() and training_flag() is not False
        if self._inputs is None and args and training and self._recorder.is_first_replica():
            self._learned.offer(args[0], self._recorder.is_armed())
        return call(*args, **kwargs)
