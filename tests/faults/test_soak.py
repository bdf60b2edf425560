"""A long training: memory stays flat, the queue bounded, and the file as large as predicted.

`AVH_SOAK_STEPS=20000 pytest tests/faults/test_soak.py` is the long one, CI does fewer steps.
"""

import os

import keras
import numpy as np
import pytest
import tensorflow as tf

import avh
from avh.records.reader import event_files, read_run, read_values
from avh.records.size import record_bytes
from avh.records.writer import QUEUE_SIZE

STEPS = int(os.environ.get("AVH_SOAK_STEPS", "3000"))
EVERY, PICTURES_EVERY = 10, 100
LAYERS = 2
PAGE = os.sysconf("SC_PAGE_SIZE")
# Of a quarter of the steps to the next. Pictures that are left behind, and nothing else, would add
# 2.3 MB each time that they are due, records 3 kB.
GROWTH_BYTES = 4_000_000


def resident_bytes():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * PAGE


@pytest.fixture(scope="module")
def soaked(tmp_path_factory):
    """Train so many steps; returns the run, and what was seen on the way, [samples] each."""
    run = tmp_path_factory.mktemp("soak") / "run"
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu", name="hidden")])
    model.add(keras.layers.Dense(2, name="top"))
    kernels = model.trainable_variables

    @tf.function
    def train_step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x, training=True) - x[:, :2]))
        for variable, gradient in zip(kernels, tape.gradient(loss, kernels), strict=True):
            variable.assign_sub(1e-3 * gradient)

    batches = [tf.random.normal((8, 4), seed=number) for number in range(7)]
    memory, waiting = [], []
    with avh.watch(model, run, every=EVERY, pictures_every=PICTURES_EVERY) as monitor:
        for step in range(1, STEPS + 1):
            train_step(batches[step % len(batches)])
            monitor.step()
            if step % 100 == 0:
                memory.append(resident_bytes())
                waiting.append(monitor._writer._jobs.qsize())
        writer = monitor._writer
    return run, np.array(memory), np.array(waiting), writer.dropped


def test_every_record_is_there(soaked):
    run = read_run(soaked[0])
    assert run.steps.tolist() == [1, *range(EVERY, STEPS + 1, EVERY)]
    assert (run.statistic("count") == [24, 16]).all()


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is read from /proc")
def test_memory_is_flat(soaked):
    _, memory, _, _ = soaked
    third, fourth = np.array_split(memory, 4)[2:]
    assert np.median(fourth) - np.median(third) < GROWTH_BYTES


def test_the_queue_stays_bounded(soaked):
    _, _, waiting, dropped = soaked
    assert waiting.max() <= QUEUE_SIZE
    pictures = [
        event.step for event, value in read_values(soaked[0]) if value.tag == "avh_images/top"
    ]
    assert len(pictures) == 1 + STEPS // PICTURES_EVERY - dropped


def test_the_file_is_as_large_as_predicted(soaked):
    (path,) = event_files(soaked[0])
    sizes = dict.fromkeys([1, *range(PICTURES_EVERY, STEPS + 1, PICTURES_EVERY)], 0)
    for event, value in read_values(soaked[0]):
        if event.step in sizes and value.tag not in ("avh/stats", "avh/hist"):
            sizes[event.step] += value.ByteSize()
    summaries = np.array(list(sizes.values()))
    records = (1 + STEPS // EVERY) * record_bytes(LAYERS)
    # Pictures differ in size, the first ones tell what to expect; the rest is framing.
    assert path.stat().st_size == pytest.approx(
        records + len(sizes) * summaries[:5].mean(), rel=0.2
    )
    assert path.stat().st_size - summaries.sum() == pytest.approx(records, rel=0.01)
