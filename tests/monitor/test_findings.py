"""Findings on planted faults: records made with NumPy, so that the answer is known."""

import numpy as np
import pytest
import tensorflow as tf

from avh.monitor.activation import saturation
from avh.monitor.findings import Findings
from avh.monitor.flat_range import flat_range
from avh.monitor.kernel import sketch_tensor
from avh.monitor.sketch import Sketch
from avh.records.schema import LayerInfo

ROWS, UNITS, WIDE = 64, 8, 96
STEP = tf.constant(1, tf.int64)
RANDOM = np.random.default_rng(11)
NORMAL = RANDOM.normal(size=(ROWS, UNITS))
SELU_FLOOR = -1.0507009873554805 * 1.6732632423543772


def layer(path, values, activation=None):
    """One layer of a record: its description and its sketch."""
    info = LayerInfo(path, "Dense", (None, UNITS), activation, UNITS)
    tensor = tf.constant(np.asarray(values), tf.float32)
    return info, Sketch.unpack(sketch_tensor(tensor, STEP, saturation(activation)).numpy())


def feed(findings, step, *layers):
    return findings.feed(step, [info for info, _ in layers], [sketch for _, sketch in layers])


def found_in(layers, fed=5, **thresholds):
    """What one record, repeated, brings at each step: step -> findings."""
    findings = Findings(**thresholds)
    new = {step: feed(findings, step, *layers) for step in range(10, 10 * fed + 1, 10)}
    return {step: found for step, found in new.items() if found}


def with_units(values, **constants):
    """The values with some units constant: `with_units(x, u2=0.0)`."""
    values = np.array(values)
    for name, constant in constants.items():
        values[:, int(name[1:])] = constant
    return values


def relu(x):
    return np.maximum(x, 0)


# Dead units


def test_dead_relu_units_are_named_at_the_fifth_record_and_only_then():
    silent = with_units(relu(NORMAL), u2=0.0, u5=0.0, u6=0.0)
    new = found_in([layer("fc", silent, "relu")], fed=8)
    assert list(new) == [50]
    (finding,) = new[50]
    assert (finding.kind, finding.layer, finding.step) == ("dead_units", "fc", 50)
    assert finding.units == (2, 5, 6)
    expected = {"dead": 3, "units": UNITS, "records": 5, "values": ROWS, "since": 10}
    assert finding.numbers == expected
    assert finding.message.startswith("3 of 8 units are dead (2, 5, 6): exactly 0")
    assert finding.advice.count(".") == 1
    assert not finding.recovered


def test_one_sign_of_life_begins_the_count_again():
    findings = Findings(records=3)
    dead, alive = (layer("fc", v, "relu") for v in (with_units(relu(NORMAL), u2=0), relu(NORMAL)))
    told = [len(feed(findings, s, x)) for s, x in enumerate([dead, dead, alive, dead, dead, dead])]
    assert told == [0, 0, 0, 0, 0, 1]
    assert findings.found[0].numbers["since"] == 3


def test_recovery_of_dead_units_is_reported_once():
    findings = Findings(records=2)
    dead, alive = (layer("fc", v, "relu") for v in (with_units(relu(NORMAL), u2=0), relu(NORMAL)))
    new = [feed(findings, s, x) for s, x in enumerate([dead, dead, dead, alive, alive])]
    assert [len(found) for found in new] == [0, 1, 0, 1, 0]
    (recovery,) = new[3]
    assert (recovery.kind, recovery.layer, recovery.step) == ("dead_units", "fc", 3)
    assert recovery.recovered
    assert recovery.message == "none of 8 units are dead; up to 1 were"


def test_more_dead_units_are_said_again_once_they_have_doubled():
    findings = Findings(records=1)
    counts = (1, 1, 2, 3, 4, 8, 8)
    layers = [
        layer("fc", np.where(np.arange(UNITS) < n, 0, relu(NORMAL) + 0.1), "relu") for n in counts
    ]
    told = [[f.numbers["dead"] for f in feed(findings, s, x)] for s, x in enumerate(layers)]
    assert told == [[1], [], [2], [], [4], [8], []]


