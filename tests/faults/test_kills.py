"""A run that is killed and resumed, again and again, to its end.

Each round kills the real trainer at a random moment: while it starts, in its steps, while it writes
a checkpoint, or a record or picture. CI does a few rounds; all kinds of kill at all moments,
several times over, are

    AVH_KILL_ROUNDS=36 python -m pytest tests/faults/test_kills.py -n 0 -s
"""

import contextlib
import hashlib
import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pytest
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

import avh
from avh.records import events, schema
from avh.records.event_file import EventFile
from avh.records.reader import read_run, scalars
from avh.train import checkpoints, rundir
from avh.train.status import read_status

ROUNDS = int(os.environ.get("AVH_KILL_ROUNDS", "4"))
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
MOMENTS = ("start", "step", "checkpoint", "record")
EVERY, PICTURES_EVERY, EVAL_EVERY = 3, 15, 6
ENDLESS = "1000000"
FLAGS = [
    *("--model", "mlp", "--units", "4", "--activation", "relu", "--preprocessing", "raw"),
    *("--every", str(EVERY), "--pictures_every", str(PICTURES_EVERY)),
    *("--log_every", str(EVERY), "--eval_every", str(EVAL_EVERY)),
    *("--dropout", "0.2", "--no_progress", "--data_dir", str(Path("datasets").resolve())),
]
PATIENCE = 240
LOOKING = 1.0  # seconds for a checkpoint that is half written; the kill comes then anyway


@dataclass
class Round:
    """What was seen after one kill."""

    signum: int
    moment: str
    code: int
    said: str
    is_alive: bool  # anything of its process group
    went_on_after: int  # the step that it said it went on after, 0 for the first round
    checkpoint: int  # step of the newest one, 0 without any
    steps: list  # of the records
    stats: np.ndarray
    rests: list  # temporary files
    bystander: str  # checksum of another run's files

    def __str__(self):
        name = signal.Signals(self.signum).name
        return (
            f"{name:8} {self.moment:10} exit {self.code:4}  from step {self.went_on_after:3}  "
            f"checkpoint {self.checkpoint:3}  {len(self.steps):3} records"
        )


