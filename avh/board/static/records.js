// What is known of the runs, and what was fetched of them.
//
// Histograms come record by record and stay, up to a budget of bytes; statistics come run by run.
// A run that grew keeps what was fetched; a run that was restarted loses it.

import { describeRun, mayHaveGrown, sameRun, startsWith } from "./run.js";
import { binEdges } from "./spread.js";

const BUDGET = 96e6; // bytes of histograms
const AT_ONCE = 25; // runs in one request for histograms
const SAMPLE = 300; // records of a run that say where its values lie

export class Records {
  runs = new Map(); // name -> run
  version = 0; // counts the changes of runs and statistics
  #source;
  #hist = new Map(); // run name -> Map(step -> {shape, values}); both in the order of their use
  #bytes = 0;
  #ridges = new Map();
  #edges = new Map();

  constructor(source) {
    this.#source = source;
  }

  /** Ask for the runs. Returns whether anything changed. */
  async refresh() {
    const described = await this.#source.runs();
    const before = this.runs;
    this.runs = new Map();
    let changed = described.length !== before.size;
    for (const about of described) {
      const old = before.get(about.name);
      const kept = old && sameRun(old, about);
      changed ||= !kept;
      if (kept) old.asked &&= old.complete; // what lagged behind is asked for again
      this.runs.set(about.name, kept ? old : this.#describe(about, old));
    }
    for (const name of before.keys()) if (!this.runs.has(name)) this.#forget(name);
    if (changed) this.version++;
    return changed;
  }

  #describe(about, old) {
    if (old && !mayHaveGrown(old, about)) {
      this.#forget(about.name);
      old = undefined;
    }
    return describeRun(about, old, this.#edgesOf(about.magnitudes));
  }

  /** Runs with equal bins share their edges. */
  #edgesOf(magnitudes) {
    const key = magnitudes.join();
    if (!this.#edges.has(key)) this.#edges.set(key, binEdges(magnitudes));
    return this.#edges.get(key);
  }

  /** Whether the statistics of a run, or the newest of them, are still to be asked for. */
  lacksStats(name) {
    return !this.runs.get(name).asked;
  }

  /** Whether they are on their way, or still to be asked for. */
  awaitsStats(name) {
    const { asked, pending } = this.runs.get(name);
    return pending || !asked;
  }

  /** Fetch the statistics of a run, once until the next `refresh`. */
  async fetchStats(name) {
    const run = this.runs.get(name);
    if (!run || run.asked) return;
    run.asked = run.pending = true;
    try {
      const { steps, wall_times: times, ...stats } = await this.#source.stats(name);
      if (run.stats && !startsWith({ steps, times }, run)) this.#forget(name); // it began anew
      Object.assign(run, { steps, times, stats, ranges: new Map() });
      run.complete = steps.at(-1) >= run.last[0]; // TensorBoard may list before it loads
      this.version++;
    } finally {
      run.pending = false;
    }
  }

  /**
   * Fetch the histograms that are missing at a step, some runs at a time: the first answer about
   * many long runs takes its time, and nobody may want it any more. `tell` hears how far it is.
   */
  async fetchHist(step, names, wanted = () => true, tell = () => {}) {
    const missing = names.filter((name) => {
      const shown = this.shownStep(name, step);
      return shown !== null && !this.#hist.get(name)?.has(shown);
    });
    for (let first = 0; first < missing.length && wanted(); first += AT_ONCE) {
      if (missing.length > AT_ONCE) tell(names.length - missing.length + first, names.length);
      await this.#fetchHistOf(step, missing.slice(first, first + AT_ONCE));
    }
  }

  async #fetchHistOf(step, missing) {
    const answer = await this.#source.hist(step, missing);
    for (const { run, step: own, shape, values } of answer) {
      if (!this.#hist.has(run)) this.#hist.set(run, new Map());
      this.#bytes += values.byteLength - (this.#hist.get(run).get(own)?.values.byteLength ?? 0);
      this.#hist.get(run).set(own, { shape, values });
    }
    const shown = new Map([...this.#hist.keys()].map((name) => [name, this.shownStep(name, step)]));
    for (const [name, records] of this.#hist) {
      for (const [own, { values }] of records) {
        if (this.#bytes <= BUDGET || records.size < 2) break;
        if (own === shown.get(name)) continue;
        records.delete(own);
        this.#bytes -= values.byteLength;
      }
    }
  }

  /** Whether all histograms at a step are here. */
  hasHist(step, names) {
    return names.every((name) => {
      const shown = this.shownStep(name, step);
      return shown === null || this.#hist.get(name)?.has(shown);
    });
  }

  /** Histograms of one layer over time, kept until the run grows. */
  async fetchRidge(name, layer) {
    const key = JSON.stringify([name, layer]);
    const run = this.runs.get(name);
    const kept = this.#ridges.get(key);
    if (kept?.stats === run.stats) return kept.rows;
    const rows = await this.#source.ridge(name, layer);
    this.#ridges.set(key, { stats: run.stats, rows });
    if (this.#ridges.size > 40) this.#ridges.delete(this.#ridges.keys().next().value);
    return rows;
  }

  /** Index of the record to show: of the largest step <= `step`, or the first; -1 if none is. */
  record(name, step) {
    const steps = this.runs.get(name)?.steps ?? [];
    let low = 0;
    let high = steps.length;
    while (low < high) {
      const half = (low + high) >> 1;
      if (steps[half] <= step) low = half + 1;
      else high = half;
    }
    return steps.length ? Math.max(low - 1, 0) : -1;
  }

  /** The step of that record, or null. */
  shownStep(name, step) {
    const record = this.record(name, step);
    return record < 0 ? null : this.runs.get(name).steps[record];
  }

  /**
   * Index of the record to draw: `record`, or the last one before it that is here, so that a run
   * that grows shows what it showed until the new record has come.
   */
  drawnRecord(name, step) {
    const wanted = this.record(name, step);
    const run = this.runs.get(name);
    const known = this.#hist.get(name);
    const here = (index) =>
      known?.has(run.steps[index]) && !(run.stats && index >= run.stats.shape[0]);
    for (let index = wanted; index >= 0; index--) if (here(index)) return index;
    return wanted;
  }

  /** Counts of one layer at a record: Float32Array [bins]; null without them. */
  counts(name, layer, record) {
    const run = this.runs.get(name);
    const index = run?.index.get(layer);
    const found = this.#hist.get(name)?.get(run.steps[record]);
    if (index === undefined || !found || index >= found.shape[0]) return null;
    const bins = found.shape[1];
    return found.values.subarray(index * bins, (index + 1) * bins);
  }

  /** One statistic of one layer at a record; NaN where unknown. */
  statistic(name, layer, record, statistic) {
    const run = this.runs.get(name);
    const index = run?.index.get(layer);
    if (!run?.stats || index === undefined || record < 0) return NaN;
    const [records, layers, width] = run.stats.shape;
    const place = run.statistic.get(statistic);
    if (record >= records || index >= layers || place === undefined) return NaN;
    return run.stats.values[(record * layers + index) * width + place];
  }

  /** Where the values of a layer lie over the whole run: [low, high], or null. */
  range(name, layer) {
    const low = this.#over(name, layer, "q01", 0.02); // a few wild steps must not flatten others
    return low && [low[0], this.#over(name, layer, "q99", 0.02)?.[1]];
  }

  /** Where a statistic of a layer lies over the whole run, but for 1 % at either end; or null. */
  ends(name, layer, statistic) {
    return this.#over(name, layer, statistic, 0.01);
  }

  /** Quantiles of a statistic over the run, `share` from either end; counted once a run. */
  #over(name, layer, statistic, share) {
    const run = this.runs.get(name);
    if (!run?.stats) return null;
    const key = `${statistic} ${layer}`;
    if (!run.ranges.has(key)) {
      const found = this.#sample(run, layer, statistic);
      const at = (part) => found[Math.round(part * (found.length - 1))];
      run.ranges.set(key, found.length ? [at(share), at(1 - share)] : null);
    }
    return run.ranges.get(key);
  }

  /** The finite values of a statistic at evenly picked records, at most `SAMPLE`, ascending. */
  #sample({ stats, index, statistic: places }, layer, statistic) {
    const [records, layers, width] = stats.shape;
    const [row, place] = [index.get(layer), places.get(statistic)];
    if (row === undefined || row >= layers || place === undefined) return [];
    const stride = Math.ceil(records / SAMPLE);
    const found = new Float32Array(Math.ceil(records / stride));
    let count = 0;
    for (let record = records - 1; record >= 0; record -= stride) {
      const value = stats.values[(record * layers + row) * width + place];
      if (Number.isFinite(value)) found[count++] = value;
    }
    return found.subarray(0, count).sort();
  }

  /** The picture to show: {url, step} of the largest step <= `step`, or the first; or null. */
  picture(name, layer, step) {
    const steps = this.runs.get(name)?.pictures?.[layer];
    if (!steps?.length) return null;
    const own = steps.findLast((taken) => taken <= step) ?? steps[0];
    return { url: this.#source.imageUrl(name, layer, own), step: own };
  }

  #forget(name) {
    for (const { values } of this.#hist.get(name)?.values() ?? []) this.#bytes -= values.byteLength;
    this.#hist.delete(name);
  }
}
