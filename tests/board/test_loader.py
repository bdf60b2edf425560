"""TensorBoard finds the tab, starts without it where it cannot be had, and a wheel has the page."""

import json
import logging
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest
from tensorboard.plugins import base_plugin

from avh.board.loader import AvhLoader

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "avh" / "board" / "static"
# Runs at the start of every Python process that has its directory on the path.
BREAKER = """
import sys

class Breaker:
    def find_spec(self, name, path=None, target=None):
        if name in ("avh.board.store", "avh.records.schema"):
            raise RuntimeError(f"{name} is broken")

sys.meta_path.insert(0, Breaker())
"""


@pytest.fixture
def broken(monkeypatch):
    """The plugin's module cannot be imported."""
    monkeypatch.setitem(sys.modules, "avh.board.plugin", None)


def test_a_plugin_that_cannot_be_imported_is_left_out_with_a_warning(broken, caplog):
    with caplog.at_level(logging.WARNING, "avh"):
        assert AvhLoader().load(base_plugin.TBContext()) is None
    (record,) = caplog.records
    assert "TensorBoard starts without the Activations tab: ModuleNotFoundError" in record.message


def test_the_loader_imports_the_standard_library_and_base_plugin_only():
    code = """
import sys
import tensorboard.plugins.base_plugin
before = set(sys.modules)
import avh.board.loader
foreign = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(foreign - set(sys.stdlib_module_names)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("['avh']", "")


def test_tensorboard_starts_when_the_plugin_is_broken(tensorboard, recorder, tmp_path, monkeypatch):
    with recorder(tmp_path / "runs" / "relu") as run:
        run.record(0)
    shim = tmp_path / "shim"
    shim.mkdir()
    (shim / "sitecustomize.py").write_text(BREAKER)
    monkeypatch.setenv("PYTHONPATH", str(shim))
    with tensorboard(tmp_path / "runs", "false") as (address, log):
        with urllib.request.urlopen(f"{address}data/plugins_listing") as response:
            listing = json.load(response)
        assert "avh" not in listing
        assert "scalars" in listing
    said = log.read_text()
    assert "TensorBoard starts without the Activations tab: RuntimeError" in said
    assert "is broken" in said


def test_a_wheel_has_the_page_and_the_entry_point(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "avh", source / "avh", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--wheel-dir", str(tmp_path), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("avh-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (entry_points,) = (name for name in names if name.endswith("entry_points.txt"))
        assert "avh = avh.board.loader:AvhLoader" in archive.read(entry_points).decode()
    assert {f"avh/board/static/{file.name}" for file in STATIC.iterdir()} <= names
