"""`data.h5`: whole arrays, however they are stored, and every way in which they are wrong."""

import h5py
import numpy as np
import pytest

from avh.data import catalog, hdf5
from avh.data.rows import Rows

N, SHAPE = 20, (20, 4, 5, 3)
IMAGES = np.random.default_rng(3).integers(0, 256, SHAPE, np.uint8)
LABELS = np.arange(N) % 4
SPLIT = (np.arange(N) % 5 == 0).astype(int)


@pytest.fixture
def path(tmp_path):
    (tmp_path / "MINE").mkdir()
    return tmp_path / "MINE" / "data.h5"


def store(path, image=IMAGES, label=LABELS, split=None, **attributes):
    with h5py.File(path, "w") as file:
        for name, value in {"image": image, "label": label, "split": split}.items():
            if value is not None:
                file[name] = value
        file.attrs.update(attributes)


def load(path):
    return catalog.load("MINE", path.parent.parent)


def test_without_a_split_a_fifth_of_each_class_is_for_the_test(path):
    store(path)
    data = load(path)
    assert np.bincount(data.y_train).tolist() == [4, 4, 4, 4]
    assert np.bincount(data.y_test).tolist() == [1, 1, 1, 1]
    both = np.concatenate([data.x_train, data.x_test])
    assert sorted(map(bytes, both)) == sorted(map(bytes, IMAGES))


def test_a_given_split_is_kept(path):
    store(path, split=SPLIT)
    data = load(path)
    np.testing.assert_array_equal(data.x_test, IMAGES[SPLIT == 1])
    np.testing.assert_array_equal(data.y_train, LABELS[SPLIT == 0])


def test_images_that_lie_scattered_are_read_as_they_are_asked_for(path):
    store(path, split=SPLIT)
    data = load(path)
    assert isinstance(data.x_train, Rows)
    expected = IMAGES[SPLIT == 0]
    for key in (slice(3, 9), np.array([7, 0, 7]), 5, np.arange(16) % 2 == 1):
        np.testing.assert_array_equal(data.x_train[key], expected[key])
    np.testing.assert_array_equal(data.normalize(data.x_train), data.normalize(expected))


def test_one_hot_labels_are_read_as_numbers(path):
    store(path, label=np.eye(4)[LABELS], split=SPLIT)
    np.testing.assert_array_equal(load(path).y_test, LABELS[SPLIT == 1])


@pytest.mark.parametrize("names", [["a", "b", "c", "d"], np.array([b"a", b"b", b"c", b"d"])])
def test_class_names_are_taken_from_the_attribute(path, names):
    store(path, classes=names)
    assert load(path).classes == ("a", "b", "c", "d")


def test_compressed_images_are_read(path):
    store(path, image=None, split=SPLIT)
    with h5py.File(path, "a") as file:
        file.create_dataset("image", data=IMAGES, chunks=(3, 4, 5, 3), compression="gzip")
    np.testing.assert_array_equal(load(path).x_test, IMAGES[SPLIT == 1])


def test_what_is_written_is_read_and_verified(path):
    hdf5.write(path, (IMAGES[:7], IMAGES[7:]), SHAPE, LABELS, SPLIT, "abcd")
    data = load(path)
    np.testing.assert_array_equal(data.x_test, IMAGES[SPLIT == 1])
    assert data.classes == tuple("abcd")
    assert hdf5.verify(path)


def test_a_changed_pixel_is_found(path):
    hdf5.write(path, (IMAGES,), SHAPE, LABELS, SPLIT, "abcd")
    with h5py.File(path, "a") as file:
        file["image"][3, 0, 0, 0] ^= 1
    with pytest.raises(ValueError, match="expected SHA-256"):
        hdf5.verify(path)


def test_an_error_while_writing_leaves_the_old_file(path):
    def parts():
        yield IMAGES[:7]
        raise ValueError("a picture that cannot be read")

    path.write_bytes(b"old")
    with pytest.raises(ValueError, match="a picture"):
        hdf5.write(path, parts(), SHAPE, LABELS, SPLIT, "abcd")
    assert [(file.name, file.read_bytes()) for file in path.parent.iterdir()] == [
        ("data.h5", b"old")
    ]


def with_nan():
    images = IMAGES / 255
    images[7, 1, 2, 0] = np.nan
    return images


WRONG = [
    ({"image": None}, "image: expected an array of that name, found label"),
    ({"label": None}, "label: expected an array of that name, found image"),
    ({"image": IMAGES[..., 0]}, r"image: expected shape \[n, h, w, c\], found \[20, 4, 5\]"),
    (
        {"image": IMAGES[:0], "label": LABELS[:0]},
        "image: expected at least one example, found none",
    ),
    ({"image": IMAGES[:, :0]}, r"image: expected pixels, found shape \[20, 0, 5, 3\]"),
    ({"image": with_nan()}, r"image: example 7: expected numbers, found nan at \[1, 2, 0\]"),
    ({"image": IMAGES.astype(int) * 2}, r"example \d+: expected values in \[0, 255\]"),
    ({"image": IMAGES > 9}, "image: expected numbers, found bool"),
    ({"label": LABELS[:-1]}, r"label: expected 20 labels, one an image, found shape \[19\]"),
    ({"label": LABELS / 2}, "label: expected integers or one-hot, found float64"),
    ({"label": LABELS - 1}, "label: example 0: expected at least 0, found -1"),
    ({"label": np.ones((20, 2))}, r"label: example 0: expected one 1 .*found \[1.0, 1.0\]"),
    ({"label": LABELS + 10**9}, "label: example 3: expected fewer classes than the 20 examples"),
    ({"label": np.arange(20)}, "expected a class with two examples or more"),
    ({"split": SPLIT * 2}, r"split: expected 20 values, both 0 .* found \[0, 2\]"),
    ({"split": SPLIT * 0}, r"split: expected 20 values, both 0 .* found \[0\]"),
    ({"split": SPLIT[:5]}, r"split: .* in shape \[5\]"),
    ({"classes": ["a", "b"]}, "attribute classes: expected 4 names or more, found 2"),
]


@pytest.mark.parametrize(("parts", "message"), WRONG)
def test_a_wrong_file_is_one_line_with_field_expected_and_found(path, parts, message):
    store(path, **parts)
    with pytest.raises(ValueError, match=message) as raised:
        load(path)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_pixels_kept_outside_of_the_file_are_refused(path, tmp_path):
    (tmp_path / "secret").write_bytes(bytes(1200))
    with h5py.File(path, "w") as file:
        file.create_dataset(
            "image", SHAPE, np.uint8, external=[(str(tmp_path / "secret"), 0, 1200)]
        )
        file["label"] = LABELS
    with pytest.raises(ValueError, match="image: expected an array, found a reference to another"):
        load(path)


def test_an_array_larger_than_the_memory_is_refused(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("image", (10**12, 9, 9, 3), np.float64, chunks=(1, 9, 9, 3))
        file["label"] = LABELS
    with pytest.raises(ValueError, match=r"image: does not fit into memory: 1,944,000 GB"):
        load(path)


def test_a_file_of_something_else_is_named(path):
    path.write_bytes(b"<html>")
    with pytest.raises(ValueError, match=r"data\.h5: expected a whole HDF5 file, .* b'<html>'"):
        load(path)
