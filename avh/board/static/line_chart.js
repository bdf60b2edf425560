// A small chart of lines: one line a run, or a line and a band a group, a line for reference,
// values under the pointer.

import { wear } from "./colours.js";
import { attr, h, s, text } from "./dom.js";
import { tickLabels, ticks } from "./scale.js";

const LEFT = 40;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 20;

export class LineChart {
  #axis = "";
  #lines = new Map();

  /**
   * @param {object} given {title, height, reference: number or null, say: value -> words, tip,
   *   pick: index -> void}
   */
  constructor(given) {
    Object.assign(this, given);
    this.grid = s("path", { class: "grid-lines" });
    this.axis = s("path", { class: "axis" });
    this.mark = s("path", { class: "reference" });
    this.marker = s("path", { class: "marker" });
    this.cursor = s("path", { class: "cursor" });
    this.labels = s("g", { class: "ticks" });
    this.lines = s("g");
    this.svg = s(
      "svg",
      { class: "line-chart", height: this.height, role: "img", "aria-label": this.title },
      this.grid,
      this.mark,
      this.marker,
      this.axis,
      this.labels,
      this.lines,
      this.cursor,
    );
    this.element = h(
      "figure",
      { class: "small-chart", "data-testid": "chart" },
      h("figcaption", {}, this.title),
      this.svg,
    );
    this.svg.addEventListener("pointermove", (event) => this.#read(event));
    this.svg.addEventListener("pointerleave", () => this.#leave());
    this.svg.addEventListener("click", (event) => this.pick(this.#nearest(event)));
  }

  /**
   * @param {object} sheet {width, positions: [n] ascending, range: [low, high], labels: [[position,
   *   words]], marker: position or null, dots: boolean, names: index -> words}
   * @param {Array<object>} series [{key, name, look, values: [n]}], and of a group low: [n] and
   *   high: [n], which are finite where the values are
   */
  draw(sheet, series) {
    this.sheet = sheet;
    this.series = series;
    const { width, positions, range } = sheet;
    const [first, last] = [positions[0] ?? 0, positions.at(-1) ?? 1];
    const wide = Math.max(width - LEFT - RIGHT, 1);
    const inset = sheet.dots ? Math.min(18, wide / (2 * positions.length)) : 0;
    const span = last - first || 1;
    const column = (at) => LEFT + inset + ((at - first) / span) * (wide - 2 * inset);
    const high = this.height - TOP - BOTTOM;
    const row = (value) => TOP + high * (1 - (value - range[0]) / (range[1] - range[0]));
    this.column = last === first ? () => LEFT + wide / 2 : column;
    this.#drawAxis(row);
    const x = sheet.marker === null ? null : this.column(sheet.marker).toFixed(1);
    attr(this.marker, "d", x === null ? "" : `M${x},${TOP}V${this.height - BOTTOM}`);
    const seen = new Set();
    for (const { key, look, values, low, high } of series) {
      seen.add(key);
      if (!this.#lines.has(key)) {
        const parts = ["band", "series", "dots"].map((name) => s("path", { class: name }));
        this.#lines.set(key, { parts, group: s("g", {}, ...parts) });
        this.lines.append(this.#lines.get(key).group);
      }
      const { group, parts } = this.#lines.get(key);
      const [band, path, dots] = parts;
      wear(group, look);
      const [line, marks] = this.#paths(values, row);
      attr(path, "d", line);
      attr(dots, "d", marks);
      attr(band, "d", low ? this.#band(low, high, row) : "");
    }
    for (const [key, { group }] of this.#lines) {
      if (seen.has(key)) continue;
      group.remove();
      this.#lines.delete(key);
    }
  }

  /** What lies between two lines, piece by piece where there are gaps. */
  #band(low, high, row) {
    const { positions } = this.sheet;
    const clamp = (y) => Math.min(Math.max(y, 1), this.height - BOTTOM).toFixed(1);
    let path = "";
    let [there, back] = ["", ""];
    const close = () => {
      if (there) path += `M${there.slice(1)}${back}Z`;
      [there, back] = ["", ""];
    };
    low.forEach((value, index) => {
      if (!Number.isFinite(value)) return close();
      const x = this.column(positions[index]).toFixed(1);
      there += `L${x},${clamp(row(high[index]))}`;
      back = `L${x},${clamp(row(value))}${back}`;
    });
    close();
    return path;
  }

  /** The line, and the dots on it. */
  #paths(values, row) {
    const { positions, dots } = this.sheet;
    const clamp = (y) => Math.min(Math.max(y, 1), this.height - BOTTOM);
    let path = "";
    let pen = "M";
    let marks = "";
    values.forEach((value, index) => {
      if (!Number.isFinite(value)) {
        pen = "M";
        return;
      }
      const x = this.column(positions[index]).toFixed(1);
      const y = clamp(row(value)).toFixed(1);
      path += `${pen}${x},${y}`;
      pen = "L";
      if (dots && positions.length <= 40) marks += `M${x - 2},${y}a2,2 0 1,0 4,0a2,2 0 1,0 -4,0`;
    });
    return [path, marks];
  }

  #drawAxis(row) {
    const { width, range, labels } = this.sheet;
    const key = JSON.stringify([width, range, labels]);
    if (key === this.#axis) return;
    this.#axis = key;
    attr(this.svg, "width", width);
    const levels = ticks(...range, 5);
    const words = this.percent
      ? levels.map((v) => `${Math.round(v * 1000) / 10} %`)
      : tickLabels(levels);
    const base = this.height - BOTTOM;
    const nodes = levels.map((level, index) =>
      s("text", { x: LEFT - 6, y: row(level) + 3.5, "text-anchor": "end" }, words[index]),
    );
    let path = `M${LEFT},${base + 0.5}H${width - RIGHT}`;
    for (const [position, label] of labels) {
      const x = this.column(position);
      const half = 3 * label.length;
      const anchor = x - half < LEFT - 20 ? "start" : x + half > width ? "end" : "middle";
      path += `M${x.toFixed(1)},${base}v4`;
      nodes.push(
        s("text", { x: anchor === "end" ? width : x, y: base + 16, "text-anchor": anchor }, label),
      );
    }
    this.labels.replaceChildren(...nodes);
    attr(this.axis, "d", path);
    const across = (level) => `M${LEFT},${Math.round(row(level)) + 0.5}H${width - RIGHT}`;
    attr(this.grid, "d", levels.map(across).join(""));
    const shown =
      this.reference !== null && this.reference >= range[0] && this.reference <= range[1];
    attr(this.mark, "d", shown ? across(this.reference) : "");
  }

  #nearest(event) {
    const x = event.clientX - this.svg.getBoundingClientRect().left;
    const distances = this.sheet.positions.map((position) => Math.abs(this.column(position) - x));
    return distances.indexOf(Math.min(...distances));
  }

  #read(event) {
    if (!this.sheet?.positions.length) return;
    const index = this.#nearest(event);
    const x = this.column(this.sheet.positions[index]).toFixed(1);
    attr(this.cursor, "d", `M${x},${TOP}V${this.height - BOTTOM}`);
    const rows = this.series
      .filter(({ values }) => Number.isFinite(values[index]))
      .map(({ name, look, values, low, high }) => {
        const range = low ? ` (${this.say(low[index])}\u2013${this.say(high[index])})` : "";
        return { look, name, value: this.say(values[index]) + range };
      });
    this.tip.show(event, `${this.title}, ${this.sheet.names(index)}`, rows);
  }

  #leave() {
    attr(this.cursor, "d", "");
    this.tip.hide();
  }
}
