// What a row shows of a group: the histograms of its runs together, and how far they lie apart.
//
// Each run weighs the same. A run counts from its first record to its last one, so that no number
// mixes steps beyond the records' own distance.

import { takesPart } from "./groups.js";
import { overRuns } from "./over_runs.js";

const SHARES = ["dead_fraction", "saturated_fraction"];
const COUNTS = ["nan_count", "inf_count"];

/**
 * @param {object} column of a group, see groups.js
 * @param {Array<object>} members the cells of its shown runs, in their order
 * @param {Records} records
 * @param {number} shown step
 */
export function groupCell(column, members, records, shown) {
  const here = members.filter((cell) => takesPart(records, cell.name, shown));
  const edges = here.find(({ total }) => total > 0)?.edges ?? members[0].edges;
  const present = here.filter((cell) => cell.total > 0 && cell.edges === edges);
  const over = (pick, cells = here) => overRuns(cells.map(pick));
  const [mean, std] = [over(({ mean }) => mean), over(({ std }) => std)];
  const statistics = { mean: mean.mean, std: std.mean };
  const ranges = { zero: over(({ zero }) => zero, present) };
  for (const name of SHARES) {
    ranges[name] = over(({ statistics: own }) => own[name]);
    statistics[name] = ranges[name].mean;
  }
  const affected = (pick) => here.filter((cell) => pick(cell) > 0).length;
  for (const name of COUNTS) statistics[name] = total(here, ({ statistics: own }) => own[name]);
  return {
    name: column.name,
    look: column.look,
    step: here.length ? shown : null,
    other: false,
    total: total(present, (cell) => cell.total),
    edges,
    statistics,
    mean: mean.mean,
    std: std.mean,
    spread: { mean: mean.spread, std: std.spread },
    ranges,
    known: mean.count > 0,
    zero: present.length ? ranges.zero.mean : 0,
    outside: total(present, ({ outside }) => outside),
    outermost: present[0]?.outermost ?? "",
    beyond: 0,
    members: present,
    runs: members.length,
    lost: affected(({ statistics: own }) => own.nan_count + own.inf_count),
    lacking: members.filter((cell) => !present.includes(cell)).map(({ name }) => name),
    words: present.length ? "" : wordsWithout(here, members),
  };
}

/** Mean density of a group's runs, and between which ones they all lie: of bars that they share. */
export function spreadOver(cell) {
  const { members } = cell;
  const [mean, low, high] = [[], [], []];
  for (let bar = 0; bar < cell.shapes.length; bar++) {
    let [sum, least, most] = [0, Infinity, 0];
    for (const { densities } of members) {
      const density = densities[bar];
      sum += density;
      if (density < least) least = density;
      if (density > most) most = density;
    }
    mean.push(sum / members.length);
    low.push(least);
    high.push(most);
  }
  cell.densities = mean;
  cell.band = { low, high };
  cell.beyond = overRuns(cell.members.map(({ beyond }) => beyond)).mean;
}

function wordsWithout(here, members) {
  const [first] = here.length ? here : members;
  if (!here.length) return "no run has a record at this step";
  return first.words || "not recorded at this step";
}

function total(cells, pick) {
  return cells.reduce((sum, cell) => sum + (pick(cell) || 0), 0);
}
