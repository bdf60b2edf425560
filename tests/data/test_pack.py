"""Packing picture files into a dataset."""

import numpy as np
import pytest
from PIL import Image

from avh.data import catalog, hdf5
from avh.data.pack import pack


def picture(path, pixels, mode=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels, mode).save(path) if mode is None else Image.new(mode, (5, 4)).save(path)
    return path


@pytest.fixture
def pictures(tmp_path):
    """Five of each of two classes, 4 x 5 pixels in colour."""
    random = np.random.default_rng(4)
    return [
        picture(
            tmp_path / "images" / name / f"{n}.png", random.integers(0, 256, (4, 5, 3), np.uint8)
        )
        for name in ("zebra", "ant")
        for n in range(5)
    ]


def test_every_picture_is_there_with_the_name_of_its_folder(pictures, tmp_path):
    path = pack(pictures, "ANIMALS", tmp_path / "datasets")
    data = catalog.load("ANIMALS", tmp_path / "datasets")
    assert data.classes == ("ant", "zebra")
    images = np.concatenate([data.x_train, data.x_test])
    labels = np.concatenate([data.y_train, data.y_test])
    expected = {np.asarray(Image.open(file)).tobytes(): file.parent.name for file in pictures}
    got = {image.tobytes(): data.classes[n] for image, n in zip(images, labels, strict=True)}
    assert got == expected
    assert np.bincount(data.y_test).tolist() == [1, 1]
    assert hdf5.verify(path)


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("1", 1), ("RGB", 3), ("P", 3)])
def test_grey_and_coloured_pictures_are_taken(tmp_path, mode, channels):
    files = [picture(tmp_path / name / f"{n}.png", None, mode) for name in "ab" for n in range(2)]
    pack(files, "MINE", tmp_path / "datasets")
    assert catalog.load("MINE", tmp_path / "datasets").image_shape == (4, 5, channels)


def test_the_order_in_which_files_are_named_plays_no_role(pictures, tmp_path):
    paths = [
        pack(files, "A", tmp_path / str(n)) for n, files in enumerate([pictures, pictures[::-1]])
    ]
    one, other = (catalog.load("A", path.parent.parent) for path in paths)
    np.testing.assert_array_equal(one.x_test, other.x_test)


def test_a_link_to_a_picture_has_the_class_of_its_own_folder(pictures, tmp_path):
    links = []
    for number, picture in enumerate(pictures):
        links.append(tmp_path / "links" / "ab"[number % 2] / f"{number}.png")
        links[-1].parent.mkdir(parents=True, exist_ok=True)
        links[-1].symlink_to(picture)
    pack(links, "MINE", tmp_path)
    assert catalog.load("MINE", tmp_path).classes == ("a", "b")


def no_picture(folder):
    return folder / "zebra" / "9.png", b"hello"


def cut_picture(folder):
    return folder / "zebra" / "9.png", (folder / "zebra" / "0.png").read_bytes()[:60]


@pytest.mark.parametrize(
    ("make", "message"),
    [(no_picture, "expected a picture, found something else"), (cut_picture, "expected a whole")],
)
def test_a_file_that_is_no_picture_is_named_and_nothing_is_written(
    pictures, tmp_path, make, message
):
    file, content = make(tmp_path / "images")
    file.write_bytes(content)
    with pytest.raises(ValueError, match=rf"zebra/9\.png: {message}"):
        pack([*pictures, file], "MINE", tmp_path / "datasets")
    assert not list((tmp_path / "datasets").rglob("*"))


@pytest.mark.parametrize(
    ("pixels", "mode", "message"),
    [
        (np.zeros((4, 6, 3), np.uint8), None, "4 x 5 pixels in colour, as .* found 4 x 6 pixels"),
        (None, "L", "4 x 5 pixels in colour, as .* found 4 x 5 pixels in grey"),
        (None, "RGBA", "expected 8-bit grey or RGB, found RGBA"),
        (None, "I;16", "expected 8-bit grey or RGB, found I;16"),
    ],
)
def test_a_picture_that_does_not_fit_is_named(pictures, tmp_path, pixels, mode, message):
    file = picture(tmp_path / "images" / "zebra" / "odd.png", pixels, mode)
    with pytest.raises(ValueError, match=rf"odd\.png: .*{message}"):
        pack([*pictures, file], "MINE", tmp_path)


@pytest.mark.parametrize("name", ["../MINE", "a/b", "", ".x", "MNIST", "/MINE"])
def test_a_name_that_is_taken_or_leads_elsewhere_is_refused(pictures, tmp_path, name):
    with pytest.raises(ValueError, match="name: expected"):
        pack(pictures, name, tmp_path / "datasets")
    assert not (tmp_path / "datasets").exists()


def test_an_existing_dataset_is_not_replaced(pictures, tmp_path):
    path = pack(pictures, "MINE", tmp_path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="is there already"):
        pack(pictures[::-1], "MINE", tmp_path)
    assert path.read_bytes() == before


def test_one_class_is_refused(pictures, tmp_path):
    with pytest.raises(ValueError, match=r"expected two classes or more .* found zebra"):
        pack(pictures[:5], "MINE", tmp_path)


def test_classes_of_one_picture_each_are_refused(pictures, tmp_path):
    with pytest.raises(ValueError, match="expected a class with two pictures or more"):
        pack([pictures[0], pictures[-1]], "MINE", tmp_path)
