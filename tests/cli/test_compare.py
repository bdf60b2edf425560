"""The comparison as its users run it: `script.py`, in a process of its own."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from avh.cli import compare
from avh.compare import clean, cluster
from avh.records.reader import read_run
from avh.train.status import read_status

SCRIPT = Path(__file__).parents[2] / "script.py"
PATIENCE = 300  # no test waits so long unless something hangs
TWO = ("--activations", "relu", "selu")
SMALL = ("--channels", "4,4,4")  # trains in no time


@pytest.fixture
def script(tmp_path):
    """Starts `script.py` with flags; its output goes to `tmp_path / "said"`."""
    started = []

    def start(*flags):
        with open(tmp_path / "said", "w") as said:
            process = subprocess.Popen(
                [sys.executable, str(SCRIPT), "--train_dir", str(tmp_path / "out"), *flags],
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=tmp_path,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


def said(tmp_path):
    return (tmp_path / "said").read_text()


def wait_until(condition, process, tmp_path):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"expected the comparison to go on, it said:\n{said(tmp_path)}")
        time.sleep(0.05)


def processes_about(directory):
    """The living processes whose command line names this directory."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(directory) in (entry / "cmdline").read_text():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def is_running(run):
    status = read_status(run)
    return status is not None and status.state == "running" and status.step >= 1


def get_json(port, path):
    connection = http.client.HTTPConnection("localhost", port, timeout=10)
    try:
        connection.request("GET", path)
        return json.load(connection.getresponse())
    finally:
        connection.close()


