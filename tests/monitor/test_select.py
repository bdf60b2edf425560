"""Which layers are watched, and what the table of a model's layers says."""

import re

import keras
import pytest
from zoo import KINDS

import avh
from avh.monitor.describe import LayerRow
from avh.monitor.select import choose, walk


def watched(model, layers=None, exclude=None):
    return [entry.path for entry in choose(walk(model), layers, exclude) if entry.watched]


@pytest.fixture(scope="module")
def nested():
    return KINDS["nested"].make()


CONVOLUTIONS = ["encoder/block_1/conv", "encoder/block_2/conv"]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("head", ["head"]),
        ("encoder/block_2/conv", CONVOLUTIONS[1:]),
        ("encoder/*/conv*", CONVOLUTIONS),
        ("*/conv", CONVOLUTIONS),
        (re.compile(r"block_\d/conv$"), CONVOLUTIONS),
        (re.compile("^head"), ["head"]),
        (keras.layers.Conv2D, CONVOLUTIONS),
        (keras.Model, ["encoder", "encoder/block_1", "encoder/block_2"]),
        (lambda layer: getattr(layer, "units", 0) == 4, ["head"]),
        (["head", "*block_1/conv"], [CONVOLUTIONS[0], "head"]),
        ((keras.layers.Dense, re.compile("block_2/conv")), [CONVOLUTIONS[1], "head"]),
        ("pool", ["pool"]),
    ],
    ids=lambda value: "" if isinstance(value, list) else None,
)
def test_layers_are_chosen_by(nested, layers, expected):
    assert watched(nested, layers) == expected


def test_a_layer_itself_chooses_it(nested):
    assert watched(nested, nested.get_layer("head")) == ["head"]


@pytest.mark.parametrize(
    ("exclude", "expected"),
    [
        ("head", CONVOLUTIONS),
        ("encoder/*", ["head"]),
        (re.compile("block_1"), [CONVOLUTIONS[1], "head"]),
        (keras.layers.Conv2D, ["head"]),
        (lambda layer: layer.name == "conv", ["head"]),
        (["head", "*block_1*"], CONVOLUTIONS[1:]),
    ],
)
def test_layers_are_left_out_by(nested, exclude, expected):
    assert watched(nested, exclude=exclude) == expected


def test_exclude_wins_over_layers(nested):
    assert watched(nested, "*conv", "*block_1*") == CONVOLUTIONS[1:]


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ("heads", "layers: 'heads' matches no layer; did you mean head"),
        ("encoder/block1/conv", "matches no layer; did you mean encoder/block_1/conv"),
        ("decoder/*", "'decoder/[*]' matches no layer; "),
        (re.compile("block_9/conv"), "the regular expression 'block_9/conv' matches no layer"),
        (keras.layers.LSTM, "LSTM.* matches no layer; the model has .*encoder/block_1/conv"),
        (["head", "heat"], "'heat' matches no layer; did you mean head"),
    ],
)
def test_what_matches_nothing_is_refused_with_close_names(nested, layers, words):
    with pytest.raises(ValueError, match=words):
        watched(nested, layers)
    with pytest.raises(ValueError, match=words.replace("layers:", "exclude:")):
        watched(nested, exclude=layers)


def test_a_predicate_that_matches_nothing_is_named(nested):
    def is_wide(layer):
        return False

    with pytest.raises(ValueError, match="the predicate 'is_wide' matches no layer"):
        watched(nested, is_wide)


def test_an_empty_choice_is_refused_with_the_reasons(nested):
    with pytest.raises(ValueError, match=r"at least one layer to watch.*left out by exclude="):
        watched(nested, exclude=["*"])
    with pytest.raises(ValueError, match="at least one layer to watch"):
        watched(nested, [])


@pytest.mark.parametrize("selector", [3, {"head"}, b"head"])
def test_a_selector_of_another_kind_is_refused(nested, selector):
    with pytest.raises(TypeError, match="a path, glob, compiled regular expression, layer class"):
        watched(nested, selector)