@pytest.mark.parametrize(("share", "told"), [(0.25, [2]), (0.3, []), (0, [2])])
def test_few_dead_units_are_no_finding_below_the_share_that_was_asked_for(share, told):
    silent = layer("fc", with_units(relu(NORMAL), u2=0.0, u5=0.0), "relu")
    new = feed(Findings(records=1, dead_share=share), 1, silent)
    assert [finding.numbers["dead"] for finding in new] == told


def test_a_layer_that_falls_below_the_share_has_recovered():
    findings = Findings(records=1, dead_share=0.25)
    alive = np.arange(UNITS)
    layers = [layer("fc", np.where(alive < n, 0, relu(NORMAL) + 0.1), "relu") for n in (4, 1, 0)]
    told = [[f.recovered for f in feed(findings, s, x)] for s, x in enumerate(layers)]
    assert told == [[False], [True], []]
    assert findings.found[1].message == "1 of 8 units are dead; up to 4 were"


@pytest.mark.parametrize(
    ("activation", "values"),
    [
        ("selu", SELU_FLOOR + 0.009 * RANDOM.uniform(size=ROWS)),
        ("elu", -1 + 0.009 * RANDOM.uniform(size=ROWS)),
        ("gelu", -0.003 * RANDOM.uniform(size=ROWS)),
        ("silu", -0.01 * RANDOM.uniform(size=ROWS)),
        ("mish", -0.005 * RANDOM.uniform(size=ROWS)),
        ("softplus", 0.009 * RANDOM.uniform(size=ROWS)),
        ("tanh", np.full(ROWS, -1.0)),
        ("leaky_relu", np.full(ROWS, -0.5)),
        (None, np.full(ROWS, 0.25)),
    ],
)
def test_a_unit_that_stays_where_its_activation_is_flat_is_dead(activation, values):
    (new,) = found_in([layer("fc", with_units(NORMAL, u3=values), activation)]).values()
    assert [f.units for f in new if f.kind == "dead_units"] == [(3,)]


@pytest.mark.parametrize(
    ("activation", "values"),
    [
        ("leaky_relu", -0.2 * RANDOM.uniform(1, 9, size=ROWS)),
        ("selu", SELU_FLOOR + RANDOM.uniform(0.0, 0.03, size=ROWS)),
        ("elu", RANDOM.uniform(-1, -0.9, size=ROWS)),
        ("elu", RANDOM.uniform(-1.5, -1.2, size=ROWS)),  # of another floor, which nobody knows
        ("gelu", -0.17 * RANDOM.uniform(size=ROWS)),
        ("relu", np.where(np.arange(ROWS) == 7, 1e-3, 0.0)),
        (None, -RANDOM.uniform(size=ROWS)),
    ],
)
def test_a_negative_or_rare_unit_is_not_dead(activation, values):
    layers = [layer("fc", with_units(NORMAL, u3=values), activation), layer("out", NORMAL)]
    assert found_in(layers) == {}


def test_a_constant_that_changes_from_record_to_record_is_not_dead():
    findings = Findings()
    for step in range(20):
        assert not feed(findings, step, layer("fc", with_units(NORMAL, u3=0.01 * step)))


def test_a_layer_with_one_element_a_unit_cannot_be_judged():
    findings = Findings(records=1)
    info = LayerInfo("fc", "Dense", (None, UNITS), "relu", UNITS)
    sketch = Sketch.unpack(sketch_tensor(tf.zeros((1, UNITS)), STEP).numpy())
    assert findings.feed(1, [info], [sketch]) == []


def test_layers_that_run_now_and_then_keep_their_count():
    findings = Findings(records=3)
    fc, other = layer("fc", 0 * NORMAL, "relu"), layer("other", NORMAL)
    infos = [fc[0], other[0]]
    told = [
        len(findings.feed(step, infos, [fc[1] if step % 2 else None, other[1]]))
        for step in range(1, 6)
    ]
    assert told == [0, 0, 0, 0, 1]
    assert findings.found[0].numbers["dead"] == UNITS


