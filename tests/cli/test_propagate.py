"""avh propagate: what it prints, what it draws, and bad input."""

import pytest
from matplotlib.image import imread

from avh.activations.propagation import propagate
from avh.cli import main as command

SMALL = ["--depth", "6", "--width", "20", "--examples", "30"]


def run(*arguments):
    return command.main(["propagate", *arguments])


def test_it_prints_the_table_of_each_activation(capsys):
    assert run(*SMALL, "--activation", "relu", "selu", "--dropout", "own", "--rate", "0.1") == 0
    said = capsys.readouterr().out
    for name in ("relu", "selu"):
        assert str(propagate(name, 6, 20, 30, dropout="own", rate=0.1)) in said


def test_it_draws_the_depth_and_the_map(tmp_path, capsys):
    paths = [str(tmp_path / name) for name in ("depth.png", "map.png")]
    two = ["--activation", "selu", "selu:mean=-0.1,variance=2"]
    assert run(*SMALL, *two, "--seed", "3", "-o", paths[0], "--map", paths[1], "--every", "6") == 0
    assert all(imread(path).std() > 0 for path in paths)
    said = capsys.readouterr().out
    assert all(path in said for path in paths)
    assert propagate("selu", 6, 20, 30, seed=3).table(6) in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["--activation", "nope"],
        ["--activation", "selu:mean=50"],
        ["--activation", "relu", "--map", "map.png"],
        ["--dropout", "own"],
        ["--dropout", "alpha_dropout", "--rate", "1"],
        ["--rate", "0.5"],
        ["--weight_scale", "xavier"],
        ["--weight_scale", "0"],
        ["--width", "1"],
        ["--depth", "0"],
        ["-o", "nowhere/picture.png"],
    ],
)
def test_bad_input_is_one_line_exit_code_2_and_no_file(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        run(*SMALL, *arguments)
    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.out == ""
    assert said.err.startswith("avh propagate: error: ")
    assert said.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("scale", ["lecun", "1"])
def test_the_weight_scale_is_a_name_or_a_number(scale, capsys):
    assert run(*SMALL, "--activation", "swish", "--weight_scale", scale) == 0
    assert str(propagate("swish", 6, 20, 30, weight_scale=1)) in capsys.readouterr().out
