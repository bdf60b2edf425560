"""Names that are rare: of layers, runs and directories, from the event file to tab and report.

Keras forbids "/" in a layer's name and little else. That a dataset's name leads nowhere is shown in
`tests/data`; that markup in names stays text in the page, in `tests/board/test_page.py`.
"""

import json
import shutil

import keras
import pytest
import tensorflow as tf

import avh
from avh.board import codec
from avh.board.plugin import PNG
from avh.cli import compare, train
from avh.records.reader import read_run
from avh.train import rundir
from avh.train.config import TrainConfig

PREFIX = "/data/plugin/avh"
NAMES = (
    "with spaces",
    " at the ends ",
    "Größe 層 😀",
    "e\u0301 combined",
    'it\'s "quoted"',
    "..",
    "..\\up",
    "a%2Fb",
    "#?&=+;",
    "[*]{1,2}",
    "<img src=x onerror=alert(1)>",
    "new\nline",
    "x" * 255,
)
RUNS = tuple(name for name in NAMES if name != "..")


@pytest.fixture(scope="module")
def log_dir(tmp_path_factory):
    """Runs of all names, each of the model whose layers have all names."""
    place = tmp_path_factory.mktemp("runs")
    model = keras.Sequential([keras.Input((4,))])
    for name in NAMES:
        model.add(keras.layers.Activation("relu", name=name))
    with avh.watch(model, place / RUNS[0], every=1, layers="*") as monitor:
        model(tf.ones((2, 4)), training=True)
        monitor.step()
    for run in RUNS[1:]:
        shutil.copytree(place / RUNS[0], place / run)
    return place


@pytest.fixture(scope="module")
def client(routes, log_dir):
    with routes(log_dir) as found:
        yield found


def test_a_layer_name_with_a_slash_is_refused_by_keras():
    for name in ("a/b", "../up"):
        with pytest.raises(ValueError, match="cannot contain character `/`"):
            keras.layers.Dense(1, name=name)


def test_names_come_back_from_the_event_file(log_dir):
    frame = avh.load(log_dir)
    assert set(frame.run) == set(RUNS)
    assert set(frame.layer) == set(NAMES)
    assert read_run(log_dir / RUNS[0]).layer_paths == NAMES


def test_names_come_through_the_routes(client):
    runs = json.loads(client.get(f"{PREFIX}/runs").data)["runs"]
    assert {run["name"] for run in runs} == set(RUNS)
    for run in runs:
        assert [layer["path"] for layer in run["layers"]] == list(NAMES)
        assert set(run["pictures"]) == set(NAMES)
        query = {"run": run["name"], "step": 1}
        ((about, _),) = codec.unpack(client.get(f"{PREFIX}/hist", query_string=query).data)
        assert about["run"] == run["name"]
    for layer in NAMES:
        query = {"run": RUNS[2], "layer": layer, "step": 1}
        ((about, _),) = codec.unpack(client.get(f"{PREFIX}/ridge", query_string=query).data)
        assert about["layer"] == layer
        assert client.get(f"{PREFIX}/image", query_string=query).data.startswith(PNG)


def test_names_stand_in_the_report(log_dir, tmp_path):
    text = avh.export_report(log_dir, tmp_path / "report.html").read_text(encoding="utf-8")
    for name in NAMES:
        within_json = json.dumps(name, ensure_ascii=False)[1:-1]
        assert within_json.replace("<", "\\u003c") in text or json.dumps(name)[1:-1] in text
    assert "<img src=x" not in text


@pytest.mark.parametrize(
    "name", ["with spaces", "Größe 層 😀", 'it\'s "quoted"', "[*] %2F #", "x" * 255]
)
def test_a_run_may_have_such_a_name(tmp_path, name):
    TrainConfig(run_name=name).check()
    assert rundir.create(tmp_path / name, name).name == name
    rundir.check(tmp_path, "another")


def short(value):
    return ascii(value)[1:13]


BAD_NAMES = [
    "",
    ".",
    "..",
    "../up",
    "a/b",
    "/abs",
    "a\\b",
    "new\nline",
    "\udcff",
    "x" * 256,
    "層" * 86,
]


@pytest.mark.parametrize("name", BAD_NAMES, ids=short)
@pytest.mark.parametrize("flag", ["--run_name", "--prefix"])
def test_a_bad_name_is_one_line_and_nothing_is_written(tmp_path, capfd, flag, name):
    train_dir = tmp_path / "deep" / "runs"
    with pytest.raises(SystemExit) as ended:
        train.main([flag, name, "--train_dir", str(train_dir), "--data_dir", "datasets"])
    out, err = capfd.readouterr()
    assert (ended.value.code, out, err.count("\n")) == (2, "", 1)
    assert "name" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["new\nline", "\udcff", "x" * 256])
@pytest.mark.parametrize("command", [train, compare])
def test_a_bad_train_dir_is_one_line_and_nothing_is_written(tmp_path, capfd, command, name):
    with pytest.raises(SystemExit) as ended:
        command.main(["--train_dir", str(tmp_path / "deep" / name / "runs")])
    out, err = capfd.readouterr()
    assert (ended.value.code, out, err.count("\n")) == (2, "", 1)
    assert "train_dir" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["..", "../MNIST5K", "/etc", "a\0b", "x" * 300, "\udcff", "層" * 99]
)
def test_a_bad_dataset_name_is_one_line_and_nothing_is_written(tmp_path, capfd, name):
    with pytest.raises(SystemExit) as ended:
        train.main(["--dataset", name, "--train_dir", str(tmp_path / "runs")])
    out, err = capfd.readouterr()
    assert (ended.value.code, out, err.count("\n")) == (2, "", 1)
    assert "dataset" in err
    assert list(tmp_path.iterdir()) == []
