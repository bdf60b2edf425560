"""What is this machine's own; what every runner does is in `test_runners`."""

import os
import sys
import time
from pathlib import Path

import pytest

from avh.compare.local import default_jobs, thread_settings


def test_a_run_gets_its_threads_and_the_users_own_settings_stay(monkeypatch):
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    assert thread_settings(5)["TF_NUM_INTRAOP_THREADS"] == "5"
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


def is_alive(pid):
    return Path(f"/proc/{pid}").exists()


def _is_zombie(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
