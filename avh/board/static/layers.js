// The layers of some runs, in one order.

/** Paths; each run's own order is kept where the runs do not contradict it. */
export function layerPaths(runs) {
  const paths = [];
  for (const run of runs) {
    let place = 0;
    for (const { path } of run.layers) {
      const known = paths.indexOf(path);
      if (known < 0) paths.splice(place, 0, path);
      place = known < 0 ? place + 1 : known + 1;
    }
  }
  return paths;
}
