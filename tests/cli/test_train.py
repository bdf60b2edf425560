import os
import re
import signal
import subprocess
import sys

import pytest

from avh.cli.train import build_parser, main, read_config
from avh.train.config import TrainConfig
from avh.train.status import read_status

QUICK = ["--channels", "4,4,4", "--batch_size", "16", "--log_every", "2", "--data_dir", "datasets"]


def test_flags_have_the_defaults_of_the_configuration():
    assert TrainConfig(**vars(build_parser().parse_args([]))) == TrainConfig()


def test_only_what_the_command_line_names_counts_as_given():
    config, given = read_config(
        build_parser(), ["--seed", "0", "--batch_norm", "--channels", "1,2"]
    )
    assert given == {"seed", "batch_norm", "channels"}
    assert config == TrainConfig(batch_norm=True, channels=(1, 2))


def test_a_switch_can_be_turned_off_again():
    assert read_config(build_parser(), ["--batch_norm", "--no_batch_norm"])[0].batch_norm is False
    assert read_config(build_parser(), ["--no_progress"])[0].progress is False


@pytest.mark.parametrize(
    "flags",
    [
        ["--dataset", "NOPE"],
        ["--activation", "nope"],
        ["--activation", "no.such:function"],
        ["--model", "nope"],
        ["--batch_size", "-1"],
        ["--batch_size", "many"],
        ["--batch_size", "4001"],
        ["--learning_rate", "0"],
        ["--learning_rate", "nan"],
        ["--learning_rate", "inf"],
        ["--dropout", "1"],
        ["--channels", "4,x"],
        ["--model", "mlp", "--channels", "4"],
        ["--model", "deep", "--units", "0"],
        ["--epochs", "0"],
        ["--epochs", "2", "--max_steps", "5"],
        ["--optimizer", "lbfgs"],
        ["--preprocessing", "none"],
        ["--initializer", "zeros"],
        ["--max_steps", "0"],
        ["--seed", "-1"],
        ["--prefix", "a/b"],
        ["--checkpoint", "nowhere"],
        ["--no_such_flag"],
        ["stray"],
    ],
    ids=" ".join,
)
def test_bad_input_is_one_line_and_exit_code_2_and_nothing_written(tmp_path, capfd, flags):
    with pytest.raises(SystemExit) as ended:
        main(["--train_dir", str(tmp_path / "runs"), *flags], prog="trainer.py")
    out, err = capfd.readouterr()
    assert ended.value.code == 2
    assert out == ""
    assert re.fullmatch(r"trainer\.py: error: [^\n]+\n", err)
    assert list(tmp_path.iterdir()) == []


def test_a_train_dir_that_cannot_be_written_is_one_line(tmp_path, capfd):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "runs", "/proc/runs"):
        with pytest.raises(SystemExit) as ended:
            main(["--train_dir", str(place)])
        assert ended.value.code == 2
        assert capfd.readouterr().err.count("\n") == 1


def _process(flags, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "avh.cli.train", *QUICK, *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_a_run_says_where_it_is_and_how_it_ended(tmp_path):
    process = _process(["--max_steps", "4", "--train_dir", str(tmp_path), "--run_name", "x"])
    out, err = process.communicate()
    lines = out.splitlines()
    assert (process.returncode, err) == (0, "")
    assert lines[0] == f"run directory: {tmp_path / 'x'}"
    assert [line.split()[1] for line in lines[1:-1]] == ["1/4", "2/4", "4/4"]
    assert re.fullmatch(
        r"finished at step 4: test accuracy [\d.]+%, test loss [\d.]+ on 1000 examples", lines[-1]
    )


def test_a_diverging_run_ends_with_exit_code_1_and_one_line(tmp_path, capfd):
    flags = ["--learning_rate", "1e30", "--no_progress", "--train_dir", str(tmp_path)]
    assert main([*QUICK, *flags]) == 1
    lines = capfd.readouterr().err.splitlines()
    (line,) = (line for line in lines if not re.match("I0+ ", line))  # as TensorFlow begins its own
    assert re.fullmatch(r".*failed: the loss became (nan|inf) at step \d+", line)


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_with_its_exit_code(tmp_path, signum, code):
    flags = ["--max_steps", "1000000", "--train_dir", str(tmp_path), "--run_name", "x"]
    process = _process(flags, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    for line in process.stdout:
        if line.startswith("step "):
            break
    process.send_signal(signum)
    _, err = process.communicate()
    assert process.returncode == code
    assert re.fullmatch(r"[^\n]*stopped by SIG\w+ at step \d+; --resume [^\n]+\n", err)
    status = read_status(tmp_path / "x")
    assert status.state == "stopped"
    checkpoints = [path.name for path in (tmp_path / "x" / "checkpoints").iterdir()]
    assert f"step_{status.step:06d}.weights.h5" in checkpoints
