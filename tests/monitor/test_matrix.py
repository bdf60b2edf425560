"""The records of every kind of model equal NumPy, however the model is run.

Every kind of model meets every way of running it: eagerly, in a graph, compiled, several steps an
execution, in `fit`, in a second `fit` and in a loop of one's own, with a ragged last batch; the
policies take turns. `MirroredStrategy` is in `test_mirrored.py`: its logical devices have to be
made before TensorFlow starts.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from reference import RATE, assert_run_equals_numpy, loss_of
from zoo import KINDS

import avh
from avh.records.reader import read_run

BATCH, EXAMPLES = 8, 12  # a whole batch and a ragged one
BESIDE = {"pre_activations": True, "gradients": True, "pictures_every": None}
OPTIMISED = ["sequential", "branches", "shared"]  # by Grappler, as users have it
POLICIES = ["float32", "mixed_bfloat16", "mixed_float16"]


def batches_of(x):
    return [x[start : start + BATCH] for start in range(0, len(x), BATCH)]


@pytest.fixture
def policy(request):
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy("float32")


@pytest.fixture(autouse=True)
def graphs(request):
    """For most kinds graphs run as they were traced: optimising them takes a third of the time."""
    options = tf.config.optimizer.get_experimental_options()
    is_traced_only = request.node.callspec.params["kind"] not in OPTIMISED
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": is_traced_only})
    yield
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False, **options})


def with_policies(first):
    """Every kind, with the policies in turn from the first on."""
    return [(kind, POLICIES[(first + row) % len(POLICIES)]) for row, kind in enumerate(KINDS)]


def fit(model, x, monitor, **options):
    model.compile(keras.optimizers.SGD(RATE), "mse", **{"jit_compile": False, **options})
    refit(model, x, monitor)


def refit(model, x, monitor):
    outputs = model(x, training=False)
    y = keras.tree.map_structure(lambda value: np.zeros(value.shape, np.float32), outputs)
    model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[monitor])


@pytest.mark.parametrize(("kind", "policy"), with_policies(0), indirect=["policy"])
def test_eager_steps(tmp_path, kind, policy):
    kind = KINDS[kind]
    x = kind.inputs(EXAMPLES)
    fit(kind.make(), x, avh.ActivationMonitor(tmp_path, every=1, **BESIDE), run_eagerly=True)
    assert_run_equals_numpy(read_run(tmp_path), kind, batches_of(x), beside=True)


@pytest.mark.parametrize(("kind", "policy"), with_policies(1), indirect=["policy"])
def test_graph_steps_of_two_fits(tmp_path, kind, policy):
    kind = KINDS[kind]
    model, x = kind.make(), kind.inputs(EXAMPLES)
    monitor = avh.ActivationMonitor(tmp_path, every=lambda step: step > 1)
    fit(model, x, monitor)
    refit(model, x, monitor)
    batches = 2 * batches_of(x)
    due = list(range(1, len(batches) + 1))  # the first one for the pictures
    assert_run_equals_numpy(read_run(tmp_path), kind, batches, beside=False, due=due)


@pytest.mark.parametrize(("kind", "policy"), with_policies(2), indirect=["policy"])
def test_four_steps_an_execution(tmp_path, kind, policy):
    kind = KINDS[kind]
    x = kind.inputs(5 * BATCH + BATCH // 2)
    monitor = avh.ActivationMonitor(tmp_path, every=lambda step: step in (2, 6), **BESIDE)
    fit(kind.make(), x, monitor, steps_per_execution=4)
    assert monitor.step_count == 6
    assert_run_equals_numpy(read_run(tmp_path), kind, batches_of(x), beside=True, due=[2, 6])


# A compiled step keeps more digits than bfloat16 has, with and without the monitor: where a leaky
# unit lies near zero that decides its slope, so the twin can follow smooth networks only.
_COMPILED = {
    **dict.fromkeys(KINDS, "float32"),
    **dict.fromkeys(["subclassed", "nested"], "mixed_bfloat16"),
    "shared": "mixed_float16",
}


@pytest.mark.parametrize(("kind", "policy"), _COMPILED.items(), indirect=["policy"])
def test_compiled_steps(tmp_path, kind, policy):
    examples = EXAMPLES if kind == "branches" else 2 * BATCH  # each size is compiled anew
    kind = KINDS[kind]
    x = kind.inputs(examples)
    fit(kind.make(), x, avh.ActivationMonitor(tmp_path, every=1, **BESIDE), jit_compile=True)
    assert_run_equals_numpy(read_run(tmp_path), kind, batches_of(x), beside=True)


def step_function(model):
    """A training step of one's own, traced at its first call."""
    optimizer = keras.optimizers.SGD(RATE)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = loss_of(model(x, training=True))
        weights = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))

    return step


@pytest.mark.parametrize(("kind", "policy"), with_policies(1), indirect=["policy"])
def test_a_loop_of_ones_own(tmp_path, kind, policy):
    kind = KINDS[kind]
    model, x = kind.make(), kind.inputs(EXAMPLES)
    weights = model.get_weights()
    traced_before = step_function(model)
    traced_before(x[:BATCH])
    with (
        pytest.raises(RuntimeError, match=r"make the tf.function inside the `with` block"),
        avh.watch(model, tmp_path / "too_late", every=1) as monitor,
    ):
        traced_before(x[:BATCH])
        monitor.step()
    model.set_weights(weights)
    with avh.watch(model, tmp_path / "run", every=1, **BESIDE) as monitor:
        step = step_function(model)
        for batch in batches_of(x):
            step(batch)
            monitor.step()
    run = read_run(tmp_path / "run")
    assert_run_equals_numpy(run, kind, batches_of(x), beside=True, scaled=False)
