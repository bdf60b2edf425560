"""What runs say of themselves, their findings and pictures, as TensorBoard's provider gives them.

All are read once a run and read again when it has written more. A run whose description cannot be
read is left out, and the log says so once.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tensorboard.context import RequestContext
from tensorboard.data import provider as tb

from avh.records import schema
from avh.records.finding import Finding, from_json

_READERS = 8
_ALL = 1_000_000_000  # TensorBoard's providers want a number
logger = logging.getLogger("avh")


class Blobs:
    """Reads through a data provider; safe to use from many threads."""

    def __init__(self, provider: tb.DataProvider) -> None:
        self._provider = provider
        self._infos: dict[tuple, tuple[tuple, schema.RunInfo | None]] = {}
        self._findings: dict[tuple, tuple[tuple, list[Finding] | None]] = {}
        self._keys: dict[tuple, tuple[tuple, dict[str, dict[int, str]]]] = {}

    def infos(self, context: RequestContext, experiment: str) -> dict[str, schema.RunInfo]:
        """Run -> its description."""
        return self._newest(context, experiment, schema.LAYERS_TAG, self._infos, self._info)

    def findings(self, context: RequestContext, experiment: str) -> dict[str, list[Finding]]:
        """Run -> what its monitor found; runs of which nothing was found are left out."""
        return self._newest(context, experiment, schema.FINDINGS_TAG, self._findings, self._said)

    def layer_count(self, context: RequestContext, experiment: str, run: str) -> int:
        """How many layers a run described when it was last asked; 0 without a description."""
        info = self._infos.get((experiment, run), (None, None))[1]
        info = info or self.infos(context, experiment).get(run)
        return 0 if info is None else len(info.layers)

    def picture_steps(
        self, context: RequestContext, experiment: str
    ) -> dict[str, dict[str, list[int]]]:
        """Run -> layer -> steps of its pictures, ascending."""
        known = self._picture_keys(context, experiment)
        return {
            run: {layer: sorted(keys) for layer, keys in layers.items()}
            for run, layers in known.items()
        }

    def picture(
        self, context: RequestContext, experiment: str, run: str, layer: str, step: int
    ) -> tuple[int, bytes] | None:
        """Step and bytes of the last picture at or before `step`, or the first; None if none."""
        # The page asks for pictures of steps that `picture_steps` has told it.
        keys = self._keys.get((experiment, run), ((), {}))[1].get(layer, {})
        if step not in keys:
            keys = self._picture_keys(context, experiment).get(run, {}).get(layer, {})
        if not keys:
            return None
        found = max((own for own in keys if own <= step), default=min(keys))
        return found, self._provider.read_blob(context, blob_key=keys[found])

    def _picture_keys(
        self, context: RequestContext, experiment: str
    ) -> dict[str, dict[str, dict[int, str]]]:
        """Run -> layer -> step -> where TensorBoard has the picture."""
        plugin, start = schema.IMAGES_PLUGIN, len(schema.IMAGES_TAG) + 1
        listed = self._list(context, experiment, plugin)
        marks = {
            run: tuple((tag, about.max_step, about.max_wall_time) for tag, about in tags.items())
            for run, tags in listed.items()
        }
        stale = [r for r, m in marks.items() if self._keys.get((experiment, r), (0,))[0] != m]
        if stale:
            for run, tags in self._read(context, experiment, plugin, stale, None).items():
                keys = {
                    tag[start:]: {datum.step: datum.values[0].blob_key for datum in data}
                    for tag, data in tags.items()
                }
                newest = max((max(own) for own in keys.values() if own), default=-1)
                whole = newest >= max(step for _, step, _ in marks[run])
                self._keys[experiment, run] = (marks[run] if whole else (), keys)
        return {run: self._keys.get((experiment, run), ((), {}))[1] for run in marks}

    def _newest(
        self,
        context: RequestContext,
        experiment: str,
        tag: str,
        kept: dict[tuple, tuple[tuple, object]],
        read: Callable[[RequestContext, str, tb.BlobSequenceDatum], object],
    ) -> dict:
        """Run -> the newest datum of a tag, as `read` reads it; those that give None left out."""
        listed = self._list(context, experiment, schema.STATS_PLUGIN)
        marks = {
            run: (tags[tag].max_step, tags[tag].max_wall_time)
            for run, tags in listed.items()
            if tag in tags
        }
        stale = [r for r, m in marks.items() if kept.get((experiment, r), (0,))[0] != m]
        if stale:
            found = self._read(context, experiment, schema.STATS_PLUGIN, stale, [tag])
            data = {run: found.get(run, {}).get(tag) for run in stale}
            loaded = [run for run in stale if data[run]]
            # Each call waits 45 ms for the data server, so they wait together.
            with ThreadPoolExecutor(_READERS) as pool:
                answers = pool.map(lambda run: read(context, run, data[run][-1]), loaded)
                for run, answer in zip(loaded, answers, strict=True):
                    kept[experiment, run] = (marks[run], answer)
        known = {run: kept.get((experiment, run), (None, None))[1] for run in marks}
        return {run: answer for run, answer in known.items() if answer is not None}

    def _said(
        self, context: RequestContext, run: str, datum: tb.BlobSequenceDatum
    ) -> list[Finding] | None:
        text = self._provider.read_blob(context, blob_key=datum.values[0].blob_key)
        try:
            return from_json(text.decode())
        except ValueError as error:
            logger.warning("The Activations tab shows no findings of the run %r: %s", run, error)
            return None

    def _info(
        self, context: RequestContext, run: str, datum: tb.BlobSequenceDatum
    ) -> schema.RunInfo | None:
        text = self._provider.read_blob(context, blob_key=datum.values[0].blob_key)
        try:
            return schema.RunInfo.from_json(text.decode())
        except ValueError as error:
            logger.warning("The Activations tab leaves out the run %r: %s", run, error)
            return None

    def _list(self, context: RequestContext, experiment: str, plugin: str) -> dict:
        return self._provider.list_blob_sequences(
            context, experiment_id=experiment, plugin_name=plugin
        )

    def _read(
        self,
        context: RequestContext,
        experiment: str,
        plugin: str,
        runs: list[str],
        tags: list[str] | None,
    ) -> dict:
        return self._provider.read_blob_sequences(
            context,
            experiment_id=experiment,
            plugin_name=plugin,
            downsample=_ALL,
            run_tag_filter=tb.RunTagFilter(runs, tags),
        )
