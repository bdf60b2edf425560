"""The histogram picture, read back pixel by pixel."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from avh.render import theme
from avh.render.binning import distribution
from avh.render.histogram import HistogramPicture

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def picture():
    return HistogramPicture()


def heights(image, colour):
    """Pixels of `colour` in every column of the plot."""
    return (image[90:348] == theme.rgb(colour)).all(-1).sum(0)


def test_areas_of_the_bars_are_their_shares(picture):
    values = RNG.normal(size=20_000)
    bars = heights(picture.draw(values, layer="fc_4", step=1), theme.BAR)
    found = distribution(values)
    edges = np.linspace(82, 456, len(found.edges))
    middles = ((edges[:-1] + edges[1:]) / 2).astype(int)
    drawn = bars[middles + 2]
    expected = found.shares / found.shares.max() * drawn.max()
    mean_line = 2
    assert np.count_nonzero(abs(drawn - expected) > 2) <= mean_line


def test_zeros_have_a_bar_of_their_own_that_does_not_flatten_the_rest(picture):
    values = np.where(RNG.random(20_000) < 0.9, 0, abs(RNG.normal(size=20_000)))
    image = picture.draw(values, layer="conv_1", step=100)
    assert heights(image, theme.ZERO).max() > 200
    assert 1 <= np.count_nonzero(heights(image, theme.ZERO) > 200) <= 12
    assert heights(image, theme.BAR).max() > 100


def test_without_zeros_there_is_no_zero_bar(picture):
    image = picture.draw(RNG.normal(size=500), layer="conv_1", step=100)
    assert not heights(image, theme.ZERO).any()


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((0,)),
        np.zeros((3, 4)),
        np.full((2, 2), np.nan),
        np.array([np.inf, -np.inf]),
        np.array(7.0),
        np.array([1e38, -1e38], np.float32),
        np.array([1e300, 1.0]),
        np.array([1e-45], np.float32),
        np.arange(12).reshape(3, 4),
        np.ones(8, np.float16),
        np.array([True, False]),
    ],
)
def test_any_values_give_a_picture(picture, values):
    image = picture.draw(values, layer="x", step=0)
    assert image.shape == (400, 480, 3)
    assert image.dtype == np.uint8
    assert image.min() < 100


def test_non_finite_values_are_said_in_red(picture):
    values = RNG.normal(size=500)
    red = (picture.draw(values, layer="x", step=0) == theme.rgb(theme.ALARM)).all(-1)
    assert not red.any()
    values[3] = np.nan
    red = (picture.draw(values, layer="x", step=0) == theme.rgb(theme.ALARM)).all(-1)
    assert red[50:75].any()


def test_a_picture_depends_on_its_values_alone(picture):
    first, second = RNG.normal(size=500), RNG.normal(size=500) * 1e6
    before = picture.draw(first, layer="a", step=1)
    kept = before.copy()
    picture.draw(second, layer="b/c", step=2)
    np.testing.assert_array_equal(before, kept)
    np.testing.assert_array_equal(picture.draw(first, layer="a", step=1), kept)


def test_pyplot_and_rcparams_of_the_user_are_left_alone():
    plain = HistogramPicture().draw(np.ones(3), layer="a", step=1)
    figures = plt.get_fignums()
    style = {"axes.grid": True, "axes.facecolor": "black", "text.color": "red", "font.size": 30}
    with plt.rc_context(style):
        styled = HistogramPicture().draw(np.ones(3), layer="a", step=1)
        assert plt.rcParams["font.size"] == 30
    np.testing.assert_array_equal(plain, styled)
    assert plt.get_fignums() == figures


def test_names_with_markup_or_too_long_for_the_picture_are_drawn(picture):
    for layer in (
        "$x_1$",
        "encoder/" * 30 + "conv",
        "a\nb",
        "Ebene_\N{LATIN SMALL LETTER O WITH DIAERESIS}",
    ):
        image = picture.draw(np.ones(3), layer=layer, step=10**9)
        assert (image[:, -8:] == 255).all()
