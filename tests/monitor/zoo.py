"""One small model of every kind that the monitor promises to be right on.

Each is built with fixed weights, and says which tensors are recorded of it by default, by name.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

_WIDTH = 4  # of every layer: few shapes, few kernels to compile


@dataclass(frozen=True)
class Kind:
    """One kind of model."""

    build: Callable[[], keras.Model]
    input_shape: tuple[int, ...]
    recorded: tuple[str, ...]  # in the model's order

    def make(self, scope: contextlib.AbstractContextManager | None = None) -> keras.Model:
        """A fresh model, the same weights each time; made in a strategy's `scope`, if given."""
        policy = keras.config.dtype_policy()
        keras.utils.clear_session()  # automatic names begin again, and the policy is forgotten
        keras.config.set_dtype_policy(policy)
        keras.utils.set_random_seed(5)
        with scope or contextlib.nullcontext():
            model = self.build()
            if not model.built:
                model(np.zeros((1, *self.input_shape), np.float32))
        return model

    def inputs(self, examples: int) -> np.ndarray:
        """float32 [examples, ...], the same each time."""
        random = np.random.default_rng(examples)
        return random.normal(size=(examples, *self.input_shape)).astype(np.float32)


def _sequential() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(_WIDTH, 3, strides=2, activation="relu", name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.Flatten(name="flatten"),
            layers.Dense(_WIDTH, activation="tanh", name="fc"),
            layers.Dense(_WIDTH, name="logits"),
        ]
    )


def _branches() -> keras.Model:
    inputs = keras.Input((_WIDTH,))
    stem = layers.Dense(_WIDTH, activation="selu", name="stem")(inputs)
    left = layers.Dense(_WIDTH, activation="elu", name="left")(stem)
    right = layers.Dense(_WIDTH, name="right")(stem)
    joined = layers.Add(name="joined")([left, layers.LeakyReLU(name="leaky")(right)])
    first = layers.Dense(_WIDTH, name="first")(joined)
    second = layers.Dense(_WIDTH, activation="sigmoid", name="second")(stem)
    return keras.Model(inputs, [first, second])


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = layers.Dense(_WIDTH, activation="relu", name="hidden")
        self.towers = [layers.Dense(_WIDTH, activation="gelu", name=f"tower_{i}") for i in range(2)]
        self.drop = layers.Dropout(0.0, name="drop")
        self.top = layers.Dense(_WIDTH, name="top")

    def call(self, inputs: object, training: bool = False) -> object:
        value = self.drop(self.hidden(inputs), training=training)
        return self.top(self.towers[0](value) + self.towers[1](value))


def _nested() -> keras.Model:
    def block(name: str, size: int, channels: int) -> keras.Model:
        inputs = keras.Input((size, size, channels))
        outputs = layers.Conv2D(_WIDTH, 3, activation="relu", name="conv")(inputs)
        return keras.Model(inputs, outputs, name=name)

    inputs = keras.Input((6, 6, 1))
    value = block("block_2", 4, _WIDTH)(block("block_1", 6, 1)(inputs))
    encoder = keras.Model(inputs, value, name="encoder")
    whole = keras.Input((6, 6, 1))
    pooled = layers.GlobalAveragePooling2D(name="pool")(encoder(whole))
    return keras.Model(whole, layers.Dense(_WIDTH, name="head")(pooled))


def _shared() -> keras.Model:
    inputs = value = keras.Input((_WIDTH,))
    dense = layers.Dense(_WIDTH, activation="tanh", name="dense")
    for _ in range(3):
        value = dense(value)
    return keras.Model(inputs, layers.Dense(_WIDTH, name="top")(value))


def _recurrent() -> keras.Model:
    inputs = keras.Input((3, _WIDTH))
    value = layers.LSTM(_WIDTH, return_sequences=True, name="lstm")(inputs)
    value = layers.Bidirectional(
        layers.GRU(_WIDTH, return_sequences=True, name="gru"), name="both"
    )(value)
    value = layers.TimeDistributed(
        layers.Dense(_WIDTH, activation="relu", name="each"), name="times"
    )(value)
    value = layers.SimpleRNN(_WIDTH, name="simple")(value)
    return keras.Model(inputs, layers.Dense(_WIDTH, name="top")(value))


def _attention() -> keras.Model:
    inputs = keras.Input((3, _WIDTH))
    value = layers.MultiHeadAttention(2, _WIDTH, name="attention")(inputs, inputs)
    value = layers.LayerNormalization(name="norm")(layers.Add(name="sum")([value, inputs]))
    value = layers.EinsumDense("abc,cd->abd", (None, _WIDTH), activation="relu", name="einsum")(
        value
    )
    return keras.Model(inputs, layers.Dense(_WIDTH, name="top")(value))


