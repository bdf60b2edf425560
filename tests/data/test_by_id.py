"""`data.hy` with `id.txt`: what is read, and every way in which they are wrong."""

import h5py
import numpy as np
import pytest

from avh.data import catalog

SHAPE, CLASSES = (4, 5, 3), 3
IDS = [f"picture {number}" for number in range(12)]


@pytest.fixture
def folder(tmp_path):
    """A good dataset, MINE, of 12 examples in 3 classes."""
    made = tmp_path / "MINE"
    made.mkdir()
    random = np.random.default_rng(2)
    with h5py.File(made / "data.hy", "w") as file:
        for number, each in enumerate(IDS):
            group = file.create_group(each)
            group["image"] = random.integers(0, 256, SHAPE, np.uint8)
            group["label"] = np.eye(CLASSES)[number % CLASSES]
    (made / "id.txt").write_text("\n".join(IDS) + "\n")
    return made


def change(folder, each, field, value):
    with h5py.File(folder / "data.hy", "a") as file:
        del file[each][field]
        if value is not None:
            file[each][field] = value


def load(folder):
    return catalog.load(folder.name, folder.parent)


def test_images_and_labels_are_those_of_the_groups(folder):
    data = load(folder)
    assert (data.image_shape, data.classes) == (SHAPE, ("0", "1", "2"))
    images = np.concatenate([data.x_train, data.x_test])
    labels = np.concatenate([data.y_train, data.y_test])
    with h5py.File(folder / "data.hy") as file:
        expected = {file[i]["image"][...].tobytes(): file[i]["label"][...].argmax() for i in IDS}
    assert {i.tobytes(): n for i, n in zip(images, labels, strict=True)} == expected


def test_a_fifth_of_each_class_is_for_the_test_always_the_same(folder):
    data, again = load(folder), load(folder)
    assert np.bincount(data.y_test).tolist() == [1, 1, 1]
    np.testing.assert_array_equal(data.x_test, again.x_test)


def test_ids_that_are_not_listed_are_left_out(folder):
    (folder / "id.txt").write_text("\n".join(IDS[:6]))
    data = load(folder)
    assert len(data.x_train) + len(data.x_test) == 6


def test_pixels_from_0_to_1_are_spread_to_255(folder):
    for each in IDS:
        change(folder, each, "image", np.full(SHAPE, 0.5, np.float32))
    change(folder, IDS[0], "image", np.ones(SHAPE, np.float32))
    data = load(folder)
    assert set(np.unique(np.concatenate([data.x_train, data.x_test]))) == {128, 255}


def nan_at_one_place():
    image = np.zeros(SHAPE, np.float32)
    image[1, 2, 0] = np.nan
    return image


WRONG_FIELDS = [
    ("image", None, r"image: expected an array of that name, found label"),
    ("label", None, r"label: expected an array of that name, found image"),
    (
        "image",
        np.zeros((4, 5), np.uint8),
        r"image: expected shape \[h, w, c\], found shape \[4, 5\]",
    ),
    (
        "image",
        np.zeros((4, 6, 3), np.uint8),
        r"expected shape \[4, 5, 3\].*found shape \[4, 6, 3\]",
    ),
    ("image", np.zeros((0, 5, 3), np.uint8), r"image: expected shape .* found shape \[0, 5, 3\]"),
    ("image", np.full(SHAPE, 256), r"expected values in \[0, 255\] or \[0, 1\], found 256"),
    ("image", np.full(SHAPE, -0.1), r"expected values in \[0, 255\] or \[0, 1\], found -0.1"),
    ("image", np.full(SHAPE, np.inf), r"expected values in .* found inf"),
    ("image", nan_at_one_place(), r"expected numbers, found nan at \[1, 2, 0\]"),
    ("image", b"text", r"image: expected shape \[h, w, c\], found shape \[\]"),
    ("label", 2, r"label: expected one-hot \[classes\], found shape \[\]"),
    ("label", np.eye(4)[0], r"label: expected shape \[3\], as the ids before, found shape \[4\]"),
    ("label", np.zeros(3), r"label: expected one 1 and else zeros, found \[0.0, 0.0, 0.0\]"),
    ("label", np.array([1, 1, 0]), r"label: expected one 1 and else zeros, found \[1.0, 1.0, 0.0"),
    ("label", np.array([0.2, 0.8, 0]), r"label: expected one 1 and else zeros, found \[0.2, 0.8"),
    ("label", np.array([np.nan, 1, 0]), r"label: expected one 1 and else zeros, found \[nan, 1.0"),
]


