"""One tag of some runs, as TensorBoard's data provider gives it.

A step that was written twice counts once: its later record. Records that are not what avh writes
are left out. An answer is bounded in bytes: TensorBoard's data server refuses larger ones.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from tensorboard.context import RequestContext
from tensorboard.data import provider as tb

from avh.board.spill import PutAway
from avh.records import schema

ANSWER_BYTES = 192 << 20  # of one call; the data server's bound is 256 MiB
_ALL = 1_000_000_000  # TensorBoard's providers want a number
_TAGS = {schema.STATS_PLUGIN: schema.STATS_TAG, schema.HIST_PLUGIN: schema.HIST_TAG}
_COLUMNS = {schema.STATS_PLUGIN: len(schema.STATISTICS), schema.HIST_PLUGIN: schema.BINS}


@dataclass(frozen=True)
class Series:
    """One tag of one run."""

    steps: np.ndarray  # [records] int64, ascending
    wall_times: np.ndarray  # [records] float64
    values: np.ndarray | PutAway  # [records, layers, columns] float32

    def at(self, step: int) -> int:
        """Index of the last record at or before `step`; the first one, if all are later."""
        return max(int(np.searchsorted(self.steps, step, side="right")) - 1, 0)

    def record(self, step: int) -> "Series":
        """That record alone."""
        one = slice(self.at(step), self.at(step) + 1)
        return Series(self.steps[one], self.wall_times[one], self.values[one])


def tag_of(plugin: str) -> str:
    """The tag that `STATS_PLUGIN` or `HIST_PLUGIN` writes."""
    return _TAGS[plugin]


def read_series(
    provider: tb.DataProvider,
    context: RequestContext,
    experiment: str,
    plugin: str,
    layers: Mapping[str, int],
    *,
    newest: bool = False,
) -> dict[str, Series]:
    """Records of some runs; runs without any are left out.

    Args:
        provider: what is asked.
        context: of the request.
        experiment: whose runs.
        plugin: `STATS_PLUGIN` or `HIST_PLUGIN`.
        layers: how many layers each of the runs has. A run whose records would not fit into an
            answer is thinned by the provider; its last record stays.
        newest: read the last record of each run only.
    """
    tag, series = _TAGS[plugin], {}
    for runs, most in _batches(layers, 4 * _COLUMNS[plugin], newest):
        found = provider.read_tensors(
            context,
            experiment_id=experiment,
            plugin_name=plugin,
            downsample=most,
            run_tag_filter=tb.RunTagFilter(runs, [tag]),
        )
        for run in runs:
            stacked = _stack(found.get(run, {}).get(tag, ()), plugin)
            if stacked is not None:
                series[run] = stacked
    return series


def _batches(
    layers: Mapping[str, int], row_bytes: int, newest: bool
) -> Iterator[tuple[list[str], int]]:
    """Runs for one call, and how many records of each it may give."""
    for run, count in layers.items() if not newest else ():
        yield [run], max(ANSWER_BYTES // (row_bytes * max(count, 1)), 2)
    batch, size = [], 0
    for run, count in layers.items() if newest else ():
        if batch and size + row_bytes * count > ANSWER_BYTES:
            yield batch, 1
            batch, size = [], 0
        batch, size = [*batch, run], size + row_bytes * count
    if batch:
        yield batch, 1


def _stack(data: list[tb.TensorDatum] | tuple, plugin: str) -> Series | None:
    by_step = {datum.step: datum for datum in data if datum.numpy.ndim == 2}
    if not by_step:
        return None
    data = [by_step[step] for step in sorted(by_step)]
    width = data[-1].numpy.shape[1]
    data = [datum for datum in data if datum.numpy.shape[1] == width]
    rows = max(len(datum.numpy) for datum in data)
    fill = np.nan if plugin == schema.STATS_PLUGIN else 0.0
    values = np.full((len(data), rows, width), fill, np.float32)
    for record, datum in zip(values, data, strict=True):
        record[: len(datum.numpy)] = datum.numpy
    steps = np.array([datum.step for datum in data], np.int64)
    return Series(steps, np.array([datum.wall_time for datum in data]), values)
