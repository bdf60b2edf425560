import pytest

from avh.render.page import new_page
from avh.render.panel import legend, log_axis, panel, whole_axis


@pytest.fixture
def axes():
    return panel(new_page(4, 3), (0.5, 0.5, 3, 2), "heading")


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.19, 0.75, ["0.2", "0.3", "0.4", "0.5", "0.7"]),
        (0.2, 3.0, ["0.2", "0.5", "1", "2"]),
        (0.5e-3, 20, ["0.001", "0.01", "0.1", "1", "10"]),
    ],
)
def test_a_logarithmic_axis_has_plain_numbers_within_its_limits(axes, low, high, labels):
    log_axis(axes, low, high)
    assert [text.get_text() for text in axes.get_yticklabels()] == labels
    assert axes.get_ylim() == (low, high)
    assert list(axes.get_yticks(minor=True)) == []


@pytest.mark.parametrize("last", [1, 2, 5, 30, 50, 1000])
def test_an_axis_of_whole_numbers_has_no_others(axes, last):
    whole_axis(axes, 1, last)
    labels = [text.get_text() for text in axes.get_xticklabels()]
    assert 1 <= len(labels) <= 6
    assert all(1 <= int(label) <= max(last, 2) for label in labels)


def test_names_of_a_legend_are_in_their_colours_from_left_to_right():
    figure = new_page(6, 2)
    legend(figure, 0.2, 1.0, {"relu": "#0072b2", "relu-lecun": "#882255", "selu": "#009e73"})
    assert [text.get_color() for text in figure.texts] == ["#0072b2", "#882255", "#009e73"]
    ends = [text.get_window_extent() for text in figure.texts]
    assert ends[0].x1 < ends[1].x0
    assert ends[1].x1 < ends[2].x0
