"""`download.py` as its users run it: real processes, real directories."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from avh.cli.download import main

ROOT = Path(__file__).parents[2]


def run(*arguments, cwd):
    return subprocess.run(
        [sys.executable, str(ROOT / "download.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=120,
    )


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A working directory, and what the command said that prepared the digits there."""
    directory = tmp_path_factory.mktemp("work")
    return directory, run("--dataset", "MNIST5K", cwd=directory)


def test_it_keeps_the_dataset_and_prints_one_line(prepared):
    directory, done = prepared
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "MNIST5K: 4,000 training and 1,000 test images, 28x28x1, 10 classes, datasets/mnist5k.npy"
    ]
    assert np.load(directory / "datasets" / "mnist5k.npy").shape == (5000, 785)


def test_a_name_given_twice_is_prepared_once(prepared, capsys):
    arguments = ["--datasets", "MNIST5K", "MNIST5K", "--dataset", "MNIST5K"]
    assert main([*arguments, "--data_dir", str(prepared[0] / "datasets")]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_damaged_file_is_mended(prepared, tmp_path):
    whole = (prepared[0] / "datasets" / "mnist5k.npy").read_bytes()
    file = tmp_path / "mnist5k.npy"
    file.write_bytes(whole[:1000])
    assert main(["--dataset", "MNIST5K", "--data_dir", str(tmp_path)]) == 0
    assert file.read_bytes() == whole


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dataset", "MNIST5K", "NOPE"], "unknown dataset 'NOPE'; expected one of"),
        ([], "--dataset"),
        (["--dataset"], "expected at least one argument"),
        (["--dataset", "MNIST5K", "--data_dir", "a_file/below"], "can not write in 'a_file/below'"),
        (["--dataset", "MNIST5K", "--nope"], "--nope"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2_and_nothing_is_written(tmp_path, arguments, message):
    (tmp_path / "a_file").write_text("in the way")
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a_file"]


def test_help_names_the_datasets_and_imports_nothing_heavy(tmp_path):
    code = (
        "import sys\n"
        "from avh.cli.download import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as done: assert not done.code\n"
        "heavy = {'tensorflow', 'keras', 'matplotlib', 'pandas', 'sklearn', 'scipy', 'mlxtend'}\n"
        "print(heavy & {name.split('.')[0] for name in sys.modules})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "MNIST5K" in done.stdout
    assert done.stdout.splitlines()[-1] == "set()"
