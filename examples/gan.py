"""A GAN with a hand-written loop: can the discriminator still tell real from made?

    python examples/gan.py                                     # some minutes at most, on a CPU
    python examples/gan.py --steps 5 --batch_size 16 --units 16

Both networks are watched, each in a run of its own. The discriminator is called twice a step:
first with real images, which is `verdict` in its records, then with made ones: `verdict#2`. As
long as the two lie apart it tells them from each other; the generator pulls them together.
"""

import argparse
import time
from pathlib import Path

import keras
import tensorflow as tf

import avh
from avh.data import catalog

NOISE = 32


def dense(name: str, inputs: int, units: int, last: keras.layers.Layer) -> keras.Model:
    """A network of two hidden layers."""
    hidden = [
        keras.layers.Dense(units, keras.layers.LeakyReLU(0.2), name=f"hidden_{number}")
        for number in (1, 2)
    ]
    return keras.Sequential([keras.Input((inputs,)), *hidden, last], name=name)


def main(argv: list[str] | None = None) -> None:
    """Train, then print what the discriminator says of both kinds of images."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log_dir", type=Path, default=Path("logs/gan"))
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--units", type=int, default=256)
    args = parser.parse_args(argv)
    log_dir = args.log_dir / time.strftime("%Y%m%d-%H%M%S")

    keras.utils.set_random_seed(0)
    images = catalog.load("MNIST5K").x_train.reshape(-1, 784).astype("float32") / 127.5 - 1
    batches = tf.data.Dataset.from_tensor_slices(images).shuffle(4000, seed=0).repeat()
    batches = batches.batch(args.batch_size).take(args.steps)
    generator = dense("generator", NOISE, args.units, keras.layers.Dense(784, "tanh", name="made"))
    discriminator = dense("discriminator", 784, args.units, keras.layers.Dense(1, name="verdict"))
    networks = (generator, discriminator)
    optimizers = [keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in networks]

    @tf.function
    def train_step(real: tf.Tensor) -> None:
        noise = tf.random.normal((args.batch_size, NOISE))
        with tf.GradientTape(persistent=True) as tape:
            says_real = discriminator(real, training=True)
            says_made = discriminator(generator(noise, training=True), training=True)
            right = tf.nn.softplus(-says_real) + tf.nn.softplus(says_made)
            losses = tf.reduce_mean(tf.nn.softplus(-says_made)), tf.reduce_mean(right)
        for network, optimizer, loss in zip(networks, optimizers, losses, strict=True):
            weights = network.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))

    with (
        avh.watch(generator, log_dir / "generator") as makes,
        avh.watch(discriminator, log_dir / "discriminator") as judges,
    ):
        for real in batches:
            train_step(real)
            makes.step()
            judges.step()

    frame = avh.load(log_dir / "discriminator")
    verdicts = frame.pivot(index="step", columns="layer")
    print("\n step   says of real   says of made   (5 % to 95 %)")
    for step in verdicts.index[:: max(len(verdicts) // 8, 1)]:
        low, high = verdicts.loc[step, "q05"], verdicts.loc[step, "q95"]
        real, made = (f"{low[n]:5.1f} .. {high[n]:4.1f}" for n in ("verdict", "verdict#2"))
        print(f"{step:5}   {real:>12}   {made:>12}")
    print(f"\nSee every layer: tensorboard --logdir {log_dir}")


if __name__ == "__main__":
    main()
