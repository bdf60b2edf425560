"""The networks by name."""

import subprocess
import sys

import numpy as np
import pytest

import avh.models
from avh.activations.registry import get_activation
from avh.models import catalog
from avh.models.convnet import build_convnet


def test_names_are_known_and_checked_without_keras_or_numpy():
    code = (
        "import sys; from avh.models import catalog; print(*catalog.names()); "
        "catalog.check('convnet'); "
        "print({m.split('.')[0] for m in sys.modules} & {'tensorflow', 'keras', 'numpy'})"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names, imported = out.stdout.splitlines()
    assert "convnet" in names.split()
    assert imported == "set()"


def test_every_name_leads_to_a_builder():
    relu = get_activation("relu")
    for name in catalog.names():
        assert catalog.build(name, (8, 8, 1), 3, relu).output.shape == (None, 3)


def test_build_hands_its_arguments_on():
    arguments = ((8, 8, 1), 3, get_activation("selu"))
    got = catalog.build("convnet", *arguments, channels=(2, 3), seed=5)
    expected = build_convnet(*arguments, channels=(2, 3), seed=5)
    for weight, other in zip(got.weights, expected.weights, strict=True):
        np.testing.assert_array_equal(np.asarray(weight), np.asarray(other))


@pytest.mark.parametrize("name", ["block", "catalog", "ConvNet", "", "resnet"])
def test_an_unknown_name_is_an_error_that_lists_the_known_ones(name):
    with pytest.raises(ValueError, match=r"unknown model .* expected one of .*convnet"):
        catalog.build(name)


def test_a_network_joins_by_being_a_file_of_the_folder(tmp_path):
    (tmp_path / "pair.py").write_text("def build_pair(a, *, b):\n    return a, b\n")
    avh.models.__path__.append(str(tmp_path))
    try:
        assert "pair" in catalog.names()
        assert catalog.build("pair", 1, b=2) == (1, 2)
    finally:
        avh.models.__path__.remove(str(tmp_path))
        sys.modules.pop("avh.models.pair", None)
