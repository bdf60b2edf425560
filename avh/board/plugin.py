"""The Activations tab: layers x runs on the same axes, behind one step slider.

Every route answers GET and HEAD only, checks every argument (4xx with a sentence), and reads
through TensorBoard's data provider, so that it works with both of its loaders. What it serves as an
image is a PNG by its signature, whatever the event file says.
"""

import functools
import gzip
from collections.abc import Callable
from importlib import resources

from tensorboard import errors, plugin_util
from tensorboard.backend import http_util
from tensorboard.plugins import base_plugin
from werkzeug import Request, Response

from avh.board import codec
from avh.board.store import Store
from avh.records import schema

PNG = b"\x89PNG\r\n\x1a\n"
TYPES = {".js": "text/javascript", ".css": "text/css"}
MOST_RUNS = 1000  # in one request
_GZIP_LEVEL = 1  # counts are mostly zeros: more effort saves little

Handler = Callable[["ActivationsPlugin", Request], Response]


class BadRequestError(ValueError):
    """An argument is missing or not what it should be; answered with 400."""


class NotFoundError(LookupError):
    """There is no such run, layer or file; answered with 404."""


def route(handler: Handler) -> Handler:
    """Answer GET and HEAD, and turn errors of the request into plain text."""

    @functools.wraps(handler)
    def application(self: "ActivationsPlugin", environ: dict, start: Callable) -> object:
        request = Request(environ)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):  # as it came: "get" is another method
            response = _say(request, "GET or HEAD expected", 405, [("Allow", "GET, HEAD")])
            return response(environ, start)
        try:
            with self._store.answering():
                response = handler(self, request)
        except BadRequestError as error:
            response = _say(request, str(error), 400)
        except (NotFoundError, errors.NotFoundError) as error:
            response = _say(request, str(error), 404)
        return response(environ, start)

    return application


class ActivationsPlugin(base_plugin.TBPlugin):
    """TensorBoard's side of the tab."""

    plugin_name = schema.STATS_PLUGIN

    def __init__(self, context: base_plugin.TBContext) -> None:
        self._store = Store(context.data_provider)

    def get_plugin_apps(self) -> dict[str, Callable]:
        """The routes, see each."""
        return {
            "/index.js": self._index,
            "/static/*": self._static,
            "/runs": self._runs,
            "/stats": self._stats,
            "/hist": self._hist,
            "/ridge": self._ridge,
            "/image": self._image,
        }

    def is_active(self) -> bool:
        """Never asked where `data_plugin_names` answers: lit where there are records."""
        return False

    def data_plugin_names(self) -> tuple[str, ...]:
        """The tab is lit where one of these wrote data."""
        return (schema.STATS_PLUGIN,)

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        """The tab's name and its module."""
        return base_plugin.FrontendMetadata(es_module_path="/index.js", tab_name="Activations")

    @route
    def _index(self, request: Request) -> Response:
        return _file(request, "index.js")

    @route
    def _static(self, request: Request) -> Response:
        return _file(request, request.path.rpartition("/")[2])

    @route
    def _runs(self, request: Request) -> Response:
        """JSON: every run, its layers, its steps."""
        runs = self._store.runs(*_scope(request))
        return http_util.Respond(request, {"runs": runs}, "application/json")

    @route
    def _stats(self, request: Request) -> Response:
        """Packed: the statistics of one run at all steps, [records, layers, statistics]."""
        run = _one(request, "run")
        series = self._store.series(*_scope(request), schema.STATS_PLUGIN, run)
        if series is None:
            raise NotFoundError(f"no records of a run {run!r}")
        times = {"steps": series.steps.tolist(), "wall_times": series.wall_times.tolist()}
        return _packed(request, [({"run": run, **times}, series.values)])

    @route
    def _hist(self, request: Request) -> Response:
        """Packed: the histograms of some runs at one step, [layers, bins] each.

        Of several runs, those without records are left out.
        """
        step, runs = _step(request), request.args.getlist("run")
        if not 1 <= len(runs) <= MOST_RUNS:
            raise BadRequestError(f"run: 1 to {MOST_RUNS} runs expected, got {len(runs)}")
        scope = (*_scope(request), schema.HIST_PLUGIN)
        found = self._store.records(*scope, runs, step)
        if not found:
            raise NotFoundError(f"no records of a run {', '.join(map(repr, runs))[:300]}")
        self._store.read_ahead(*scope, list(found))
        arrays = [
            ({"run": run, "step": int(record.steps[0])}, record.values[0])
            for run, record in found.items()
        ]
        return _packed(request, arrays)

    @route
    def _ridge(self, request: Request) -> Response:
        """Packed: the histograms of one layer of one run at all steps, [records, bins]."""
        run, layer = _one(request, "run"), _one(request, "layer")
        scope = _scope(request)
        series = self._store.series(*scope, schema.HIST_PLUGIN, run)
        if series is None:
            raise NotFoundError(f"no records of a run {run!r}")
        paths = self._store.layer_paths(*scope, run)
        if layer not in paths:
            raise NotFoundError(f"no layer {layer!r} in run {run!r}")
        about = {"run": run, "layer": layer, "steps": series.steps.tolist()}
        return _packed(request, [(about, series.values[:, paths.index(layer)])])

    @route
    def _image(self, request: Request) -> Response:
        """A PNG: what a layer makes of the probe's first example."""
        run, layer, step = _one(request, "run"), _one(request, "layer"), _step(request)
        found = self._store.picture(*_scope(request), run, layer, step)
        if found is None:
            raise NotFoundError(f"no picture of layer {layer!r} in run {run!r}")
        shown, png = found
        if not png.startswith(PNG):
            raise NotFoundError(f"the picture of layer {layer!r} in run {run!r} is not a PNG")
        return http_util.Respond(
            request, png, "image/png", headers=[("X-Avh-Step", str(shown))], expires=3600
        )


def _scope(request: Request) -> tuple:
    return plugin_util.context(request.environ), plugin_util.experiment_id(request.environ)


def _one(request: Request, name: str) -> str:
    values = request.args.getlist(name)
    if len(values) != 1:
        raise BadRequestError(f"{name}: one value expected, got {len(values)}")
    return values[0]


def _step(request: Request) -> int:
    text = _one(request, "step")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadRequestError(f"step: a whole number of at least 0 expected, got {text[:40]!r}")
    return int(text)


def _say(request: Request, text: str, code: int, headers: list | None = None) -> Response:
    return http_util.Respond(request, text, "text/plain", code=code, headers=headers)


def _packed(request: Request, arrays: list) -> Response:
    content = gzip.compress(codec.pack(arrays), _GZIP_LEVEL, mtime=0)
    return http_util.Respond(request, content, "application/octet-stream", content_encoding="gzip")


def _file(request: Request, name: str) -> Response:
    suffix = "." + name.rpartition(".")[2]
    content = static_files().get(name)
    if suffix not in TYPES or content is None:
        raise NotFoundError(f"no file {name[:80]!r}")
    return http_util.Respond(request, content, TYPES[suffix])


@functools.cache
def static_files() -> dict[str, bytes]:
    """The page's files: name -> content."""
    folder = resources.files("avh.board").joinpath("static")
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.is_file()}
