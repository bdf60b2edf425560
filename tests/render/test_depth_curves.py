"""The picture of signals through depth: axes, words, and what is not finite."""

import numpy as np
import pytest
from matplotlib.image import imread

from avh.render import theme
from avh.render.depth_curves import DepthColumn, depth_figure, save_depth_curves
from avh.render.wording import MINUS


def band(depth, low, high):
    """From `low` to `high` in every layer."""
    return tuple(np.full(depth, value, np.float64) for value in (low, (low + high) / 2, high))


def fading(depth, factor):
    values = factor ** np.arange(1.0, depth + 1)
    return values / 2, values, values * 2


def column(name="selu", depth=20, expected=None, **bands):
    plain = {
        "mean": band(depth, -0.2, 0.3),
        "std": band(depth, 0.8, 1.2),
        "gradient_mean": band(depth, -0.4, 0.4),
        "gradient_std": band(depth, 0.5, 2.0),
    }
    return DepthColumn(name, "facts", tuple((plain | bands).values()), expected)


def texts(figure):
    return [text.get_text() for text in figure.texts]


def panels(figure, columns):
    return np.array(figure.axes, object).reshape(4, columns)


def test_all_panels_of_a_row_share_their_axes():
    found = panels(depth_figure([column("relu", 20), column("selu", std=band(20, 0, 7))], "T"), 2)
    for left, right in found:
        assert left.get_ylim() == right.get_ylim()
        assert left.get_xlim() == right.get_xlim() == (1, 20)


def test_words_say_names_facts_and_where_the_signal_arrives():
    said = texts(depth_figure([column("relu"), column("selu")], "A title"))
    assert {"A title", "relu", "selu", "facts", "layer"} <= set(said)
    assert said.count(f"last layer {MINUS}0.2 to 0.3") == 2
    assert said.count("first layer 0.5 to 2") == 2


def test_a_spread_that_varies_a_lot_has_a_logarithmic_axis():
    found = panels(depth_figure([column(gradient_std=fading(20, 0.1))], "T"), 1)[:, 0]
    assert [axes.get_yscale() for axes in found] == ["linear", "linear", "linear", "log"]
    assert found[3].get_ylim()[0] == 1e-12  # what is below goes along the lower end
    lines = [line.get_ydata() for line in found[3].lines]
    assert min(line.min() for line in lines) == 1e-12


def test_a_mean_that_explodes_has_an_axis_logarithmic_on_both_sides():
    explosion = 10.0 ** np.arange(1, 21)
    found = depth_figure([column(gradient_mean=(-explosion, explosion * 0, explosion))], "T").axes
    assert found[2].get_yscale() == "symlog"
    low, high = found[2].get_ylim()
    assert -low == high == 1e12


def test_the_fixed_point_is_a_dashed_line_in_the_forward_panels():
    found = panels(depth_figure([column(expected=(-0.1, 1.4))], "T"), 1)[:, 0]
    dashed = [[line for line in axes.lines if line.get_color() == theme.INK] for axes in found]
    assert [len(lines) for lines in dashed] == [1, 1, 0, 0]
    assert dashed[0][0].get_ydata()[0] == -0.1
    assert dashed[1][0].get_ydata()[0] == 1.4


def test_layers_that_are_not_finite_are_counted_in_words():
    broken = tuple(np.where(np.arange(20) < 15, part, np.nan) for part in band(20, 1, 2))
    figure = depth_figure([column(mean=broken, std=tuple(part * np.nan for part in broken))], "T")
    said = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert said == ["not finite in 5 layers", "not finite in 20 layers"]
    assert texts(figure).count("last layer not finite") == 2


@pytest.mark.parametrize("depth", [1, 2, 1000])
def test_any_depth_gives_a_file(tmp_path, depth):
    save_depth_curves([column(depth=depth)], "T", tmp_path / "picture.png")
    assert imread(tmp_path / "picture.png").std() > 0
    assert [path.name for path in tmp_path.iterdir()] == ["picture.png"]


def test_nothing_to_draw_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="expected at least one network to draw, got none"):
        save_depth_curves([], "T", tmp_path / "picture.png")
    assert not list(tmp_path.iterdir())
