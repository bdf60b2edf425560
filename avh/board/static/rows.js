// What a row shows: one layer, all chosen runs or groups of them, on axes that they share.

import { groupCell, spreadOver } from "./group_cell.js";
import { snap } from "./scale.js";
import { densities, middle, sum, zeroBin } from "./spread.js";
import { shapes, sharedTop } from "./plot.js";
import { number, percent } from "./words.js";

const STATISTICS = [
  "mean",
  "std",
  "zero_fraction",
  "dead_fraction",
  "saturated_fraction",
  "nan_count",
  "inf_count",
];

/** Limits of the x axes, remembered as long as nothing that they depend on changes. */
export class Axes {
  #known = new Map();
  #key = "";

  constructor(app) {
    this.app = app;
  }

  /** [low, high] of a layer's axis. */
  of(layer) {
    const { state, records, runs, layers, shown } = this.app;
    const step = state.fit === "step" ? shown : "";
    const key = JSON.stringify([state.x, state.fit, step, records.version, runs, layers.length]);
    if (key !== this.#key) {
      this.#known.clear();
      this.#key = key;
    }
    const place = state.x === "page" ? "" : layer;
    if (!this.#known.has(place)) {
      const limits = this.#fit(state.x === "page" ? layers : [layer]);
      const whole = runs.every((name) => records.runs.get(name)?.stats);
      if (!whole && state.fit === "run") return limits; // until the statistics are here
      this.#known.set(place, limits);
    }
    return this.#known.get(place);
  }

  #fit(layers) {
    const { state, records, runs, shown } = this.app;
    let [low, high] = [Infinity, -Infinity];
    let zeros = false;
    for (const layer of layers) {
      for (const name of runs) {
        const run = records.runs.get(name);
        const counts = records.counts(name, layer, records.drawnRecord(name, shown));
        zeros ||= counts !== null && counts[zeroBin(run.edges)] > 0;
        let ends = state.fit === "run" ? records.range(name, layer) : null;
        ends ??= counts && middle(counts, run.edges);
        if (!ends) continue;
        low = Math.min(low, ends[0]);
        high = Math.max(high, ends[1]);
      }
    }
    if (low > high) [low, high] = [-1, 1];
    if (zeros) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
    return snap(low, high);
  }
}

/**
 * Everything that a row draws.
 *
 * @returns {{sheet: object, cells: Array<object>}} one cell for every column.
 */
export function describe(app, layer, width) {
  const limits = app.axes.of(layer);
  const cells = app.columns.map((column) => {
    const members = column.members.map((name) => cellOf(app, name, layer));
    return column.group ? groupCell(column, members, app.records, app.shown) : members[0];
  });
  const cut = new Map(); // edges -> bars: runs with equal edges have equal bars
  const measure = (cell) => {
    if (!cut.has(cell.edges)) cut.set(cell.edges, shapes(cell.edges, limits, width));
    cell.shapes = cut.get(cell.edges);
    if (cell.members) {
      cell.members.forEach(measure);
      spreadOver(cell);
      return;
    }
    cell.densities = densities(cell.counts, cell.total, cell.shapes);
    cell.beyond = Math.max(0, 1 - shareWithin(cell) - cell.zero - cell.outside / cell.total);
  };
  const peaks = [];
  for (const cell of cells) {
    if (!(cell.total > 0)) continue;
    measure(cell);
    peaks.push(Math.max(0, ...(cell.band?.high ?? cell.densities)));
  }
  const log = app.state.y === "log";
  return { sheet: { width, limits, top: sharedTop(peaks, log), log }, cells };
}

function shareWithin({ counts, total, shapes: found }) {
  return found.length ? found.reduce((s, { from, to }) => s + sum(counts, from, to), 0) / total : 0;
}

function cellOf(app, name, layer) {
  const { records, shown } = app;
  const run = records.runs.get(name);
  const record = records.drawnRecord(name, shown);
  const step = record < 0 ? null : run.steps[record];
  const counts = records.counts(name, layer, record);
  const total = counts ? sum(counts) : 0;
  const statistics = {};
  for (const statistic of STATISTICS) {
    statistics[statistic] = records.statistic(name, layer, record, statistic);
  }
  const count = records.statistic(name, layer, record, "count");
  const cell = {
    name,
    look: app.look(name),
    step,
    other: step !== null && step !== shown,
    counts,
    total,
    edges: run?.edges,
    statistics,
    mean: statistics.mean,
    std: statistics.std,
    known: count > 0,
    zero: total > 0 ? counts[zeroBin(run.edges)] / total : 0,
    outside: total > 0 ? counts[0] + counts.at(-1) : 0,
    outermost: run ? number(run.edges.at(-2)) : "",
    beyond: 0,
    words: "",
  };
  if (!run?.index.has(layer)) cell.words = "no such layer";
  else if (step === null) cell.words = "no records yet";
  else if (!counts) cell.words = "not recorded at this step";
  else if (!(total > 0)) {
    cell.words =
      statistics.nan_count + statistics.inf_count > 0 ? "no finite values" : "did not run";
  }
  return cell;
}

/** The bar under a place of a chart, in words: one row a run or group. */
export function reading(cells, at) {
  const rows = [];
  let title = "";
  for (const cell of cells) {
    if (!(cell.total > 0)) continue;
    const place = cell.shapes.findIndex(({ left, right }) => at >= left && at < right);
    if (place < 0) continue;
    const { left, right } = cell.shapes[place];
    title ||= `${number(left)} \u2026 ${number(right)}`;
    const density = cell.densities[place];
    const { low, high } = cell.band ?? {};
    const range = cell.band ? ` (${number(low[place])}\u2013${number(high[place])})` : "";
    rows.push({
      look: cell.look,
      name: cell.name,
      value: `${percent(density * (right - left))}  density ${number(density)}${range}`,
    });
  }
  return { title, rows };
}
