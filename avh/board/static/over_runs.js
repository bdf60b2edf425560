// One number of several runs: its mean, how far the runs lie apart, and its range.

/**
 * @param {Array<number>} values one a run; what is not finite is left out
 * @returns {{mean: number, spread: number, low: number, high: number, count: number}} `spread` is
 *   the standard deviation of a sample, NaN of one run; all are NaN without any value.
 */
export function overRuns(values) {
  let [count, mean, squares] = [0, 0, 0];
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    count++;
    const before = value - mean;
    mean += before / count;
    squares += before * (value - mean);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!count) return { mean: NaN, spread: NaN, low: NaN, high: NaN, count };
  return { mean, spread: Math.sqrt(squares / (count - 1)), low, high, count };
}

/** The same of series, place by place: {values, low, high}, arrays as long as the series. */
export function seriesOverRuns(series) {
  const found = series[0].map((_, place) => overRuns(series.map((values) => values[place])));
  return {
    values: found.map(({ mean }) => mean),
    low: found.map(({ low }) => low),
    high: found.map(({ high }) => high),
  };
}
