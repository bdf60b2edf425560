// Through depth and over time: mean, deviation, share of zeros and of dead units, one line a run,
// or a line and a band a group: the mean of its runs and their range.
//
// Ranges hold all steps, so the lines move and the axes stay.

import { h, show, text } from "./dom.js";
import { takesPart } from "./groups.js";
import { LineChart } from "./line_chart.js";
import { seriesOverRuns } from "./over_runs.js";
import { snap, ticks } from "./scale.js";
import { number, percent, shorten, whole } from "./words.js";

const HEIGHT = 138;
const GAP = 14;
const KINDS = [
  { statistic: "mean", title: "Mean", reference: 0, say: number },
  { statistic: "std", title: "Standard deviation", reference: 1, say: number },
  {
    statistic: "zero_fraction",
    title: "Exact zeros",
    reference: null,
    say: percent,
    percent: true,
  },
  { statistic: "dead_fraction", title: "Dead units", reference: null, say: percent, percent: true },
];

export class Charts {
  #ranges = new Map();
  #key = ""; // of what the ranges depend on
  #drawn = "";

  constructor(app) {
    this.app = app;
    const make = (pick) =>
      KINDS.map((kind) => new LineChart({ ...kind, height: HEIGHT, tip: app.tip, pick }));
    this.depth = make((index) => app.go(app.layers[index]));
    this.time = make((index) => app.set({ step: app.steps[index] }));
    const strip = (name, title, charts) => {
      const row = h("div", { class: "strip" }, ...charts.map(({ element }) => element));
      return h("section", { class: "charts", "data-testid": name, hidden: true }, title, row);
    };
    this.layer = h("select", {
      "aria-label": "Layer shown over time",
      "data-testid": "layer-select",
      onchange: (event) => app.set({ layer: event.target.value }),
    });
    this.step = h("span", { class: "quiet" });
    this.depthStrip = strip("depth", h("h2", {}, "Through depth ", this.step), this.depth);
    this.timeStrip = strip("time", h("h2", {}, "Over time ", this.layer), this.time);
    this.element = h("div", { class: "all-charts" }, this.depthStrip, this.timeStrip);
  }

  update(room) {
    const { app } = this;
    const { charts } = app.state;
    const some = app.runs.length > 0 && app.layers.length > 0 && app.step !== null;
    const depth = some && (charts === "depth" || charts === "both");
    const time = some && (charts === "time" || charts === "both");
    show(this.depthStrip, depth);
    show(this.timeStrip, time);
    if (!room) return;
    const beside = depth && time && room >= 1700;
    this.element.classList.toggle("beside", beside);
    const wide = beside ? (room - 36) / 2 : room;
    const width = Math.floor((wide - GAP * (KINDS.length - 1)) / KINDS.length);
    const key = JSON.stringify([app.records.version, app.runs, app.layers.length]);
    if (key !== this.#key) {
      this.#key = key;
      this.#ranges.clear();
    }
    const columns = app.columns.map((column) => column.key);
    const layers = [app.layers, app.layer];
    const steps = [app.step, app.steps.length];
    const drawn = JSON.stringify([key, columns, layers, steps, width, depth, time]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    if (depth) this.#drawDepth(width);
    if (time) this.#drawTime(width);
  }

  #drawDepth(width) {
    const { app } = this;
    text(this.step, `at step ${whole(app.step)}`);
    const positions = app.layers.map((_, index) => index);
    const labels = spaced(app.layers, width - 50).map((index) => [
      index,
      shorten(app.layers[index], 14),
    ]);
    const marker = app.layers.indexOf(app.layer);
    for (const [index, kind] of KINDS.entries()) {
      const series = this.#series((name, group) => {
        const here = !group || takesPart(app.records, name, app.step);
        const record = here ? app.records.record(name, app.step) : -1;
        return app.layers.map((layer) =>
          app.records.statistic(name, layer, record, kind.statistic),
        );
      });
      const sheet = {
        width,
        positions,
        range: this.#range(kind, app.layers),
        labels,
        marker: marker < 0 ? null : marker,
        dots: true,
        names: (at) => shorten(app.layers[at], 40),
      };
      this.depth[index].draw(sheet, series);
    }
  }

  #drawTime(width) {
    const { app } = this;
    this.#offerLayers();
    const [first, last] = [app.steps[0] ?? 0, app.steps.at(-1) ?? 1];
    const at = last > first ? ticks(first, last, Math.max(2, Math.floor(width / 60))) : [first];
    const words = at.map(whole);
    for (const [index, kind] of KINDS.entries()) {
      const series = this.#series((name) => {
        const own = app.records.runs.get(name)?.steps ?? [];
        let record = 0;
        const values = app.steps.map((step) => {
          while (record < own.length && own[record] < step) record++;
          if (own[record] !== step) return undefined;
          return app.records.statistic(name, app.layer, record, kind.statistic);
        });
        return held(values);
      });
      const sheet = {
        width,
        positions: app.steps,
        range: this.#range(kind, [app.layer]),
        labels: at.map((position, place) => [position, words[place]]),
        marker: app.step,
        dots: false,
        names: (place) => `${shorten(app.layer, 30)}, step ${whole(app.steps[place])}`,
      };
      this.time[index].draw(sheet, series);
    }
  }

  /** A line a column; `valuesOf` gives those of a run: (name, whether in a group) -> numbers. */
  #series(valuesOf) {
    return this.app.columns.map(({ key, name, look, group, members }) => {
      const lines = members.map((member) => valuesOf(member, group));
      return { key, name, look, ...(group ? seriesOverRuns(lines) : { values: lines[0] }) };
    });
  }

  #offerLayers() {
    const { app } = this;
    const key = app.layers.join("\n");
    if (this.offered !== key) {
      this.offered = key;
      this.layer.replaceChildren(
        ...app.layers.map((layer) => h("option", { ".value": layer }, shorten(layer, 48))),
      );
    }
    if (this.layer.value !== app.layer) this.layer.value = app.layer;
  }

  #range(kind, layers) {
    const key = JSON.stringify([kind.statistic, layers.length === 1 ? layers[0] : ""]);
    if (!this.#ranges.has(key)) this.#ranges.set(key, this.#fit(kind, layers));
    return this.#ranges.get(key);
  }

  #fit(kind, layers) {
    const { records, runs } = this.app;
    let [low, high] = [0, kind.percent ? 0.05 : (kind.reference ?? 0)];
    for (const name of runs) {
      for (const layer of layers) {
        const ends = records.ends(name, layer, kind.statistic);
        if (!ends) continue;
        low = Math.min(low, ends[0]);
        high = Math.max(high, ends[1]);
      }
    }
    if (kind.percent) return [0, Math.min(snap(0, high, 8)[1], 1)];
    return snap(low, high > low ? high : low + 1, 8);
  }
}

/** Steps of other runs are no gap: the line goes on; a step of its own that is NaN is one. */
function held(values) {
  let last = values.length - 1;
  while (last >= 0 && values[last] === undefined) last--;
  let known;
  return values.map((value, place) => {
    if (value !== undefined) known = value;
    return place > last || known === undefined ? NaN : known;
  });
}

/** Indices of labels that fit beside each other. */
function spaced(names, width) {
  const longest = Math.max(1, ...names.map((name) => Math.min(name.length, 14)));
  const fit = Math.max(1, Math.floor(width / (6 * longest + 8)));
  const stride = Math.ceil(names.length / fit);
  return names.map((_, index) => index).filter((index) => index % stride === 0);
}