@pytest.mark.parametrize(
    ("activation", "function"), [("gelu", tf.nn.gelu), ("silu", tf.nn.silu)], ids=["gelu", "silu"]
)
def test_the_flat_range_ends_where_the_slope_by_tensorflow_reaches_the_bound(activation, function):
    x = tf.linspace(-12.0, -1.5, 4000)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    flat = np.abs(tape.gradient(y, x)) < 0.01
    end = np.flatnonzero(~flat)[0]
    low, high = flat_range(activation, 0.01)
    assert high == 0
    assert low == pytest.approx(y[end].numpy(), rel=0.02)


# Saturated units


def test_saturated_tanh_units_are_named_with_the_share_of_values():
    values = with_units(np.tanh(NORMAL), u0=1, u1=-1, u2=1, u3=-1, u4=1)
    values[0, :5] = 0  # not constant, so not dead
    (new,) = found_in([layer("fc", values, "tanh"), layer("out", NORMAL)]).values()
    (finding,) = new
    assert (finding.kind, finding.layer) == ("saturated_units", "fc")
    assert finding.numbers["share"] == (np.abs(values) >= 0.99).mean()
    assert finding.units == ()


def test_units_all_of_whose_values_are_saturated_are_listed():
    values = with_units(1 / (1 + np.exp(-NORMAL)), u0=0.995, u1=0.002, u2=1, u3=0.999, u6=0)
    (new,) = found_in([layer("fc", values, "sigmoid"), layer("out", NORMAL)]).values()
    assert [f.units for f in new if f.kind == "saturated_units"] == [(0, 1, 2, 3, 6)]


def test_a_saturated_output_layer_is_confident_and_no_finding():
    values = np.where(NORMAL > 0, 0.999, 0.001)
    assert found_in([layer("fc", NORMAL), layer("out", values, "sigmoid")]) == {}


def test_recovery_of_a_saturated_layer_takes_as_many_records():
    findings = Findings(records=3)
    out = layer("out", NORMAL)
    states = [layer("fc", np.tanh(scale * NORMAL), "tanh") for scale in [99] * 3 + [0.5] * 5]
    new = [feed(findings, s, x, out) for s, x in enumerate(states)]
    assert [[f.recovered for f in found] for found in new if found] == [[False], [True]]
    assert [step for step, found in enumerate(new) if found] == [2, 5]


# The signal through depth


def network(scale, depth=8):
    """What the layers of a random network put out, its He-normal weights scaled, and the last."""
    random = np.random.default_rng(5)
    values, outputs = random.normal(size=(ROWS, WIDE)), []
    for _ in range(depth):
        weights = random.normal(0, np.sqrt(2 / WIDE), size=(WIDE, WIDE))
        values = relu(values @ (scale * weights))
        outputs.append(values)
    return outputs


def layers_of(outputs, activation="relu", suffix=""):
    return [layer(f"fc_{n}{suffix}", v, activation) for n, v in enumerate(outputs, 1)]


@pytest.mark.parametrize(("scale", "kind"), [(0.5, "vanishing_signal"), (2.0, "exploding_signal")])
def test_scaled_weights_make_the_signal_vanish_or_explode_by_that_factor(scale, kind):
    outputs = network(scale)
    found = [f for f in found_in(layers_of(outputs))[50] if f.kind != "dead_units"]
    (finding,) = found
    assert (finding.kind, finding.layer) == (kind, "fc_8")
    stds = np.array([values.std() for values in outputs])
    np.testing.assert_allclose(finding.numbers["factor"], np.median(stds[1:] / stds[:-1]), 1e-4)
    assert finding.numbers["factor"] == pytest.approx(scale, rel=0.1)
    np.testing.assert_allclose(finding.numbers["last"], stds[-1], rtol=1e-4)
    assert finding.numbers["layers"] == 8


def test_he_normal_weights_neither_make_it_vanish_nor_explode():
    new = found_in(layers_of(network(1.0)))
    assert {f.kind for found in new.values() for f in found} <= {"dead_units"}


