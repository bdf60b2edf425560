import numpy as np
import pytest

from avh.records import schema
from avh.records.reader import RunRecords
from avh.render.recorded_depth import depth_figure, save_depth

LAYERS = 5  # the last one gives the logits


def run(name, steps=(1, 10), decay=0.1, layers=LAYERS):
    """The deviation falls by `decay` from layer to layer and is ten times as large at the end."""
    stats = np.zeros((len(steps), layers, len(schema.STATISTICS)), np.float32)
    for record in range(len(steps)):
        stats[record, :, schema.STATISTICS.index("std")] = 10**record * decay ** np.arange(layers)
        stats[record, :, schema.STATISTICS.index("dead_fraction")] = np.arange(layers) / 10
    info = schema.RunInfo(
        tuple(
            schema.LayerInfo(f"fc_{number}", "Dense", (None, 4), None, 4)
            for number in range(layers)
        )
    )
    hist = np.zeros((len(steps), layers, schema.BINS), np.float32)
    return RunRecords(name, info, np.array(steps), np.zeros(len(steps)), stats, hist)


def test_panels_show_the_hidden_layers_first_left_and_last_right():
    figure = depth_figure([run("relu"), run("selu", decay=1.0)], "title")
    left, right = figure.axes[0], figure.axes[3]
    np.testing.assert_allclose(left.lines[0].get_ydata(), 0.1 ** np.arange(4), rtol=1e-6)
    np.testing.assert_allclose(left.lines[1].get_ydata(), np.ones(4))
    np.testing.assert_allclose(right.lines[0].get_ydata(), 10 * 0.1 ** np.arange(4), rtol=1e-6)
    assert left.get_yscale() == "log"
    assert left.get_ylim() == right.get_ylim()


def test_shares_are_in_percent():
    dead = depth_figure([run("relu")], "title").axes[1]
    np.testing.assert_allclose(dead.lines[0].get_ydata(), [0, 10, 20, 30], rtol=1e-6)


def test_the_steps_are_the_first_and_the_last_that_all_runs_have():
    runs = [run("relu", steps=(1, 10, 20)), run("selu", steps=(5, 10, 20, 30))]
    texts = [text.get_text() for text in depth_figure(runs, "title").texts]
    assert {"at step 10", "at step 20"} <= set(texts)


def test_a_deviation_of_zero_has_a_place_on_the_logarithmic_axis():
    low, high = depth_figure([run("relu", decay=0.0)], "title").axes[0].get_ylim()
    assert 0 < low < high


def test_runs_without_a_step_in_common_are_refused(tmp_path):
    for runs in ([run("relu", steps=(1,)), run("selu", steps=(2,))], []):
        with pytest.raises(ValueError, match="a step in common"):
            save_depth(runs, tmp_path / "x.png", "title")
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_a_png(tmp_path):
    save_depth([run("relu"), run("selu", layers=3)], tmp_path / "x.png", "title")
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