@pytest.mark.parametrize(("field", "value", "message"), WRONG_FIELDS)
def test_a_wrong_field_is_named_with_its_id_expected_and_found(folder, field, value, message):
    change(folder, IDS[7], field, value)
    with pytest.raises(ValueError, match=message) as raised:
        load(folder)
    assert "id 'picture 7'" in str(raised.value)
    assert field in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_id_is_named(folder):
    with h5py.File(folder / "data.hy", "a") as file:
        del file[IDS[3]]
    with pytest.raises(ValueError, match="id 'picture 3': expected a group, found none"):
        load(folder)


def test_an_array_in_the_place_of_a_group_is_named(folder):
    with h5py.File(folder / "data.hy", "a") as file:
        del file[IDS[3]]
        file[IDS[3]] = np.zeros(3)
    with pytest.raises(ValueError, match=r"id 'picture 3': expected a group .* found an array"):
        load(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "id.txt: expected at least one id, found none"),
        (b"\n \n", "id.txt: expected at least one id, found none"),
        (b"picture 1\npicture 1\n", "id 'picture 1': expected every id once, found it twice"),
        (b"../picture 1\n", "id '../picture 1': expected the plain name of a group"),
        (b"\xff\xfe\x00", "id.txt: expected UTF-8 text"),
        (b"picture 0\n", "expected a class with two examples or more"),
    ],
)
def test_a_wrong_list_of_ids_is_one_line(folder, content, message):
    (folder / "id.txt").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        load(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "data.hy: expected a whole HDF5 file, got an empty file"),
        (b"PK\x03\x04 a zip", r"data.hy: expected a whole HDF5 file, got a file that begins with"),
        (None, r"data.hy: expected a whole HDF5 file, got a damaged one"),
    ],
)
def test_a_file_that_is_not_hdf5_is_said_to_be_none(folder, content, message):
    path = folder / "data.hy"
    path.write_bytes(path.read_bytes()[:-900] if content is None else content)
    with pytest.raises(ValueError, match=message):
        load(folder)


def test_a_file_without_groups_is_named(folder):
    with h5py.File(folder / "data.hy", "w"):
        pass
    with pytest.raises(
        ValueError, match=r"data\.hy: expected a group for every id, found an empty"
    ):
        load(folder)


@pytest.mark.parametrize("missing", ["data.hy", "id.txt"])
def test_a_missing_file_is_named_with_what_is_there(folder, missing):
    (folder / missing).unlink()
    with pytest.raises(FileNotFoundError, match=r"expected data.h5, or data.hy and id.txt, found"):
        catalog.check("MINE", folder.parent)


@pytest.mark.parametrize(
    "name", ["../MINE", "MINE/../MINE", "/MINE", ".", "..", "", "MINE/", "x" * 300]
)
def test_a_name_never_leaves_the_directory(folder, name):
    with pytest.raises(ValueError, match="unknown dataset"):
        catalog.load(name, folder.parent)


def test_a_link_to_another_file_is_not_followed(folder, tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["image"] = np.zeros(SHAPE, np.uint8)
    with h5py.File(folder / "data.hy", "a") as file:
        del file[IDS[0]]["image"]
        file[IDS[0]]["image"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/image")
    with pytest.raises(ValueError, match="image: expected an array, found a link"):
        load(folder)


def test_what_was_read_is_kept_until_a_file_changes(folder):
    first = load(folder)
    assert (folder / "cache.h5").is_file()
    again = load(folder)
    np.testing.assert_array_equal(first.x_test, again.x_test)
    assert again.path == folder / "data.hy"
    change(folder, IDS[7], "label", np.zeros(3))
    with pytest.raises(ValueError, match="id 'picture 7': label"):
        load(folder)


@pytest.mark.parametrize("damage", [b"", b"not HDF5"])
def test_a_damaged_cache_is_made_anew(folder, damage):
    expected = np.asarray(load(folder).x_train)
    (folder / "cache.h5").write_bytes(damage)
    np.testing.assert_array_equal(load(folder).x_train, expected)


def test_without_room_for_the_cache_it_works_and_says_so(folder, caplog):
    (folder / "cache.h5").mkdir()
    assert len(load(folder).x_train) == 9
    assert "working without a cache" in caplog.text
    assert sorted(path.name for path in folder.iterdir()) == ["cache.h5", "data.hy", "id.txt"]
