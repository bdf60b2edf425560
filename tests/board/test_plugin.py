"""The plugin's routes over both of TensorBoard's data providers."""

import argparse
import contextlib
import gzip
import json
import time

import numpy as np
import pytest
from tensorboard import context as tb_context
from tensorboard.data import server_ingester
from tensorboard.plugins import base_plugin
from tensorboard.util import grpc_util
from werkzeug.test import Client

from avh.board import codec
from avh.board.loader import RETENTION, AvhLoader
from avh.board.plugin import PNG, ActivationsPlugin
from avh.records import events, schema
from avh.records.event_file import EventFile
from avh.records.reader import read_run
from avh.records.schema import LayerInfo, RunInfo
from avh.render.png import encode_png

# TensorBoard's ingester drops its handle on the data server's process without waiting for it.
pytestmark = [
    pytest.mark.filterwarnings("ignore:subprocess:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

HOSTILE = "<img src=x onerror=alert(1)>"
LAYERS = ("conv_1", "fc_2")


def write_run(directory, steps, *, layers=LAYERS, seed=0, pictures=(), group=None):
    infos = tuple(LayerInfo(name, "Dense", (None, 4), "relu", 4) for name in layers)
    random = np.random.default_rng(seed)
    with EventFile(directory) as file:
        for number, step in enumerate(steps):
            rows = random.normal(size=(len(layers), len(schema.STATISTICS)))
            hist = random.integers(0, 50, size=(len(layers), schema.BINS))
            values = [events.run_info(RunInfo(infos, seed, "probe", group))] if number == 0 else []
            file.write(step, [*values, events.statistics(rows), events.histograms(hist)])
            if step in pictures:
                image = random.integers(0, 255, size=(6, 8, 3)).astype(np.uint8)
                png = encode_png(image) if seed else b"<svg onload=alert(1)>"
                file.write(step, [events.layer_image(name, png) for name in layers])


@contextlib.contextmanager
def provider_of(kind, log_dir, local_provider):
    if kind == "python":
        yield local_provider(log_dir)
        return
    ingester = server_ingester.SubprocessServerDataIngester(
        server_ingester.get_server_binary(),
        str(log_dir),
        reload_interval=0,
        channel_creds_type=grpc_util.ChannelCredsType.LOCAL,
        samples_per_plugin=dict(RETENTION),
    )
    ingester.start()
    yield ingester.data_provider
    ingester._stdin_handle.close()  # what the data server waits for to end


@pytest.fixture(scope="module")
def log_dir(tmp_path_factory):
    place = tmp_path_factory.mktemp("runs")
    write_run(place / "relu", range(0, 100, 10), seed=1, pictures=(0, 50))
    three = ("conv_1", "fc_2", "fc_3")
    write_run(place / "selu", range(0, 60, 10), seed=2, layers=three, group="selus")
    write_run(place / "again", [10, 20, 30], seed=3)
    write_run(place / "again", [20, 30, 40], seed=4)
    write_run(place / HOSTILE.replace("/", ""), [5], seed=0, pictures=(5,))
    with EventFile(place / "other_tool") as file:
        file.write(1, [events.scalar("loss", 1.0)])
    return place


@pytest.fixture(scope="module", params=["python", "rust"])
def provider(request, log_dir, local_provider):
    context = tb_context.RequestContext()
    with provider_of(request.param, log_dir, local_provider) as found:
        deadline = time.monotonic() + 30
        while len(found.list_tensors(context, experiment_id="", plugin_name="avh")) < 4:
            assert time.monotonic() < deadline, "the data provider did not load the runs"
            time.sleep(0.05)
        yield found


@pytest.fixture(scope="module")
def client(provider):
    return routes_of(provider)


def routes_of(provider):
    """A client of the plugin's routes."""
    apps = ActivationsPlugin(base_plugin.TBContext(data_provider=provider)).get_plugin_apps()

    def application(environ, start):
        path = environ["PATH_INFO"]
        app = apps["/static/*"] if path.startswith("/static/") else apps[path]
        return app(environ, start)

    return Client(application)


def body(response):
    assert response.status_code == 200, response.text
    return response.get_data()


def test_runs_lists_every_run_with_records_and_only_those(client, log_dir):
    runs = {run["name"]: run for run in json.loads(body(client.get("/runs")))["runs"]}
    assert set(runs) == {"relu", "selu", "again", HOSTILE}
    relu = read_run(log_dir / "relu")
    assert runs["relu"]["last"] == [relu.steps[-1], relu.wall_times[-1]]
    assert runs["relu"]["pictures"] == {"conv_1": [0, 50], "fc_2": [0, 50]}
    assert [layer["path"] for layer in runs["selu"]["layers"]] == ["conv_1", "fc_2", "fc_3"]
    assert (runs["selu"]["seed"], runs["selu"]["probe_hash"]) == (2, "probe")
    assert (runs["selu"]["group"], runs["relu"]["group"]) == ("selus", None)


def test_statistics_are_what_the_reader_reads(client, log_dir):
    ((about, values),) = codec.unpack(body(client.get("/stats?run=relu")))
    run = read_run(log_dir / "relu")
    np.testing.assert_array_equal(values, run.stats)
    assert about["steps"] == run.steps.tolist()


def test_a_step_written_twice_counts_once(client):
    ((about, values),) = codec.unpack(body(client.get("/stats?run=again")))
    assert about["steps"] == sorted(set(about["steps"]))
    assert about["steps"][-1] == 40
    assert len(values) == len(about["steps"])


@pytest.mark.parametrize(
    ("asked", "relu", "selu"), [(0, 0, 0), (37, 30, 30), (70, 70, 50), (999, 90, 50)]
)
def test_histograms_are_of_the_last_step_not_after_the_one_asked_for(
    client, log_dir, asked, relu, selu
):
    found = codec.unpack(body(client.get(f"/hist?step={asked}&run=selu&run=relu")))
    assert [(about["run"], about["step"]) for about, _ in found] == [("selu", selu), ("relu", relu)]
    for about, values in found:
        run = read_run(log_dir / about["run"])
        np.testing.assert_array_equal(values, run.hist[run.steps.tolist().index(about["step"])])


def test_of_several_runs_those_without_records_are_left_out(client):
    found = codec.unpack(body(client.get("/hist?step=20&run=nosuch&run=relu")))
    assert [about["run"] for about, _ in found] == ["relu"]


def test_ridge_is_one_layer_over_all_steps(client, log_dir):
    ((about, values),) = codec.unpack(body(client.get("/ridge?run=selu&layer=fc_3")))
    run = read_run(log_dir / "selu")
    np.testing.assert_array_equal(values, run.hist[:, 2])
    assert about["steps"] == run.steps.tolist()


def test_images_are_png_and_say_their_step(client):
    response = client.get("/image?run=relu&layer=fc_2&step=49")
    assert body(response).startswith(PNG)
    assert response.headers["X-Avh-Step"] == "0"
    assert response.content_type == "image/png"


def test_what_is_not_a_png_is_not_served(client):
    response = client.get("/image", query_string={"run": HOSTILE, "layer": "fc_2", "step": 9})
    assert response.status_code == 404
    assert "not a PNG" in response.text


def test_large_answers_are_compressed_where_the_browser_takes_it(client):
    plain = body(client.get("/hist?step=0&run=relu"))
    packed = client.get("/hist?step=0&run=relu", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body(packed)) == plain


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/hist?run=relu", 400, "step: one value expected, got 0"),
        ("/hist?step=-1&run=relu", 400, "whole number of at least 0 expected, got '-1'"),
        ("/hist?step=1e3&run=relu", 400, "whole number"),
        ("/hist?step=1", 400, "1 to 1000 runs expected, got 0"),
        ("/hist?step=1&run=nosuch", 404, "no records of a run 'nosuch'"),
        ("/stats?run=other_tool", 404, "no records"),
        ("/stats?run=a&run=b", 400, "one value expected, got 2"),
        ("/ridge?run=relu&layer=fc_3", 404, "no layer 'fc_3' in run 'relu'"),
        ("/image?run=relu&layer=nosuch&step=1", 404, "no picture of layer"),
        ("/static/..%2Fplugin.py", 404, "no file"),
        ("/static/nosuch.js", 404, "no file"),
    ],
)
def test_bad_arguments_are_told_in_plain_text(client, path, code, words):
    response = client.get(path)
    assert (response.status_code, response.mimetype) == (code, "text/plain")
    assert words in response.text


def test_only_get_and_head_are_answered(client):
    assert client.post("/runs").status_code == 405
    head = client.head("/runs")
    assert (head.status_code, head.get_data()) == (200, b"")


def test_the_module_and_its_neighbours_are_served(client):
    assert b"export async function render" in body(client.get("/index.js"))
    response = client.get("/static/app.js")
    assert body(response)
    assert response.mimetype == "text/javascript"


def test_the_loader_sets_a_retention_and_keeps_the_users():
    flags = argparse.Namespace(samples_per_plugin={"avh": 7})
    AvhLoader().fix_flags(flags)
    assert flags.samples_per_plugin == {**RETENTION, "avh": 7}


def test_without_records_the_tab_is_not_lit(tmp_path, local_provider):
    with EventFile(tmp_path / "other_tool") as file:
        file.write(1, [events.scalar("loss", 1.0)])
    with provider_of("python", tmp_path, local_provider) as found:
        lit = found.list_plugins(tb_context.RequestContext(), experiment_id="")
        client = routes_of(found)
    assert "scalars" in lit
    assert "avh" not in lit
    assert json.loads(body(client.get("/runs"))) == {"runs": []}
