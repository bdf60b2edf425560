"""Where values go in a picture."""

import numpy as np
import pytest

from avh.render.tiling import as_maps, tile


@pytest.mark.parametrize("count", [1, 2, 3, 7, 10, 13, 32, 40, 64, 128, 160, 1000, 1009])
def test_every_value_is_shown_once(count):
    tiling = tile(3, 2, count)
    for cell, gap in (((1, 1), 0), ((1, 1), 1), ((4, 3), 2)):
        index = tiling.index(cell, gap)
        assert index.shape == tiling.extent(cell, gap)
        shown, times = np.unique(index[index >= 0], return_counts=True)
        np.testing.assert_array_equal(shown, np.arange(3 * 2 * count))
        assert (times == cell[0] * cell[1]).all()


@pytest.mark.parametrize(
    ("count", "grid"), [(10, (2, 5)), (40, (5, 8)), (160, (10, 16)), (64, (8, 8)), (1, (1, 1))]
)
def test_vectors_with_a_good_factorisation_have_no_blanks(count, grid):
    tiling = tile(1, 1, count)
    assert (tiling.rows, tiling.columns) == grid


@pytest.mark.parametrize("count", [7, 13, 97, 1009, 100_003])
def test_vectors_without_one_are_padded_to_nearly_a_square(count):
    tiling = tile(1, 1, count)
    assert tiling.rows * tiling.columns >= count
    assert tiling.columns <= 2 * tiling.rows
    assert tiling.rows * tiling.columns - count <= max(3, 0.1 * count)


def test_maps_make_a_picture_that_is_nearly_square():
    for height, width, count in ((14, 14, 32), (4, 4, 128), (60, 5, 12), (7, 7, 50)):
        high, wide = tile(height, width, count).extent((1, 1), 0)
        assert 0.5 <= wide / high <= 2


def test_axes_of_every_rank_end_up_as_maps():
    frames = np.random.default_rng(0).normal(size=(2, 4, 5, 3))
    maps = as_maps(frames)
    assert maps.shape == (4, 5, 6)
    np.testing.assert_array_equal(maps[:, :, 1], frames[0, :, :, 1])
    np.testing.assert_array_equal(maps[:, :, 3], frames[1, :, :, 0])
    sequence = frames[0, 0]
    np.testing.assert_array_equal(as_maps(sequence)[:, :, 0], sequence.T)
    np.testing.assert_array_equal(as_maps(np.arange(4))[0, 0], np.arange(4))
    assert as_maps(np.float32(2)).shape == (1, 1, 1)