@keras.saving.register_keras_serializable("zoo")
class Split(layers.Layer):
    """Puts out a structure of two tensors: a tuple, a list or a dict."""

    def __init__(self, kind: str, **options: object) -> None:
        super().__init__(**options)
        self.kind = kind
        self.one = layers.Dense(_WIDTH, activation="relu", name="one")

    def build(self, shape: tuple) -> None:
        self.one.build(shape)
        self.scale = self.add_weight(shape=(), initializer="ones", name="scale")

    def call(self, inputs: object) -> object:
        first, second = self.one(inputs), inputs * self.scale
        if self.kind == "dict":
            return {"value": first, "rest": second}
        return (first, second) if self.kind == "tuple" else [first, second]

    def compute_output_shape(self, shape: tuple) -> object:
        first, second = (*shape[:-1], _WIDTH), shape
        if self.kind == "dict":
            return {"value": first, "rest": second}
        return (first, second) if self.kind == "tuple" else [first, second]

    def get_config(self) -> dict:
        return {**super().get_config(), "kind": self.kind}


def _structures() -> keras.Model:
    inputs = keras.Input((_WIDTH,))
    one, two = Split("tuple", name="pair")(inputs)
    three, four = Split("list", name="listed")(layers.Add(name="add_1")([one, two]))
    five = Split("dict", name="named")(layers.Add(name="add_2")([three, four]))
    value = layers.Add(name="add_3")([five["value"], five["rest"]])
    return keras.Model(inputs, layers.Dense(_WIDTH, name="top")(value))


class Ranks(layers.Layer):
    """Owns a weight, and puts out integers."""

    def build(self, shape: tuple) -> None:
        self.weight = self.add_weight(shape=(shape[-1],), trainable=False, name="weight")

    def call(self, inputs: object) -> object:
        return keras.ops.argmax(inputs + keras.ops.cast(self.weight, inputs.dtype), axis=-1)


class Silent(layers.Layer):
    """Owns a weight, and puts out None."""

    def build(self, shape: tuple) -> None:
        self.weight = self.add_weight(shape=(), trainable=False, name="weight")

    def call(self, inputs: object) -> None:
        return None


class Odd(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = layers.Dense(_WIDTH, activation="relu", name="hidden")
        self.ranks, self.silent = Ranks(name="ranks"), Silent(name="silent")
        self.embedding = layers.Embedding(_WIDTH, _WIDTH, name="embedding")
        self.top = layers.Dense(_WIDTH, name="top")

    def call(self, inputs: object) -> object:
        value = self.hidden(inputs)
        self.silent(value)
        return self.top(value + self.embedding(self.ranks(value)))


def _application(name: str) -> Callable[[], keras.Model]:
    def build() -> keras.Model:
        application = getattr(keras.applications, name)
        return application(weights=None, input_shape=(32, 32, 3), classes=_WIDTH)

    return build


KINDS = {
    "sequential": Kind(_sequential, (6, 6, 1), ("conv", "fc", "logits")),
    "branches": Kind(_branches, (_WIDTH,), ("stem", "right", "left", "leaky", "first", "second")),
    "subclassed": Kind(Subclassed, (_WIDTH,), ("hidden", "tower_0", "tower_1", "top")),
    "nested": Kind(_nested, (6, 6, 1), ("encoder/block_1/conv", "encoder/block_2/conv", "head")),
    "shared": Kind(_shared, (_WIDTH,), ("dense", "dense#2", "dense#3", "top")),
    "recurrent": Kind(
        _recurrent,
        (3, _WIDTH),
        ("lstm", "both/forward_gru", "both/backward_gru", "times", "simple", "top"),
    ),
    "attention": Kind(
        _attention,
        (3, _WIDTH),
        (
            # Keras computes the scores and their softmax in one op: attention/softmax does not run
            *("attention/query", "attention/key", "attention/value"),
            *("attention/attention_output", "einsum", "top"),
        ),
    ),
    "structures": Kind(
        _structures,
        (_WIDTH,),
        (
            *("pair:0", "pair:1", "pair/one", "listed:0", "listed:1", "listed/one"),
            *("named:value", "named:rest", "named/one", "top"),
        ),
    ),
    "odd": Kind(Odd, (_WIDTH,), ("hidden", "embedding", "top")),
}
APPLICATIONS = {
    name: Kind(_application(name), (32, 32, 3), ())
    for name in ("MobileNetV2", "ResNet50", "EfficientNetB0")
}
