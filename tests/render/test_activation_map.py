"""Layout, colours and the picture of an activation."""

import numpy as np
import pytest

from avh.render import theme
from avh.render.activation_map import ActivationPicture, colour, colour_limits, layout

RNG = np.random.default_rng(0)
GREY, PAPER = theme.rgb(theme.NONFINITE), theme.rgb(theme.PAPER)


@pytest.fixture(scope="module")
def picture():
    return ActivationPicture()


def test_channels_are_tiles_one_cell_apart():
    activation = RNG.normal(size=(3, 2, 4)).astype(np.float32)
    plane = layout(activation)
    assert plane.dtype == np.float32
    assert plane.shape in {(7, 5), (3, 11)}
    np.testing.assert_array_equal(plane[:3, :2], activation[:, :, 0])
    np.testing.assert_array_equal(plane[-3:, -2:], activation[:, :, 3])
    assert plane.mask[:, 2].all()
    assert np.isnan(plane.data[plane.mask]).all()
    assert plane.count() == activation.size


def test_a_vector_is_laid_out_row_by_row():
    np.testing.assert_array_equal(layout(np.arange(40)), np.arange(40).reshape(5, 8))
    assert layout(np.arange(13)).mask.sum() == 3


def test_a_sequence_runs_from_left_to_right():
    sequence = RNG.normal(size=(50, 6)).astype(np.float32)
    np.testing.assert_array_equal(layout(sequence), sequence.T)


def test_limits_are_round_centred_on_zero_and_hold_the_values():
    assert colour_limits(np.array([0.0, 3.7])) == (0, 4)
    assert colour_limits(np.array([-0.1, 3.7, np.nan, np.inf])) == (-4, 4)
    assert colour_limits(np.array([0.0, np.nan])) == (0, 1)
    assert colour_limits(np.zeros(0)) == (0, 1)


def test_lone_outliers_do_not_dim_the_rest():
    low, high = colour_limits(np.append(RNG.normal(size=2000), 1e5))
    assert -low == high < 10


def test_zero_is_black_and_both_sides_grow_lighter():
    shades = colour(np.linspace(-1, 1, 201), (-1, 1)).astype(int)
    luminance = shades @ (299, 587, 114) / 1000
    assert luminance[100] < 20
    assert (np.diff(luminance[100:]) > -1).all()
    assert (np.diff(luminance[:101]) < 1).all()
    assert (shades[20:80, 2] > shades[20:80, 0]).all()
    assert (shades[120:180, 0] > shades[120:180, 2]).all()


def test_a_value_has_the_same_colour_with_and_without_negative_ones():
    np.testing.assert_array_equal(
        colour(np.float32([0, 0.5]), (0, 1)), colour(np.float32([0, 0.5]), (-1, 1))
    )


def test_nan_and_infinity_are_grey_and_gaps_are_paper():
    activation = np.ones((2, 2, 4), np.float32)
    activation[0, 0, 0], activation[1, 1, 3] = np.nan, -np.inf
    cells = colour(layout(activation))
    assert tuple(cells[0, 0]) == tuple(cells[-1, -1]) == GREY
    assert tuple(cells[2, 2]) == PAPER
    assert (cells == GREY).all(-1).sum() == 2


@pytest.mark.parametrize("shape", [(14, 14, 32), (40,), (20, 6), (28, 28, 1)])
def test_the_picture_shows_every_value_in_crisp_cells(picture, shape):
    values = RNG.normal(size=shape).astype(np.float32)
    image = picture.draw(values, layer="x", step=1)[88:388, 14:398]
    shown = {tuple(c) for c in image.reshape(-1, 3)} - {PAPER}
    assert shown == {tuple(c) for c in colour(values).reshape(-1, 3)}


@pytest.mark.parametrize(
    "shape",
    [(), (1,), (7,), (200_000,), (3, 700), (4000, 3), (112, 112, 64), (600, 800, 3), (2, 3, 4, 5),
     (1, 1, 10), (7, 7, 2048), (1, 5000, 4), (0, 3), (3, 3, 40_000)],
)  # fmt: skip
def test_any_shape_gives_a_picture(picture, shape):
    image = picture.draw(np.ones(shape, np.float32), layer="x", step=1)
    assert image.shape == (400, 480, 3)
    cells = image[88:388, 14:398] != 255
    assert cells.any() == (0 not in shape)


def test_averaging_keeps_the_mean_and_any_nan(picture):
    values = np.full((600, 600, 2), 0.5, np.float32)
    assert tuple(picture.draw(values, layer="x", step=1)[100, 100]) == tuple(
        colour(np.float32(0.5), (0, 0.5))
    )
    values[300, 300, 1] = np.nan
    image = picture.draw(values, layer="x", step=1)
    assert (image[88:388, 14:398] == GREY).all(-1).any()


@pytest.mark.parametrize("fill", [np.nan, np.inf, -np.inf, 0.0, 1e38, -1e-40])
def test_any_values_give_a_picture(picture, fill):
    image = picture.draw(np.full((4, 4, 3), fill, np.float32), layer="x", step=1)
    grey = (image[88:388, 14:398] == GREY).all(-1).any()
    assert grey == (not np.isfinite(fill))


def test_a_stated_mean_replaces_that_of_the_values(picture):
    values = RNG.normal(size=10)
    own = picture.draw(values, layer="x", step=1)
    same = picture.draw(
        values, layer="x", step=1, mean=values.astype("f4").mean(), std=values.std()
    )
    other = picture.draw(values, layer="x", step=1, mean=5.0, std=2.0)
    np.testing.assert_array_equal(own, same)
    assert (own != other)[30:55].any()
    np.testing.assert_array_equal(own[88:], other[88:])
