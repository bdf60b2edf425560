"""The picture of a confusion matrix: what it says, and that it says it within its page."""

import numpy as np
import pytest
from matplotlib.image import imread

from avh.render import theme
from avh.render.confusion import confusion_figure, save_confusion

COUNTS = np.array([[90, 10, 0], [0, 1, 3], [0, 0, 0]])
NAMES = ("cat", "dog", "ship")


def texts(figure):
    return [text.get_text() for text in figure.texts]


def pixels(figure):
    """The colours of the cells, uint8 [classes, classes, 3]."""
    return np.asarray(figure.axes[0].images[0].get_array())


def test_cells_say_counts_and_shares_of_their_row():
    said = texts(confusion_figure(COUNTS, NAMES, "relu at step 12", "accuracy 87.5 %"))
    assert {"relu at step 12", "accuracy 87.5 %"} <= set(said)
    for count, share in (("90", "90.0 %"), ("10", "10.0 %"), ("1", "25.0 %"), ("3", "75.0 %")):
        assert {count, share} <= set(said)
    assert all(said.count(name) == 2 for name in NAMES)
    assert {"100", "4", "0"} <= set(said)  # examples of each class


def test_mistakes_are_listed_the_most_frequent_first():
    said = texts(confusion_figure(COUNTS, NAMES, ""))
    listed = [line for line in said if "\N{RIGHTWARDS ARROW}" in line]
    assert [line.split()[2:4] for line in listed] == [["dog", "10"], ["ship", "3"]]


def test_the_colour_is_the_share_of_the_row_blue_where_it_is_right():
    found = pixels(confusion_figure(COUNTS, NAMES, ""))
    other = pixels(confusion_figure(COUNTS * [[1], [25], [1]], NAMES, ""))
    np.testing.assert_array_equal(found, other)
    all_right = pixels(confusion_figure(np.eye(3) * 7, NAMES, ""))
    assert tuple(all_right[0, 0]) == theme.rgb(theme.BAR)
    assert tuple(all_right[0, 1]) == theme.rgb(theme.PAPER)
    all_wrong = pixels(confusion_figure(np.roll(np.eye(3), 1, 1), NAMES, ""))
    assert tuple(all_wrong[0, 1]) == theme.rgb(theme.ZERO)


def test_a_class_without_examples_is_paper():
    assert (pixels(confusion_figure(COUNTS, NAMES, ""))[2] == theme.rgb(theme.PAPER)).all()


def extents(figure):
    """The boxes of all texts, pixels [texts, 4]: left, bottom, right, top."""
    figure.canvas.draw()
    return np.array([text.get_window_extent().extents for text in figure.texts])


@pytest.mark.parametrize("count", [1, 10, 300])
@pytest.mark.parametrize("name", ["{}", "a rather long name {}"])
def test_every_word_stays_on_the_page(count, name):
    counts = np.random.default_rng(0).integers(0, 20_000, (count, count))
    figure = confusion_figure(counts, [name.format(i) for i in range(count)], "run " * 15)
    boxes = extents(figure)
    width, height = figure.get_size_inches() * figure.dpi
    assert boxes[:, :2].min() >= 0
    assert boxes[:, 2].max() <= width
    assert boxes[:, 3].max() <= height
    assert max(width, height) < 2500


def test_labels_of_a_hundred_classes_do_not_overlap():
    names = [f"class_{i}" for i in range(100)]
    figure = confusion_figure(np.eye(100, dtype=int), names, "")
    boxes = extents(figure)
    rows = [box for box, text in zip(boxes, figure.texts, strict=True) if text.get_ha() == "right"]
    rows = np.array(sorted(rows, key=lambda box: -box[1]))
    assert len(rows) == 100
    assert (rows[1:, 3] <= rows[:-1, 1] + 1).all()  # to a pixel


def test_a_file_is_written_whole(tmp_path):
    path = tmp_path / "confusion.png"
    save_confusion(path, COUNTS, NAMES, "relu")
    assert imread(path).std() > 0.02
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("names", [(), ("cat",)])
def test_counts_of_another_size_are_refused(names, tmp_path):
    with pytest.raises(ValueError, match=r"expected, got shape \(3, 3\)"):
        save_confusion(tmp_path / "confusion.png", COUNTS, names, "")
    assert not list(tmp_path.iterdir())
