"""The picture of the map of moments: arrows point along the map, ways end in the fixed point."""

import numpy as np
import pytest
from matplotlib.image import imread
from matplotlib.quiver import Quiver

from avh.render.moment_map import MomentMap, moment_map_figure, save_moment_map


def halfway(mean, variance):
    """Moves everything half the way to (0.5, 2)."""
    return (mean + 0.5) / 2, (variance + 2) / 2


@pytest.fixture
def figure():
    return moment_map_figure([MomentMap("selu", 0.5, 2.0, halfway)])


def test_arrows_point_at_the_next_layer_on_paper(figure):
    axes = figure.axes[0]
    (arrows,) = [artist for artist in axes.collections if isinstance(artist, Quiver)]
    places = axes.transData.transform(arrows.XY)
    to_fixed_point = axes.transData.transform((0.5, 2.0)) - places
    drawn = np.stack([np.ravel(arrows.U), np.ravel(arrows.V)], 1)
    far = np.hypot(*to_fixed_point.T) > 5  # pixels
    unit = [
        part[far] / np.linalg.norm(part[far], axis=1)[:, None] for part in (to_fixed_point, drawn)
    ]
    np.testing.assert_allclose(unit[0], unit[1], atol=1e-6)


def test_ways_follow_the_map_and_end_in_the_fixed_point(figure):
    ways = [line.get_xydata() for line in figure.axes[0].lines if len(line.get_xdata()) > 1]
    assert len(ways) == 12  # six lines and their dots
    for way in ways:
        np.testing.assert_allclose(way[1], halfway(*way[0]))
        np.testing.assert_allclose(way[-1], (0.5, 2.0), atol=1e-9)


def test_words_say_the_fixed_point(figure):
    said = [text.get_text() for text in figure.texts]
    assert {"selu", "fixed point: mean 0.5, variance 2", "mean", "variance"} <= set(said)


def test_several_maps_stand_beside_each_other_in_one_file(tmp_path):
    maps = [MomentMap(name, 0.5, 2.0, halfway) for name in ("selu", "other")]
    save_moment_map(maps, tmp_path / "map.png")
    save_moment_map(maps[:1], tmp_path / "one.png")
    assert imread(tmp_path / "map.png").shape[1] > imread(tmp_path / "one.png").shape[1]


def test_nothing_to_draw_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="expected at least one map to draw, got none"):
        save_moment_map([], tmp_path / "map.png")
    assert not list(tmp_path.iterdir())
