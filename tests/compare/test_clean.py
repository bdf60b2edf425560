import os
import subprocess
import sys
from pathlib import Path

import pytest

from avh.compare import clean
from avh.train import rundir
from avh.train.status import Status, write_status


def everything_below(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*")}


@pytest.fixture
def train_dir(tmp_path):
    """What a comparison leaves: its marker, its picture, its logs and two runs."""
    clean.clean(tmp_path / "out")
    for name in ("relu", "selu"):
        run = rundir.create(tmp_path / "out", name)
        write_status(run, Status("finished", 5, 5))
        (run / "checkpoints").mkdir()
        (run / "checkpoints" / "step_000005.weights.h5").write_bytes(b"weights")
    (tmp_path / "out" / clean.PICTURE).write_bytes(b"picture")
    (tmp_path / "out" / clean.LOGS / "relu.log").write_text("line\n")
    return tmp_path / "out"


def test_clean_makes_a_missing_directory(tmp_path):
    clean.clean(tmp_path / "a" / "b")
    assert everything_below(tmp_path / "a" / "b") == {".avh-comparison", "logs", "logs/.avh-run"}


def test_clean_deletes_what_a_comparison_left(train_dir):
    clean.clean(train_dir)
    assert everything_below(train_dir) == {".avh-comparison", "logs", "logs/.avh-run"}


def test_clean_deletes_the_run_of_a_lone_trainer(tmp_path):
    rundir.create(tmp_path, "default-MNIST5K_lr_0.0001_activation_selu-20250101-000000")
    clean.clean(tmp_path)
    assert everything_below(tmp_path) == {".avh-comparison", "logs", "logs/.avh-run"}


@pytest.mark.parametrize("foreign", ["thesis.tex", "photos/one.jpg", ".hidden", "empty/"])
def test_one_foreign_entry_keeps_everything(train_dir, foreign):
    path = train_dir / foreign
    if foreign.endswith("/"):
        path.mkdir()
    else:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    before = everything_below(train_dir)
    with pytest.raises(ValueError, match=f"nothing was deleted.*{foreign.split('/')[0]}"):
        clean.clean(train_dir)
    assert everything_below(train_dir) == before


def test_many_foreign_entries_are_counted(tmp_path):
    for index in range(30):
        (tmp_path / f"file_{index:02}").touch()
    with pytest.raises(ValueError, match=r"file_00, .*file_07 and 22 more"):
        clean.check(tmp_path)


def test_a_picture_without_the_comparisons_marker_is_foreign(tmp_path):
    (tmp_path / "comparison.png").write_bytes(b"mine")
    with pytest.raises(ValueError, match=r"comparison\.png"):
        clean.clean(tmp_path)
    assert (tmp_path / "comparison.png").read_bytes() == b"mine"


def test_a_marker_that_says_something_else_is_no_marker(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / rundir.MARKER).write_text("somebody else's")
    with pytest.raises(ValueError, match="run"):
        clean.clean(tmp_path)
    assert (tmp_path / "run" / rundir.MARKER).exists()


def test_a_link_to_a_run_is_foreign(train_dir, tmp_path):
    elsewhere = rundir.create(tmp_path / "elsewhere", "gelu")
    (train_dir / "gelu").symlink_to(elsewhere, target_is_directory=True)
    with pytest.raises(ValueError, match="gelu"):
        clean.clean(train_dir)
    assert (elsewhere / rundir.MARKER).exists()
    assert (train_dir / "relu").exists()


def test_a_linked_marker_is_no_marker(train_dir, tmp_path):
    (train_dir / "mine").mkdir()
    (train_dir / "mine" / rundir.MARKER).symlink_to(train_dir / "relu" / rundir.MARKER)
    with pytest.raises(ValueError, match="mine"):
        clean.clean(train_dir)
    assert (train_dir / "mine").exists()


def test_links_inside_a_run_are_removed_and_not_followed(train_dir, tmp_path):
    keep = tmp_path / "keep"
    keep.mkdir()
    (keep / "data").write_text("precious")
    (train_dir / "relu" / "link").symlink_to(keep, target_is_directory=True)
    clean.clean(train_dir)
    assert (keep / "data").read_text() == "precious"
    assert not (train_dir / "relu").exists()


def test_a_run_that_is_being_trained_is_kept(train_dir):
    write_status(train_dir / "relu", Status("running", 3, 5))  # of this process, which is alive
    with pytest.raises(ValueError, match=f"relu is being trained by process {os.getpid()}"):
        clean.clean(train_dir)
    assert (train_dir / "selu").exists()


def test_a_run_whose_process_was_killed_is_deleted(train_dir):
    script = (
        "import sys; from pathlib import Path; from avh.train.status import Status, write_status;"
        "write_status(Path(sys.argv[1]), Status('running', 3, 5))"
    )
    subprocess.run([sys.executable, "-c", script, str(train_dir / "relu")], check=True)
    clean.clean(train_dir)
    assert not (train_dir / "relu").exists()


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(NotADirectoryError, match="out"):
        clean.clean(tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_checkpoint_that_would_be_deleted_is_refused(train_dir):
    with pytest.raises(ValueError, match="emptied first"):
        clean.check_outside(train_dir / "relu", train_dir)
    clean.check_outside(train_dir.parent / "other" / "relu", train_dir)
