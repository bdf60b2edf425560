"""Every example runs, says its one thing, and leaves records."""

import re
import runpy
from pathlib import Path

import pytest

import avh
from avh.data import catalog

EXAMPLES = Path(__file__).parents[2] / "examples"
TINY = {  # example -> flags of a quick run
    "vision_transformer": "--epochs 1 --examples 32 --blocks 1 --width 8",
    "lstm": "--epochs 1 --examples 32 --units 4",
    "variational_autoencoder": "--epochs 1 --examples 64 --units 8 --beta 50",
    "transfer_learning": "--steps 2 --examples 4 --side 32",
    "gan": "--steps 2 --batch_size 4 --units 4",
}


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """Runs an example: gives the directory of its records, and what it printed."""
    digits = catalog.load("MNIST5K")
    monkeypatch.setattr(catalog, "load", lambda name: digits)
    monkeypatch.chdir(tmp_path)

    def run_example(name):
        script = runpy.run_path(str(EXAMPLES / f"{name}.py"))
        script["main"](TINY[name].split())
        printed = capsys.readouterr().out
        log_dir = re.search(r"tensorboard --logdir (\S+)", printed)[1]
        return avh.load(log_dir), printed

    return run_example


def lines_after(printed, heading):
    """The words of the lines below a heading, to the next empty line."""
    below = printed.split(heading, 1)[1].split("\n\n")[0].splitlines()[1:]
    return [line.split() for line in below]


def test_every_example_is_run_here():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(TINY)


def test_the_vision_transformer_compares_both_halves_of_every_block(run):
    frame, printed = run("vision_transformer")
    assert {"attention_1", "mlp_1", "stream_1"} <= set(frame.layer)
    rows = lines_after(printed, "block ")
    assert [row[0] for row in rows] == ["1"]
    assert all(float(cell) > 0 for row in rows for cell in row[1:])


def test_the_lstm_tells_how_much_of_its_output_is_at_the_walls(run):
    frame, printed = run("lstm")
    assert set(frame.layer) == {"reading", "deciding", "logits"}
    assert lines_after(printed, " step ") == [["1", "0.0%", "0.0%"]]


def test_the_autoencoder_shows_the_latent_layers_of_every_run(run):
    frame, printed = run("variational_autoencoder")
    (words,) = (row for row in lines_after(printed, "run  ") if row[0].startswith("beta"))
    last = frame[frame.step == frame.step.max()].set_index("layer")
    assert set(frame.run) == {words[0]} == {"beta_50"}
    assert float(words[1]) == pytest.approx(last["std"]["z_mean"], abs=1e-3)
    assert float(words[2]) == pytest.approx(last["mean"]["z_log_var"], abs=1e-3)


def test_transfer_learning_tells_frozen_layers_from_those_that_learn(run):
    _, printed = run("transfer_learning")
    assert "10 layers put out the same at every step" in printed
    assert [row[0] for row in lines_after(printed, "these moved")] == ["head", "logits"]


def test_the_gan_shows_what_the_discriminator_says_of_real_and_made(run):
    frame, printed = run("gan")
    assert set(frame.run) == {"generator", "discriminator"}
    assert {"verdict", "verdict#2", "made"} <= set(frame.layer)
    assert [row[0] for row in lines_after(printed, " step ")] == ["1"]
