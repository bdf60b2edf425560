"""`avh dataset` as its users run it."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from avh.cli.main import main


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """In a fresh working directory: two classes of five grey pictures."""
    monkeypatch.chdir(tmp_path)
    files = []
    for name in ("cat", "dog"):
        for number in range(5):
            files.append(tmp_path / "images" / name / f"{number}.png")
            files[-1].parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((8, 6), 10 * number, np.uint8)).save(files[-1])
    return [str(file) for file in files]


def test_pack_then_check_says_what_is_there(pictures, capsys):
    assert main(["dataset", "pack", *pictures, "-o", "PETS"]) == 0
    packed = capsys.readouterr().out
    assert packed == (
        "PETS: 8 training and 2 test images, 8x6x1, 2 classes, datasets/PETS/data.h5\n"
    )
    assert main(["dataset", "check", "PETS"]) == 0
    checked = capsys.readouterr().out
    assert checked.startswith(packed)
    assert [line.split() for line in checked.splitlines()[2:4]] == [
        ["cat", "4", "1"],
        ["dog", "4", "1"],
    ]
    assert checked.splitlines()[-1].strip() == "as it was written: SHA-256 agrees"


def test_check_of_a_damaged_file_is_one_line_and_exit_code_2(pictures, tmp_path, capsys):
    main(["dataset", "pack", *pictures, "-o", "PETS"])
    path = tmp_path / "datasets" / "PETS" / "data.h5"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SystemExit) as ended:
        main(["dataset", "check", "PETS"])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.count("\n") == 1
    assert "PETS/data.h5: expected a whole HDF5 file" in said


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["check", "NOPE"], "unknown dataset 'NOPE'"),
        (["check", "../x"], "unknown dataset '../x'"),
        (["check", "MNIST"], "fetch it with: python download.py --dataset MNIST"),
        (["pack", "images/nothing.png", "-o", "X"], "expected two classes or more"),
        (["pack", "a/1.png", "b/1.png", "-o", "X"], "No such file or directory: "),
        (["pack", "a/1.png"], "-o"),
        ([], "check | pack"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2_and_nothing_is_written(
    tmp_path, monkeypatch, capsys, argv, message
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["dataset", *argv])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.count("\n") == 1
    assert message in said
    assert not list(tmp_path.iterdir())


def test_help_imports_nothing_heavy():
    heavy = {"tensorflow", "keras", "matplotlib", "pandas", "scipy", "h5py", "pooch", "PIL"}
    script = (
        "import sys\nfrom avh.cli.main import main\n"
        "try:\n    main(['dataset', 'pack', '--help'])\nexcept SystemExit:\n    pass\n"
        f"print(sorted({heavy!r} & set(sys.modules)), file=sys.stderr)\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert said.stderr == "[]\n"