def test_a_single_drop_is_no_factor_a_layer():
    outputs = [NORMAL, NORMAL, NORMAL, 1e-3 * NORMAL, 1e-3 * NORMAL, 1e-3 * NORMAL]
    assert found_in(layers_of(outputs, None)) == {}


def test_layers_of_another_kind_do_not_count_as_the_next_one():
    outputs = [NORMAL / 4**n for n in range(6)]
    mixed = [layer(f"fc_{n}", values, ("relu", "tanh")[n % 2]) for n, values in enumerate(outputs)]
    assert found_in(mixed) == {}


def test_gradients_vanish_on_their_way_back():
    layers = []
    for n in range(1, 7):
        layers += [layer(f"fc_{n}", NORMAL, "relu"), layer(f"fc_{n}:grad", NORMAL * 4.0 ** (n - 9))]
    (new,) = found_in(layers).values()
    (finding,) = new
    assert (finding.kind, finding.layer) == ("vanishing_signal", "fc_1:grad")
    assert finding.numbers["factor"] == pytest.approx(1 / 4)
    assert "gradient" in finding.message


def test_recovery_of_the_signal_is_told_beside_the_same_layer():
    findings = Findings(records=2)
    weak, sound = (layers_of([s**n * NORMAL for n in range(6)], None) for s in (0.4, 1.0))
    new = [feed(findings, s, *x) for s, x in enumerate([weak, weak, sound, sound])]
    assert [len(found) for found in new] == [0, 1, 0, 1]
    onset, recovery = findings.found
    assert recovery.recovered
    assert (recovery.kind, recovery.layer) == (onset.kind, onset.layer)
    assert recovery.numbers["factor"] == pytest.approx(1)


# The fixed point of self-normalizing networks


def test_selu_layers_off_their_fixed_point_and_whether_they_come_back():
    outputs = [9 + NORMAL, 5 + NORMAL, 2 + NORMAL, NORMAL]
    (new,) = found_in(layers_of(outputs, "selu")).values()
    (finding,) = new
    assert (finding.kind, finding.layer) == ("off_fixed_point", "fc_1")
    numbers = finding.numbers
    assert (numbers["off"], numbers["layers"], numbers["comes_back"]) == (3, 4, 1)
    assert numbers["mean"] == pytest.approx(outputs[0].mean(), rel=1e-5)
    assert numbers["last_std"] == pytest.approx(NORMAL.std(), rel=1e-5)
    assert "comes back" in finding.message


def test_selu_layers_that_stay_away_are_said_to():
    (new,) = found_in(layers_of([NORMAL, 0.1 * NORMAL], "selu")).values()
    (finding,) = new
    assert (finding.layer, finding.numbers["off"]) == ("fc_2", 1)
    assert "does not come back" in finding.message


def test_selu_layers_that_are_back_are_said_to_be():
    findings = Findings(records=1)
    new = [feed(findings, s, *layers_of([x * NORMAL] * 2, "selu")) for s, x in enumerate((0.1, 1))]
    assert [f.recovered for found in new for f in found] == [False, True]
    assert "all 2 selu layers are near 0 and 1 again" in findings.found[1].message


def test_a_fitted_selu_has_its_own_fixed_point():
    name = "selu:mean=5,variance=100"
    there, here = 5 + 10 * NORMAL, 0.5 * NORMAL
    assert found_in(layers_of([there], name)) == {}
    (new,) = found_in(layers_of([here], name)).values()
    assert [f.kind for f in new] == ["off_fixed_point"]


def test_relu_layers_have_no_fixed_point():
    assert found_in(layers_of([9 + NORMAL], "relu")) == {}


# NaN and Inf


def test_the_first_layer_with_a_nan_is_named_at_once_and_once():
    findings = Findings()
    sound, broken = NORMAL, with_units(NORMAL, u1=np.nan)
    assert not feed(findings, 7, *layers_of([sound] * 3, None))
    (finding,) = feed(findings, 8, *layers_of([sound, broken, broken], None))
    assert (finding.kind, finding.layer, finding.step) == ("nonfinite", "fc_2", 8)
    assert finding.numbers == {"nan": ROWS, "inf": 0, "values": ROWS * UNITS}
    assert "at step 7 all were finite" in finding.message
    assert not feed(findings, 9, *layers_of([broken] * 3, None))


