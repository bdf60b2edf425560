"""What every runner does, on this machine and on a Ray cluster of several node processes.

Below, what only a cluster does: it survives the loss of a node, and brings runs home from storage.

Real processes; most write what a training would write without training anything.
"""

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

import pytest

import avh
from avh.compare import clean
from avh.compare.cluster import Cluster, run_cluster
from avh.compare.interruption import Interruption
from avh.compare.local import run_local
from avh.compare.plan import RunPlan
from avh.train.status import read_status

STEPS = 20  # of the tiny trainer, which saves every fifth
TINY = (sys.executable, str(Path(__file__).with_name("tiny_trainer.py")))


@pytest.fixture(params=["local", "cluster"])
def runner(request):
    if request.param == "local":
        return run_local
    address = request.getfixturevalue("ray_cluster").address
    return partial(run_cluster, cluster=Cluster(address, cpus=0.5))


@pytest.fixture
def go(runner, tmp_path):
    clean.clean(tmp_path)

    def run(whats, *, jobs=2, watch=lambda runs: None, interruption=None):
        return runner(
            plans_of(whats, tmp_path),
            tmp_path,
            jobs=jobs,
            watch=watch,
            interruption=interruption or Interruption(),
            trainer=TINY,
        )

    return run


def plans_of(whats, train_dir):
    places = ("--train_dir", str(train_dir), "--run_name")
    return [
        RunPlan(f"run_{index}", ("--what", what, *places, f"run_{index}"))
        for index, what in enumerate(whats)
    ]


def interrupt_when(interruption, ready, times=1):
    """A `watch` that asks for the end once `ready` says so."""

    def watch(runs):
        if ready(runs) and not interruption.asked():
            for _ in range(times):
                interruption.note(signal.SIGINT)

    return watch


def at_step(number):
    return lambda runs: all(run.status is not None and run.status.step == number for run in runs)


def has_done(run, steps):
    return run.status is not None and run.status.step >= steps


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not _is_zombie(pid)


def _is_zombie(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_one_failure_leaves_the_others_alone(go, tmp_path):
    most = []
    ended = go(
        ["finish", "nan", "crash", "kill", "finish"],
        jobs=1,
        watch=lambda runs: most.append(sum(r.state in ("starting", "running") for r in runs)),
    )
    assert [run.state for run in ended] == ["finished", "failed", "failed", "failed", "finished"]
    assert [run.error for run in ended] == [
        None,
        "the loss became nan at step 3",
        "RuntimeError: out of luck",
        "killed by SIGKILL",
        None,
    ]
    assert ended[0].status.val_accuracy == 0.9
    assert max(most) == 1  # as many as there are jobs
    assert "Traceback" in (tmp_path / "logs" / "run_2.log").read_text()


def test_interruption_ends_each_run_by_sigint_and_starts_no_other(go):
    interruption = Interruption()
    watch = interrupt_when(interruption, lambda runs: at_step(4)(runs[:2]))
    ended = go(["wait", "child", "finish"], watch=watch, interruption=interruption)
    assert [run.state for run in ended] == ["stopped", "stopped", "waiting"]
    assert not any(is_alive(run.status.pid) for run in ended[:2])


def test_insisting_kills_a_run_that_does_not_listen(go):
    interruption = Interruption()
    watch = interrupt_when(interruption, at_step(4), times=2)
    (ended,) = go(["deaf"], watch=watch, interruption=interruption)
    assert ended.error == "killed by SIGKILL"
    assert not is_alive(ended.status.pid)


def test_an_error_in_watch_leaves_no_process_behind(go):
    pids = []

    def watch(runs):
        if at_step(4)(runs):
            pids.extend(run.status.pid for run in runs)
            raise RuntimeError("the terminal is gone")

    with pytest.raises(RuntimeError, match="the terminal is gone"):
        go(["wait"], watch=watch)
    assert len(pids) == 1
    wait_until(lambda: not any(map(is_alive, pids)))


def test_finished_runs_are_not_repeated_and_others_go_on(go, tmp_path):
    interruption = Interruption()
    watch = interrupt_when(interruption, lambda runs: has_done(runs[1], 7))
    first = go(["finish", "train"], jobs=1, watch=watch, interruption=interruption)
    again = go(["finish", "train"], jobs=1)
    assert [run.state for run in again] == ["finished", "finished"]
    assert again[0].status == first[0].status
    assert again[1].status.step == STEPS
    (resumed,) = (tmp_path / "run_1").glob("resumed_*.json")
    assert resumed.name != "resumed_0.json"


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"expected within {seconds} s, did not happen")
        time.sleep(0.02)


def trainings(count, train_dir):
    places = ("--train_dir", str(train_dir), "--run_name")
    return [RunPlan(f"run_{index:02}", (*places, f"run_{index:02}")) for index in range(count)]


def test_of_twelve_runs_none_is_lost_and_none_counts_twice_when_a_node_dies(ray_cluster, tmp_path):
    clean.clean(tmp_path)
    lost, at_loss = [], {}

    def watch(runs):
        done = sum(run.state == "finished" for run in runs)
        ready = [run for run in runs if run.state == "running" and has_saved(run)]
        if done < 4 or not ready or lost:
            return
        pid = ready[0].status.pid
        if not is_alive(pid):
            return
        os.kill(pid, signal.SIGSTOP)  # so that it does not end while it is looked for
        step = read_status(tmp_path / ready[0].name).step
        if step > STEPS - 5:
            os.kill(pid, signal.SIGCONT)
            return
        worker = parent_of(pid)
        (node,) = (n for n in ray_cluster.list_all_nodes() if parent_of(worker) in processes_of(n))
        lost.append(node)
        at_loss[ready[0].name] = step
        for process in (worker, pid):  # a machine that is lost takes all its processes with it
            os.kill(process, signal.SIGKILL)
        ray_cluster.remove_node(node, allow_graceful=False)

    ended = run_cluster(
        trainings(12, tmp_path),
        tmp_path,
        jobs=None,
        watch=watch,
        interruption=Interruption(),
        trainer=TINY,
        cluster=Cluster(ray_cluster.address, cpus=1),
    )
    assert len(lost) == 1
    assert [run.state for run in ended] == ["finished"] * 12
    table = avh.load(tmp_path)
    assert table["run"].nunique() == 12
    for _, rows in table.groupby("run", observed=True):
        assert rows["step"].tolist() == list(range(1, STEPS + 1))
    for name, step in at_loss.items():
        (resumed,) = (tmp_path / name).glob("resumed_*.json")
        assert 5 <= int(resumed.stem.partition("_")[2]) <= step


def has_saved(run):
    return run.status is not None and 5 < run.status.step < STEPS - 5


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def processes_of(node):
    return [info.process.pid for infos in node.all_processes.values() for info in infos]


def test_runs_on_nodes_without_a_common_path_come_home_from_storage(ray_cluster, tmp_path):
    home, storage = tmp_path / "home", tmp_path / "storage"
    clean.clean(home)
    ended = run_cluster(
        trainings(2, "/nowhere"),
        home,
        jobs=1,
        watch=lambda runs: None,
        interruption=Interruption(),
        trainer=TINY,
        cluster=Cluster(ray_cluster.address, storage=storage.as_uri()),
    )
    assert [run.state for run in ended] == ["finished", "finished"]
    assert avh.load(home)["step"].tolist() == [*range(1, STEPS + 1)] * 2
    assert sorted(path.name for path in (home / "run_00" / "checkpoints").iterdir()) == sorted(
        ["5", "10", "15", "20"]
    )
