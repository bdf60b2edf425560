// One run: what the source says of it, and what was learned since.

/**
 * @param {object} about the run, as the source describes it
 * @param {object} [old] the same run as it was before
 * @param {Float64Array} edges of its bins
 */
export function describeRun(about, old, edges) {
  return {
    ...about,
    index: new Map(about.layers.map((layer, index) => [layer.path, index])),
    statistic: new Map(about.statistics.map((name, index) => [name, index])),
    edges,
    steps: old?.steps ?? [about.last[0]], // the statistics bring all of them
    times: old?.times ?? [about.last[1]],
    stats: old?.stats ?? null, // at the first steps; more are asked for
    ranges: new Map(), // of the layers' values
    asked: false, // the statistics were asked for
    pending: false, // they are on their way
    complete: false, // they are here, up to the last step
  };
}

/** Whether nothing was written since. */
export function sameRun(old, now) {
  return (
    String(old.last) === String(now.last) &&
    sameLayers(old, now) &&
    JSON.stringify(old.pictures) === JSON.stringify(now.pictures) &&
    JSON.stringify(old.findings) === JSON.stringify(now.findings)
  );
}

/** Whether this may be the old run with more records; surely it is not the same one otherwise. */
export function mayHaveGrown(old, now) {
  return now.last[0] >= old.last[0] && sameLayers(old, now);
}

/** Whether the old records are the first of the new ones. */
export function startsWith(now, old) {
  return (
    old.steps.length <= now.steps.length &&
    old.steps.every(
      (step, index) => now.steps[index] === step && now.times[index] === old.times[index],
    )
  );
}

function sameLayers(old, now) {
  return (
    old.probe_hash === now.probe_hash &&
    old.seed === now.seed &&
    old.layers.length === now.layers.length &&
    old.layers.every(({ path }, index) => path === now.layers[index].path)
  );
}
