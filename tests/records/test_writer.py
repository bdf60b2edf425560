"""The background writer keeps its five promises."""

import threading

import pytest

from avh.records.events import scalar
from avh.records.reader import scalars
from avh.records.writer import BackgroundWriter


def write(step, value=1.0):
    return lambda file: file.write(step, [scalar("loss", value)])


def test_nothing_written_leaves_no_file(tmp_path):
    BackgroundWriter(tmp_path / "run").close()
    assert not (tmp_path / "run").exists()


def test_order_of_the_jobs_is_the_order_of_the_calls(tmp_path):
    writer, done = BackgroundWriter(tmp_path), []
    for number in range(200):
        writer.submit(lambda file, number=number: done.append(number))
    writer.close()
    assert done == list(range(200))


def test_flushed_values_are_readable_while_the_file_is_open(tmp_path):
    writer = BackgroundWriter(tmp_path)
    writer.submit(write(3, 0.5))
    writer.flush()
    steps, values = scalars(tmp_path)["loss"]
    assert (steps.tolist(), values.tolist()) == ([3], [0.5])
    writer.close()


def test_a_full_queue_drops_and_counts_only_droppable_jobs(tmp_path):
    gate, started, done = threading.Event(), threading.Event(), []
    writer = BackgroundWriter(tmp_path, queue_size=2)

    def hold(file):
        started.set()
        gate.wait()

    writer.submit(hold)
    started.wait()
    writer.submit(lambda file: done.append("a"))
    writer.submit(lambda file: done.append("b"))
    writer.submit(lambda file: done.append("picture"), droppable=True)
    waiting = threading.Thread(target=writer.submit, args=(lambda file: done.append("c"),))
    waiting.start()
    gate.set()
    waiting.join()
    writer.close()
    assert (done, writer.dropped) == (["a", "b", "c"], 1)


def test_the_first_error_reaches_the_caller_and_nobody_waits(tmp_path):
    writer = BackgroundWriter(tmp_path, queue_size=1)

    def fail(file):
        raise OSError("disk full")

    writer.submit(fail)
    with pytest.raises(OSError, match="disk full"):
        for _ in range(1000):
            writer.submit(write(1))
            writer.flush()
    writer.close()


def test_an_error_after_the_last_submit_is_raised_by_close(tmp_path):
    (tmp_path / "file").write_text("in the way")
    writer = BackgroundWriter(tmp_path / "file" / "run")
    writer.submit(write(1))
    with pytest.raises(OSError, match="file"):
        writer.close()
    writer.close()


def test_a_submit_after_close_raises(tmp_path):
    writer = BackgroundWriter(tmp_path)
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.submit(write(1))
