// Ridge: one layer over time, a column a run, on the same axes; the first steps are at the back.

import { attr, h, s, show, text } from "./dom.js";
import { columns, fittingTicks, shapes } from "./plot.js";
import { snap } from "./scale.js";
import { densities, middle, sum, zeroBin } from "./spread.js";
import { number, percent, whole } from "./words.js";

const RIDGES = 56; // at most, evenly picked
const STEP = 8; // pixels between two
const PEAK = 54; // pixels of a high one
const TALLEST = 1.4; // times that, at most
const FOOT = 22;
const SIDE = 52; // pixels for the steps
const GAP = 18;

export class Ridge {
  #token = 0;
  #key = "";
  #parts = [];

  constructor(app, scroller) {
    this.app = app;
    this.scroller = scroller;
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
      try {
        const found = await Promise.all(app.runs.map((name) => this.#fetch(name)));
        if (token !== this.#token) return;
        this.#build(found, width);
        text(
          this.words,
          "From the first step at the back to the last in front. A click on a ridge goes to its step.",
        );
      } catch (error) {
        this.#key = "";
        text(this.words, error.message);
        return;
      }
    }
    this.#mark();
  }

  async #fetch(name) {
    const run = this.app.records.runs.get(name);
    if (!run?.index.has(this.app.layer)) return { name, words: "no such layer" };
    if (!run.steps.length) return { name, words: "no records yet" };
    const rows = await this.app.records.fetchRidge(name, this.app.layer);
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
    const limits = this.#limits(found);
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
      element.style.setProperty("--run", app.colour(part.name));
      element.append(
        part.lines ? this.#chart(part, limits, wide) : h("p", { class: "words" }, part.words),
      );
      return { ...part, element };
    });
    this.body.style.setProperty("--columns", count);
    this.body.replaceChildren(...this.#parts.map(({ element }) => element));
  }

  #limits(found) {
    let [low, high] = [Infinity, -Infinity];
    let zeros = false;
    for (const { run, lines } of found) {
      const lows = [];
      const highs = [];
      for (const { counts } of lines ?? []) {
        zeros ||= counts[zeroBin(run.edges)] > 0;
        const ends = middle(counts, run.edges);
        if (ends) {
          lows.push(ends[0]);
          highs.push(ends[1]);
        }
      }
      if (!lows.length) continue;
      lows.sort((a, b) => a - b);
      highs.sort((a, b) => a - b);
      low = Math.min(low, lows[Math.round(0.04 * (lows.length - 1))]);
      high = Math.max(high, highs[Math.round(0.96 * (highs.length - 1))]);
    }
    if (low > high) [low, high] = [-1, 1];
    return zeros ? snap(Math.min(low, 0), Math.max(high, 0)) : snap(low, high);
  }

  #chart(part, limits, wide) {
    const width = wide - SIDE;
    const found = shapes(part.run.edges, limits, width);
    const column = columns(...limits, width);
    const all = part.lines.map(({ counts, total }) =>
      total > 0 ? densities(counts, total, found) : [],
    );
    const peaks = all.map((values) => Math.max(0, ...values)).sort((a, b) => a - b);
    const top = peaks[Math.round(0.9 * (peaks.length - 1))] || 1;
    const base = (index) => PEAK * TALLEST + 6 + index * STEP;
    const height = base(part.lines.length - 1) + FOOT;
    const log = this.app.state.y === "log";
    const level = (value) => (log ? Math.max(0, 1 + Math.log10(value / top) / 4) : value / top);
    const svg = s("svg", {
      class: "plot ridge-plot",
      width: wide,
      height,
      role: "img",
      "aria-label": `${part.name} over time`,
    });
    const every = Math.max(1, Math.ceil(14 / STEP));
    part.ridges = part.lines.map((line, index) => {
      const y = base(index);
      const group = s("g", { class: "ridge-line", "data-step": line.step });
      group.style.setProperty(
        "--age",
        `${Math.round(25 + (75 * (index + 1)) / part.lines.length)}%`,
      );
      if (line.total > 0) {
        const row = (value) => y - Math.min(value > 0 ? level(value) : 0, TALLEST) * PEAK;
        group.append(s("path", { d: curve(found, all[index], column, row, limits, y) }));
        const zero = line.counts[zeroBin(part.run.edges)] / line.total;
        if (zero > 0)
          group.append(
            s("path", {
              class: "zero",
              d: `M${(column(0) - 1.5).toFixed(1)},${y}v${(-zero * STEP * 2).toFixed(1)}h3V${y}Z`,
            }),
          );
      }
      const last = part.lines.length - 1;
      const label = s("text", { x: width + 6, y: y + 3.5 }, whole(line.step));
      if ((last - index) % (every * 3) !== 0) label.classList.add("minor");
      group.append(label);
      svg.append(group);
      return group;
    });
    const foot = height - FOOT + 4;
    const [positions, labels] = fittingTicks(...limits, width);
    const axis = s("g", { class: "ticks" });
    positions.forEach((position, index) => {
      const x = column(position);
      axis.append(
        s(
          "text",
          { x, y: foot + 14, "text-anchor": x < 14 ? "start" : x > width - 22 ? "end" : "middle" },
          labels[index],
        ),
      );
    });
    svg.append(s("path", { class: "axis", d: `M0,${foot + 0.5}H${width}` }), axis);
    const at = (event) => {
      const y = event.clientY - svg.getBoundingClientRect().top;
      return Math.min(
        Math.max(Math.round((y - base(0) + STEP / 2) / STEP), 0),
        part.lines.length - 1,
      );
    };
    svg.addEventListener("click", (event) => this.app.set({ step: part.lines[at(event)].step }));
    svg.addEventListener("pointermove", (event) => {
      const { step, counts, total } = part.lines[at(event)];
      const record = this.app.records.record(part.name, step);
      const say = (name) => this.app.records.statistic(part.name, this.app.layer, record, name);
      const zeros = total > 0 ? counts[zeroBin(part.run.edges)] / total : NaN;
      this.app.tip.show(event, `${part.name}, step ${whole(step)}`, [
        { colour: "transparent", name: "mean", value: number(say("mean")) },
        { colour: "transparent", name: "std", value: number(say("std")) },
        { colour: "transparent", name: "zeros", value: percent(zeros) },
      ]);
    });
    svg.addEventListener("pointerleave", () => this.app.tip.hide());
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

/** A line through the middles of the bars, down to the base at both ends. */
function curve(found, values, column, row, [low, high], base) {
  const clamp = (value) => column(Math.min(Math.max(value, low), high));
  let path = `M${clamp(low).toFixed(1)},${base}`;
  found.forEach(({ left, right }, index) => {
    path += `L${((clamp(left) + clamp(right)) / 2).toFixed(1)},${row(values[index]).toFixed(1)}`;
  });
  return `${path}L${clamp(high).toFixed(1)},${base}`;
}
