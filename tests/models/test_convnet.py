"""The comparison network: its shapes, its weights and its seeds, and a forward pass by SciPy."""

import keras
import numpy as np
import pytest
from scipy import signal

from avh.activations.registry import Activation, get_activation, names
from avh.models.block import derived_seed
from avh.models.convnet import build_convnet

SHAPE = (28, 28, 1)


def build(name="relu", shape=SHAPE, classes=10, **options):
    return build_convnet(shape, classes, get_activation(name), **options)


def weights_of(model):
    return {weight.path: np.asarray(weight) for weight in model.weights}


def named_outputs(model, layers, images):
    outputs = [model.get_layer(layer).output for layer in layers]
    return [np.asarray(value) for value in keras.Model(model.input, outputs)(images)]


def convolve(images, kernel, bias):
    """5x5, stride 2, zeros around as 'same' wants them; [n, h, w, c] -> [n, h/2, w/2, filters]."""
    size = images.shape[1]
    out = -(-size // 2)
    before = max((out - 1) * 2 + 5 - size, 0) // 2
    full = np.zeros((len(images), out, out, kernel.shape[3]))
    for n, image in enumerate(images):
        for f in range(kernel.shape[3]):
            padded = np.pad(image, ((before, 4), (before, 4), (0, 0)))
            total = sum(
                signal.correlate2d(padded[..., c], kernel[:, :, c, f], mode="valid")
                for c in range(image.shape[2])
            )
            full[n, :, :, f] = total[::2, ::2][:out, :out] + bias[f]
    return full


def test_layers_and_their_shapes():
    model = build()
    assert model.name == "convnet"
    shapes = {layer.name: layer.output.shape[1:] for layer in model.layers}
    assert shapes == {
        "images": (28, 28, 1),
        "conv_1": (14, 14, 32),
        "conv_2": (7, 7, 64),
        "conv_3": (4, 4, 128),
        "flatten": (2048,),
        "fc_4": (160,),
        "fc_5": (40,),
        "fc_6": (10,),
    }


def test_dense_layers_follow_the_number_of_classes():
    model = build(classes=3, shape=(9, 6, 3))
    units = [model.get_layer(name).units for name in ("fc_4", "fc_5", "fc_6")]
    assert units == [48, 12, 3]


def test_other_channels():
    model = build(channels=(4, 8), shape=(16, 16, 3))
    assert [layer.name for layer in model.layers if layer.weights] == [
        "conv_1",
        "conv_2",
        "fc_3",
        "fc_4",
        "fc_5",
    ]
    assert model.get_layer("conv_2").output.shape == (None, 4, 4, 8)


@pytest.mark.parametrize("name", ["lrelu", "selu"])
def test_the_forward_pass_agrees_with_scipy(name):
    model = build(name, shape=(7, 7, 2), classes=2, channels=(3, 4, 5), seed=4)
    random = np.random.default_rng(0)
    for weight in model.weights:  # biases that are not 0, so that they count
        if weight.path.endswith("bias"):
            weight.assign(random.normal(size=weight.shape))
    images = random.normal(size=(3, 7, 7, 2)).astype(np.float32)
    function = {
        "lrelu": lambda x: np.where(x > 0, x, 0.2 * x),
        "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x)),
    }[name]
    value, layers = (
        images.astype(np.float64),
        ("conv_1", "conv_2", "conv_3", "fc_4", "fc_5", "fc_6"),
    )
    for layer, got in zip(layers, named_outputs(model, layers, images), strict=True):
        kernel, bias = (np.asarray(weight) for weight in model.get_layer(layer).weights)
        if layer.startswith("conv"):
            value = convolve(value, kernel, bias)
        else:
            value = value.reshape(len(value), -1) @ kernel + bias
        value = value if layer == "fc_6" else function(value)
        np.testing.assert_allclose(got, value, rtol=1e-4, atol=1e-5, err_msg=layer)


@pytest.mark.parametrize("name", names())
def test_kernels_have_the_variance_of_their_initializer(name):
    model = build(name)
    gain = {"he_normal": 2, "lecun_normal": 1}.get(get_activation(name).kernel_initializer)
    for layer in ("conv_1", "conv_2", "conv_3", "fc_4", "fc_5"):
        kernel, bias = (np.asarray(weight) for weight in model.get_layer(layer).weights)
        fan_in = np.prod(kernel.shape[:-1])
        fan_out = np.prod(kernel.shape[:-2]) * kernel.shape[-1]
        expected = gain / fan_in if gain else 2 / (fan_in + fan_out)
        # The estimate of a variance from n values has a relative deviation of about sqrt(2 / n).
        assert kernel.var() == pytest.approx(expected, rel=5 * np.sqrt(2 / kernel.size)), layer
        assert not bias.any()


def test_selu_keeps_mean_and_variance_through_the_dense_layers():
    model = build("selu", channels=(4,), classes=60, shape=(32, 32, 3))
    images = np.random.default_rng(0).normal(size=(256, 32, 32, 3)).astype(np.float32)
    for value in named_outputs(model, ("conv_1", "fc_2", "fc_3"), images):
        assert value.mean() == pytest.approx(0, abs=0.15)
        assert value.var() == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("name", names())
def test_every_activation_gives_the_same_architecture(name, batch_norm):
    def architecture(model):
        return [(layer.name, type(layer).__name__, layer.output.shape) for layer in model.layers]

    options = {"batch_norm": batch_norm, "channels": (2, 3), "shape": (8, 8, 1)}
    assert architecture(build(name, **options)) == architecture(build("relu", **options))


def test_with_batch_norm_the_name_is_that_of_what_the_activation_gives():
    model = build("lrelu", batch_norm=True, channels=(4,), shape=(8, 8, 1))
    layers = [layer.name for layer in model.layers]
    assert layers[:5] == ["images", "conv_1_linear", "conv_1_bn", "conv_1", "flatten"]
    assert layers[5:] == [
        "fc_2_linear",
        "fc_2_bn",
        "fc_2",
        "fc_3_linear",
        "fc_3_bn",
        "fc_3",
        "fc_4",
    ]
    assert not model.get_layer("conv_1_linear").use_bias
    images = np.random.default_rng(0).normal(size=(4, 8, 8, 1)).astype(np.float32)
    before, after = named_outputs(model, ("conv_1_bn", "conv_1"), images)
    np.testing.assert_allclose(after, np.where(before > 0, before, 0.2 * before), rtol=1e-5)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    first, again, other = (weights_of(build(seed=seed)) for seed in (7, 7, 8))
    for path, value in first.items():
        np.testing.assert_array_equal(value, again[path])
        if path.endswith("kernel"):
            assert not np.isclose(value, other[path]).mean() > 0.01, path


def test_layers_of_one_network_draw_from_different_seeds():
    model = build(channels=(16, 16, 16), shape=(28, 28, 16))
    kernels = [np.asarray(model.get_layer(f"conv_{n}").kernel).ravel() for n in (1, 2, 3)]
    correlation = np.corrcoef(kernels)[np.triu_indices(3, 1)]
    assert np.abs(correlation).max() < 0.1


def test_dropout_and_batch_norm_leave_the_kernels_as_they_are():
    plain, dropped, normalized = (
        build(channels=(4, 8), **options)
        for options in ({}, {"dropout": 0.5}, {"batch_norm": True})
    )
    for layer in ("conv_1", "conv_2", "fc_3", "fc_4"):
        kernel = np.asarray(plain.get_layer(layer).kernel)
        np.testing.assert_array_equal(kernel, np.asarray(dropped.get_layer(layer).kernel))
        linear = normalized.get_layer(f"{layer}_linear")
        np.testing.assert_array_equal(kernel, np.asarray(linear.kernel))


@pytest.mark.parametrize(
    ("name", "kind"), [("relu", keras.layers.Dropout), ("selu", keras.layers.AlphaDropout)]
)
def test_dropout_follows_both_hidden_dense_layers_and_is_of_the_activation_s_kind(name, kind):
    model = build(name, dropout=0.25, channels=(4,))
    found = [layer for layer in model.layers if "dropout" in layer.name]
    assert [layer.name for layer in found] == ["fc_2_dropout", "fc_3_dropout"]
    assert {type(layer) for layer in found} == {kind}
    assert {layer.rate for layer in found} == {0.25}
    assert found[0].seed != found[1].seed


def test_dropout_does_nothing_outside_training():
    images = np.random.default_rng(0).normal(size=(5, *SHAPE)).astype(np.float32)
    plain, dropped = (build("selu", dropout=rate)(images, training=False) for rate in (0.0, 0.5))
    np.testing.assert_array_equal(np.asarray(plain), np.asarray(dropped))


@pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning"
)  # Keras on NumPy 2
def test_weights_saved_are_weights_loaded(tmp_path):
    model, other = build("mish", seed=1), build("mish", seed=2)
    model.save_weights(tmp_path / "a.weights.h5")
    other.load_weights(tmp_path / "a.weights.h5")
    for path, value in weights_of(model).items():
        np.testing.assert_array_equal(value, weights_of(other)[path])


