// Overlay: a chart a layer, with the lines of all runs or groups over each other.

import { wear } from "./colours.js";
import { attr, h, text } from "./dom.js";
import { Plot, columns } from "./plot.js";
import { describe, reading } from "./rows.js";
import { apart, nonfinite, number, percent, shorten, whole } from "./words.js";

const HEIGHT = 176;
const WIDEST = 640; // pixels of a chart, about
const NARROWEST = 380;
const GAP = 28;

export class Overlay {
  #key = ""; // of what the cards are made of
  #drawn = ""; // of what is drawn in them
  #cards = new Map();
  #watcher;

  constructor(app, scroller) {
    this.app = app;
    this.scroller = scroller;
    this.element = h("div", { class: "overlay", "data-testid": "overlay" });
  }

  update() {
    const { app } = this;
    const { width } = app;
    if (!width) return;
    const key = JSON.stringify([app.columns, app.layers, width]);
    if (key !== this.#key) {
      this.#key = key;
      this.#drawn = "";
      this.#build(width);
    }
    const drawn = app.lookedAt();
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    for (const card of this.#cards.values()) card.stale = true;
    for (const card of this.#cards.values()) if (card.visible) this.#draw(card);
  }

  reveal(layer) {
    this.#cards.get(layer)?.element.scrollIntoView({ block: "nearest" });
  }

  #build(width) {
    const room = width - 32;
    const columnsOf = Math.max(1, Math.round(room / WIDEST), Math.floor(room / WIDEST));
    const count = Math.max(1, Math.min(columnsOf, Math.floor((room + GAP) / (NARROWEST + GAP))));
    this.width = Math.floor((room - GAP * (count - 1)) / count);
    this.element.style.setProperty("--columns", count);
    this.#watcher?.disconnect();
    this.#watcher = new IntersectionObserver((seen) => this.#see(seen), {
      root: this.scroller,
      rootMargin: "240px",
    });
    this.#cards = new Map(this.app.layers.map((layer) => [layer, this.#card(layer)]));
    this.element.replaceChildren(...[...this.#cards.values()].map(({ element }) => element));
    for (const card of this.#cards.values()) this.#watcher.observe(card.element);
  }

  #card(layer) {
    const about = this.app.about(layer);
    const plot = new Plot(HEIGHT);
    const label = h(
      "button",
      { class: "label", title: `${layer}: show over time`, onclick: () => this.app.set({ layer }) },
      h("span", { class: "label-name" }, shorten(layer, 60)),
      h("span", { class: "label-shape" }, about.shape),
      h("span", { class: "label-kind" }, about.kind),
    );
    const lines = this.app.columns.map(({ name, group, look }) => {
      const parts = ["mean", "std", "zeros", "note"].map((part) => h("td", { class: part }));
      const swatch = h("span", { class: "swatch" });
      const row = h(
        "tr",
        { [group ? "data-group" : "data-run"]: name },
        h("th", { scope: "row", title: name }, swatch, h("span", {}, name)),
        ...parts,
      );
      wear(row, look);
      return { row, parts };
    });
    const table = h("table", { class: "facts-table" }, h("tbody", {}, ...lines.map((l) => l.row)));
    const element = h(
      "section",
      { class: "card", "data-testid": "cell", "data-layer": layer },
      label,
      plot.element,
      table,
    );
    const card = { layer, element, label, plot, lines, visible: false, stale: true };
    plot.element.addEventListener("pointermove", (event) => this.#read(card, event));
    plot.element.addEventListener("pointerleave", () => {
      attr(plot.cursor, "d", "");
      this.app.tip.hide();
    });
    return card;
  }

  #see(entries) {
    for (const { target, isIntersecting } of entries) {
      const card = this.#cards.get(target.dataset.layer);
      if (!card || card.element !== target) continue;
      card.visible = isIntersecting;
      if (isIntersecting && card.stale) this.#draw(card);
    }
  }

  #draw(card) {
    const { app } = this;
    if (app.shown === null) return;
    card.stale = false;
    const { sheet, cells } = describe(app, card.layer, this.width);
    card.found = { sheet, cells };
    attr(card.label, "aria-pressed", app.layer === card.layer);
    attr(card.element, "data-step", app.shown);
    card.plot.draw(
      sheet,
      cells.filter(({ total }) => total > 0),
      true,
    );
    cells.forEach((cell, index) => {
      const { parts } = card.lines[index];
      const say = cell.statistics;
      const notes = [];
      if (cell.words) notes.push(cell.words);
      const lost = nonfinite(say.nan_count, say.inf_count);
      if (lost) notes.push(lost);
      if (say.dead_fraction >= 0.005) notes.push(`${percent(say.dead_fraction)} dead`);
      if (cell.outside > 0) notes.push(`${whole(cell.outside)} beyond \u00b1${cell.outermost}`);
      if (cell.other) notes.push(`step ${whole(cell.step)}`);
      if (cell.lacking?.length) {
        notes.push(`${cell.runs - cell.lacking.length} of ${cell.runs} runs`);
      }
      const { mean: meanOff, std: stdOff } = cell.spread ?? {};
      text(parts[0], cell.known ? `mean ${number(cell.mean)}${apart(meanOff)}` : "");
      text(parts[1], cell.known ? `std ${number(cell.std)}${apart(stdOff)}` : "");
      text(parts[2], cell.zero > 0 ? `${percent(cell.zero)} zeros` : "");
      text(parts[3], notes.join(", "));
      for (const part of parts) attr(part, "title", part.textContent);
    });
  }

  #read(card, event) {
    if (!card.found) return;
    const { sheet, cells } = card.found;
    const x = event.clientX - card.plot.element.getBoundingClientRect().left;
    const column = columns(...sheet.limits, sheet.width);
    const { title, rows } = reading(cells, (x - column(0)) / (column(1) - column(0)));
    if (!rows.length) return this.app.tip.hide();
    attr(card.plot.cursor, "d", `M${x.toFixed(1)},2V${HEIGHT - 25}`);
    this.app.tip.show(event, `${shorten(card.layer, 40)}: ${title}`, rows);
  }
}
