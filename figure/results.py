"""Draw figure/result/: what ReLU, Leaky ReLU and SELU do to two layers, dataset beside dataset.

    python figure/results.py RUNS
    python figure/results.py RUNS --datasets MNIST5K FASHION_MNIST SVHN CIFAR10

Trains the three networks on each dataset in RUNS/DATASET, as `python script.py` does, unless they
are there already; then puts the last histograms and activation maps of each layer into one picture,
`conv_3.png` and `fc_4.png`. By default it takes every published dataset that was downloaded.
"""

import argparse
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from avh.cli import compare
from avh.data import catalog
from avh.records.reader import read_values
from avh.render import theme
from avh.render.lettering import write
from avh.train.status import read_status

HERE = Path(__file__).parent
DATASETS = ("MNIST5K", "MNIST", "FASHION_MNIST", "SVHN", "CIFAR10")
RUNS = {"relu": "ReLU", "lrelu": "Leaky ReLU", "selu": "SELU"}
LAYERS = ("conv_3", "fc_4")
KINDS = ("histogram", "visualization")
TITLE, WORDS = 30, 20  # heights of letters, pixels
LEFT, TOP, GAP, BETWEEN = 170, 60, 34, 40  # pixels left of and above the pictures, between them


def main(argv: Sequence[str] | None = None) -> int:
    """Train what is missing, then draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, help="where the runs are, or will be")
    parser.add_argument("--datasets", nargs="+", help="by default those that were downloaded")
    parser.add_argument("--data_dir", default=catalog.DEFAULT_DIRECTORY)
    parser.add_argument("--max_steps", type=int, default=1000, help="of each run (%(default)s)")
    parser.add_argument("--output", type=Path, default=HERE / "result")
    arguments = parser.parse_args(argv)
    datasets = arguments.datasets or [d for d in DATASETS if _is_here(d, arguments.data_dir)]
    for dataset in datasets:
        if not all(_is_finished(arguments.runs / dataset / run) for run in RUNS):
            _train(dataset, arguments)
    arguments.output.mkdir(parents=True, exist_ok=True)
    for layer in LAYERS:
        path = arguments.output / f"{layer}.png"
        picture = draw(layer, [arguments.runs / dataset for dataset in datasets])
        Image.fromarray(picture).save(path, optimize=True)
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")
    return 0


def _is_here(dataset: str, data_dir: str) -> bool:
    try:
        catalog.check(dataset, data_dir)
    except FileNotFoundError:
        return False
    return True


def _is_finished(run: Path) -> bool:
    status = read_status(run)
    return status is not None and status.state == "finished"


def _train(dataset: str, arguments: argparse.Namespace) -> None:
    argv = ["--no_tensorboard", "--activations", *RUNS, "--max_steps", str(arguments.max_steps)]
    argv += ["--train_dir", str(arguments.runs / dataset)]
    code = compare.main([*argv, "--dataset", dataset, "--data_dir", arguments.data_dir])
    if code:
        raise SystemExit(code)


def draw(layer: str, comparisons: Sequence[Path]) -> np.ndarray:
    """The picture of one layer: a row for each activation, a column for each comparison.

    Args:
        layer: its path in the model.
        comparisons: directories with a run for each of `RUNS`, named as the dataset is.

    Returns:
        uint8 [height, width, 3].

    Raises:
        ValueError: a run has no picture of this layer.
    """
    wide = len(KINDS) * theme.WIDTH
    width = LEFT + len(comparisons) * (wide + BETWEEN) - BETWEEN
    sheet = np.full((TOP + len(RUNS) * (theme.HEIGHT + GAP), width, 3), 255, np.uint8)
    write(sheet, layer, 10, 40, size=TITLE, bold=True)
    for column, comparison in enumerate(comparisons):
        x = LEFT + column * (wide + BETWEEN)
        write(sheet, comparison.name, x + theme.MARGIN, 40, size=TITLE, bold=True)
        for row, (run, name) in enumerate(RUNS.items()):
            y = TOP + row * (theme.HEIGHT + GAP)
            if not column:
                colour = dict(theme.RUN_COLOURS)[run]
                write(sheet, name, 10, y + 40, size=WORDS + 4, bold=True, colour=colour)
            words = f"test accuracy {read_status(comparison / run).val_accuracy:.1%}"
            write(sheet, words, x + theme.MARGIN, y + 20, size=WORDS, colour=theme.FAINT_INK)
            sheet[y + GAP : y + GAP + theme.HEIGHT, x : x + wide] = np.hstack(
                _last_pictures(comparison / run, layer)
            )
    return sheet


def _last_pictures(run: Path, layer: str) -> list[np.ndarray]:
    """The newest picture of each of `KINDS`, uint8 [theme.HEIGHT, theme.WIDTH, 3]."""
    tags = [f"{kind}/{layer}" for kind in KINDS]
    found = {value.tag: value.tensor for _, value in read_values(run) if value.tag in tags}
    if len(found) < len(tags):
        raise ValueError(f"{run}: expected pictures {', '.join(tags)}, found {sorted(found)}")
    # A stock image summary holds width, height and the PNG.
    files = (io.BytesIO(found[tag].string_val[2]) for tag in tags)
    return [np.asarray(Image.open(file).convert("RGB")) for file in files]


if __name__ == "__main__":
    raise SystemExit(main())
