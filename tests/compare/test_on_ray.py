"""The suite of runners on a Ray cluster, in a process of its own; see `conftest.py`."""

import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PATIENCE = 600


def test_the_suite_of_runners_passes_on_a_cluster():
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "-q", "-p", "no:cacheprovider", HERE],
        env={**environment, "AVH_TESTS_ON_RAY": "1"},
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-2_000:]
    assert re.search(r"^[7-9]\d* passed, \d+ deselected in ", done.stdout, re.MULTILINE), (
        done.stdout
    )
