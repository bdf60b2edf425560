"""The Activations tab as one HTML file, with the data inside.

It opens from disk, without a server and without a network: the same modules as in TensorBoard, as
`data:` URLs behind an import map, and another source of data. The file appears whole or not at all.
"""

import base64
import html
import json
import os
import re
import zlib
from importlib import resources
from pathlib import Path

import numpy as np
from tensorboard.util.tensor_util import make_ndarray

from avh.atomic import replacing
from avh.records import schema
from avh.records.finding import about
from avh.records.reader import RunRecords, event_files, read_run, read_values

_IMPORT = re.compile(r'(from|import) "\./(?:static/)?([\w.]+\.js)";')
_START = """
import { start } from "avh/app.js";
import { EmbeddedSource } from "avh/source_embedded.js";
const data = JSON.parse(document.getElementById("avh-data").textContent);
start(document.getElementById("avh"), await EmbeddedSource.load(data));
"""
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
<script type="importmap">{imports}</script>
</head>
<body>
<div id="avh"></div>
<script type="application/json" id="avh-data">{data}</script>
<script type="module">{start}</script>
</body>
</html>
"""


def export_report(log_dir: str | os.PathLike, path: str | os.PathLike) -> Path:
    """Write the report of one run, or of all runs below a directory.

    Args:
        log_dir: a run directory, or a directory with runs anywhere below.
        path: the file to write; an older one is replaced.

    Returns:
        The path.

    Raises:
        FileNotFoundError: there is no such directory.
        ValueError: it holds no avh records.
        OSError: the file cannot be written.
    """
    log_dir, path = Path(log_dir), Path(path)
    runs = _read_runs(log_dir)
    data = {
        "runs": [_about(name, run, pictures) for name, run, pictures in runs],
        "stats": {name: _array(run.stats) for name, run, _ in runs},
        "hist": {name: _array(run.hist) for name, run, _ in runs},
        "images": {name: _images(pictures) for name, _, pictures in runs},
    }
    page = _PAGE.format(
        title=html.escape(f"Activations: {log_dir.resolve().name}"),
        style=_styles(),
        imports=json.dumps({"imports": _modules()}),
        data=_script_safe(json.dumps(data, separators=(",", ":"))),
        start=_START,
    )
    with replacing(path) as draft:
        draft.write_text(page, encoding="utf-8")
    return path


Pictures = dict[str, dict[int, bytes]]  # layer -> step -> PNG


def _read_runs(log_dir: Path) -> list[tuple[str, RunRecords, Pictures]]:
    if not log_dir.is_dir():
        raise FileNotFoundError(f"a directory of runs expected, there is no {log_dir}")
    places = sorted({file.parent for file in log_dir.rglob("*tfevents*")})
    found = []
    for place in places:
        try:
            run = read_run(place)
        except ValueError:  # another tool's event files
            continue
        name = "." if place == log_dir else place.relative_to(log_dir).as_posix()
        found.append((name, run, _read_pictures(place)))
    if not found:
        raise ValueError(f"avh records expected below {log_dir}, found none")
    return found


def _read_pictures(run_dir: Path) -> Pictures:
    pictures: Pictures = {}
    start = schema.IMAGES_TAG + "/"
    if event_files(run_dir):
        for event, value in read_values(run_dir):
            if value.tag.startswith(start):
                png = make_ndarray(value.tensor).item()
                pictures.setdefault(value.tag[len(start) :], {})[event.step] = png
    return pictures


def _about(name: str, run: RunRecords, pictures: Pictures) -> dict:
    return {
        "name": name,
        "layers": [vars(layer) for layer in run.info.layers],
        "statistics": run.info.statistics,
        "magnitudes": run.info.magnitudes,
        "seed": run.info.seed,
        "probe_hash": run.info.probe_hash,
        "group": run.info.group,
        "steps": run.steps.tolist(),
        "wall_times": run.wall_times.tolist(),
        "findings": [about(finding) for finding in run.findings],
        "pictures": {layer: sorted(steps) for layer, steps in pictures.items()},
    }


def _array(values: np.ndarray) -> dict:
    packed = zlib.compress(np.ascontiguousarray(values, "<f4").tobytes(), 9)
    return {"shape": values.shape, "data": base64.b64encode(packed).decode()}


def _images(pictures: Pictures) -> dict:
    return {
        layer: {str(step): base64.b64encode(png).decode() for step, png in steps.items()}
        for layer, steps in pictures.items()
    }


def _files(suffix: str) -> dict[str, str]:
    folder = resources.files("avh.board").joinpath("static")
    return {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(suffix)
    }


def _styles() -> str:
    return "\n".join(_files(".css").values())


def _modules() -> dict[str, str]:
    return {
        f"avh/{name}": "data:text/javascript;base64,"
        + base64.b64encode(_IMPORT.sub(r'\1 "avh/\2";', text).encode()).decode()
        for name, text in _files(".js").items()
        if name not in ("index.js", "source_server.js")
    }


def _script_safe(text: str) -> str:
    """JSON that cannot end the script element it stands in."""
    return text.replace("<", "\\u003c")
