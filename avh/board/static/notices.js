// Is the comparison fair? Where the shown runs differ in what should be equal, the page says so.
//
// Runs of a group are to differ in their seed alone; between groups the first runs are compared.

import { list, shorten, whole } from "./words.js";

/**
 * @param {Array<object>} columns what is shown, see groups.js
 * @param {function(string): object} runOf a run by name, as the source describes it
 * @returns {Array<string>} sentences
 */
export function notices(columns, runOf) {
  const shown = units(columns, runOf);
  const within = shown.filter(({ group }) => group).flatMap(inGroup);
  const firsts = shown.map(({ runs }) => runs[0]);
  const lengthsOf = shown.flatMap(({ group, runs }) => (group ? [] : runs));
  return [...within, ...between(shown, firsts), ...lengths(lengthsOf)];
}

/** Runs, and groups with their runs, whether these are shown singly or not. */
function units(columns, runOf) {
  const found = new Map();
  for (const { key, name, group, parent, members } of columns) {
    const own = parent === null ? key : `group ${parent}`;
    const unit = { name: parent ?? name, group: group || parent !== null, runs: [] };
    if (!found.has(own)) found.set(own, unit);
    found.get(own).runs.push(...members.map(runOf));
  }
  return [...found.values()];
}

function inGroup({ name, runs }) {
  const where = `In the group ${shorten(name, 36)}: `;
  const seeds = [...by(runs, (run) => run.seed ?? null)];
  const found = seeds
    .filter(([seed, names]) => seed !== null && names.length > 1)
    .slice(0, 3)
    .map(([seed, names]) => `${list(names, 3)} have the same seed ${seed}.`);
  found.push(...probes(runs), ...bins(runs), ...layerSets(runs), ...shapes(runs));
  const ends = by(runs, lastStep);
  if (ends.size > 1) {
    const words = tell(ends, endWords);
    found.push(`Different lengths, a run is left out after its last record: ${words}.`);
  }
  return found.map((words) => where + words.replace(/^(Different|The same)/, lower));
}

function lower(words) {
  return words.toLowerCase();
}

/** Differences between what stands beside each other. */
function between(shown, firsts) {
  if (shown.length < 2) return [];
  const seeds = by(shown, ({ runs }) => seedsOf(runs));
  const found = [];
  if (seeds.size > 1) {
    found.push(`Different seeds: ${tell(seeds, (words) => words)}.`);
  }
  return [...found, ...probes(firsts), ...bins(firsts), ...layerSets(firsts), ...shapes(firsts)];
}

/** The seeds of some runs in words, the same for the same seeds: "1, 2 and 3". */
function seedsOf(runs) {
  const seeds = [...new Set(runs.map((run) => run.seed ?? null))].sort((a, b) => a - b);
  return list(
    seeds.map((seed) => (seed === null ? "not recorded" : `${seed}`)),
    8,
  );
}

function probes(runs) {
  const found = by(runs, (run) => run.probe_hash ?? null);
  if (found.size < 2) return [];
  const words = tell(found, (hash) => hash?.slice(0, 8) ?? "not recorded");
  return [`Different probes, so their pictures are of different inputs: ${words}.`];
}

function bins(runs) {
  const edges = by(runs, (run) => run.magnitudes.join());
  if (edges.size < 2) return [];
  return [`Different bins: ${[...edges.values()].map((names) => list(names)).join(" against ")}.`];
}

function layerSets(runs) {
  const sets = by(runs, (run) => run.layers.map(({ path }) => path).join("\n"));
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
  const ends = by(runs, lastStep);
  if (ends.size < 2) return [];
  const words = tell(ends, endWords);
  return [`Different lengths, each run is shown at its own last record after its end: ${words}.`];
}

function lastStep(run) {
  return run.steps.at(-1) ?? null;
}

function endWords(step) {
  return step === null ? "no records yet" : `step ${whole(step)}`;
}

/** Value -> names of the runs, or columns, that have it. */
function by(items, value) {
  const found = new Map();
  for (const item of items) {
    const own = value(item);
    if (!found.has(own)) found.set(own, []);
    found.get(own).push(item.name);
  }
  return found;
}

function tell(found, words) {
  const parts = [...found].slice(0, 4).map(([value, names]) => `${list(names, 3)} ${words(value)}`);
  const rest = found.size - parts.length;
  return parts.join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}