def test_a_function_of_the_user_s_is_what_the_layers_apply():
    model = build("keras.ops:sin", channels=(4,), shape=(8, 8, 1))
    images = np.random.default_rng(0).normal(size=(4, 8, 8, 1)).astype(np.float32)
    inputs, got = named_outputs(model, ("flatten", "fc_2"), images)
    kernel = np.asarray(model.get_layer("fc_2").kernel)
    np.testing.assert_allclose(got, np.sin(inputs @ kernel), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("math:sqrt", "'math:sqrt' can not be applied to a tensor: TypeError"),
        ("keras.ops:sum", "'keras.ops:sum' to keep the shape"),
        ("builtins:repr", "'builtins:repr' can not be applied to a tensor: it gives no tensor"),
    ],
)
def test_a_function_that_is_no_activation_is_refused(function, message):
    with pytest.raises(ValueError, match=message) as caught:
        build(function)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"channels": ()}, r"got channels=\(\)"),
        ({"channels": (4, 0)}, r"got channels=\(4, 0\)"),
        ({"classes": 0}, "classes=0"),
        ({"dropout": 1.0}, "below 1, got 1"),
        ({"dropout": -0.1}, "got -0.1"),
        ({"dropout": float("nan")}, "got nan"),
        ({"seed": -1}, "seed=-1"),
    ],
)
def test_an_option_out_of_its_range_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)


def test_derived_seeds_differ_by_seed_and_by_index():
    seeds = {derived_seed(seed, index) for seed in range(40) for index in range(40)}
    assert len(seeds) == 1600
    assert min(seeds) >= 0
    assert max(seeds) < 2**32


def test_an_activation_made_by_hand():
    model = build_convnet(
        (8, 8, 1), 2, Activation("mine", keras.ops.cos, "he_normal"), channels=(3,)
    )
    assert model.output.shape == (None, 2)
