"""Real processes; most run a few lines of Python that write the status a training would write."""

import os
import signal
import sys
import time

import pytest

from avh.compare import clean
from avh.compare.interruption import Interruption
from avh.compare.local import default_jobs, run_local, thread_settings
from avh.compare.plan import RunPlan

PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from avh.train import rundir
from avh.train.status import Status, write_status
train_dir, name, what = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
run = rundir.create(train_dir, name)
write_status(run, Status("running", 3, 9, loss=0.5))
if what == "nan":
    write_status(run, Status("failed", 3, 9, error="the loss became nan at step 3"))
    sys.exit(1)
if what == "crash":
    raise RuntimeError("out of luck")
if what == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
if what == "deaf":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
if what == "child":
    import subprocess
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
if what in ("wait", "deaf", "child"):
    write_status(run, Status("running", 4, 9, loss=0.5))
    try:
        time.sleep(600)
    except KeyboardInterrupt:
        write_status(run, Status("stopped", 4, 9))
        sys.exit(130)
write_status(run, Status("finished", 9, 9, loss=0.1))
"""


@pytest.fixture
def go(tmp_path):
    clean.clean(tmp_path)

    def run(whats, *, jobs=8, watch=lambda runs: None, interruption=None):
        plans = [RunPlan(f"run_{index}", (what,)) for index, what in enumerate(whats)]
        return run_local(
            plans,
            tmp_path,
            jobs=jobs,
            watch=watch,
            interruption=interruption or Interruption(),
            command=lambda plan: [
                sys.executable,
                "-c",
                PROGRAM,
                str(tmp_path),
                plan.name,
                *plan.argv,
            ],
        )

    return run


def interrupt_when(interruption, ready, times=1):
    """A `watch` that asks for the end once `ready` says so."""

    def watch(runs):
        if ready(runs) and not interruption.asked():
            for _ in range(times):
                interruption.note(signal.SIGINT)

    return watch


def at_step(number):
    return lambda runs: all(run.status is not None and run.status.step == number for run in runs)


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_one_failure_leaves_the_others_alone(go):
    ended = go(["finish", "nan", "crash", "kill"])
    assert [run.state for run in ended] == ["finished", "failed", "failed", "failed"]
    assert [run.error for run in ended] == [
        None,
        "the loss became nan at step 3",
        "RuntimeError: out of luck",
        "killed by SIGKILL",
    ]
    assert ended[0].status.step == 9


def test_as_many_as_jobs_run_at_once_and_no_more(go):
    interruption = Interruption()
    watch = interrupt_when(interruption, lambda runs: at_step(4)(runs[:2]))
    ended = go(["wait", "wait", "finish"], jobs=2, watch=watch, interruption=interruption)
    assert [run.state for run in ended] == ["stopped", "stopped", "waiting"]


def test_all_finish_though_fewer_run_at_once(go):
    most = []
    ended = go(
        ["finish"] * 4,
        jobs=2,
        watch=lambda runs: most.append(sum(r.state in ("starting", "running") for r in runs)),
    )
    assert [run.state for run in ended] == ["finished"] * 4
    assert max(most) <= 2


def test_interruption_ends_each_run_by_sigint(go):
    interruption = Interruption()
    watch = interrupt_when(interruption, at_step(4))
    ended = go(["wait", "wait"], watch=watch, interruption=interruption)
    assert [run.state for run in ended] == ["stopped", "stopped"]
    assert not any(is_alive(run.status.pid) for run in ended)


def test_runs_that_never_started_stay_waiting(go):
    interruption = Interruption()
    watch = interrupt_when(interruption, lambda runs: at_step(4)(runs[:1]))
    ended = go(["wait", "finish"], jobs=1, watch=watch, interruption=interruption)
    assert [run.state for run in ended] == ["stopped", "waiting"]


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
        go(["wait", "wait"], watch=watch)
    assert len(pids) == 2
    assert not any(map(is_alive, pids))


def test_the_output_of_a_run_is_kept_in_its_log(go, tmp_path):
    go(["crash"])
    assert "Traceback" in (tmp_path / "logs" / "run_0.log").read_text()


def test_threads_are_shared_out_and_the_users_own_settings_stay(monkeypatch):
    cores = len(os.sched_getaffinity(0))
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    assert thread_settings(1)["TF_NUM_INTRAOP_THREADS"] == str(cores)
    assert thread_settings(10 * cores)["TF_NUM_INTRAOP_THREADS"] == "1"
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "3")
    assert "TF_NUM_INTRAOP_THREADS" not in thread_settings(1)


def test_default_jobs_is_all_up_to_two_for_each_core_and_then_one_for_each():
    cores = len(os.sched_getaffinity(0))
    gigabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 30
    assert default_jobs(1) == 1
    assert default_jobs(2 * cores) == max(1, min(2 * cores, gigabytes))
    assert default_jobs(2 * cores + 1) == max(1, min(cores, gigabytes))


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"expected within {seconds} s, did not happen")
        time.sleep(0.02)


def test_no_run_outlives_a_killed_parent(tmp_path):
    """Also not when the parent had no chance to do anything about it."""
    import subprocess

    note = tmp_path / "pid"
    parent = (
        "import sys, time; from pathlib import Path; from avh import child;"
        "started = child.start([sys.executable, '-c', 'import time; time.sleep(600)'],"
        " Path(sys.argv[1] + '.log'));"
        "Path(sys.argv[1]).write_text(str(started.pid)); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", parent, str(note)])
    wait_until(lambda: note.exists() and note.read_text())
    pid = int(note.read_text())
    assert is_alive(pid)
    process.kill()
    process.wait()
    wait_until(lambda: not is_alive(pid) or _is_zombie(pid))


def _is_zombie(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
