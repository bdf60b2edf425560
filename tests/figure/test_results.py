"""figure/results.py on runs whose pictures are known."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avh.records import events
from avh.records.event_file import EventFile
from avh.render import theme
from avh.render.png import encode_png
from avh.train.status import Status, write_status

PATH = Path(__file__).parents[2] / "figure" / "results.py"


@pytest.fixture(scope="module")
def results():
    spec = importlib.util.spec_from_file_location("figure_results", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def grey(level):
    return np.full((theme.HEIGHT, theme.WIDTH, 3), level, np.uint8)


def write_run(run, first_level, layers=("conv_3", "fc_4")):
    """A finished run; at step 1 its pictures are black, at step 2 of rising levels."""
    with EventFile(run) as file:
        for step in (1, 2):
            for number, layer in enumerate(layers):
                for kind, name in enumerate(("histogram", "visualization")):
                    level = (first_level + 2 * number + kind) * (step - 1)
                    png = encode_png(grey(level))
                    size = (theme.HEIGHT, theme.WIDTH)
                    file.write(step, [events.image(f"{name}/{layer}", [png], *size)])
        file.flush()
    write_status(run, Status("finished", 2, 2, val_accuracy=0.5))


@pytest.fixture
def runs(results, tmp_path):
    for column, dataset in enumerate(("MNIST5K", "SVHN")):
        for row, run in enumerate(results.RUNS):
            write_run(tmp_path / dataset / run, 10 + 50 * column + 10 * row)
    return tmp_path


def test_the_last_pictures_stand_in_rows_of_activations_and_columns_of_datasets(results, runs):
    sheet = results.draw("fc_4", [runs / "MNIST5K", runs / "SVHN"])
    for column in range(2):
        for row in range(3):
            y = results.TOP + row * (theme.HEIGHT + results.GAP) + results.GAP
            x = results.LEFT + column * (2 * theme.WIDTH + results.BETWEEN)
            for kind in range(2):
                part = sheet[y : y + theme.HEIGHT, x + kind * theme.WIDTH :][:, : theme.WIDTH]
                assert set(np.unique(part)) == {10 + 50 * column + 10 * row + 2 + kind}


def test_runs_that_are_there_are_drawn_without_training(results, runs, tmp_path, capsys):
    argv = [str(runs), "--datasets", "MNIST5K", "SVHN", "--output", str(tmp_path / "out")]
    assert results.main(argv) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["conv_3.png", "fc_4.png"]
    with Image.open(tmp_path / "out" / "conv_3.png") as picture:
        expected = results.draw("conv_3", [runs / "MNIST5K", runs / "SVHN"])
        np.testing.assert_array_equal(np.asarray(picture), expected)


def test_a_run_without_pictures_of_a_layer_is_named(results, tmp_path):
    for run in results.RUNS:
        write_run(tmp_path / "MNIST5K" / run, 10, layers=("conv_3",))
    with pytest.raises(ValueError, match=r"MNIST5K/relu: expected pictures histogram/fc_4"):
        results.draw("fc_4", [tmp_path / "MNIST5K"])
