import numpy as np
import pytest
from matplotlib.colors import to_hex

from avh.render.loss_curves import Curve, loss_figure, save_loss_curves
from avh.render.run_colours import run_colours

STEPS, TESTED = np.arange(1, 21), np.array([5, 10, 15, 20])


def curve(name, level):
    return Curve(name, STEPS, level / STEPS, TESTED, level * 2 / TESTED)


def thick(axes):
    return {
        to_hex(line.get_color()): line for line in axes.lines if line.get_linewidth() > 1
    }  # one a name


def test_the_thick_line_is_the_mean_test_loss_of_the_runs_of_a_name():
    figure = loss_figure([curve("relu", 3), curve("relu", 5), curve("selu", 1)], "title")
    (axes,) = figure.axes
    colours, lines = run_colours(["relu", "selu"]), thick(axes)
    np.testing.assert_array_equal(lines[colours["relu"]].get_xdata(), TESTED)
    np.testing.assert_allclose(lines[colours["relu"]].get_ydata(), 8 / TESTED)
    np.testing.assert_allclose(lines[colours["selu"]].get_ydata(), 2 / TESTED)
    assert len(axes.lines) == 3 + 2  # a thin line for each run


def test_the_axis_is_logarithmic_and_holds_every_loss():
    (axes,) = loss_figure([curve("relu", 3), curve("selu", 0.1)], "title").axes
    low, high = axes.get_ylim()
    assert axes.get_yscale() == "log"
    assert low < 0.1 / 20
    assert high > 3


def test_runs_that_were_tested_at_other_steps_are_averaged_where_both_were():
    short = Curve("relu", STEPS[:10], 1 / STEPS[:10], TESTED[:2], np.array([1.0, 3.0]))
    whole = Curve("relu", STEPS, 1 / STEPS, TESTED, np.array([3.0, 5.0, 7.0, 9.0]))
    (line,) = thick(loss_figure([short, whole], "title").axes[0]).values()
    np.testing.assert_array_equal(line.get_xdata(), [5, 10])
    np.testing.assert_array_equal(line.get_ydata(), [2, 4])


def test_losses_that_are_not_finite_do_not_stop_it():
    broken = Curve("relu", STEPS, np.full(20, np.nan), TESTED, np.array([1, np.inf, np.nan, 2]))
    (axes,) = loss_figure([broken], "title").axes
    assert all(np.isfinite(axes.get_ylim()))


def test_without_any_loss_there_is_no_picture(tmp_path):
    with pytest.raises(ValueError, match="a loss above 0"):
        save_loss_curves(
            [Curve("a", STEPS, STEPS * np.nan, TESTED[:0], TESTED[:0] * 1.0)],
            tmp_path / "x.png",
            "",
        )
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_a_png(tmp_path):
    save_loss_curves([curve("relu", 3)], tmp_path / "x.png", "title")
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["x.png"]
