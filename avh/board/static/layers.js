// The layers of some runs, in one order.

/** Paths; each run's own order is kept where the runs do not contradict it. */
export function layerPaths(runs) {
  const paths = [];
  let before = "";
  for (const run of runs) {
    const own = run.layers.map(({ path }) => path).join("\n");
    if (own === before) continue; // of many runs most have the same layers
    before = own;
    let place = 0;
    for (const { path } of run.layers) {
      const known = paths.indexOf(path);
      if (known < 0) paths.splice(place, 0, path);
      place = known < 0 ? place + 1 : known + 1;
    }
  }
  return paths;
}