def test_by_default_dropout_reshaping_and_normalisation_are_left_out():
    layers = keras.layers
    chain = keras.Sequential(
        [
            keras.Input((4, 4, 2)),
            *(layers.Conv2D(4, 1, name="conv"), layers.BatchNormalization(name="batch_norm")),
            *(layers.ReLU(name="relu"), layers.MaxPooling2D(name="pool")),
            *(layers.Flatten(name="flat"), layers.Dropout(0.5, name="dropout")),
            *(layers.GaussianNoise(1.0, name="noise"), layers.Reshape((4, 4), name="shape")),
            *(layers.LayerNormalization(name="layer_norm"), layers.PReLU(name="prelu")),
            *(layers.Dense(3, name="dense"), layers.Activation("tanh", name="tanh")),
        ]
    )
    assert watched(chain) == ["conv", "relu", "prelu", "dense", "tanh"]


def test_a_loop_is_watched_as_a_whole_and_says_so():
    rows = {row.path: row for row in avh.ActivationMonitor("unused").describe(recurrent())}
    assert rows["lstm"].watched
    assert not rows["lstm/lstm_cell"].watched
    assert rows["lstm/lstm_cell"].reason == "runs inside the loop of lstm: watch that one"
    assert rows["times/each"].reason == "runs inside the loop of times: watch that one"
    with pytest.raises(ValueError, match="runs inside the loop of lstm: watch that one"):
        watched(recurrent(), "lstm/lstm_cell")


def recurrent():
    return KINDS["recurrent"].make()


def test_siblings_of_one_name_and_layers_reached_twice():
    class Twins(keras.Model):
        def __init__(self):
            super().__init__()
            self.one = keras.layers.Dense(2, name="dense")
            self.two = keras.layers.Dense(2, name="dense")
            self.again = self.one

    assert [entry.path for entry in walk(Twins())] == ["dense", "dense~2"]


def test_describe_has_a_row_for_every_layer_and_prints_as_a_table(nested):
    table = avh.ActivationMonitor("unused", layers="*conv").describe(nested)
    assert [row.path for row in table if "input" not in row.path] == [
        *("encoder", "encoder/block_1", "encoder/block_1/conv"),
        *("encoder/block_2", "encoder/block_2/conv", "pool", "head"),
    ]
    assert table[3 if table[0].path == "encoder" else 4] == LayerRow(
        "encoder/block_1/conv", "Conv2D", "(?, 4, 4, 4)", True, "chosen by layers="
    ) or any(row.path == "encoder/block_1/conv" and row.watched for row in table)
    lines = str(table).splitlines()
    assert len(lines) == len(table) + 1
    assert lines[0].split() == ["layer", "class", "output", "shape", "watched", "why"]
    assert len({line.index("Dense") for line in lines if "head" in line}) == 1


def test_describe_names_calls_and_outputs_once_they_were_recorded(tmp_path):
    kind = KINDS["shared"]
    model = kind.make()
    with avh.watch(model, tmp_path, every=1) as monitor:
        model(kind.inputs(4), training=True)
        monitor.step()
    assert [row.path for row in monitor.describe() if row.watched] == list(kind.recorded)


def test_describe_says_why_an_output_was_not_recorded(tmp_path):
    kind = KINDS["odd"]
    model = kind.make()
    with avh.watch(model, tmp_path, every=1) as monitor:
        model(kind.inputs(4), training=True)
        monitor.step()
    rows = {row.path: row for row in monitor.describe()}
    assert (rows["ranks"].watched, rows["silent"].watched) == (False, False)
    assert "int" in rows["ranks"].reason
    assert rows["silent"].reason == "puts out None"


def test_describe_without_a_model_is_refused():
    with pytest.raises(ValueError, match="a model expected"):
        avh.ActivationMonitor("unused").describe()
