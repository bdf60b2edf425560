"""The monitor in hand-written training loops."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import avh
from avh.records.reader import read_run


def network():
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input((12,)),
            keras.layers.Dense(8, "relu", name="a"),
            keras.layers.Dense(4, name="b"),
        ]
    )


def step_function(model, compiled):
    optimizer = keras.optimizers.SGD(0.1)

    def train_step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x, training=True)))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

    return tf.function(train_step) if compiled else train_step


@pytest.mark.parametrize("compiled", [True, False], ids=["graph", "eager"])
def test_records_equal_numpy_and_evaluation_is_left_out(tmp_path, compiled):
    model, x = network(), tf.random.stateless_normal((32, 12), (1, 2))
    train_step = step_function(model, compiled)
    expected = {}
    with avh.watch(model, tmp_path, every=4) as monitor:
        for number in range(1, 10):
            if number in (1, 4, 8):
                hidden = np.maximum(x @ model.layers[0].kernel + model.layers[0].bias, 0)
                expected[number] = hidden.mean()
            train_step(x)
            model(100 * x, training=False)
            monitor.step()
    run = read_run(tmp_path)
    assert run.steps.tolist() == list(expected)
    assert run.statistic("count").tolist() == [[256, 128]] * 3
    np.testing.assert_allclose(run.statistic("mean")[:, 0], list(expected.values()), rtol=1e-4)


def test_a_step_traced_before_is_refused_with_the_way_out(tmp_path):
    model, x = network(), tf.ones((4, 12))
    train_step = step_function(model, compiled=True)
    train_step(x)
    with (
        pytest.raises(RuntimeError, match=r"make the tf.function inside the `with` block"),
        avh.watch(model, tmp_path) as monitor,
    ):
        train_step(x)
        monitor.step()
    assert not [layer.name for layer in model.layers if "call" in layer.__dict__]


def test_a_model_that_is_not_built_is_refused(tmp_path):
    with pytest.raises(ValueError, match="a built model expected"):
        avh.watch(keras.Sequential([keras.layers.Dense(3)]), tmp_path)


def test_step_outside_the_block_is_refused(tmp_path):
    with pytest.raises(RuntimeError, match="inside the `with"):
        avh.watch(network(), tmp_path).step()


def test_describe_names_every_layer_and_prints_as_a_table(tmp_path):
    table = avh.watch(network(), tmp_path).describe()
    assert [(row.path, row.output_shape, row.watched) for row in table] == [
        ("a", "(?, 8)", True),
        ("b", "(?, 4)", True),
    ]
    assert str(table).startswith("layer  class  output shape  watched  why\n")
