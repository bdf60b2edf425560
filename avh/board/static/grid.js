// The grid: a row a layer, a column a run or a group. Rows are made and drawn when they come into
// view.

import { Cell } from "./cell.js";
import { wear } from "./colours.js";
import { attr, h, show, text } from "./dom.js";
import { columns } from "./plot.js";
import { findingsAt, firstOf } from "./findings.js";
import { lacking } from "./groups.js";
import { describe, reading } from "./rows.js";
import { list, plural, shorten, whole } from "./words.js";

const HEIGHT = 118; // pixels of a chart with its axis
const LABEL = 128; // of the layers' names; as in the style sheet
const GAP = 18;
const NARROWEST = 190; // a chart; more runs than fit are scrolled
const PICTURE = 72; // pixels of a picture, or a quarter of a wide cell
const BESIDE = 12; // between a chart and its picture
const ROOMY = 330; // a cell as wide as that says everything in one line
const ROOMY_GROUP = 620; // one of a group: every number has its spread behind it

export class Grid {
  #key = ""; // of what the rows are made of
  #drawn = ""; // of what is drawn in them
  #rows = new Map();
  #heads = [];
  #watcher;

  constructor(app, scroller) {
    this.app = app;
    this.scroller = scroller;
    this.heads = h("div", { class: "heads", role: "row" });
    this.body = h("div", { class: "rows" });
    this.element = h("div", { class: "grid", "data-testid": "grid" }, this.heads, this.body);
  }

  update() {
    const { app } = this;
    const { width } = app;
    if (!width) return; // another tab is open
    const pictures = app.state.pictures === "on" && app.pictures.some();
    const key = JSON.stringify([app.columns, app.layers, width, pictures]);
    if (key !== this.#key) {
      this.#key = key;
      this.#drawn = "";
      this.#build(width, pictures);
    }
    // What a move of the slider asks for is drawn when it is here, and not before as well.
    const drawn = app.lookedAt();
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#drawHeads();
    for (const row of this.#rows.values()) row.stale = true;
    for (const row of this.#rows.values()) if (row.visible) this.#draw(row);
  }

  /** Bring a layer's row into view. */
  reveal(layer) {
    this.#rows.get(layer)?.element.scrollIntoView({ block: "nearest" });
  }

  #build(width, pictures) {
    const { app } = this;
    const count = Math.max(app.columns.length, 1);
    const room = (width - LABEL - 32) / count - GAP;
    this.cellWidth = Math.floor(Math.max(NARROWEST + (pictures ? PICTURE + BESIDE : 0), room));
    this.pictures = pictures;
    const picture = Math.min(Math.max(PICTURE, Math.floor(this.cellWidth / 5)), 93);
    this.chartWidth = this.cellWidth - (pictures ? picture + BESIDE : 0);
    this.element.style.setProperty("--picture", `${picture}px`);
    this.element.style.setProperty("--cell", `${this.cellWidth}px`);
    this.element.style.setProperty("--columns", count);
    const roomy = app.columns.some(({ group }) => group) ? ROOMY_GROUP : ROOMY;
    this.element.classList.toggle("narrow", this.cellWidth < roomy);
    this.#heads = app.columns.map((column) => this.#head(column));
    this.heads.replaceChildren(
      h("div", { class: "corner" }, plural(app.layers.length, "layer")),
      ...this.#heads.map(({ element }) => element),
    );
    this.#watcher?.disconnect();
    this.#watcher = new IntersectionObserver((seen) => this.#see(seen), {
      root: this.scroller,
      rootMargin: "240px",
    });
    const top = this.scroller.scrollTop;
    this.#rows = new Map(app.layers.map((layer) => [layer, this.#row(layer)]));
    this.body.replaceChildren(...[...this.#rows.values()].map(({ element }) => element));
    this.scroller.scrollTop = top;
    const bottom = this.scroller.getBoundingClientRect().bottom + 240;
    for (const row of this.#rows.values()) {
      // Rows at the start are drawn with this frame; the watcher reports after it.
      if (row.element.getBoundingClientRect().top > bottom) break;
      row.visible = true;
    }
    for (const row of this.#rows.values()) this.#watcher.observe(row.element);
  }

  #head(column) {
    const { app } = this;
    const { name, group, parent } = column;
    const at = h("span", { class: "head-step" });
    const swatch = h("span", { class: "swatch" });
    wear(swatch, column.look);
    const button = (given, group, singly, words) =>
      h("button", { ...given, onclick: () => app.open(group, singly) }, words);
    const apart = `${name}: show its ${plural(column.members.length, "run")} one by one`;
    const title = group
      ? button({ class: "head-name", title: apart, "data-testid": "open-group" }, name, true, name)
      : h("span", { class: "head-name", title: name }, name);
    const as = {
      class: "link",
      title: `Show the runs of ${parent} as one`,
      "data-testid": "close-group",
    };
    const back =
      parent === null ? null : button(as, parent, false, `\u2190 ${shorten(parent, 16)}`);
    return { column, at, element: h("div", { class: "head" }, swatch, title, at, back) };
  }

  #row(layer) {
    const { app } = this;
    const about = app.about(layer);
    const choose = () => app.set({ layer });
    const label = h(
      "button",
      { class: "label", title: `${layer}: show over time`, onclick: choose },
      h("span", { class: "label-name" }, ...breakable(shorten(layer, 60))),
      h("span", { class: "label-shape" }, about.shape),
      h("span", { class: "label-kind" }, about.kind),
    );
    const findings = h("div", { class: "findings", "data-testid": "findings", hidden: true });
    const side = h("div", { class: "layer-side" }, label, findings);
    const element = h("div", { class: "row", "data-testid": "row", "data-layer": layer }, side);
    return { layer, element, label, findings, cells: null, visible: false, stale: true };
  }

