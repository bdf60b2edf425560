// Is the comparison fair? Where the chosen runs differ in what should be equal, the page says so.

import { list, shorten, whole } from "./words.js";

/**
 * @param {Array<object>} runs the chosen runs, as the source describes them
 * @returns {Array<string>} sentences
 */
export function notices(runs) {
  if (runs.length < 2) return [];
  const found = [];
  const seeds = groups(runs, (run) => run.seed ?? null);
  if (seeds.size > 1)
    found.push(`Different seeds: ${tell(seeds, (seed) => seed ?? "not recorded")}.`);
  const probes = groups(runs, (run) => run.probe_hash ?? null);
  if (probes.size > 1) {
    found.push(
      `Different probes, so their pictures are of different inputs: ${tell(probes, (hash) => hash?.slice(0, 8) ?? "not recorded")}.`,
    );
  }
  const edges = groups(runs, (run) => run.magnitudes.join());
  if (edges.size > 1) {
    found.push(
      `Different bins: ${[...edges.values()].map((names) => list(names)).join(" against ")}.`,
    );
  }
  found.push(...layerSets(runs), ...shapes(runs), ...lengths(runs));
  return found;
}

function layerSets(runs) {
  const sets = groups(runs, (run) => run.layers.map(({ path }) => path).join("\n"));
  if (sets.size < 2) return [];
  const paths = [...new Set(runs.flatMap((run) => run.layers.map(({ path }) => path)))];
  const missing = runs
    .map((run) => {
      const own = new Set(run.layers.map(({ path }) => path));
      return [run.name, paths.filter((path) => !own.has(path))];
    })
    .filter(([, lacks]) => lacks.length);
  if (!missing.length) return ["The same layers in different orders."];
  const words = missing
    .slice(0, 3)
    .map(([name, lacks]) => `${shorten(name, 36)} has no ${list(lacks, 3)}`);
  const rest = missing.length - words.length;
  return [
    `Different layers: ${words.join("; ")}${rest > 0 ? `; and ${rest} more runs differ` : ""}.`,
  ];
}

function shapes(runs) {
  const known = new Map();
  const differ = new Set();
  for (const run of runs) {
    for (const { path, output_shape: shape } of run.layers) {
      const own = JSON.stringify(shape.slice(1));
      if (known.has(path) && known.get(path) !== own) differ.add(path);
      known.set(path, own);
    }
  }
  return differ.size ? [`Different output shapes: ${list([...differ])}.`] : [];
}

function lengths(runs) {
  const ends = groups(runs, (run) => run.steps.at(-1) ?? null);
  if (ends.size < 2) return [];
  const words = tell(ends, (step) => (step === null ? "no records yet" : `step ${whole(step)}`));
  return [`Different lengths, each run is shown at its own last record after its end: ${words}.`];
}

function groups(runs, key) {
  const found = new Map();
  for (const run of runs) {
    const own = key(run);
    found.set(own, [...(found.get(own) ?? []), run.name]);
  }
  return found;
}

function tell(found, words) {
  const parts = [...found].slice(0, 4).map(([value, names]) => `${list(names, 3)} ${words(value)}`);
  const rest = found.size - parts.length;
  return parts.join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}
