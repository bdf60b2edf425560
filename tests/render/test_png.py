"""encode_png against two independent readers."""

import io

import matplotlib.image
import numpy as np
import pytest
from PIL import Image

from avh.render.png import encode_png


@pytest.mark.parametrize("shape", [(1, 1, 3), (7, 5, 3), (400, 480, 3), (9, 33, 4)])
def test_pillow_and_matplotlib_read_the_same_pixels_back(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    encoded = encode_png(image)
    with Image.open(io.BytesIO(encoded)) as read:
        np.testing.assert_array_equal(np.asarray(read), image)
    floats = matplotlib.image.imread(io.BytesIO(encoded), format="png")
    np.testing.assert_array_equal(np.rint(floats * 255).astype(np.uint8), image)


def test_rows_of_a_view_are_encoded_as_they_are_seen():
    image = np.random.default_rng(1).integers(0, 256, (8, 8, 4), np.uint8)[::2, ::-1, :3]
    with Image.open(io.BytesIO(encode_png(image))) as read:
        np.testing.assert_array_equal(np.asarray(read), image)


def test_other_types_and_shapes_are_refused():
    with pytest.raises(TypeError, match="uint8, got float64"):
        encode_png(np.zeros((2, 2, 3)))
    for shape in [(2, 2), (2, 2, 1), (0, 2, 3)]:
        with pytest.raises(ValueError, match="got shape"):
            encode_png(np.zeros(shape, np.uint8))