  #see(entries) {
    for (const { target, isIntersecting } of entries) {
      const row = this.#rows.get(target.dataset.layer);
      if (!row || row.element !== target) continue;
      row.visible = isIntersecting;
      if (isIntersecting && row.stale) this.#draw(row);
    }
  }

  #draw(row) {
    const { app } = this;
    if (app.shown === null) return;
    row.stale = false;
    if (!row.cells) this.#fill(row);
    attr(row.label, "aria-pressed", app.layer === row.layer);
    this.#say(row);
    const found = describe(app, row.layer, this.chartWidth);
    row.found = found;
    found.cells.forEach((cell, index) => {
      row.cells[index].draw(cell, found.sheet);
      const { run, picture } = this.pictures ? app.picture(index, row.layer) : {};
      const whose = app.columns[index].group ? ` in ${run}` : "";
      row.cells[index].drawPicture(picture ?? null, this.pictures, app.shown, whose);
    });
  }

  /** What was found at the layer up to the step that is shown. */
  #say(row) {
    const { app } = this;
    const said = findingsAt(app, row.layer);
    show(row.findings, said.length > 0);
    if (!said.length) return;
    attr(row.findings, "title", said.map(({ words }) => words).join("\n"));
    row.findings.replaceChildren(...firstOf(said).map((words) => h("p", {}, words)));
  }

  #fill(row) {
    row.cells = this.app.columns.map((column) => {
      const cell = new Cell(column, row.layer, HEIGHT, () => this.app.pictures.open(row.layer));
      wear(cell.element, column.look);
      const chart = cell.plot.element;
      chart.addEventListener("pointermove", (event) => this.#read(row, event, chart));
      chart.addEventListener("pointerleave", () => this.#leave(row));
      chart.addEventListener("click", () => this.app.set({ layer: row.layer }));
      return cell;
    });
    row.element.append(...row.cells.map(({ element }) => element));
  }

  #read(row, event, chart) {
    if (!row.found) return;
    const { limits, width } = row.found.sheet;
    const x = event.clientX - chart.getBoundingClientRect().left;
    const column = columns(...limits, width);
    const scale = column(1) - column(0);
    const { title, rows } = reading(row.found.cells, (x - column(0)) / scale);
    if (!rows.length) return this.#leave(row);
    for (const { plot } of row.cells) attr(plot.cursor, "d", `M${x.toFixed(1)},2V${HEIGHT - 25}`);
    this.app.tip.show(event, `${shorten(row.layer, 40)}: ${title}`, rows);
  }

  #leave(row) {
    for (const { plot } of row.cells) attr(plot.cursor, "d", "");
    this.app.tip.hide();
  }

  #drawHeads() {
    const { records, shown } = this.app;
    for (const { column, at } of this.#heads) {
      if (column.group) {
        this.#countRuns(column, at);
        continue;
      }
      const { name } = column;
      const record = shown === null ? -1 : records.drawnRecord(name, shown);
      const step = record < 0 ? null : records.runs.get(name).steps[record];
      const other = step !== null && step !== shown;
      text(at, step === null ? "no records yet" : `step ${whole(step)}`);
      at.classList.toggle("other-step", other);
      show(at, other || step === null);
    }
  }

  /** How many runs a group has, and which of them have no record at the step. */
  #countRuns(column, at) {
    const { records, shown } = this.app;
    const without = shown === null ? [] : lacking(records, column, shown);
    const all = plural(column.members.length, "run");
    const chosen = column.total > column.members.length ? ` of ${whole(column.total)}` : "";
    const here = column.members.length - without.length;
    text(at, without.length ? `${here} of ${all}, without ${list(without, 2)}` : all + chosen);
    const words = `No record at step ${whole(shown ?? 0)}: ${list(without, 30)}`;
    attr(at, "title", without.length ? words : "");
    at.classList.toggle("other-step", without.length > 0);
    at.classList.toggle("quiet", !without.length);
  }
}

/** A path whose lines may end after a slash or an underscore. */
function breakable(path) {
  return path.split(/(?<=[/_])/).flatMap((part) => [part, h("wbr")]);
}
