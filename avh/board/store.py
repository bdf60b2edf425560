"""The records of many runs, as TensorBoard's data provider gives them, kept in bounded memory.

One list call tells the state of all runs. A run's records are read once and read again when it has
grown; the least recently used ones go first when the bound is reached. The newest record alone is
read quickly, so that a page shows something before all of a long run is here.
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from tensorboard.context import RequestContext
from tensorboard.data import provider as tb

from avh.records import schema

CACHE_BYTES = 1 << 29
_FRESH_SECONDS = 1.0  # a list is asked for again after that: through gRPC it takes 45 ms
_ALL = 1_000_000_000  # TensorBoard's providers want a number


@dataclass(frozen=True)
class Series:
    """One tag of one run."""

    steps: np.ndarray  # [records] int64, ascending
    wall_times: np.ndarray  # [records] float64
    values: np.ndarray  # [records, layers, columns] float32

    def at(self, step: int) -> int:
        """Index of the last record at or before `step`; the first one, if all are later."""
        return max(int(np.searchsorted(self.steps, step, side="right")) - 1, 0)


class Store:
    """Reads through a data provider; safe to use from many threads."""

    def __init__(self, provider: tb.DataProvider, *, cache_bytes: int = CACHE_BYTES) -> None:
        self._provider = provider
        self._bound = cache_bytes
        self._lock = threading.Lock()
        self._loading: dict[tuple, threading.Lock] = {}
        self._cache: OrderedDict[tuple, tuple[tuple, Series]] = OrderedDict()
        self._lists: dict[tuple, tuple[float, dict[str, tuple]]] = {}
        self._newest: dict[tuple, tuple[tuple, Series]] = {}  # one record a run
        self._infos: dict[tuple, tuple[tuple, schema.RunInfo]] = {}

    def has_records(self, context: RequestContext, experiment: str) -> bool:
        """Whether any run has avh records."""
        return bool(self._list(context, experiment, schema.STATS_PLUGIN))

    def runs(self, context: RequestContext, experiment: str) -> list[dict]:
        """What is known of every run with records, as the route `runs` says it."""
        series = self._list(context, experiment, schema.STATS_PLUGIN)
        infos = self._read_infos(context, experiment)
        pictures = self._pictures(context, experiment)
        found = []
        for run in sorted(series.keys() & infos.keys()):
            stats = self.series(context, experiment, schema.STATS_PLUGIN, run)
            info = infos[run]
            found.append(
                {
                    "name": run,
                    "layers": [vars(layer) for layer in info.layers],
                    "statistics": info.statistics,
                    "magnitudes": info.magnitudes,
                    "seed": info.seed,
                    "probe_hash": info.probe_hash,
                    "steps": stats.steps.tolist(),
                    "wall_times": stats.wall_times.tolist(),
                    "pictures": pictures.get(run, {}),
                }
            )
        return found

    def layer_paths(self, context: RequestContext, experiment: str, run: str) -> list[str]:
        """Names of a run's layers, in the order of the records' rows; empty for an unknown run."""
        info = self._read_infos(context, experiment).get(run)
        return [] if info is None else [layer.path for layer in info.layers]

    def series(
        self, context: RequestContext, experiment: str, plugin: str, run: str
    ) -> Series | None:
        """All records of a run, of `STATS_PLUGIN` or `HIST_PLUGIN`; None without any."""
        mark = self._list(context, experiment, plugin).get(run)
        if mark is None:
            return None
        key = (experiment, plugin, run)
        with self._lock:
            loading = self._loading.setdefault(key, threading.Lock())
        with loading:
            kept = self._kept(key, mark)
            if kept is None:
                kept = self._read(context, experiment, plugin, run, _ALL)
                self._keep(key, mark, kept)
            return kept

    def record(
        self, context: RequestContext, experiment: str, plugin: str, run: str, step: int
    ) -> Series | None:
        """The record at `step`, or the last one before it, as a series of one; None without any."""
        mark = self._list(context, experiment, plugin).get(run)
        if mark is None:
            return None
        kept = self._kept((experiment, plugin, run), mark)
        if kept is None and step >= mark[0]:
            key = (experiment, plugin, run)
            if self._newest.get(key, (None,))[0] != mark:
                newest = self._read(context, experiment, plugin, run, 1)
                if newest is not None:
                    self._newest[key] = (mark, newest)
            if key in self._newest:
                return self._newest[key][1]
        kept = kept or self.series(context, experiment, plugin, run)
        if kept is None:
            return None
        index = kept.at(step)
        one = slice(index, index + 1)
        return Series(kept.steps[one], kept.wall_times[one], kept.values[one])

    def picture(
        self, context: RequestContext, experiment: str, run: str, layer: str, step: int
    ) -> tuple[int, bytes] | None:
        """Step and bytes of the last picture at or before `step`, or the first; None if none."""
        tag = f"{schema.IMAGES_TAG}/{layer}"
        found = self._provider.read_blob_sequences(
            context,
            experiment_id=experiment,
            plugin_name=schema.IMAGES_PLUGIN,
            downsample=_ALL,
            run_tag_filter=tb.RunTagFilter([run], [tag]),
        )
        data = sorted(found.get(run, {}).get(tag, ()), key=lambda datum: datum.step)
        if not data:
            return None
        datum = next((d for d in reversed(data) if d.step <= step), data[0])
        return datum.step, self._provider.read_blob(context, blob_key=datum.values[0].blob_key)

    def _list(self, context: RequestContext, experiment: str, plugin: str) -> dict[str, tuple]:
        """Run -> last step and time: what changes when the run grows."""
        now = time.monotonic()
        asked, marks = self._lists.get((experiment, plugin), (-_FRESH_SECONDS, {}))
        if marks and now - asked < _FRESH_SECONDS:
            return marks
        found = self._provider.list_tensors(context, experiment_id=experiment, plugin_name=plugin)
        tag = schema.STATS_TAG if plugin == schema.STATS_PLUGIN else schema.HIST_TAG
        marks = {
            run: (tags[tag].max_step, tags[tag].max_wall_time)
            for run, tags in found.items()
            if tag in tags
        }
        self._lists[experiment, plugin] = (now, marks)
        return marks

    def _read(
        self, context: RequestContext, experiment: str, plugin: str, run: str, most: int
    ) -> Series | None:
        tag = schema.STATS_TAG if plugin == schema.STATS_PLUGIN else schema.HIST_TAG
        found = self._provider.read_tensors(
            context,
            experiment_id=experiment,
            plugin_name=plugin,
            downsample=most,
            run_tag_filter=tb.RunTagFilter([run], [tag]),
        )
        by_step = {datum.step: datum for datum in found.get(run, {}).get(tag, ())}
        if not by_step:
            return None
        data = [by_step[step] for step in sorted(by_step)]
        rows = max(len(datum.numpy) for datum in data)
        fill = np.nan if plugin == schema.STATS_PLUGIN else 0.0
        values = np.full((len(data), rows, data[-1].numpy.shape[1]), fill, np.float32)
        for record, datum in zip(values, data, strict=True):
            record[: len(datum.numpy)] = datum.numpy
        steps = np.array([datum.step for datum in data], np.int64)
        return Series(steps, np.array([datum.wall_time for datum in data]), values)

    def _read_infos(self, context: RequestContext, experiment: str) -> dict[str, schema.RunInfo]:
        listed = self._provider.list_blob_sequences(
            context, experiment_id=experiment, plugin_name=schema.STATS_PLUGIN
        )
        marks = {
            run: (tags[schema.LAYERS_TAG].max_step, tags[schema.LAYERS_TAG].max_wall_time)
            for run, tags in listed.items()
            if schema.LAYERS_TAG in tags
        }
        stale = [r for r, m in marks.items() if self._infos.get((experiment, r), (0, 0))[0] != m]
        if stale:
            found = self._provider.read_blob_sequences(
                context,
                experiment_id=experiment,
                plugin_name=schema.STATS_PLUGIN,
                downsample=_ALL,
                run_tag_filter=tb.RunTagFilter(stale, [schema.LAYERS_TAG]),
            )
            for run, tags in found.items():
                newest = tags[schema.LAYERS_TAG][-1].values[0].blob_key
                text = self._provider.read_blob(context, blob_key=newest).decode()
                self._infos[experiment, run] = (marks[run], schema.RunInfo.from_json(text))
        return {run: self._infos[experiment, run][1] for run in marks}

    def _pictures(
        self, context: RequestContext, experiment: str
    ) -> dict[str, dict[str, list[int]]]:
        listed = self._provider.list_blob_sequences(
            context, experiment_id=experiment, plugin_name=schema.IMAGES_PLUGIN
        )
        if not listed:
            return {}
        found = self._provider.read_blob_sequences(
            context,
            experiment_id=experiment,
            plugin_name=schema.IMAGES_PLUGIN,
            downsample=_ALL,
        )
        start = len(schema.IMAGES_TAG) + 1
        return {
            run: {tag[start:]: sorted({d.step for d in data}) for tag, data in tags.items()}
            for run, tags in found.items()
        }

    def _kept(self, key: tuple, mark: tuple) -> Series | None:
        with self._lock:
            entry = self._cache.get(key)
            if entry is None or entry[0] != mark:
                return None
            self._cache.move_to_end(key)
            return entry[1]

    def _keep(self, key: tuple, mark: tuple, series: Series | None) -> None:
        if series is None:
            return
        with self._lock:
            self._cache[key] = (mark, series)
            self._cache.move_to_end(key)
            while len(self._cache) > 1 and self._bytes() > self._bound:
                self._cache.popitem(last=False)

    def _bytes(self) -> int:
        return sum(series.values.nbytes for _, series in self._cache.values())
