"""The monitor over two replicas, and what this host cannot do with replicas at all."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from zoo import KINDS

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """What mirrored.py reports under each policy: policy -> case -> failure or None."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    paths = [str(HERE.parent.parent), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    found = {}
    for policy in ("float32", "mixed_bfloat16", "mixed_float16"):
        directory = tmp_path_factory.mktemp(policy)
        command = [sys.executable, str(HERE / "mirrored.py"), str(directory), policy]
        result = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr[-3000:]
        lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
        found[policy] = {line["case"]: line["failure"] for line in lines}
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_the_records_of_both_replicas_together_equal_numpy(reports, kind):
    failures = [cases[kind] for cases in reports.values() if kind in cases]
    assert failures, f"{kind} ran under no policy"
    assert failures == [None] * len(failures), "\n".join(filter(None, failures))


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("four_steps", "You must feed a value for placeholder tensor"),
        ("jit", "tfvariable_on_a_different_device"),
    ],
)
def test_the_host_itself_cannot_run_replicas_on_cpus_in_these_ways(reports, way, words):
    plain, watched = (reports["float32"][f"{way}_{who}"] for who in ("plain", "watched"))
    assert words in plain, "without the monitor"
    assert words in watched, "with it the same"
