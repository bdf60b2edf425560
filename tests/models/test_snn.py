import keras
import numpy as np
import pytest

from avh.activations.registry import get_activation
from avh.models.snn import build_snn


@pytest.fixture(scope="module")
def model():
    return build_snn((28, 28, 1), 10, get_activation("selu"), dropout=0.05)


def test_the_layers_are_those_of_the_tutorial(model):
    shapes = {layer.name: tuple(layer.output.shape[1:]) for layer in model.layers}
    assert shapes == {
        "images": (28, 28, 1),
        "conv_1": (28, 28, 32),
        "pool_1": (14, 14, 32),
        "conv_2": (14, 14, 64),
        "pool_2": (7, 7, 64),
        "flatten": (3136,),
        "fc_3": (1024,),
        "fc_3_dropout": (1024,),
        "fc_4": (10,),
    }
    assert model.get_layer("conv_2").kernel_size == (5, 5)
    assert isinstance(model.get_layer("pool_1"), keras.layers.MaxPooling2D)


def test_weights_have_the_deviation_of_the_tutorial(model):
    for name, fan_in in (("conv_2", 25 * 32), ("fc_3", 3136), ("fc_4", 1024)):
        kernel = np.asarray(model.get_layer(name).kernel)
        assert kernel.std() == pytest.approx(np.sqrt(1 / fan_in), rel=0.05)


def test_the_same_seed_gives_the_same_weights_whatever_the_dropout(model):
    other = build_snn((28, 28, 1), 10, get_activation("selu"))
    for weight, same in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, same)


def test_sizes_can_be_others():
    small = build_snn((9, 7, 3), 4, get_activation("relu"), channels=(2, 3, 4), units=(5, 6))
    names = [layer.name for layer in small.layers if layer.weights]
    assert names == ["conv_1", "conv_2", "conv_3", "fc_4", "fc_5", "fc_6"]
    assert small.get_layer("pool_3").output.shape == (None, 2, 1, 4)  # odd sizes are rounded up
