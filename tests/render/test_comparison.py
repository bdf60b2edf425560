"""Which records are compared, and the picture of them."""

import numpy as np
import pytest
from matplotlib.image import imread

from avh.render import theme
from avh.render.comparison import comparison_figure, save_comparison
from avh.render.run_colours import run_colours
from avh.render.selection import cell, common_records, layer_paths


def relu(x):
    return np.maximum(x, 0)


def texts(figure):
    return [text.get_text() for text in figure.texts]


def test_the_last_step_that_all_runs_share_is_shown(make_run):
    runs = [make_run("a", relu, steps=(1, 10, 20)), make_run("b", relu, steps=(1, 10, 20, 30))]
    assert common_records(runs) == [2, 2]


def test_a_run_that_ended_early_does_not_hold_the_others_back(make_run):
    runs = [
        make_run(n, relu, steps=s) for n, s in (("a", (1, 10)), ("b", (1, 10, 400)), ("c", (400,)))
    ]
    assert common_records(runs) == [1, 2, 0]
    assert "ended early: step 10" in texts(comparison_figure(runs))


def test_runs_without_a_common_step_show_their_last(make_run):
    assert common_records([make_run("a", relu, steps=(3, 9)), make_run("b", relu, steps=(8,))]) == [
        1,
        0,
    ]


def test_layers_of_different_runs_are_merged_in_order(make_run):
    one, other = dict.fromkeys("acd", (3,)), dict.fromkeys("abdxc", (3,))
    assert layer_paths([make_run("1", relu, one), make_run("2", relu, other)]) == list("abcdx")
    assert layer_paths([make_run("1", relu, one)]) == list("acd")


def test_a_cell_holds_the_statistics_of_its_layer(make_run):
    run = make_run("a", relu)
    found = cell(run, 2, "fc_4")
    assert found.statistics["mean"] == pytest.approx(float(run.statistic("mean")[2, 3]))
    assert cell(run, 2, "fc_9") is None
    assert cell(run, None, "fc_4") is None


def test_figure_names_step_runs_layers_and_numbers_in_words(make_run):
    runs = [make_run(name, relu) for name in ("relu", "lrelu", "selu")]
    figure = comparison_figure(runs)
    said = texts(figure)
    assert "Activations at step 200" in said
    assert {"relu", "lrelu", "selu", "conv_1", "fc_6"} <= set(said)
    assert sum(text.startswith("mean ") for text in said) == 18
    assert sum("zeros" in text and "dead" in text for text in said) == 18


def test_cells_of_a_row_share_their_axes(make_run):
    runs = [make_run("a", relu, scale=0.1), make_run("b", np.tanh, scale=5.0)]
    axes = np.array(comparison_figure(runs).axes).reshape(-1, 2)
    for left, right in axes:
        assert left.get_xlim() == right.get_xlim()
        assert left.get_ylim() == right.get_ylim()


@pytest.mark.parametrize("count", [1, 3, 11])
def test_any_number_of_runs_gives_a_readable_file(make_run, tmp_path, count):
    path = tmp_path / "comparison.png"
    layers = dict.fromkeys(("a", "b"), (3,))
    save_comparison([make_run(f"run_{i}", relu, layers) for i in range(count)], path)
    image = imread(path)
    assert image.shape[0] > 300
    assert image.std() > 0.02
    assert list(tmp_path.iterdir()) == [path]


def test_runs_with_nothing_finite_or_other_layers_are_shown(make_run):
    runs = [make_run("nan", lambda x: x * np.nan), make_run("b", relu, {"other": (2,)})]
    figure = comparison_figure(runs)
    said = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert said.count("no finite values") == 6
    assert said.count("no such layer") == 7
    assert "2,000 NaN" in texts(figure)


def test_many_layers_keep_the_picture_within_what_viewers_open(make_run):
    figure = comparison_figure([make_run("a", relu, {f"block_{i}/conv": (3,) for i in range(150)})])
    assert (figure.get_size_inches() * figure.dpi <= 20_001).all()


def test_without_records_there_is_an_error_and_no_file(tmp_path):
    with pytest.raises(ValueError, match="expected a run with records, got 0 runs"):
        save_comparison([], tmp_path / "comparison.png")
    assert not list(tmp_path.iterdir())


def test_colours_of_known_runs_stay_and_others_do_not_repeat():
    known = [name for name, _ in theme.RUN_COLOURS]
    assert len(set(run_colours(known).values())) == len(known)
    assert run_colours(["selu", "gelu"])["selu"] == run_colours(["relu", "selu"])["selu"]
    names = ["relu", *(f"run_{i}" for i in range(10))]
    assert len(set(run_colours(names).values())) == len(names)
    assert len(run_colours([f"run_{i}" for i in range(30)])) == 30
