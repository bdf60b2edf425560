"""A variational autoencoder: has its latent space collapsed?

    python examples/variational_autoencoder.py                 # some minutes at most, on a CPU
    python examples/variational_autoencoder.py --epochs 1 --examples 256 --units 16

A subclassed model with a `train_step` of its own, trained twice. Where the weight of the KL term
(beta) is too high, the encoder gives every image the prior, N(0, 1): its means lie at 0, its
log-variances too, and the decoder learns one picture for all.
"""

import argparse
import time
from pathlib import Path

import keras
import tensorflow as tf
from keras import ops

import avh
from avh.data import catalog

PIXELS, LATENT = 28 * 28, 8


class Autoencoder(keras.Model):
    """Images [784] in [0, 1] to logits of the same, through a Gaussian of 8 numbers."""

    def __init__(self, units: int, beta: float) -> None:
        super().__init__()
        self.beta = beta
        self.hidden = keras.layers.Dense(units, "relu", name="hidden")
        self.z_mean = keras.layers.Dense(LATENT, name="z_mean")
        self.z_log_var = keras.layers.Dense(LATENT, name="z_log_var")
        self.expand = keras.layers.Dense(units, "relu", name="expand")
        self.pixels = keras.layers.Dense(PIXELS, name="pixels")
        self.noise = keras.random.SeedGenerator(0)

    def call(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        hidden = self.hidden(images)
        mean, log_var = self.z_mean(hidden), self.z_log_var(hidden)
        noise = keras.random.normal(ops.shape(mean), seed=self.noise)
        z = mean + ops.exp(log_var / 2) * noise
        return self.pixels(self.expand(z)), mean, log_var

    def train_step(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        with tf.GradientTape() as tape:
            logits, mean, log_var = self(images, training=True)
            loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=images, logits=logits)
            rebuilt = ops.mean(ops.sum(loss, -1))
            divergence = ops.mean(ops.sum(mean**2 + ops.exp(log_var) - 1 - log_var, -1) / 2)
            total = rebuilt + self.beta * divergence
        gradients = tape.gradient(total, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"rebuilt": rebuilt, "divergence": divergence}


def main(argv: list[str] | None = None) -> None:
    """Train with both weights, then print what the latent layers put out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log_dir", type=Path, default=Path("logs/variational_autoencoder"))
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--examples", type=int, default=4000)
    parser.add_argument("--units", type=int, default=256)
    parser.add_argument("--beta", type=float, nargs="+", default=[1.0, 50.0])
    args = parser.parse_args(argv)
    log_dir = args.log_dir / time.strftime("%Y%m%d-%H%M%S")

    images = catalog.load("MNIST5K").x_train[: args.examples].reshape(-1, PIXELS)
    images = (images / 255.0).astype("float32")
    for beta in args.beta:
        keras.utils.set_random_seed(0)
        model = Autoencoder(args.units, beta)
        model(images[:1])  # builds the layers, which fit does not where train_step is one's own
        model.compile(keras.optimizers.Adam(1e-3))
        monitor = avh.ActivationMonitor(log_dir / f"beta_{beta:g}")
        model.fit(images, batch_size=64, epochs=args.epochs, callbacks=[monitor], verbose=2)

    frame = avh.load(log_dir)
    last = frame[frame.step == frame.step.max()].set_index(["run", "layer"])
    print("\nrun        spread of z_mean   mean of z_log_var")
    for run in frame.run.cat.categories:
        spread, log_var = last.loc[(run, "z_mean"), "std"], last.loc[(run, "z_log_var"), "mean"]
        print(f"{run:8}   {spread:16.3f}   {log_var:17.3f}")
    print("A spread near 0 and a log-variance near 0 are a collapsed latent space.")
    print(f"\nSee every layer: tensorboard --logdir {log_dir}")


if __name__ == "__main__":
    main()
