// Ridge: one layer over time, a column a run, on the same axes; the first steps are at the back.

import { wear } from "./colours.js";
import { attr, h, text } from "./dom.js";
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
    const key = JSON.stringify([app.runs, app.layer, width, app.records.version, app.state.y]);
    if (key !== this.#key) {
      this.#key = key;
      const token = ++this.#token;
      text(this.words, "Loading the steps of this layer\u2026");
      const found = await Promise.all(app.runs.map((name) => this.#fetch(name)));
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

  async #fetch(name) {
    const run = this.app.records.runs.get(name);
    if (!run?.index.has(this.app.layer)) return { name, words: "no such layer" };
    if (!run.steps.length) return { name, words: "no records yet" };
    let rows;
    try {
      rows = await this.app.records.fetchRidge(name, this.app.layer);
    } catch (error) {
      return { name, words: error.message, failed: true };
    }
    const [count, bins] = rows.shape;
    const picked = Math.min(count, RIDGES);
    const lines = [];
    for (let place = 0; place < picked; place++) {
      const record = picked > 1 ? Math.round((place * (count - 1)) / (picked - 1)) : 0;
      const counts = rows.values.subarray(record * bins, (record + 1) * bins);
      lines.push({ step: rows.steps[record], counts, total: sum(counts) });
    }
    return { name, run, lines };
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
          "data-run": part.name,
          "data-layer": app.layer,
        },
        head,
      );
      wear(element, app.look(part.name));
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
      const record = app.records.record(part.name, line.step);
      const say = (name) => app.records.statistic(part.name, app.layer, record, name);
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
