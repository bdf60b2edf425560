import keras
import pytest

from avh.train.config import TrainConfig
from avh.train.schedule import default_eval_every, learning_rate_at, steps_in
from avh.train.session import compile_model


@pytest.mark.parametrize("halve", [False, True])
@pytest.mark.parametrize("step", [1, 2, 9_999, 10_000, 10_001, 30_000, 30_001])
def test_the_rate_is_the_one_that_the_optimizer_uses(step, halve):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    compile_model(model, TrainConfig(learning_rate=0.01, lr_weight_decay=halve))
    model.optimizer.iterations.assign(step - 1)  # steps done when this one begins
    used = float(model.optimizer.learning_rate)
    assert learning_rate_at(step, 0.01, halve=halve) == pytest.approx(used, rel=1e-6)


def test_evaluations_are_a_multiple_of_a_hundred_steps_apart():
    assert default_eval_every(1, 10_000) == 100
    assert default_eval_every(10_000, 64) == 600


def test_an_epoch_has_as_many_steps_as_batches_are_full():
    assert steps_in(1, 99, 10) == 9
    assert steps_in(3, 100, 10) == 30
