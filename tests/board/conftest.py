"""What the tests of the board share: records with known counts, and real TensorBoard processes."""

import contextlib
import functools
import os
import signal
import sys
import time
import urllib.request

import numpy as np
import pytest
from scipy.special import ndtr

from avh import child
from avh.board.launch import HOST, free_port
from avh.records import events, schema
from avh.records.event_file import EventFile
from avh.records.schema import LayerInfo, RunInfo
from avh.render.png import encode_png

_FIRST_PORT = 7150
_PORTS = 100  # of each process that runs tests: between finding a port and taking it is some time
_PATIENCE = 60


class Recorder:
    """Writes one run record by record, every one with other counts."""

    def __init__(
        self,
        directory,
        layers=("conv_1", "fc_2"),
        seed=1,
        empty=(),
        group=None,
        probe="probe",
    ):
        self.infos = tuple(LayerInfo(name, "Dense", (None, 4), "relu", 4) for name in layers)
        self.info = RunInfo(self.infos, seed, probe, group)
        self.random = np.random.default_rng(seed)
        self.empty = [layers.index(name) for name in empty]
        self.file = EventFile(directory)
        self.started = False

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.file.close()

    def record(self, *steps, picture=False):
        for step in steps:
            self.file.write(step, self._values(picture))
        self.file.flush()

    def _values(self, picture):
        place, count = schema.STATISTICS.index, len(self.infos)
        mean, std = self.random.uniform(-0.5, 0.5, count), self.random.uniform(0.5, 1.5, count)
        hist = np.rint(1e5 * np.diff(ndtr((schema.EDGES - mean[:, None]) / std[:, None]), axis=1))
        hist[:, schema.ZERO_BIN] = self.random.integers(1_000, 40_000, count)
        stats = np.zeros((count, len(schema.STATISTICS)))
        stats[:, place("count")] = hist.sum(axis=1)
        stats[:, place("mean")], stats[:, place("std")] = mean, std
        stats[:, place("q01")], stats[:, place("q99")] = mean - 2.33 * std, mean + 2.33 * std
        for layer in self.empty:
            hist[layer] = 0
            stats[layer] = np.nan
            stats[layer, [place("count"), place("nan_count")]] = 7
            stats[layer, place("inf_count")] = 0
        values = [] if self.started else [events.run_info(self.info)]
        self.started = True
        values += [events.statistics(stats), events.histograms(hist)]
        if picture:
            image = self.random.integers(0, 255, size=(6, 8, 3)).astype(np.uint8)
            values += [events.layer_image(info.path, encode_png(image)) for info in self.infos]
        return values


@pytest.fixture(scope="session")
def recorder():
    """The class `Recorder`."""
    return Recorder


@contextlib.contextmanager
def _tensorboard(log_dir, load_fast):
    """Address and log of a TensorBoard that answers, and looks for new records every second."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    port = free_port(_FIRST_PORT + _PORTS * worker)
    log = log_dir.parent / f"tensorboard_{port}.log"
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(log_dir)]
    command += ["--host", HOST, "--port", str(port), "--reload_interval", "1"]
    process = child.start([*command, f"--load_fast={load_fast}"], log)
    try:
        address = f"http://{HOST}:{port}/"
        _until(functools.partial(_answers, address), lambda: child.last_line(log), process)
        yield address, log
    finally:
        child.end_all([process], signal.SIGTERM, patience=5)


@pytest.fixture(scope="session")
def tensorboard():
    """A context manager: (log_dir, load_fast) -> (address, log)."""
    return _tensorboard


def _answers(address):
    try:
        urllib.request.urlopen(f"{address}data/environment", timeout=5).close()
    except OSError:
        return False
    return True


def _until(condition, words, process):
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert process.poll() is None, words()
        assert time.monotonic() < deadline, words()
        time.sleep(0.05)
