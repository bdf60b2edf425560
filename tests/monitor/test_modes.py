"""What counts as training, what does not, and that training stays what it was."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import unchanged
from reference import Twin, assert_recorded

# TensorFlow offers no public way back from deterministic ops.
from tensorflow.python.framework.config import disable_op_determinism
from zoo import APPLICATIONS, KINDS

import avh
from avh.records.reader import read_run

# Of the largest weight of each tensor, after four steps of Adam; 2.5e-6 was measured. Reading
# gradients and values before an activation keeps TensorFlow from fusing across them: last bits of
# a float32 differ, and Adam's division makes more of them.
BESIDE_TOLERANCE = 1e-5
LOUD = 1000.0  # what evaluation is fed is larger than anything in training


@pytest.fixture(scope="module")
def differences(tmp_path_factory):
    """Twins trained with deterministic ops: (kind, case) -> whether equal, and how far apart."""
    tf.config.experimental.enable_op_determinism()
    try:
        return dict(unchanged.differences(tmp_path_factory.mktemp("runs")))
    finally:
        disable_op_determinism()


@pytest.mark.parametrize("kind", KINDS)
def test_a_watched_model_trains_to_the_same_bits(differences, kind):
    equal, apart = differences[kind, "default"]
    assert equal, f"{apart} apart"


@pytest.mark.parametrize("kind", unchanged.WITH_BESIDE)
def test_with_all_that_can_be_recorded_the_last_bit_may_differ(differences, kind):
    _, apart = differences[kind, "beside"]
    assert apart <= BESIDE_TOLERANCE


def test_a_compiled_step_trains_to_the_same_weights_but_for_rounding(tmp_path):
    def trained(monitors):
        kind = KINDS["shared"]
        model, x = kind.make(), kind.inputs(16)
        model.compile("adam", "mse", jit_compile=True)
        model.fit(x, x, batch_size=8, shuffle=False, verbose=0, callbacks=monitors)
        return model.get_weights()

    watched = trained([avh.ActivationMonitor(tmp_path, every=1)])
    for one, two in zip(trained([]), watched, strict=True):
        np.testing.assert_allclose(one, two, 0, BESIDE_TOLERANCE * np.abs(one).max())


@pytest.mark.parametrize("kind", ["sequential", "subclassed", "recurrent"])
def test_evaluate_predict_and_the_probe_never_count(tmp_path, kind):
    kind = KINDS[kind]
    model, x = kind.make(), kind.inputs(16)
    y = np.zeros((16, 4), np.float32)
    model.compile("sgd", "mse", jit_compile=False)
    loud = LOUD * x

    class Busy(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.predict(loud, verbose=0)
            self.model.evaluate(loud, y, verbose=0)
            self.model(loud)
            self.model(loud, training=False)

    quiet = avh.ActivationMonitor(tmp_path / "quiet", every=1, pictures_every=None)
    model.fit(x, y, batch_size=8, shuffle=False, verbose=0, callbacks=[quiet])
    model = kind.make()
    model.compile("sgd", "mse", jit_compile=False)
    busy = avh.ActivationMonitor(tmp_path / "busy", every=1, pictures_every=1, probe=loud)
    model.fit(
        *(x, y), batch_size=8, shuffle=False, verbose=0, validation_data=(loud, y),
        callbacks=[Busy(), busy],
    )  # fmt: skip
    one, two = read_run(tmp_path / "quiet"), read_run(tmp_path / "busy")
    assert busy.step_count == 2
    assert one.steps.tolist() == two.steps.tolist() == [1, 2]
    np.testing.assert_allclose(one.stats, two.stats, 1e-4, 1e-5)


def test_a_loop_of_ones_own_leaves_evaluation_out(tmp_path):
    kind = KINDS["subclassed"]
    model, x = kind.make(), tf.constant(kind.inputs(8))
    with avh.watch(model, tmp_path, every=1) as monitor:
        model(x, training=True)
        model(LOUD * x, training=False)
        model.predict(LOUD * x, verbose=0)
        monitor.step()
    run = read_run(tmp_path)
    assert run.statistic("max").max() < LOUD / 10
    assert (run.statistic("count") == 32).all()


# Further down, four examples of one pixel each are normalised: rounding grows beyond comparing.
_COMPARED = 0.4


@pytest.mark.parametrize("name", APPLICATIONS)
def test_applications_are_watched_whole(tmp_path, name):
    kind = APPLICATIONS[name]
    model, x = kind.make(), kind.inputs(4)
    model.compile("sgd", "mse", run_eagerly=True)  # tracing takes longest
    monitor = avh.ActivationMonitor(tmp_path, every=1, pictures_every=None)
    model.fit(x, np.zeros((4, 4)), batch_size=4, verbose=0, callbacks=[monitor])
    run = read_run(tmp_path)
    assert run.layer_paths == tuple(row.path for row in monitor.describe() if row.watched)
    assert len(run.layer_paths) > 80
    expected = Twin(kind.make(), run.layer_paths).train(x, beside=False)
    assert [values.size for values in expected.values()] == run.statistic("count")[0].tolist()
    for path in run.layer_paths[: round(_COMPARED * len(run.layer_paths))]:
        assert_recorded(run, 1, path, expected[path])
