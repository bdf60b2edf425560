"""The way out of the graph: variables that hold the latest sketch of every watched tensor.

A tap calls `record` while the training step is traced (or run eagerly). The ops that it adds run a
sketch only at the step that the host has armed; at every other step they compare two integers.
Each replica of a distribution strategy has variables of its own, on its own device; nothing is
recorded in a cross-replica context.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

# tf.Variable made inside a strategy is mirrored, which would give every replica the first one's
# numbers; the class behind it makes a variable that belongs to nobody else.
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

from avh.monitor.kernel import sketch_tensor, unit_count
from avh.monitor.layout import packed_size
from avh.records.schema import LayerInfo

DISARMED = -1


@dataclass
class Slot:
    """Where the sketches of one tensor lie."""

    info: LayerInfo
    order: tuple  # sorts slots in the model's order
    saturates: bool
    variables: dict[tuple[int, int], tf.Variable] = field(default_factory=dict)


class Recorder:
    """All slots of one monitor, and the step for which they are armed."""

    def __init__(self) -> None:
        self._slots: dict[str, Slot] = {}
        self._positions: dict[int, tf.Variable] = {}
        self._targets: dict[int, tf.Variable] = {}
        self._position = 0
        self._target = DISARMED
        self._read_variables: list[tf.Variable] = []
        self._reader: Callable[[], tf.Tensor] | None = None

    # In the graph

    def advance(self) -> None:
        """Count one step, in the graph; the first thing that a training step does."""
        replica = _replica()
        if replica is not None:
            position, _ = self._controls(replica)
            position.assign_add(1)

    def record(
        self,
        tensor: tf.Tensor,
        name: str,
        order: tuple,
        describe: Callable[[], LayerInfo],
        saturation: tuple[float, float] | None,
        divisor: Callable[[], tf.Tensor] | None = None,
    ) -> None:
        """Add the ops that sketch a tensor at the armed step, under a name unique in the model.

        With a `divisor` they sketch the tensor divided, in float32, by what that gives.
        """
        replica = _replica()
        if replica is None:
            return
        slot = self._slots.get(name)
        if slot is None:
            slot = self._slots[name] = Slot(describe(), order, saturation is not None)
        units = unit_count(tensor)
        variable = slot.variables.get((replica, units))
        if variable is None:
            zeros = np.zeros(packed_size(units), np.float32)
            variable = slot.variables[replica, units] = _variable(zeros, f"avh_{len(self._slots)}")
        position, target = self._controls(replica)

        def sketch() -> tf.Tensor:
            value = tensor if divisor is None else tf.cast(tensor, tf.float32) / divisor()
            variable.assign(sketch_tensor(value, position, saturation))
            return tf.constant(True)

        tf.cond(tf.equal(position, target), sketch, lambda: tf.constant(False))

    def is_armed(self) -> tf.Tensor:
        """bool scalar, in the graph: whether the running step is the armed one."""
        position, target = self._controls(_replica() or 0)
        return tf.equal(position, target)

    @staticmethod
    def is_first_replica() -> bool:
        """Whether the replica that runs here is the first one of this process."""
        replica = _replica()
        return replica is not None and replica % _local_replicas() == 0

    def _controls(self, replica: int) -> tuple[tf.Variable, tf.Variable]:
        if replica not in self._positions:
            self._positions[replica] = _variable(np.int64(self._position), "avh_position")
            self._targets[replica] = _variable(np.int64(self._target), "avh_target")
        return self._positions[replica], self._targets[replica]

    # On the host

    def arm(self, step: int) -> None:
        """Have the sketches made at `step`; `DISARMED` for at no step."""
        if step != self._target:
            self._target = step
            for target in self._targets.values():
                target.assign(step)

    def set_position(self, step: int) -> None:
        """Say which step is running, where the graph does not count."""
        self._position = step
        for position in self._positions.values():
            position.assign(step)

    def position(self) -> int:
        """The step that ran last, as the graph counted it."""
        first = next(iter(self._positions.values()), None)
        return self._position if first is None else int(first.numpy())

    def infos(self) -> list[LayerInfo]:
        """What is recorded so far, in the model's order."""
        return [slot.info for slot in sorted(self._slots.values(), key=lambda slot: slot.order)]

    def collect(self) -> list[tuple[Slot, list[np.ndarray]]]:
        """Copy every slot's packed sketches, one array a replica, in the model's order.

        A sketch may be of an earlier step (a layer that did not run): `Sketch.step_of` tells.
        """
        slots = sorted(self._slots.values(), key=lambda slot: slot.order)
        variables = [variable for slot in slots for variable in slot.variables.values()]
        vectors = iter(self._read(variables))
        return [(slot, [next(vectors) for _ in slot.variables]) for slot in slots]

    def _read(self, variables: list[tf.Variable]) -> list[np.ndarray]:
        """Copy many variables in one call: one by one, each costs some 0.1 ms in Python."""
        if not variables:
            return []
        if len(variables) != len(self._read_variables):
            self._read_variables = variables
            read = tf.function(
                lambda: tf.concat([variable.read_value() for variable in variables], 0),
                autograph=False,
            )
            # Called as a concrete function: TensorFlow takes the lambdas of several monitors for
            # one function that is traced again and again, and warns.
            self._reader = read.get_concrete_function()
        ends = np.cumsum([variable.shape[0] for variable in variables])
        return np.split(self._reader().numpy(), ends[:-1])


def _replica() -> int | None:
    """Number of the replica that runs here, 0 without a strategy; None across replicas."""
    context = tf.distribute.get_replica_context()
    if context is None:
        return None
    number = context.replica_id_in_sync_group
    return number if isinstance(number, int) else int(tf.get_static_value(number))


def _local_replicas() -> int:
    """Replicas that run in this process."""
    if not tf.distribute.has_strategy():
        return 1
    return len(tf.distribute.get_strategy().extended.worker_devices)


def _variable(value: np.ndarray | np.generic, name: str) -> tf.Variable:
    device = None
    if tf.distribute.has_strategy():
        replica = _replica()
        devices = tf.distribute.get_strategy().extended.worker_devices  # of this process
        device = devices[(replica or 0) % len(devices)]
    with tf.init_scope(), tf.device(device):
        return ResourceVariable(value, trainable=False, name=name)
