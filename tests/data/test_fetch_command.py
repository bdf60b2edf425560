"""`avh download`, and `--download` of the other commands, over a server on the loopback."""

import signal

import local_server
import pytest
from small_archives import serve, small

from avh.cli import evaluate, train
from avh.cli.download import main
from avh.data import catalog
from avh.train.config import TrainConfig


@pytest.fixture
def sources(server, monkeypatch):
    """The catalogue with small MNIST and SVHN from the server; gives name -> published."""
    found = {name: serve(server, *small(name)[:2]) for name in ("MNIST", "SVHN")}
    monkeypatch.setattr(catalog, "_sources", lambda: tuple(p.source() for p in found.values()))
    return found


def test_it_prints_one_line_a_dataset_and_says_what_it_fetches(sources, tmp_path, capsys):
    assert main(["--dataset", "MNIST", "SVHN", "--data_dir", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        f"MNIST: 10 training and 4 test images, 28x28x1, 10 classes, {tmp_path}/MNIST/data.h5",
        f"SVHN: 10 training and 4 test images, 32x32x3, 10 classes, {tmp_path}/SVHN/data.h5",
    ]
    assert [line.split()[:2] for line in said.err.splitlines()] == [
        ["fetching", archive.file] for p in sources.values() for archive in p.archives
    ]


def test_one_that_fails_is_one_line_and_exit_code_1_and_the_others_come(
    sources, server, tmp_path, capsys
):
    server.manners[next(path for path in server.files if "ubyte" in path)] = local_server.html
    assert main(["--datasets", "MNIST", "SVHN", "--data_dir", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("SVHN: ")
    failures = [line for line in said.err.splitlines() if not line.startswith("fetching")]
    assert len(failures) == 1
    assert failures[0].startswith("avh download: MNIST: train-images-idx3-ubyte.gz: could not be")
    assert [path.name for path in tmp_path.iterdir()] == ["SVHN"]


def test_interrupted_it_leaves_nothing_partial_and_the_same_command_goes_on(
    sources, server, tmp_path, capsys
):
    second = next(path for path in server.files if "train-labels" in path)
    server.manners[second] = local_server.interrupting
    argv = ["--dataset", "MNIST", "--data_dir", str(tmp_path)]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # also under a shell's `&`
    try:
        assert main(argv) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert "MNIST: interrupted; the same command goes on" in capsys.readouterr().err
    left = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert left == ["train-images-idx3-ubyte.gz"]
    server.manners[second] = local_server.whole
    assert main(argv) == 0


@pytest.mark.parametrize("function", [catalog.check, catalog.load])
def test_a_dataset_that_is_not_there_names_the_command_that_fetches_it(sources, tmp_path, function):
    with pytest.raises(FileNotFoundError) as raised:
        function("MNIST", tmp_path / "my data")
    assert str(raised.value) == (
        f"dataset: MNIST is not in '{tmp_path}/my data'; fetch it with: python download.py "
        f"--dataset MNIST --data_dir '{tmp_path}/my data' (or add --download)"
    )


def test_loading_with_download_fetches(sources, server, tmp_path):
    assert len(catalog.load("MNIST", tmp_path, download=True).x_train) == 10
    catalog.load("MNIST", tmp_path, download=True)
    assert len(server.asked) == 4


def test_training_checks_that_the_dataset_is_there_unless_it_is_to_be_fetched(sources, tmp_path):
    config = TrainConfig(dataset="SVHN", data_dir=str(tmp_path))
    with pytest.raises(FileNotFoundError, match="add --download"):
        config.check()
    TrainConfig(dataset="SVHN", data_dir=str(tmp_path), download=True).check()


def test_the_trainer_and_the_evaluator_have_the_flag():
    config, given = train.read_config(train.build_parser(), ["--download"])
    assert config.download
    assert given == {"download"}
    assert evaluate.build_parser().parse_args(["--checkpoint", "x", "--download"]).download