def test_inf_is_found_and_its_end_too():
    findings = Findings()
    (onset,) = feed(findings, 1, layer("fc", with_units(NORMAL, u0=-np.inf)))
    assert onset.numbers["inf"] == ROWS
    (recovery,) = feed(findings, 2, layer("fc", NORMAL))
    assert (recovery.kind, recovery.layer, recovery.recovered) == ("nonfinite", "fc", True)


def test_a_gradient_is_named_where_it_broke_first_on_its_way_back():
    broken = with_units(NORMAL, u1=np.nan)
    layers = [layer("a", NORMAL), layer("a:grad", broken), layer("b", NORMAL)]
    (finding,) = feed(Findings(), 1, *layers, layer("b:grad", broken))
    assert finding.layer == "b:grad"


def test_broken_weights_of_a_layer_that_falls_silent_are_told_once():
    asked = []
    findings = Findings(lambda path: asked.append(path) or 3)
    silent, sound = layer("fc", 0 * NORMAL, "relu"), layer("fc", relu(NORMAL), "relu")
    out = layer("out", NORMAL)
    new = [feed(findings, step, x, out) for step, x in enumerate([sound, silent, silent, sound])]
    assert [len(found) for found in new] == [0, 1, 0, 0]
    assert asked == ["fc"]
    (finding,) = new[1]
    assert (finding.kind, finding.layer, finding.step) == ("nonfinite", "fc", 1)
    assert finding.numbers == {"weights": 3}


def test_what_is_not_finite_makes_no_unit_dead_or_saturated():
    new = found_in([layer("fc", np.full((ROWS, UNITS), np.inf), "tanh"), layer("out", NORMAL)])
    assert [f.kind for found in new.values() for f in found] == ["nonfinite"]


def test_behind_a_nan_nothing_else_is_judged():
    silent = layer("fc", 0 * NORMAL, "relu")
    new = found_in([silent, layer("out", with_units(NORMAL, u0=np.nan))], fed=9)
    assert [(f.kind, f.layer) for found in new.values() for f in found] == [("nonfinite", "out")]


# How often, and from when on


def test_what_comes_and_goes_is_told_so_many_times_at_most():
    findings = Findings(records=1, most_told=4)
    states = [layer("fc", v, "relu") for v in (0 * NORMAL, 1 + relu(NORMAL))]
    for step in range(50):
        feed(findings, step, states[step % 2])
    assert len(findings.found) == 4


def test_thresholds_are_arguments():
    half = with_units(np.tanh(0.1 * NORMAL), u0=1)
    half[0, 0] = 0
    layers = [layer("fc", half, "tanh"), layer("out", NORMAL)]
    assert found_in(layers) == {}
    assert found_in(layers, fed=4, saturated_share=0.1) == {}
    ((finding,),) = [*found_in(layers, saturated_share=0.1).values()]
    assert finding.kind == "saturated_units"


@pytest.mark.parametrize(
    ("thresholds", "error", "words"),
    [
        ({"records": 0}, ValueError, "records: a whole number from 1 up expected, got 0"),
        ({"chain_layers": 1}, ValueError, "chain_layers: a whole number from 2 up"),
        ({"dead_share": -1}, ValueError, r"dead_share: a number in \[0, 1\] expected, got -1"),
        ({"slope": 2}, ValueError, r"slope: a number in \(0, 1\) expected, got 2"),
        ({"total_factor": 0.5}, ValueError, r"total_factor: a number in \(1, inf\)"),
        ({"record": 3}, TypeError, "thresholds: some of records, slope, .* got 'record'"),
    ],
)
def test_bad_thresholds_are_refused(thresholds, error, words):
    with pytest.raises(error, match=words):
        Findings(**thresholds)
