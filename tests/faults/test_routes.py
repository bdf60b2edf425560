"""The tab's routes under requests that nobody planned for.

Thousands of them, made by hypothesis, always the same ones: never a 5xx, never a file that is not
the page's, and nothing but GET and HEAD is answered with what was asked for. They go through
TensorBoard's own application, in this process, over a real log directory; what good requests get
is shown in `tests/board/test_plugin.py`.
"""

import collections
import gzip
import json
import urllib.parse

import keras
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import avh
from avh.board.plugin import PNG, static_files

PREFIX = "/data/plugin/avh"
ROUTES = ("/index.js", "/static/", "/runs", "/stats", "/hist", "/ridge", "/image")
RUNS = ("relu", "größe & <b>")
EXAMPLES = 3000
METHODS = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "get",
    "AVH",
)


@pytest.fixture(scope="module")
def log_dir(tmp_path_factory):
    place = tmp_path_factory.mktemp("logs") / "runs"
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu", name="fc")])
    for run in RUNS:
        with avh.watch(model, place / run, every=1, pictures_every=2) as monitor:
            for _ in range(4):
                model(tf.ones((2, 4)), training=True)
                monitor.step()
    (place.parent / "secret.js").write_text("not the page's")
    (place / "relu" / "secret.css").write_text("not the page's")
    return place


@pytest.fixture(scope="module")
def client(routes, log_dir):
    with routes(log_dir) as found:
        yield found


texts = st.text(max_size=30)
PIECES = """
.. . %2e%2e %2F ..%2f..%2fplugin.py %00 app.js index.js page.css __init__.py secret.js relu %ff%fe
// \\ 😀 etc/passwd ;x=1
"""
HEADERS = """
If-None-Match If-Modified-Since Range Accept-Encoding Accept Cookie Content-Type Host Origin
X-Forwarded-Host Transfer-Encoding Connection
"""
pieces = st.sampled_from(["", "a" * 300, *PIECES.split()])
numbers = st.one_of(
    st.integers().map(str),
    st.sampled_from(
        ["0", "1", "-1", "9" * 18, "9" * 19, "9" * 400, "1e3", "0x10", "\uff11", "\u00b2", "NaN"]
    ),
)
keys = st.sampled_from(["run", "layer", "step", "Run", "run[]", "tag", "format", "experiment", ""])
values = st.one_of(st.sampled_from([*RUNS, "fc", "fc#2", "nosuch", "\0", "%00"]), numbers, texts)
good = st.tuples(
    st.just([("run", RUNS[0]), ("layer", "fc"), ("step", "2")]),
    st.lists(st.tuples(keys, values), max_size=2),
).map(lambda pair: pair[0] + pair[1])
queries = st.one_of(
    st.lists(st.tuples(keys, values), max_size=5).map(urllib.parse.urlencode),
    good.map(urllib.parse.urlencode),
    st.text(
        st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"), max_size=60
    ),
)
paths = st.one_of(
    st.sampled_from(ROUTES),
    st.tuples(st.sampled_from(ROUTES), st.lists(pieces, max_size=4).map("/".join)).map("".join),
    st.lists(pieces, max_size=4).map(lambda parts: "/static/" + "/".join(parts)),
)
headers = st.dictionaries(
    st.sampled_from(HEADERS.split()),
    st.one_of(
        st.sampled_from(["*", '"x"', "bytes=0-1", "bytes=-1,5-", "gzip", "gzip;q=0, *;q=x", "br"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40),
    ),
    max_size=3,
)
requests = st.fixed_dictionaries(
    {
        "method": st.one_of(st.just("GET"), st.just("GET"), st.sampled_from(METHODS)),
        "path": paths,
        "query_string": queries,
        "headers": headers,
        "data": st.binary(max_size=20),
    }
)


def content_of(response):
    content = response.get_data()
    return (
        gzip.decompress(content) if response.headers.get("Content-Encoding") == "gzip" else content
    )


def assert_is_the_tabs_own(path, response):
    """What a 2xx carries is what that route is there for, and no other file."""
    content = content_of(response)
    kind = response.mimetype
    if kind in ("text/javascript", "text/css"):
        assert content in static_files().values()
    elif kind == "image/png":
        assert content.startswith(PNG)
    elif kind == "application/json":
        assert {run["name"] for run in json.loads(content)["runs"]} == set(RUNS)
    else:
        assert kind == "application/octet-stream"
        assert path.startswith(("/stats", "/hist", "/ridge"))
    assert b"not the page's" not in content


answered = collections.Counter()  # (route, whether it was a 2xx) of what was asked by GET


@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(request=requests)
def test_any_request_is_answered_properly(client, request):
    response = client.open(**{**request, "path": PREFIX + request["path"]})
    assert response.status_code < 500
    if response.status_code < 300:
        assert request["method"] in ("GET", "HEAD")
        if request["method"] == "GET":
            assert_is_the_tabs_own(request["path"], response)
    assert b"Traceback" not in response.get_data()
    if request["method"] == "GET":
        answered[request["path"], response.status_code < 300] += 1


def test_every_route_was_asked_well_and_badly(client):
    if not answered:  # run by itself
        test_any_request_is_answered_properly(client=client)
    for path in ("/stats", "/hist", "/ridge", "/image"):
        assert answered[path, True] >= 10
        assert answered[path, False] >= 10
    assert answered["/runs", True] >= 10
    assert answered["/static/app.js", True] >= 10


@pytest.mark.parametrize(
    "name", ["../plugin.py", "..%2fplugin.py", "%2e%2e/plugin.py", "a/../app.js"]
)
def test_no_path_leads_out_of_the_pages_files(client, name):
    response = client.get(f"{PREFIX}/static/{name}")
    assert response.status_code in (200, 404)
    assert response.status_code == 404 or response.data == static_files()["app.js"]
