import h5py
import keras
import numpy as np
import pytest

from avh.train import checkpoints, rundir
from avh.train.config import TrainConfig
from avh.train.session import build_model, compile_model

SHAPE, CLASSES = (8, 8, 1), 3
CONFIG = TrainConfig(channels=(2, 3, 4), dropout=0.5, batch_norm=True)


def _model(seed=0, **changes):
    config = TrainConfig(**{**CONFIG.to_dict(), "channels": (2, 3, 4), "seed": seed, **changes})
    model = build_model(config, SHAPE, CLASSES)
    compile_model(model, config)
    return model


@pytest.fixture(scope="module")
def model():
    """Trained for three steps."""
    model, rng = _model(), np.random.default_rng(0)
    for _ in range(3):
        model.train_on_batch(rng.normal(size=(4, *SHAPE)).astype("f"), rng.integers(0, 3, 4))
    return model


@pytest.fixture
def run(tmp_path):
    return rundir.create(tmp_path, "run")


def test_weights_moments_and_random_states_come_back_exactly(run, model):
    path = checkpoints.save(model, run, 3)
    other = _model(seed=1)
    assert checkpoints.load(other, path) == 3
    assert int(other.optimizer.iterations) == 3
    pairs = [
        *zip(model.weights, other.weights, strict=True),
        *zip(model.optimizer.variables, other.optimizer.variables, strict=True),
    ]
    for one, two in pairs:
        np.testing.assert_array_equal(np.asarray(one), np.asarray(two))
    images = np.ones((4, *SHAPE), np.float32)  # dropout draws the same units next
    np.testing.assert_array_equal(model(images, training=True), other(images, training=True))


def test_keras_reads_the_file_by_itself(run, model):
    path = checkpoints.save(model, run, 1)
    plain = keras.models.clone_model(model)
    plain.load_weights(path)
    for one, two in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_last_three_are_kept_and_the_latest_is_found(run, model):
    for step in (5, 1_000_000, 200, 30):
        checkpoints.save(model, run, step)
    names = sorted(path.name for path in (run / "checkpoints").iterdir())
    assert names == [f"step_{step}.weights.h5" for step in ("000030", "000200", "1000000")]
    for place in (run, run / "checkpoints"):
        assert checkpoints.find(place).name == "step_1000000.weights.h5"
    assert checkpoints.step_of(checkpoints.find(run)) == 1_000_000


def test_a_file_is_found_as_it_is(run, model):
    path = checkpoints.save(model, run, 1)
    assert checkpoints.find(path) == path


def test_a_missing_checkpoint_is_named(tmp_path, run):
    with pytest.raises(FileNotFoundError, match=r"nowhere does not exist"):
        checkpoints.find(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=r"run holds no checkpoint"):
        checkpoints.find(run)


def test_another_file_is_no_checkpoint(tmp_path):
    text, foreign = tmp_path / "a.weights.h5", tmp_path / "b.weights.h5"
    text.write_text("no HDF5")
    h5py.File(foreign, "w").close()
    for path in (text, foreign):
        with pytest.raises(ValueError, match="not a checkpoint"):
            checkpoints.step_of(path)


@pytest.mark.parametrize(
    ("changes", "layer"),
    [
        ({"channels": (2, 3, 5)}, "conv_3"),
        ({"channels": (2, 3)}, "fc_3_linear"),
        ({"channels": (2, 3, 4, 5)}, "conv_4"),
        ({"batch_norm": False}, "conv_1"),
    ],
)
def test_a_checkpoint_of_another_model_is_refused_by_layer(run, model, changes, layer):
    path = checkpoints.save(model, run, 1)
    with pytest.raises(ValueError, match=rf"does not fit the model: layer {layer}.* expects"):
        checkpoints.load(_model(**changes), path)


def test_a_model_without_dropout_takes_the_weights_of_one_with_it(run, model):
    path = checkpoints.save(model, run, 1)
    other = _model(seed=1, dropout=0.0)
    checkpoints.load(other, path)
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
