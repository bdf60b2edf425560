"""Two comparisons in one directory, and what else may lie in it or on the way to it.

What `clean` does with foreign files, with links inside of runs and with runs that are being trained
is shown in `tests/compare/test_clean.py`.
"""

import os
import subprocess
import sys
import time

import pytest

from avh.cli import compare, train
from avh.compare import clean
from avh.compare.occupation import occupied
from avh.train import rundir

PATIENCE = 120  # seconds; no test waits so long unless something hangs
# The command as its users run it, but for the training itself: it writes a file into a run and
# waits for leave to end.
DRIVER = """
import sys, time
from pathlib import Path
from avh.cli import compare
from avh.compare import session
from avh.train import rundir

def work(comparison, interruption):
    run = rundir.create(comparison.train_dir, "relu")
    (run / "mine").write_text(sys.argv[2])
    print("training", flush=True)
    sys.stdin.read()
    return 0 if (run / "mine").read_text() == sys.argv[2] else 3

session.compare = work
sys.exit(compare.main(["--train_dir", sys.argv[1], "--no_tensorboard", "--activations", "relu"]))
"""


@pytest.fixture
def comparison(tmp_path):
    """Starts a comparison in `tmp_path / "out"`."""
    started = []

    def start(name):
        process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(tmp_path / "out"), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_of_two_that_start_at_once_one_trains_and_one_is_refused(comparison, tmp_path):
    both = [comparison("first"), comparison("second")]
    deadline = time.monotonic() + PATIENCE
    while all(process.poll() is None for process in both):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    refused, trains = sorted(both, key=lambda process: process.poll() is None)
    out, err = refused.communicate(timeout=PATIENCE)
    assert (refused.returncode, out, err.count("\n")) == (2, "", 1)
    assert "another comparison is running in" in err
    assert trains.poll() is None
    out, err = trains.communicate(timeout=PATIENCE)
    assert (trains.returncode, out, err) == (0, "training\n", "")  # what it wrote is still its own
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        clean.MARKER,
        "logs",
        "relu",
    ]


def test_a_comparison_that_was_killed_holds_nothing(comparison, tmp_path):
    first = comparison("first")
    assert first.stdout.readline() == "training\n"
    with pytest.raises(ValueError, match="another comparison is running in"):
        occupied(tmp_path / "out").__enter__()
    first.kill()
    first.wait()
    with occupied(tmp_path / "out"):
        clean.clean(tmp_path / "out")
    assert not (tmp_path / "out" / "relu").exists()


def refused(capsys, *flags):
    """The one line that a command says of flags that it refuses."""
    with pytest.raises(SystemExit) as ended:
        compare.main([*flags, "--no_tensorboard"])
    out, err = capsys.readouterr()
    assert (ended.value.code, out, err.count("\n")) == (2, "", 1)
    return err


def test_a_link_to_nowhere_is_refused_and_kept(tmp_path, capsys):
    (tmp_path / "out").symlink_to(tmp_path / "nowhere")
    for place in (tmp_path / "out", tmp_path / "out" / "below"):
        assert "is not a directory" in refused(capsys, "--train_dir", str(place))
    assert os.readlink(tmp_path / "out") == str(tmp_path / "nowhere")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("target", ["directory", "file", "nowhere", "."])
def test_a_link_inside_is_named_and_nothing_is_deleted(tmp_path, capsys, target):
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    clean.clean(out)
    rundir.create(out, "relu")
    elsewhere.mkdir()
    (elsewhere / "file").write_text("precious")
    places = {"directory": elsewhere, "file": elsewhere / "file", ".": out}
    (out / "link").symlink_to(places.get(target, tmp_path / "nowhere"))
    assert str(out / "link") in refused(capsys, "--train_dir", str(out))
    assert (out / "relu" / rundir.MARKER).is_file()
    assert (elsewhere / "file").read_text() == "precious"


def test_a_link_as_the_directory_itself_is_followed_and_stays(tmp_path):
    disk, link = tmp_path / "large disk", tmp_path / "train_dir"
    disk.mkdir()
    link.symlink_to(disk)
    rundir.create(link, "old")
    with occupied(link):
        clean.clean(link)
    assert link.is_symlink()
    assert sorted(path.name for path in disk.iterdir()) == [clean.MARKER, "logs"]


def test_a_link_to_somebody_elses_directory_is_refused_for_what_it_holds(tmp_path, capsys):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").write_text("mine")
    (tmp_path / "train_dir").symlink_to(tmp_path / "home")
    assert "thesis.tex" in refused(capsys, "--train_dir", str(tmp_path / "train_dir"))
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["thesis.tex"]


def test_a_run_is_not_written_through_a_link(tmp_path, capsys):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("precious")
    (tmp_path / "runs").mkdir()
    for target in ("elsewhere", "nowhere"):
        (tmp_path / "runs" / target).symlink_to(tmp_path / target)
        with pytest.raises(SystemExit) as ended:
            train.main(["--train_dir", str(tmp_path / "runs"), "--run_name", target])
        assert ended.value.code == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["file"]
    assert not (tmp_path / "nowhere").exists()
