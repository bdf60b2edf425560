"""Transfer learning: is what should be frozen frozen, and what should learn learning?

    python examples/transfer_learning.py                       # random weights, no network
    python examples/transfer_learning.py --weights imagenet    # fetches Keras's weights
    python examples/transfer_learning.py --steps 3 --examples 8 --side 32

A new head on a frozen MobileNetV2. Every step sees the same images, so a layer that is frozen puts
out the same numbers at every step, and one that learns does not.
"""

import argparse
import time
from pathlib import Path

import keras
import numpy as np

import avh
from avh.data import catalog

STILL = 1e-4  # standard deviations: what the order of a sum may change on several threads


def build(side: int, weights: str | None, examples: np.ndarray) -> keras.Model:
    """Grey images [28, 28, 1] in [-1, 1] to logits of 10 classes."""
    base = keras.applications.MobileNetV2(
        (side, side, 3), alpha=0.35, include_top=False, weights=weights, pooling="avg", name="base"
    )
    base.trainable = False
    images = keras.Input((28, 28, 1))
    grey = keras.layers.Resizing(side, side)(images)
    rgb = keras.layers.Concatenate()([grey, grey, grey])
    if weights is None:  # normalise as these images need it: else the signal fades in 50 layers
        normalise(base, keras.Model(images, rgb)(examples))
    features = keras.layers.BatchNormalization()(base(rgb))
    hidden = keras.layers.Dense(32, "relu", name="head")(features)
    return keras.Model(images, keras.layers.Dense(10, name="logits")(hidden))


def normalise(base: keras.Model, images: np.ndarray) -> None:
    """Take the statistics of all batch normalisations from these images."""
    norms = [layer for layer in base.layers if hasattr(layer, "moving_mean")]
    for layer in norms:
        layer.trainable, layer.momentum = True, 0.0
    base(images, training=True)
    for layer in norms:
        layer.trainable, layer.momentum = False, 0.999


def main(argv: list[str] | None = None) -> None:
    """Train the head, then print which layers moved."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log_dir", type=Path, default=Path("logs/transfer_learning"))
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--examples", type=int, default=128)
    parser.add_argument("--side", type=int, default=96, help="of the images given to MobileNetV2")
    parser.add_argument("--weights", choices=["imagenet"], help="default: random, no network")
    args = parser.parse_args(argv)
    log_dir = args.log_dir / time.strftime("%Y%m%d-%H%M%S")

    digits = catalog.load("MNIST5K")
    x, y = digits.x_train[: args.examples] / 127.5 - 1, digits.y_train[: args.examples]
    keras.utils.set_random_seed(0)
    model = build(args.side, args.weights, x)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(3e-3), loss, metrics=["accuracy"])
    watched = ["base/block_*_add", "head", "logits"]  # of the base, what its blocks put out
    monitor = avh.ActivationMonitor(log_dir, layers=watched, every=1, pictures_every=None)
    data = {"batch_size": len(x), "shuffle": False, "epochs": args.steps}
    history = model.fit(x, y, callbacks=[monitor], verbose=0, **data)
    print(f"accuracy on these images: {history.history['accuracy'][-1]:.1%}")

    frame = avh.load(log_dir)
    layers = frame.groupby("layer", observed=True)
    # How far the mean moves, in the layer's own standard deviations.
    moved = (layers["mean"].max() - layers["mean"].min()) / layers["std"].max()
    frozen, learning = moved[moved < STILL], moved[moved >= STILL]
    print(f"\n{len(frozen)} layers put out the same at every step; these moved:")
    for layer, distance in learning.items():
        print(f"  {layer:10} by {distance:.2f} standard deviations")
    print(f"\nSee every layer: tensorboard --logdir {log_dir}")


if __name__ == "__main__":
    main()