@pytest.fixture(scope="module")
def server():
    """The function that asks the fork server."""
    command = [sys.executable, str(Path(__file__).with_name("fork_server.py"))]
    root = str(Path(avh.__file__).parents[1])
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **one_thread, "PYTHONPATH": root},
    ) as process:

        def ask(**question):
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where the runs are; another one is there already."""
    place = tmp_path_factory.mktemp("runs")
    other = rundir.create(place, "other")
    with EventFile(other) as file:
        file.write(1, [events.scalar("loss", 1.0)])
    return place


@pytest.fixture(scope="module")
def rounds(server, place):
    """The rounds; then the run has gone on to its end."""
    run, log, rng = place / "killed", place.parent / "killed.log", random.Random(0)
    kinds = list(itertools.product(SIGNALS, MOMENTS))
    rng.shuffle(kinds)
    flags = [*FLAGS, "--max_steps", ENDLESS, "--train_dir", str(place), "--run_name", run.name]
    began = time.monotonic()
    found = [kill(server, run, flags, log, signal.SIGKILL, "step", rng)]
    startup = (time.monotonic() - began) / 2
    flags = ["--resume", str(run), "--no_progress"]
    for signum, moment in itertools.islice(itertools.cycle(kinds), ROUNDS - 1):
        found.append(kill(server, run, flags, log, signum, moment, rng, startup))
    last = str(newest(run) + 2 * EVAL_EVERY)
    pid = server(start=[*flags, "--max_steps", last], log=str(log))["pid"]
    assert server(wait=pid) == {"code": 0}, log.read_text()
    return found


@pytest.fixture(scope="module")
def killed(rounds, place):
    """The run that was killed, after its end."""
    return place / "killed"


@pytest.fixture(scope="module")
def straight(server, killed, place):
    """A run of the same length that was never killed."""
    flags = [*FLAGS, "--max_steps", str(length_of(killed)), "--train_dir", str(place)]
    log = place.parent / "straight.log"
    pid = server(start=[*flags, "--run_name", "straight"], log=str(log))["pid"]
    assert server(wait=pid) == {"code": 0}, log.read_text()
    return place / "straight"


def length_of(run):
    return read_status(run).max_steps


def due(run):
    return [1, *range(EVERY, length_of(run) + 1, EVERY)]


def kill(server, run, flags, log, signum, moment, rng, startup=0.0):
    """Start or resume the run, and kill it."""
    log.write_text("")
    before = newest(run)
    pid = server(start=flags, log=str(log))["pid"]
    wait_for(moment, run, pid, before, rng, startup)
    os.kill(pid, signum)
    code = server(wait=pid)["code"]
    said = log.read_text()
    went_on = re.search(r"^going on after step (\d+)$", said, re.MULTILINE)
    records = read_run(run)
    found = Round(
        signum,
        moment,
        code,
        said,
        is_alive(pid),
        int(went_on[1]) if went_on else before if moment == "start" else 0,
        newest(run),
        records.steps.tolist(),
        records.stats,
        half_written(run),
        checksum(run.with_name("other")),
    )
    print(found, flush=True)
    return found


def wait_for(moment, run, pid, before, rng, startup):
    """Return when it is time to kill."""
    if moment == "start":
        end = time.monotonic() + rng.uniform(0, startup)
        wait_until(lambda: time.monotonic() > end or step_of(run, pid) > before, pid)
        return
    ahead = before + rng.randrange(2, 9)
    wait_until(lambda: step_of(run, pid) >= ahead, pid)
    if moment == "checkpoint":
        end = time.monotonic() + LOOKING
        wait_until(lambda: is_writing(run / "checkpoints") or time.monotonic() > end, pid, pause=0)
    elif moment == "record":
        for _ in range(rng.randrange(1, 5)):
            size = event_bytes(run)
            wait_until(lambda size=size: event_bytes(run) > size, pid, pause=0)


def wait_until(condition, pid, pause=0.002):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the trainer did not come so far"
        assert not has_ended(pid), "the trainer ended by itself"
        time.sleep(pause)


def has_ended(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def step_of(run, pid):
    with contextlib.suppress(FileNotFoundError):
        status = read_status(run)
        return status.step if status is not None and status.pid == pid else 0
    return 0


def is_writing(directory):
    """Whether something there is half written."""
    return directory.is_dir() and any(name[0] == "." for name in os.listdir(directory))


def newest(run):
    found = checkpoints.newest_first(run)
    return checkpoints.check(found[0]) if found else 0


def event_bytes(run):
    return sum(path.stat().st_size for path in run.glob("*tfevents*"))


def is_alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def half_written(run):
    return [path.name for path in run.rglob(".*") if path.name != rundir.MARKER]


def checksum(directory):
    digest = hashlib.sha256()
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()


def arrays(path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: found.update({name: item[()]} if hasattr(item, "dtype") else {})
        )
    return found


def test_all_rounds_were_killed(rounds):
    assert len(rounds) == ROUNDS
    assert all(one.code != 0 for one in rounds)


def test_no_process_is_left_after_any_round(rounds):
    assert not any(one.is_alive for one in rounds)


def test_other_runs_stay_as_they_were(rounds, place):
    assert {one.bystander for one in rounds} == {checksum(place / "other")}


def test_the_records_are_readable_after_every_round_and_none_before_a_checkpoint_is_lost(
    rounds, straight
):
    expected = read_run(straight)
    assert expected.steps.tolist() == due(straight)
    for one in rounds:
        assert one.steps == due(straight)[: len(one.steps)]
        assert len(one.steps) >= sum(step <= one.checkpoint for step in due(straight))
        np.testing.assert_allclose(one.stats, expected.stats[: len(one.stats)], rtol=1e-4)


def test_each_round_goes_on_from_the_newest_checkpoint(rounds):
    assert [one.went_on_after for one in rounds] == [0, *(one.checkpoint for one in rounds[:-1])]


def test_a_signal_that_stops_the_steps_is_told_in_one_line(rounds):
    for one in rounds:
        if one.moment == "start" or one.signum == signal.SIGKILL:
            continue
        name = signal.Signals(one.signum).name
        (line,) = re.findall(r"^trainer\.py: .*$", one.said, re.MULTILINE)
        assert re.fullmatch(rf"trainer\.py: stopped by {name} at step \d+; --resume .*", line)
        assert one.code == 128 + one.signum
        assert one.checkpoint == int(re.search(r"at step (\d+)", line)[1])


def test_a_kill_while_starting_leaves_no_traceback(rounds):
    for one in rounds:
        if one.moment == "start":
            assert one.code in (-one.signum, 128 + one.signum)
            assert "Traceback" not in one.said


def test_no_temporary_file_outlives_the_next_round(rounds, killed):
    for one in rounds:
        assert one.rests == [] or one.signum == signal.SIGKILL or one.moment == "start"
    assert half_written(killed) == []


def test_the_run_ends_where_one_that_was_never_killed_does(killed, straight):
    assert read_status(killed).state == "finished"
    one, two = (arrays(checkpoints.find(run)) for run in (straight, killed))
    assert one.keys() == two.keys()
    for name, value in one.items():
        np.testing.assert_allclose(value, two[name], rtol=1e-4, atol=1e-6, err_msg=name)


def test_avh_shows_one_continuous_run(killed):
    steps = avh.load(killed).groupby("layer", observed=True).step.agg(list)
    assert steps.tolist() == [due(killed), due(killed)]
    evaluated = list(range(EVAL_EVERY, length_of(killed) + 1, EVAL_EVERY))
    found = scalars(killed)["val_loss"][0].tolist()
    assert found == sorted({*evaluated, length_of(killed)})


def test_tensorboard_shows_one_continuous_run(killed):
    board = EventAccumulator(str(killed), {"tensors": 0}).Reload()
    pictures = [1, *range(PICTURES_EVERY, length_of(killed) + 1, PICTURES_EVERY)]
    assert [event.step for event in board.Tensors(schema.STATS_TAG)] == due(killed)
    tags = [tag for tag in board.Tags()["tensors"] if tag.startswith(schema.IMAGES_TAG)]
    for tag in tags:
        assert [event.step for event in board.Tensors(tag)] == pictures
