"""LSTMs on sequences: how close to its walls does a memory get?

    python examples/lstm.py                                    # some minutes at most, on a CPU
    python examples/lstm.py --epochs 1 --examples 256 --units 8

Two LSTMs read digits row by row. What an LSTM puts out lies between -1 and 1, and a unit near one
of these walls learns slowly. The histograms in the records say how many outputs lie out there.
"""

import argparse
import time
from pathlib import Path

import keras
import numpy as np

import avh
from avh.data import catalog

WALL = 0.75  # an edge of the records' bins, so that no bin lies on both sides


def main(argv: list[str] | None = None) -> None:
    """Train, then print the share of outputs near the walls."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log_dir", type=Path, default=Path("logs/lstm"))
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--examples", type=int, default=4000)
    parser.add_argument("--units", type=int, default=64)
    args = parser.parse_args(argv)
    log_dir = args.log_dir / time.strftime("%Y%m%d-%H%M%S")

    digits = catalog.load("MNIST5K")
    x = digits.x_train[: args.examples, :, :, 0] / 255.0  # [examples, rows, pixels]
    y = digits.y_train[: args.examples]
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.LSTM(args.units, return_sequences=True, name="reading"),
            keras.layers.LSTM(args.units, name="deciding"),
            keras.layers.Dense(10, name="logits"),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(3e-3), loss, metrics=["accuracy"])
    monitor = avh.ActivationMonitor(log_dir)
    model.fit(x, y, batch_size=64, epochs=args.epochs, callbacks=[monitor], verbose=2)

    frame = avh.load(log_dir, histograms=True)
    frame["at_walls"] = [
        row.counts[beyond(row.edges, WALL)].sum() / row.counts.sum() for row in frame.itertuples()
    ]
    shares = frame.pivot(index="step", columns="layer", values="at_walls")
    print(f"\nshare of outputs beyond {WALL} or below -{WALL}\n\n step   reading   deciding")
    for step, row in shares.iloc[:: max(len(shares) // 8, 1)].iterrows():
        print(f"{step:5}   {row.reading:7.1%}   {row.deciding:8.1%}")
    print(f"\nSee every layer: tensorboard --logdir {log_dir}")


def beyond(edges: np.ndarray, wall: float) -> np.ndarray:
    """Which of the bins lie outside [-wall, wall], bool [bins]."""
    return (edges[1:] <= -wall) | (edges[:-1] >= wall)


if __name__ == "__main__":
    main()
