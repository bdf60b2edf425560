"""Published datasets from a server on the loopback: the arrays, and everything that goes wrong."""

import contextlib
import resource
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import local_server
import numpy as np
import pytest
from small_archives import TEST, TRAIN, cifar_members, serve, small, tar

from avh.data import cifar10, download, fashion_mnist, mnist, svhn
from avh.data.download import Archive, DownloadError
from avh.data.published import DOWNLOADS
from avh.data.rows import Rows

NAMES = ("MNIST", "FASHION_MNIST", "SVHN", "CIFAR10")
HERE = Path(__file__).parent


def everything_below(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


@pytest.mark.parametrize("name", NAMES)
def test_the_arrays_are_those_of_the_archives_and_only_one_file_is_kept(server, tmp_path, name):
    published, files, arrays = small(name)
    published = serve(server, published, files)
    published.fetch(tmp_path)
    data = published.load(tmp_path)
    for part, expected in zip(("x_train", "y_train", "x_test", "y_test"), arrays, strict=True):
        np.testing.assert_array_equal(getattr(data, part), expected)
    assert data.x_train.dtype == np.uint8
    assert data.path == tmp_path / name / "data.h5"
    assert everything_below(tmp_path) == [name, f"{name}/data.h5"]


def test_what_is_there_is_not_fetched_again(server, tmp_path):
    published, files, _ = small("MNIST")
    published = serve(server, published, files)
    for _ in range(2):
        published.fetch(tmp_path)
    assert len(server.asked) == len(files)


def test_images_are_left_on_disk(server, tmp_path):
    published, files, _ = small("MNIST")
    published = serve(server, published, files)
    published.fetch(tmp_path)
    data = published.load(tmp_path)
    assert isinstance(data.x_train, Rows)
    assert isinstance(data.x_test, Rows)


def test_an_answer_in_pieces_without_a_length_is_taken(server, tmp_path):
    published, files, _ = small("CIFAR10")
    serve(server, published, files, [local_server.in_pieces]).fetch(tmp_path)
    assert published.missing(tmp_path) is None


FAILURES = [
    (local_server.not_found, "404 Not Found"),
    (local_server.broken, "503 Service Unavailable"),
    (local_server.cut, "the connection was cut after"),
    (local_server.cut_at_once, "no connection"),
    (local_server.html, "an HTML page came in place of the file"),
    (local_server.other, "another file: its SHA-256 is not the expected one"),
    (local_server.shorter, "bytes, got"),
    (local_server.longer, "more than the expected"),
    (local_server.silent, "no answer in time"),
]


@pytest.mark.parametrize(("manner", "message"), FAILURES, ids=[f[0].__name__ for f in FAILURES])
def test_a_failure_is_one_line_that_says_why_and_leaves_nothing(
    server, tmp_path, monkeypatch, manner, message
):
    monkeypatch.setattr(download, "TIMEOUT", 0.3)
    published, files, _ = small("CIFAR10")
    with pytest.raises(DownloadError, match=message) as raised:
        serve(server, published, files, [manner]).fetch(tmp_path)
    assert "\n" not in str(raised.value)
    assert "cifar-10-binary.tar.gz: could not be fetched; http://127.0.0.1" in str(raised.value)
    assert everything_below(tmp_path) == []


@pytest.mark.parametrize("manner", [failure[0] for failure in FAILURES[:-1]])
def test_the_next_address_is_tried(server, tmp_path, manner):
    published, files, _ = small("SVHN")
    published = serve(server, published, files, [manner, local_server.whole])
    published.fetch(tmp_path)
    assert published.missing(tmp_path) is None


def test_when_all_addresses_fail_the_line_says_why_for_each(server, tmp_path):
    published, files, _ = small("CIFAR10")
    published = serve(server, published, files, [local_server.not_found, local_server.html])
    with pytest.raises(DownloadError, match=r"/0/cifar.*: 404 .*; http.*/1/cifar.*: an HTML page"):
        published.fetch(tmp_path)


def test_after_a_failure_whole_archives_are_kept_and_only_the_others_fetched(server, tmp_path):
    published, files, _ = small("MNIST")
    published = serve(server, published, files)
    third = list(server.files)[2]
    server.manners[third] = local_server.cut
    with pytest.raises(DownloadError):
        published.fetch(tmp_path)
    kept = [f"MNIST/{DOWNLOADS}/{file}" for file in sorted(mnist.TRAIN)]
    assert everything_below(tmp_path) == ["MNIST", f"MNIST/{DOWNLOADS}", *kept]
    server.manners[third] = local_server.whole
    server.asked.clear()
    published.fetch(tmp_path)
    assert server.asked == list(server.files)[2:]
    assert everything_below(tmp_path) == ["MNIST", "MNIST/data.h5"]


def test_what_a_killed_process_left_is_never_taken_and_goes_away(server, tmp_path):
    published, files, arrays = small("MNIST")
    published = serve(server, published, files)
    downloads = tmp_path / "MNIST" / DOWNLOADS
    downloads.mkdir(parents=True)
    first = mnist.TRAIN[0]
    (downloads / first).write_bytes(files[first][:100])
    (downloads / "tmp1234").write_bytes(b"part")
    (tmp_path / "MNIST" / ".77.data.h5").write_bytes(b"part")
    published.fetch(tmp_path)
    np.testing.assert_array_equal(published.load(tmp_path).x_train, arrays[0])
    assert everything_below(tmp_path) == ["MNIST", "MNIST/data.h5"]


@pytest.mark.parametrize("damage", [b"", b"hello", None])
def test_a_damaged_file_is_reported_and_made_anew(server, tmp_path, damage):
    published, files, arrays = small("MNIST")
    published = serve(server, published, files)
    published.fetch(tmp_path)
    path = published.path(tmp_path)
    path.write_bytes(path.read_bytes()[:-500] if damage is None else damage)
    assert "data.h5: expected a whole HDF5 file" in published.missing(tmp_path)
    published.fetch(tmp_path)
    np.testing.assert_array_equal(published.load(tmp_path).x_train, arrays[0])


def test_another_dataset_under_its_name_is_not_taken_for_it(server, tmp_path):
    published, files, _ = small("MNIST")
    published = serve(server, published, files)
    published.fetch(tmp_path)
    real = replace(published, counts=(60_000, 10_000))
    assert "expected 60,000 training and 10,000 test images 28x28x1, found 10" in real.missing(
        tmp_path
    )


def test_threads_that_fetch_at_once_ask_for_each_file_once(server, tmp_path):
    published, files, _ = small("SVHN")
    published = serve(server, published, files)
    threads = [threading.Thread(target=published.fetch, args=(tmp_path,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(server.asked) == sorted(server.files)
    assert published.missing(tmp_path) is None


def test_processes_that_fetch_at_once_ask_for_each_file_once(server, tmp_path):
    published, files, _ = small("MNIST")
    published = serve(server, published, files)
    code = (
        "import sys; from pathlib import Path; from dataclasses import replace\n"
        "from avh.data import mnist; from avh.data.download import Archive\n"
        f"archives = {published.archives!r}\n"
        "p = replace(mnist.PUBLISHED, archives=archives, counts=(10, 4))\n"
        f"p.fetch(Path({str(tmp_path)!r})); print(p.missing(Path({str(tmp_path)!r})))\n"
    )
    command = [sys.executable, "-c", code]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for _ in range(2)
    ]
    assert [process.communicate(timeout=60)[0] for process in running] == ["None\n"] * 2
    assert sorted(server.asked) == sorted(server.files)


def test_when_the_first_fails_the_one_that_waits_goes_on(server, tmp_path):
    published, files, _ = small("SVHN")
    failing = serve(server, published, files, [local_server.not_found])
    working = replace(
        failing,
        archives=tuple(
            replace(each, addresses=(server.serve(f"/good/{each.file}", files[each.file]),))
            for each in failing.archives
        ),
    )

    def fail():
        with contextlib.suppress(DownloadError):  # none if the other one was first
            failing.fetch(tmp_path)

    threads = [threading.Thread(target=fail) for _ in range(3)]
    threads.append(threading.Thread(target=working.fetch, args=(tmp_path,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert published.missing(tmp_path) is None


@contextlib.contextmanager
def files_up_to(size):
    """Lets no file of this process grow larger, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("share", [0.5, 1.05])  # of the archive: full while fetching, or writing
def test_a_full_disk_is_one_line_and_leaves_nothing_partial(server, tmp_path, share):
    published, files, _ = small("CIFAR10")
    published = serve(server, published, files)
    archive = published.archives[0]
    with (
        files_up_to(int(archive.size * share)),
        pytest.raises(DownloadError, match=r"cannot be written.*File too large") as raised,
    ):
        published.fetch(tmp_path)
    assert "\n" not in str(raised.value)
    assert len(server.asked) == 1
    left = [path for path in everything_below(tmp_path) if "." in path]
    assert left == ([] if share < 1 else [f"CIFAR10/{DOWNLOADS}/{archive.file}"])


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "..\\evil"])
def test_an_archive_that_climbs_out_is_refused_and_unpacks_nothing(server, tmp_path, name):
    published, _, arrays = small("CIFAR10")
    files = {cifar10.ARCHIVE: tar([*cifar_members(*arrays), (name, b"evil")])}
    published = serve(server, published, files)
    with pytest.raises(ValueError, match="climbs out of the archive; nothing was unpacked"):
        published.fetch(tmp_path / "datasets")
    assert [path for path in everything_below(tmp_path) if "evil" in path] == []
    assert published.missing(tmp_path / "datasets") is not None


def test_an_archive_with_a_link_is_refused(server, tmp_path):
    published, _, _ = small("CIFAR10")
    files = {cifar10.ARCHIVE: tar([(cifar10.TEST, b"")], type=b"2", linkname="/etc/passwd")}
    with pytest.raises(ValueError, match="expected files only, got a link"):
        serve(server, published, files).fetch(tmp_path)


DAMAGED = [
    ("MNIST", b"hello", "expected a whole gzip file"),
    ("SVHN", b"hello" * 100, "expected a whole MATLAB file"),
    ("CIFAR10", b"hello", "expected a whole tar archive"),
    ("CIFAR10", tar([]), "expected cifar-10-batches-bin/data_batch_1.bin.* inside, found none"),
]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    DAMAGED,
    ids=["MNIST", "SVHN", "CIFAR10", "CIFAR10-empty"],  # the content holds the time of day
)
def test_an_archive_of_another_kind_is_named(server, tmp_path, name, content, message):
    published, files, _ = small(name)
    published = serve(server, published, dict.fromkeys(files, content))
    with pytest.raises(ValueError, match=f"{DOWNLOADS}/.*{message}"):
        published.fetch(tmp_path)
    assert not published.path(tmp_path).exists()


def test_an_archive_with_fewer_images_is_refused(server, tmp_path):
    published, files, _ = small("MNIST")
    published = replace(serve(server, published, files), counts=(TRAIN + 1, TEST))
    with pytest.raises(ValueError, match=r"expected 11 training .* in the archives, found 10"):
        published.fetch(tmp_path)


@pytest.mark.parametrize("module", [mnist, fashion_mnist, svhn, cifar10])
def test_the_published_addresses_are_https_and_the_digests_whole(module):
    for archive in module.PUBLISHED.archives:
        assert all(address.startswith("https://") for address in archive.addresses)
        assert len(bytes.fromhex(archive.sha256)) == 32


@pytest.mark.parametrize("address", ["http://example.org/a", "ftp://127.0.0.1/a", "file:///a"])
def test_an_address_that_is_not_https_is_refused(address):
    with pytest.raises(ValueError, match="expected an https address"):
        Archive("a", 1, "0" * 64, (address,))


def test_an_archive_put_there_by_hand_is_verified_and_used(server, tmp_path):
    published, files, arrays = small("SVHN")
    published = serve(server, published, files)
    downloads = tmp_path / "SVHN" / DOWNLOADS
    downloads.mkdir(parents=True)
    (downloads / svhn.TRAIN).write_bytes(files[svhn.TRAIN])
    (downloads / svhn.TEST).write_bytes(b"another file")
    (downloads / "notes.txt").write_bytes(b"of the user")
    published.fetch(tmp_path)
    np.testing.assert_array_equal(published.load(tmp_path).x_test, arrays[2])
    assert server.asked == [f"/0/{svhn.TEST}"]
    assert [path.name for path in downloads.iterdir()] == ["notes.txt"]
