"""The benchmark runs as its first lines say and prints whole tables; no time is a failure."""

import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLES = {  # --table -> the rows, in order
    "ways": (
        "plain training, a second model",
        "avh, default (every 10, pictures every 100)",
        "avh, every 10, no pictures",
        "avh, every step",
        "avh, every step, with gradients",
        "Keras TensorBoard callback (weights only)",
        "tf.summary.histogram, every step",
        "tf.summary.histogram, every 10",
        "fresh figures in the loop, every 100",
        "second forward pass and np.histogram, every 10",
    ),
    "sketch": (
        "1,000,000, one read (tf.reduce_sum)",
        "1,000,000, avh sketch",
        "1,000,000, tf.summary.histogram",
        "1,000,000, np.histogram",
    ),
    "memory": ("one read (tf.reduce_sum)", "avh sketch", "np.histogram", "tf.summary.histogram"),
    "growth": (
        "2 x 8, default",
        "2 x 8, every 10, no pictures",
        "2 x 8, every step, no pictures",
    ),
}
MAY_BE_UNMEASURABLE = "one read"  # it takes less than the call around it varies


@pytest.fixture(scope="module")
def printed():
    """--table -> what the quick command prints of it."""
    done = run("--quick")
    assert done.returncode == 0, done.stderr
    return dict(
        zip(TABLES, re.split(r"^(?=## )", done.stdout, flags=re.MULTILINE)[1:], strict=True)
    )


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_headed_by_what_was_measured_and_holds_all_rows(name, printed):
    text = printed[name]
    assert re.search(r"^measured: .*\d (pairs|rounds|fresh processes)", text, re.MULTILINE)
    assert re.search(r"^machine: \d+ cores, .*TensorFlow \d", text, re.MULTILINE)
    head, *rows = [re.split(r" {3,}", line) for line in text.split("\n\n")[1].splitlines()]
    assert tuple(row[0] for row in rows) == tuple(
        row for row in TABLES[name] if f"skipped: {row}:" not in text
    )
    for row in rows:
        assert len(row) == len(head)
        for cell in row[1:]:
            check(cell, positive=MAY_BE_UNMEASURABLE not in row[0])


def check(cell, *, positive):
    """A median with its quartiles, or one number, or a dash where there is nothing to measure."""
    numbers = [float(number) for number in re.findall(r"-?(?:\d+\.\d+|nan|inf)", cell)]
    assert len(numbers) in (1, 3) or cell == "-"
    assert all(math.isfinite(number) and (number > 0 or not positive) for number in numbers)
    if len(numbers) == 3:
        median, low, high = numbers
        assert low <= median <= high


def test_a_table_that_does_not_exist_is_refused_with_the_names():
    done = run("--table", "speed")
    assert done.returncode == 2
    assert re.search("ways.*sketch.*memory.*growth", done.stderr)


def run(*arguments):
    """The finished command."""
    command = [sys.executable, "-m", "benchmarks.overhead", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
