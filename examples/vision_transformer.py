"""A vision transformer: which half of a block writes more into the residual stream?

    python examples/vision_transformer.py                       # some minutes at most, on a CPU
    python examples/vision_transformer.py --epochs 1 --examples 256 --blocks 2 --width 16

Every block adds the output of its attention, and then that of its MLP, to the stream. The spread of
these outputs beside that of the stream says how much each changes it.
"""

import argparse
import time
from pathlib import Path

import keras
from keras import layers

import avh
from avh.data import catalog

PATCH = 4  # pixels on a side


def build(blocks: int, width: int, heads: int = 4) -> keras.Model:
    """Images [28, 28, 1] to logits of 10 classes; layers are named after their block."""
    images = keras.Input((28, 28, 1))
    stream = layers.Conv2D(width, PATCH, PATCH, name="patches")(images)
    stream = layers.Reshape((-1, width))(stream)
    places = keras.ops.arange(stream.shape[1])
    stream = stream + layers.Embedding(stream.shape[1], width, name="places")(places)
    for block in range(1, blocks + 1):
        tokens = layers.LayerNormalization()(stream)
        attention = layers.MultiHeadAttention(heads, width // heads, name=f"attention_{block}")
        stream = layers.Add()([stream, attention(tokens, tokens)])
        tokens = layers.LayerNormalization()(stream)
        hidden = layers.Dense(2 * width, "gelu", name=f"hidden_{block}")(tokens)
        mlp = layers.Dense(width, name=f"mlp_{block}")(hidden)
        stream = layers.Add(name=f"stream_{block}")([stream, mlp])
    pooled = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(stream))
    return keras.Model(images, layers.Dense(10, name="logits")(pooled))


def main(argv: list[str] | None = None) -> None:
    """Train, then print the spread of both halves of every block."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log_dir", type=Path, default=Path("logs/vision_transformer"))
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--examples", type=int, default=4000)
    parser.add_argument("--blocks", type=int, default=4)
    parser.add_argument("--width", type=int, default=64)
    args = parser.parse_args(argv)
    log_dir = args.log_dir / time.strftime("%Y%m%d-%H%M%S")

    digits = catalog.load("MNIST5K")
    x, y = digits.x_train[: args.examples] / 255.0, digits.y_train[: args.examples]
    keras.utils.set_random_seed(0)
    model = build(args.blocks, args.width)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"])
    watched = ["attention_?", "hidden_?", "mlp_?", "stream_?", "logits"]
    monitor = avh.ActivationMonitor(log_dir, layers=watched)
    model.fit(x, y, batch_size=64, epochs=args.epochs, callbacks=[monitor], verbose=2)

    frame = avh.load(log_dir)
    last = frame[frame.step == frame.step.max()].set_index("layer")["std"]
    print("\nblock   attention / stream   MLP / stream")
    for block in range(1, args.blocks + 1):
        stream = last[f"stream_{block}"]
        attention, mlp = last[f"attention_{block}"] / stream, last[f"mlp_{block}"] / stream
        print(f"{block:5}   {attention:18.2f}   {mlp:12.2f}")
    print(f"\nSee every layer: tensorboard --logdir {log_dir}")


if __name__ == "__main__":
    main()
