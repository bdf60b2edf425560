import os
import time

import pytest

from avh.train.status import Status, read_status, write_status


def test_what_is_written_is_read(tmp_path):
    before = time.time()
    written = write_status(tmp_path, Status("running", 3, 10, loss=0.5, accuracy=0.25))
    assert read_status(tmp_path) == written
    assert written.pid == os.getpid()
    assert before <= written.updated <= time.time()


def test_a_loss_that_is_not_a_number_is_not_known(tmp_path):
    write_status(tmp_path, Status("failed", 3, 10, loss=float("nan"), error="nan at step 3"))
    assert read_status(tmp_path).loss is None
    assert read_status(tmp_path).error == "nan at step 3"


def test_a_run_without_a_status_has_none(tmp_path):
    assert read_status(tmp_path) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"state": "odd", "step": 1, "max_steps": 2}']
)
def test_anything_else_is_refused(tmp_path, text):
    (tmp_path / "status.json").write_text(text)
    with pytest.raises(ValueError, match="stat"):
        read_status(tmp_path)
