"""The catalogue: known names, unknown names, and a source that joins by being a file."""

import subprocess
import sys

import pytest

import avh.data
from avh.data import catalog

NEW_SOURCE = """
import numpy as np
from avh.data.dataset import Dataset
from avh.data.source import Source

def load(name, directory):
    side = 2 if name == "TINY" else 3
    images = np.zeros((2, side, side, 1), np.uint8)
    labels = np.array([0, 1])
    return Dataset(name, images, labels, images, labels, ("no", "yes"))

def accepts(name, directory):
    return name.endswith(".tiny") and (directory / name).exists()

SOURCE = Source(names=("TINY",), load=load, accepts=accepts)
"""


@pytest.fixture
def tiny_source(tmp_path):
    (tmp_path / "tiny_source.py").write_text(NEW_SOURCE)
    avh.data.__path__.append(str(tmp_path))
    catalog._sources.cache_clear()
    yield
    avh.data.__path__.remove(str(tmp_path))
    sys.modules.pop("avh.data.tiny_source", None)
    catalog._sources.cache_clear()


def test_names_are_known_without_heavy_imports():
    code = (
        "import sys; from avh.data import catalog; print(*catalog.names()); "
        "print({m.split('.')[0] for m in sys.modules} & "
        "{'tensorflow', 'keras', 'sklearn', 'mlxtend', 'pandas', 'scipy', 'matplotlib', 'h5py'})"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names, imported = out.stdout.splitlines()
    assert "MNIST5K" in names.split()
    assert imported == "set()"


@pytest.mark.parametrize("function", [catalog.check, catalog.load])
@pytest.mark.parametrize("name", ["mnist", "", "mnist5k", "../MNIST5K"])
def test_an_unknown_name_is_an_error_that_lists_the_known_ones(tmp_path, function, name):
    with pytest.raises(ValueError, match=r"unknown dataset .* expected one of .*MNIST5K"):
        function(name, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_source_joins_by_being_a_file_of_the_folder(tiny_source, tmp_path):
    assert {"MNIST5K", "TINY"} <= set(catalog.names())
    assert catalog.load("TINY", tmp_path).image_shape == (2, 2, 1)


def test_a_source_may_accept_names_that_it_does_not_list(tiny_source, tmp_path):
    (tmp_path / "mine.tiny").touch()
    catalog.check("mine.tiny", tmp_path)
    assert catalog.load("mine.tiny", str(tmp_path)).image_shape == (3, 3, 1)
    with pytest.raises(ValueError, match=r"unknown dataset 'other\.tiny'"):
        catalog.check("other.tiny", tmp_path)


def test_checking_a_known_name_writes_nothing(tmp_path):
    catalog.check("MNIST5K", tmp_path / "new")
    assert not (tmp_path / "new").exists()
