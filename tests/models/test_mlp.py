"""The dense networks: `mlp`, and `deep`, which is one of thirty layers."""

import keras
import numpy as np
import pytest

from avh.activations.registry import Activation, get_activation
from avh.models.deep import build_deep
from avh.models.mlp import build_mlp

SHAPE = (28, 28, 1)


def test_the_layers_are_784_300_100_10():
    model = build_mlp(SHAPE, 10, get_activation("selu"))
    kernels = {layer.name: tuple(layer.kernel.shape) for layer in model.layers if layer.weights}
    assert kernels == {"fc_1": (784, 300), "fc_2": (300, 100), "fc_3": (100, 10)}
    assert model.get_layer("fc_3").activation is keras.activations.linear


def test_every_layer_is_drawn_by_the_initialiser_of_the_activation_the_last_one_too():
    model = build_mlp(SHAPE, 10, Activation("x", "relu", "he_normal"), units=(400, 400))
    for name, fan_in in (("fc_1", 784), ("fc_2", 400), ("fc_3", 400)):
        kernel = np.asarray(model.get_layer(name).kernel)
        assert kernel.std() == pytest.approx(np.sqrt(2 / fan_in), rel=0.05)


def test_dropout_follows_each_hidden_layer_in_the_kind_of_the_activation():
    relu, selu = (
        build_mlp((2, 2, 1), 3, get_activation(name), units=(4, 4), dropout=0.5)
        for name in ("relu", "selu")
    )
    assert [layer.name for layer in relu.layers if "dropout" in layer.name] == [
        "fc_1_dropout",
        "fc_2_dropout",
    ]
    assert isinstance(relu.get_layer("fc_1_dropout"), keras.layers.Dropout)
    assert "AlphaDropout" in type(selu.get_layer("fc_1_dropout")).__name__


def test_names_sort_as_the_layers_do():
    names = [layer.name for layer in build_deep((2, 2, 1), 3, get_activation("relu")).layers]
    assert names[2:4] == ["fc_01", "fc_02"]
    assert names[-2:] == ["fc_30", "fc_31"]
    assert names[2:] == sorted(names[2:])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"units": ()}, "units"),
        ({"units": (4, 0)}, "units"),
        ({"dropout": 1.0}, "dropout"),
        ({"classes": 0}, "classes"),
    ],
)
def test_what_makes_no_network_is_refused(options, message):
    arguments = {"input_shape": (2, 2, 1), "classes": 3, **options}
    with pytest.raises(ValueError, match=message):
        build_mlp(activation=get_activation("relu"), **arguments)


@pytest.fixture(scope="module")
def through_depth():
    """Activation -> root mean square after each of 30 layers with LeCun's weights."""
    images = np.random.default_rng(0).standard_normal((200, 10, 10, 1)).astype(np.float32)
    found = {}
    for name in ("relu", "selu"):
        activation = Activation(name, name, "lecun_normal")
        model = build_deep((10, 10, 1), 3, activation)
        hidden = [layer.output for layer in model.layers if layer.name.startswith("fc_")][:-1]
        outputs = keras.Model(model.inputs, hidden).predict_on_batch(images)
        found[name] = np.array([np.sqrt(np.mean(np.square(output))) for output in outputs])
    return found


def test_relu_with_the_weights_of_selu_halves_the_power_in_each_layer(through_depth):
    # A rectifier keeps half of the power of what is symmetric around 0 (He et al. 2015, eq. 8).
    rate = (through_depth["relu"][-1] / through_depth["relu"][0]) ** (1 / 29)
    assert rate == pytest.approx(np.sqrt(0.5), rel=0.05)


def test_selu_keeps_the_power_through_all_layers(through_depth):
    assert through_depth["selu"].min() > 0.8
    assert through_depth["selu"].max() < 1.2
