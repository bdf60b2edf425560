"""The records of many runs, as TensorBoard's data provider gives them, kept in bounded memory.

One list call tells the state of all runs. A run's records are read once and read again when it has
grown; when the bound is reached, the least recently used ones are put into a temporary file. The
newest record alone is read quickly, so that a page shows something before all of a long run is
here; then the rest of the run is read ahead, in the background. What TensorBoard lists before it
has loaded it is read again with the next question.
"""

import contextlib
import functools
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from tensorboard.context import RequestContext
from tensorboard.data import provider as tb

from avh.board import spill
from avh.board.ahead import Ahead
from avh.board.blobs import Blobs
from avh.board.series import Series, read_series, tag_of
from avh.records import schema
from avh.records.finding import about

CACHE_BYTES = 1 << 29
_FRESH_SECONDS = 1.0  # a list is asked for again after that: through gRPC it takes 45 ms
_KNOWN_SECONDS = 10.0  # for steps that are known already; the page looks at the runs more often
_READERS = 3  # threads that read whole runs for one answer
_INCOMPLETE_SECONDS = 4.0  # what lags behind its list is read again after that

Mark = tuple[int, float]  # last step and its time: what changes when a run grows


class Store:
    """Reads through a data provider; safe to use from many threads."""

    def __init__(
        self,
        provider: tb.DataProvider,
        *,
        cache_bytes: int = CACHE_BYTES,
        disk_bytes: int = spill.MOST_BYTES,
    ) -> None:
        self._provider = provider
        self._blobs = Blobs(provider)
        self._bound = cache_bytes
        self._lock = threading.Lock()
        self._loading: dict[tuple, threading.Lock] = {}
        self._cache: OrderedDict[tuple, tuple[Mark, float, Series]] = OrderedDict()  # until
        self._lists: dict[tuple, tuple[float, dict[str, Mark]]] = {}
        self._newest: dict[tuple, tuple[Mark, Series]] = {}  # one record a run
        self._ahead = Ahead()
        self._spill = spill.Spill(disk_bytes)

    def answering(self) -> contextlib.AbstractContextManager[None]:
        """Within the block somebody waits for an answer: reading ahead has to wait."""
        return self._ahead.answering()

    def has_records(self, context: RequestContext, experiment: str) -> bool:
        """Whether any run has avh records."""
        return bool(self._list(context, experiment, schema.STATS_PLUGIN))

    def runs(self, context: RequestContext, experiment: str) -> list[dict]:
        """What is known of every run with records, as the route `runs` says it."""
        scope = (context, experiment)
        # Each call waits 45 ms for the data server, so they wait together.
        with ThreadPoolExecutor(5) as pool:
            marks = pool.submit(self._list, *scope, schema.STATS_PLUGIN)
            pool.submit(self._list, *scope, schema.HIST_PLUGIN)
            infos = pool.submit(self._blobs.infos, *scope)
            pictures = pool.submit(self._blobs.picture_steps, *scope)
            findings = pool.submit(self._blobs.findings, *scope)
            marks, infos, pictures = marks.result(), infos.result(), pictures.result()
            findings = findings.result()
        return [
            {
                "name": run,
                "layers": [vars(layer) for layer in infos[run].layers],
                "statistics": infos[run].statistics,
                "magnitudes": infos[run].magnitudes,
                "seed": infos[run].seed,
                "probe_hash": infos[run].probe_hash,
                "group": infos[run].group,
                "last": marks[run],
                "pictures": pictures.get(run, {}),
                "findings": [about(finding) for finding in findings.get(run, ())],
            }
            for run in sorted(marks.keys() & infos.keys())
        ]

    def layer_paths(self, context: RequestContext, experiment: str, run: str) -> list[str]:
        """Names of a run's layers, in the order of the records' rows; empty for an unknown run."""
        info = self._blobs.infos(context, experiment).get(run)
        return [] if info is None else [layer.path for layer in info.layers]

    def series(
        self, context: RequestContext, experiment: str, plugin: str, run: str
    ) -> Series | None:
        """All records of a run, of `STATS_PLUGIN` or `HIST_PLUGIN`; None without any."""
        mark = self._list(context, experiment, plugin).get(run)
        return None if mark is None else self._series(context, experiment, plugin, run, mark)

    def records(
        self, context: RequestContext, experiment: str, plugin: str, runs: Sequence[str], step: int
    ) -> dict[str, Series]:
        """Of each run the record at `step`, or the last one before it, as a series of one.

        Runs without records are left out.
        """
        marks = self._list(context, experiment, plugin, _KNOWN_SECONDS)
        if any(run not in marks or step > marks[run][0] for run in runs):
            marks = self._list(context, experiment, plugin)
        runs = [run for run in dict.fromkeys(runs) if run in marks]
        kept = {run: self._kept((experiment, plugin, run), marks[run]) for run in runs}
        late = {run: marks[run] for run in runs if kept[run] is None and step >= marks[run][0]}
        newest = self._read_newest(context, experiment, plugin, late)
        here = {run: kept[run] or newest.get(run) for run in runs}
        missing = [run for run in runs if here[run] is None]
        if missing:
            # TensorBoard's data server and this process work at the same time.
            with ThreadPoolExecutor(_READERS) as pool:
                read = functools.partial(self._series, context, experiment, plugin)
                found = pool.map(read, missing, [marks[run] for run in missing])
                here.update(zip(missing, found, strict=True))
        return {run: here[run].record(step) for run in runs if here[run] is not None}

    def read_ahead(
        self, context: RequestContext, experiment: str, plugin: str, runs: Sequence[str]
    ) -> None:
        """Begin to read all records of some runs in the background, as far as there is room.

        A run that was read before and has grown is left to whoever asks for its earlier records.
        """

        def work(run: str) -> None:
            if self._spill.room() or self._bytes() < self._bound // 2:
                self.series(context, experiment, plugin, run)

        for run in runs:
            key = (experiment, plugin, run)
            if key not in self._cache:
                self._ahead.add(key, functools.partial(work, run))

    def picture(
        self, context: RequestContext, experiment: str, run: str, layer: str, step: int
    ) -> tuple[int, bytes] | None:
        """Step and bytes of the last picture at or before `step`, or the first; None if none."""
        return self._blobs.picture(context, experiment, run, layer, step)

    def _series(
        self, context: RequestContext, experiment: str, plugin: str, run: str, mark: Mark
    ) -> Series | None:
        key = (experiment, plugin, run)
        with self._lock:
            loading = self._loading.setdefault(key, threading.Lock())
        with loading:
            kept = self._kept(key, mark)
            if kept is None:
                layers = {run: self._blobs.layer_count(context, experiment, run)}
                kept = read_series(self._provider, context, experiment, plugin, layers).get(run)
                self._keep(key, mark, kept)
            return kept

    def _read_newest(
        self, context: RequestContext, experiment: str, plugin: str, marks: dict[str, Mark]
    ) -> dict[str, Series]:
        """The last record of each run, all in one call."""
        keys = {run: (experiment, plugin, run) for run in marks}
        stale = [run for run, key in keys.items() if self._newest.get(key, (0,))[0] != marks[run]]
        if stale:
            layers = {run: self._blobs.layer_count(context, experiment, run) for run in stale}
            found = read_series(self._provider, context, experiment, plugin, layers, newest=True)
            for run, series in found.items():
                # What is older than the list says is on its way: not to be remembered.
                mark = marks[run] if _is_complete(series, marks[run]) else None
                self._newest[keys[run]] = (mark, series)
        return {run: self._newest[key][1] for run, key in keys.items() if key in self._newest}

    def _list(
        self,
        context: RequestContext,
        experiment: str,
        plugin: str,
        oldest: float | None = None,
    ) -> dict[str, Mark]:
        """Run -> mark; at most so many seconds old, `_FRESH_SECONDS` if not said."""
        now, oldest = time.monotonic(), _FRESH_SECONDS if oldest is None else oldest
        asked, marks = self._lists.get((experiment, plugin), (now, {}))
        if marks and now - asked < oldest:
            return marks
        found = self._provider.list_tensors(context, experiment_id=experiment, plugin_name=plugin)
        tag = tag_of(plugin)
        marks = {
            run: (tags[tag].max_step, tags[tag].max_wall_time)
            for run, tags in found.items()
            if tag in tags
        }
        self._lists[experiment, plugin] = (now, marks)
        return marks

    def _kept(self, key: tuple, mark: Mark) -> Series | None:
        with self._lock:
            entry = self._cache.get(key)
            if entry is None or entry[0] != mark or time.monotonic() > entry[1]:
                return None
            self._cache.move_to_end(key)
            return entry[2]

    def _keep(self, key: tuple, mark: Mark, series: Series | None) -> None:
        if series is None:
            return
        until = math.inf if _is_complete(series, mark) else time.monotonic() + _INCOMPLETE_SECONDS
        with self._lock:
            self._cache[key] = (mark, until, series)
            self._cache.move_to_end(key)
            self._make_room()

    def _make_room(self) -> None:
        """Put away, or forget, what was not used for the longest time."""
        over = self._bytes() - self._bound
        for key in list(self._cache)[:-1]:
            mark, until, series = self._cache[key]
            if over <= 0:
                break
            if not series.values.nbytes:
                continue
            over -= series.values.nbytes
            put = self._spill.put(series.values)
            if put is None:
                del self._cache[key]
            else:
                self._cache[key] = (mark, until, replace(series, values=put))
        for key in [
            k for k, (*_, s) in self._cache.items() if not self._spill.is_current(s.values)
        ]:
            del self._cache[key]

    def _bytes(self) -> int:
        return sum(series.values.nbytes for *_, series in list(self._cache.values()))


def _is_complete(series: Series, mark: Mark) -> bool:
    return int(series.steps[-1]) >= mark[0]
