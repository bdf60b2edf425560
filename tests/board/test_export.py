"""The report: what is in the file, that nothing in the data can leave its place, and errors."""

import base64
import json
import re
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest

import avh
from avh.records import events
from avh.records.event_file import EventFile
from avh.records.reader import read_run

HOSTILE = "<!--<script><img src=x onerror=alert(1)>"
LAYERS = ("conv_1", "</script><script>alert(1)</script>")


class Page(HTMLParser):
    """The elements of a page, and the text of its scripts, as an HTML parser finds them."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.scripts, self._open = [], {}, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        if tag == "script":
            self._open = dict(attributes).get("type")
            self.scripts.setdefault(self._open, "")

    def handle_data(self, data):
        if self._open:
            self.scripts[self._open] += data

    def handle_endtag(self, tag):
        self._open = None

    @property
    def data(self):
        return json.loads(self.scripts["application/json"])


@pytest.fixture(scope="module")
def log_dir(tmp_path_factory, recorder):
    place = tmp_path_factory.mktemp("export") / "<b>runs"
    for seed, name in enumerate(("relu", f"{HOSTILE}", "deep/selu")):
        with recorder(place / name, LAYERS, seed=seed) as run:
            run.record(0, 10, picture=True)
            run.record(20)
    with EventFile(place / "other_tool") as file:
        file.write(1, [events.scalar("loss", 1.0)])
    return place


@pytest.fixture(scope="module")
def page(log_dir, tmp_path_factory):
    path = avh.export_report(log_dir, tmp_path_factory.mktemp("out") / "report.html")
    return Page(path.read_text(encoding="utf-8"))


def unpacked(entry):
    values = np.frombuffer(zlib.decompress(base64.b64decode(entry["data"])), "<f4")
    return values.reshape(entry["shape"])


def test_it_holds_every_record_of_every_run(page, log_dir):
    names = ["relu", HOSTILE, "deep/selu"]
    assert sorted(run["name"] for run in page.data["runs"]) == sorted(names)
    for about in page.data["runs"]:
        run = read_run(log_dir / about["name"])
        assert about["steps"] == run.steps.tolist()
        assert tuple(layer["path"] for layer in about["layers"]) == run.layer_paths
        np.testing.assert_array_equal(unpacked(page.data["hist"][about["name"]]), run.hist)
        np.testing.assert_array_equal(unpacked(page.data["stats"][about["name"]]), run.stats)


def test_it_holds_the_pictures(page):
    for layer in LAYERS:
        pictures = page.data["images"]["relu"][layer]
        assert sorted(pictures) == ["0", "10"]
        for png in pictures.values():
            assert base64.b64decode(png).startswith(b"\x89PNG\r\n\x1a\n")


def test_names_cannot_leave_their_place(page):
    assert page.elements.count("script") == 3
    assert {"img", "b"}.isdisjoint(page.elements)
    assert list(page.scripts) == ["importmap", "application/json", "module"]


def test_every_module_is_inside(page):
    modules = json.loads(page.scripts["importmap"])["imports"]
    for url in modules.values():
        text = base64.b64decode(url.removeprefix("data:text/javascript;base64,")).decode()
        imports = re.findall(r'(?:from|import) "(.*?)";', text)
        assert set(imports) <= set(modules)
    assert {"avh/app.js", "avh/source_embedded.js"} <= set(modules)


def test_a_run_directory_is_one_run(log_dir, tmp_path):
    path = avh.export_report(str(log_dir / "relu"), str(tmp_path / "one.html"))
    assert [run["name"] for run in Page(path.read_text()).data["runs"]] == ["."]


def test_an_older_report_is_replaced(log_dir, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    avh.export_report(log_dir, path)
    assert path.read_text().startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == [path]


def test_a_comparison_of_three_runs_is_under_five_megabytes(recorder, tmp_path):
    layers = tuple(f"layer_{number}" for number in range(6))
    for name in ("relu", "lrelu", "selu"):
        with recorder(tmp_path / "runs" / name, layers) as run:
            run.record(*range(101))
    path = avh.export_report(tmp_path / "runs", tmp_path / "report.html")
    assert path.stat().st_size < 5e6


def test_no_directory_and_no_records_are_errors(tmp_path):
    with pytest.raises(FileNotFoundError, match="directory of runs expected"):
        avh.export_report(tmp_path / "nowhere", tmp_path / "report.html")
    with EventFile(tmp_path / "runs") as file:
        file.write(1, [events.scalar("loss", 1.0)])
    with pytest.raises(ValueError, match="avh records expected below"):
        avh.export_report(tmp_path / "runs", tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()
