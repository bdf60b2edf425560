// Ridge: one layer over time, a column a run or a group, on the same axes; the first steps are at
// the back. Of a group each ridge is the mean density of its runs.

import { wear } from "./colours.js";
import { attr, h, text } from "./dom.js";
import { takesPart } from "./groups.js";
import { overRuns } from "./over_runs.js";
import { ridgeChart, ridgeLimits, zerosOf } from "./ridge_chart.js";
import { sum } from "./spread.js";
import { number, percent, whole } from "./words.js";

const RIDGES = 56; // at most, evenly picked
const GAP = 18;

export class Ridge {
  #token = 0;
  #key = "";
  #parts = [];

  constructor(app) {
    this.app = app;
    this.layer = h("select", {
      "aria-label": "Layer",
      "data-testid": "ridge-layer",
      onchange: (event) => app.set({ layer: event.target.value }),
    });
    this.body = h("div", { class: "ridges", "data-testid": "ridge" });
    this.words = h("p", { class: "quiet" });
    this.element = h(
      "section",
      { class: "ridge" },
      h("h2", {}, "Over time ", this.layer),
      this.words,
      this.body,
    );
  }

  reveal() {}

  async update() {
    const { app } = this;
    const { width } = app;
    if (!width || app.layer === null) return;
    if (this.offered !== app.layers.join("\n")) {
      this.offered = app.layers.join("\n");
      this.layer.replaceChildren(...app.layers.map((l) => h("option", { ".value": l }, l)));
    }
    this.layer.value = app.layer;
    const keys = app.columns.map(({ key, members }) => [key, members]);
    const key = JSON.stringify([keys, app.layer, width, app.records.version, app.state.y]);
    if (key !== this.#key) {
      this.#key = key;
      const token = ++this.#token;
      text(this.words, "Loading the steps of this layer\u2026");
      const found = await Promise.all(app.columns.map((column) => this.#fetch(column)));
      if (token !== this.#token) return;
      if (found.some(({ failed }) => failed)) this.#key = ""; // tried again with the next drawing
      this.#build(found, width);
      text(
        this.words,
        "From the first step at the back to the last in front. A click on a ridge goes to its step.",
      );
    }
    this.#mark();
  }

  async #fetch(column) {
    if (!column.group) return { column, ...(await this.#fetchRun(column.name)) };
    const found = await Promise.all(column.members.map((name) => this.#fetchRun(name)));
    return { column, name: column.name, ...together(found) };
  }

  async #fetchRun(name) {
    const run = this.app.records.runs.get(name);
    if (!run?.index.has(this.app.layer)) return { name, words: "no such layer" };
    if (!run.steps.length) return { name, words: "no records yet" };
    let rows;
    try {
      rows = await this.app.records.fetchRidge(name, this.app.layer);
    } catch (error) {
      return { name, words: error.message, failed: true };
    }
    const bins = rows.shape[1];
    const all = (record) => rows.values.subarray(record * bins, (record + 1) * bins);
    const lines = evenly(rows.steps).map(([step, record]) => {
      const counts = all(record);
      return { step, counts, total: sum(counts) };
    });
    return { name, run, rows, lines };
  }

  #build(found, width) {
    const { app } = this;
    const count = Math.max(found.length, 1);
    const wide = Math.max(240, Math.min(760, Math.floor((width - 32 + GAP) / count - GAP)));
    const limits = ridgeLimits(found);
    this.#parts = found.map((part) => {
      const swatch = h("span", { class: "swatch" });
      const head = h(
        "div",
        { class: "head" },
        swatch,
        h("span", { class: "head-name", title: part.name }, part.name),
      );
      const element = h(
        "div",
        {
          class: "ridge-run",
          "data-testid": "cell",
          [part.column.group ? "data-group" : "data-run"]: part.name,
          "data-layer": app.layer,
        },
        head,
      );
      wear(element, part.column.look);
      element.append(
        part.lines ? this.#chart(part, limits, wide) : h("p", { class: "words" }, part.words),
      );
      return { ...part, element };
    });
    this.body.style.setProperty("--columns", count);
    this.body.replaceChildren(...this.#parts.map(({ element }) => element));
  }

  #chart(part, limits, wide) {
    const { app } = this;
    const { svg, groups, at } = ridgeChart(part, limits, wide, app.state.y === "log");
    part.ridges = groups;
    svg.addEventListener("click", (event) => app.set({ step: part.lines[at(event)].step }));
    svg.addEventListener("pointermove", (event) => {
      const line = part.lines[at(event)];
      const records = app.records;
      const say = (name) =>
        overRuns(
          part.column.members
            .filter((run) => takesPart(records, run, line.step))
            .map((run) =>
              records.statistic(run, app.layer, records.record(run, line.step), name),
            ),
        ).mean;
      app.tip.show(event, `${part.name}, step ${whole(line.step)}`, [
        { name: "mean", value: number(say("mean")) },
        { name: "std", value: number(say("std")) },
        { name: "zeros", value: percent(zerosOf(part, line)) },
      ]);
    });
    svg.addEventListener("pointerleave", () => app.tip.hide());
    return svg;
  }

  #mark() {
    for (const part of this.#parts) {
      if (!part.lines) continue;
      let nearest = 0;
      part.lines.forEach(({ step }, index) => {
        if (step <= this.app.step) nearest = index;
      });
      attr(part.element, "data-step", part.lines[nearest].step);
      part.ridges.forEach((group, index) => group.classList.toggle("now", index === nearest));
    }
  }
}

/** Steps with their places, at most `RIDGES`, evenly picked. */
function evenly(steps) {
  const picked = Math.min(steps.length, RIDGES);
  const last = steps.length - 1;
  return Array.from({ length: picked }, (_, place) => {
    const record = picked > 1 ? Math.round((place * last) / (picked - 1)) : 0;
    return [steps[record], record];
  });
}

/** The ridges of several runs as those of one: shares of the values in place of counts. */
function together(found) {
  const parts = found.filter(({ rows }) => rows);
  const failed = found.some((part) => part.failed);
  if (!parts.length) return { words: found[0].words, failed };
  const { run } = parts[0];
  const alike = parts.filter((part) => part.run.edges === run.edges);
  const steps = [...new Set(alike.flatMap(({ rows }) => rows.steps))].sort((a, b) => a - b);
  const lines = evenly(steps).map(([step]) => {
    const counts = new Float64Array(run.edges.length - 1);
    for (const { rows } of alike) addShares(counts, rows, step);
    return { step, counts, total: sum(counts) };
  });
  return { run, lines, failed };
}

/** Add a run's shares at its last step up to `step`, of a run that goes on until there. */
function addShares(counts, { steps, shape, values }, step) {
  const record = steps.findLastIndex((own) => own <= step);
  if (record < 0 || steps.at(-1) < step) return;
  const own = values.subarray(record * shape[1], (record + 1) * shape[1]);
  const all = sum(own);
  if (all > 0) own.forEach((count, bin) => (counts[bin] += count / all));
}