def test_runs_side_by_side_then_tensorboard_until_ctrl_c(script, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        wanted = taken.getsockname()[1]
        flags = (*TWO, *SMALL, "--max_steps", "24", "--every", "4")
        process = script(*flags, "--pictures_every", "12", "--port", str(wanted))
        wait_until(lambda: "until Ctrl-C" in said(tmp_path), process, tmp_path)
    out, text = tmp_path / "out", said(tmp_path)
    assert f"port {wanted} is taken" in text
    port = int(re.search(r"TensorBoard: http://localhost:(\d+)/", text)[1])
    assert text.index("TensorBoard: http") < text.index("relu: starting")
    assert text.index("relu: finished") < text.index("test accuracy     ")
    # TensorBoard looks for new runs every few seconds.
    runs = ["relu", "selu"]
    wait_until(lambda: sorted(get_json(port, "/data/runs")) == runs, process, tmp_path)
    relu, selu = read_run(out / "relu"), read_run(out / "selu")
    assert relu.steps.tolist() == selu.steps.tolist() == [1, 4, 8, 12, 16, 20, 24]
    for layer in relu.layer_paths:
        assert re.search(rf"^ *{layer} .*%.*%", text, re.MULTILINE)
    assert (out / clean.PICTURE).read_bytes().startswith(b"\x89PNG")
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0
    assert processes_about(out) == []
    clean.check(out)  # the next comparison may take the place of this one


def test_ctrl_c_ends_training_and_tensorboard(script, tmp_path):
    out = tmp_path / "out"
    process = script(*TWO, *SMALL, "--max_steps", "1000000", "--jobs", "2")
    runs = [out / "relu", out / "selu"]
    wait_until(lambda: all(map(is_running, runs)), process, tmp_path)
    assert len(processes_about(out)) >= 4  # the comparison, two trainings, TensorBoard
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 130
    assert processes_about(out) == []
    for run in runs:
        assert read_status(run).state == "stopped"
        assert read_run(run).steps[0] == 1


def test_a_killed_run_does_not_stop_the_others_and_resume_goes_on_with_it(script, tmp_path):
    out = tmp_path / "out"
    flags = (
        *(*TWO, *SMALL, "--max_steps", "60", "--jobs", "2", "--eval_every", "20"),
        *("--no_tensorboard", "--every", "20", "--pictures_every", "60"),
    )
    process = script(*flags)
    wait_until(lambda: is_running(out / "relu"), process, tmp_path)
    os.kill(read_status(out / "relu").pid, signal.SIGKILL)
    assert process.wait(PATIENCE) == 1
    finished = read_status(out / "selu")
    assert finished.state == "finished"
    assert "relu failed: killed by SIGKILL" in said(tmp_path)
    assert processes_about(out) == []
    process = script(*flags, "--resume")
    assert process.wait(PATIENCE) == 0
    assert read_status(out / "selu") == finished
    assert read_run(out / "relu").steps.tolist() == [1, 20, 40, 60]


def test_a_loss_that_becomes_nan_is_told_and_fails(script, tmp_path):
    process = script(
        *("--activations", "relu", *SMALL, "--max_steps", "200", "--learning_rate", "1e30"),
        *("--no_tensorboard", "--pictures_every", "100"),
    )
    assert process.wait(PATIENCE) == 1
    assert re.search(r"relu failed: .*loss became \S+ at step \d+", said(tmp_path))


def test_an_experiment_ends_with_its_table_and_picture(script, tmp_path):
    out = tmp_path / "out"
    process = script(
        *("--experiment", "snn_tutorial", "--seeds", "1", "--seed", "4", "--no_tensorboard"),
        *("--channels", "2,2", "--units", "8", "--max_steps", "10"),
    )
    assert process.wait(PATIENCE) == 0
    text = said(tmp_path)
    for words in (
        "snn_tutorial: ",
        "after 10 updates",
        "published +0.36 +0.16",
        "published +0.859",
    ):
        assert re.search(words, text)
    assert (out / clean.LOSS_CURVES).read_bytes().startswith(b"\x89PNG")
    flags = {
        name: json.loads((out / name / "config.json").read_text())["flags"]
        for name in ("relu", "selu")
    }
    assert (flags["relu"]["dropout"], flags["selu"]["dropout"]) == (0.5, 0.05)
    assert {one["seed"] for one in flags.values()} == {4}
    assert (out / "selu" / "scaler.npz").is_file()
    assert read_run(out / "selu").layer_paths == ("conv_1", "conv_2", "fc_3", "fc_4")
    clean.check(out)  # what it wrote may be cleaned away


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--dataset", "nosuch"], "nosuch"),
        (["--activations", "relu", "nosuch"], "nosuch"),
        (["--activations", "relu", "relu"], "more than once"),
        (["--activation", "relu"], "--activations"),
        (["--run_name", "mine"], "--run_name"),
        (["--batch_size", "-5"], "batch_size"),
        (["--batch_size", "1000000"], "batch_size"),
        (["--jobs", "0"], "--jobs"),
        (["--port", "70000"], "--port"),
        (["--max_steps", "many"], "--max_steps"),
        (["--checkpoint", "nowhere"], "nowhere"),
        (["--epochs", "2", "--max_steps", "5"], "epochs or max_steps, got both"),
        (["--model", "mlp", "--channels", "4"], "channels"),
        (["--experiment", "nosuch"], "deep, snn_tutorial"),
        (["--experiment", "deep", "--activations", "relu"], "--activations"),
        (["--experiment", "deep", "--model", "mlp"], "--model"),
        (["--experiment", "deep", "--seeds", "0"], "--seeds"),
        (["--seeds", "0"], "--seeds"),
        (["--learning_rate", "1e-3", "0.001"], "more than once"),
        (["--learning_rate", "1e-3", "fast"], "fast"),
        (["--dataset", "MNIST5K", "nosuch"], "nosuch"),
        (["--group", "mine"], "--group"),
        (["--resume"], "the directory of a comparison expected"),
        (["--cluster", "slurm"], "--cluster"),
        (["--cpus", "2"], "--cpus: expected together with --cluster ray"),
        (["--cluster", "ray", "--cpus", "0"], "--cpus"),
        (["--cluster", "ray", "--address", "127.0.0.1:1"], "no Ray cluster answers"),
        (["--cluster", "ray", "--storage", "nosuch://x"], "nosuch"),
        (["--no_such_flag", "1"], "--no_such_flag"),
        (["stray"], "stray"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(tmp_path, capsys, flags, says):
    out = tmp_path / "out"
    with pytest.raises(SystemExit) as ended:
        compare.main([*flags, "--train_dir", str(out)], prog="script.py")
    message = capsys.readouterr().err
    assert ended.value.code == 2
    assert message.count("\n") == 1
    assert message.startswith("script.py: error: ")
    assert says in message
    assert not out.exists()


def test_without_ray_the_command_that_installs_it_is_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as ended:
        compare.main(["--cluster", "ray", "--train_dir", str(tmp_path / "out")])
    assert ended.value.code == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert 'pip install -e ".[ray]"' in message


def test_a_storage_that_holds_something_is_refused(tmp_path, capsys):
    (tmp_path / "storage" / "relu").mkdir(parents=True)
    (tmp_path / "storage" / "relu" / "status.json").write_text("{}")
    address = (tmp_path / "storage").as_uri()
    with pytest.raises(SystemExit) as ended:
        compare.main(
            [*("--cluster", "ray", "--storage", address), *("--train_dir", str(tmp_path / "out"))]
        )
    assert ended.value.code == 2
    assert "relu/status.json" in capsys.readouterr().err


def test_foreign_files_stop_it_before_anything_is_deleted(tmp_path, capsys):
    clean.clean(tmp_path)
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(SystemExit) as ended:
        compare.main(["--train_dir", str(tmp_path)])
    assert ended.value.code == 2
    assert "thesis.tex" in capsys.readouterr().err
    assert (tmp_path / "thesis.tex").read_text() == "mine"


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/nowhere"])
def test_an_unwritable_place_is_refused(tmp_path, capsys, place):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(SystemExit) as ended:
        compare.main(["--train_dir", str(tmp_path / place)])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert (tmp_path / "file").read_text() == "mine"
