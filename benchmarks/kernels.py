"""The ways to look at one tensor, each as an op in a graph."""

from collections.abc import Callable

import tensorflow as tf

from avh.monitor.kernel import sketch_tensor
from benchmarks.arrays import UNITS

READ, SKETCH, SUMMARY = "one read (tf.reduce_sum)", "avh sketch", "tf.summary.histogram"

Kernel = Callable[[tf.Tensor], tf.Tensor]


def graph_kernels(writer: tf.summary.SummaryWriter) -> dict[str, Kernel]:
    """Name -> function that adds the op for one tensor; summaries go to `writer`."""
    return {
        READ: tf.reduce_sum,
        SKETCH: lambda tensor: sketch_tensor(tensor, tf.constant(1, tf.int64)),
        SUMMARY: lambda tensor: _summary(writer, tensor),
    }


def one_after_another(kernel: Kernel, count: int, rows: int | None) -> Callable:
    """A traced function of float32 [count, rows, UNITS] that runs the kernel on each [rows, UNITS].

    It returns what the kernels give: what nobody asks for, TensorFlow leaves out of the graph. A
    slice of the first axis is a view.
    """

    @tf.function(input_signature=[tf.TensorSpec([count, rows, UNITS], tf.float32)], autograph=False)
    def run(tensors: tf.Tensor) -> list[tf.Tensor]:
        results: list[tf.Tensor] = []
        for number in range(count):
            with tf.control_dependencies(results[-1:]):
                results.append(kernel(tensors[number]))
        return results

    return run


def glance(tensor: tf.Tensor) -> tf.Tensor:
    """One element: what remains of a call when nothing is looked at."""
    return tensor[0, 0]


def _summary(writer: tf.summary.SummaryWriter, tensor: tf.Tensor) -> tf.Tensor:
    with writer.as_default(1):
        return tf.summary.histogram("activation", tensor)
