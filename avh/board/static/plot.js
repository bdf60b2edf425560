// One chart of densities: an axis, a silhouette or a line a run or group, zero bars, mean and
// deviation. Behind a group's lies the band between the lowest and the highest of its runs.
//
// Nodes are made once; drawing changes attributes of what is there.

import { wear } from "./colours.js";
import { attr, s, text } from "./dom.js";
import { between, outline } from "./outline.js";
import { tickLabels, ticks } from "./scale.js";
import { bars } from "./spread.js";
import { TIMES, brief, number } from "./words.js";

const PAD = 7; // pixels beside the outermost bars: room for a zero bar at either end
const ZERO_WIDTH = 5;
const FOOT = 25; // pixels below the bars: the mark of mean and deviation, and the ticks
const HEAD = 3;
const TALLEST = 2.5; // no peak is drawn higher than this many times the lowest peak of its row
export const DECADES = 4; // of a logarithmic axis
const BAR = 3; // pixels, at least
const BARS = 90; // of a wide chart, at most about: narrower ones show noise

/** Place a value in pixels. */
export function columns(low, high, width) {
  const scale = (width - 2 * PAD) / (high - low);
  return (value) => PAD + (value - low) * scale;
}

/** Bars that fit `width` pixels, each with its place: `x` and, of the last one, `end`. */
export function shapes(edges, [low, high], width) {
  const pixels = Math.max(width - 2 * PAD, 1);
  const found = bars(edges, low, high, (high - low) * Math.max(BAR / pixels, 1 / BARS));
  const column = columns(low, high, width);
  const at = (value) => column(Math.min(Math.max(value, low), high)).toFixed(1);
  for (const bar of found) bar.x = at(bar.left);
  if (found.length) found.at(-1).end = at(found.at(-1).right);
  return found;
}

/** The density at the top of an axis that several silhouettes share. */
export function sharedTop(peaks, logarithmic) {
  const found = peaks.filter((peak) => peak > 0);
  if (!found.length) return 1;
  const highest = Math.max(...found);
  const room = logarithmic ? highest : Math.min(highest, TALLEST * Math.min(...found));
  return 1.06 * room;
}

/** A height of 0..1 for a value, of `top` at 1. */
function heights(top, logarithmic) {
  if (!logarithmic) return (value) => Math.min(value / top, 1);
  return (value) =>
    value > 0 ? Math.min(Math.max(1 + Math.log10(value / top) / DECADES, 0), 1) : 0;
}

/** Positions and labels of as many ticks as have room beside each other. */
export function fittingTicks(low, high, width) {
  for (let most = 7; ; most--) {
    const positions = ticks(low, high, most);
    const labels = tickLabels(positions);
    const longest = Math.max(0, ...labels.map((label) => label.length));
    if (most <= 3 || positions.length * (6.2 * longest + 12) <= width) return [positions, labels];
  }
}

export class Plot {
  #marks = new Map();
  #axis = "";
  #level = "";

  constructor(height) {
    this.height = height;
    this.grid = s("path", { class: "grid-lines" });
    this.level = s("text", { class: "level" });
    this.bodies = s("g");
    this.axis = s("path", { class: "axis" });
    this.labels = s("g", { class: "ticks" });
    this.above = s("text", { class: "above" });
    this.cursor = s("path", { class: "cursor" });
    this.element = s(
      "svg",
      { class: "plot", height, role: "img" },
      this.grid,
      this.bodies,
      this.axis,
      this.labels,
      this.level,
      this.above,
      this.cursor,
    );
  }

  /** Forget the runs that were drawn. */
  clear() {
    this.bodies.replaceChildren();
    this.#marks.clear();
    this.above.toggleAttribute("hidden", true);
  }

  /**
   * @param {object} sheet {width, limits: [low, high], top, log}
   * @param {Array<object>} layers [{name, look, shapes, densities, mean, std, zero}], and of a
   *   group `band`: {low, high}, densities
   * @param {boolean} lines lines over each other rather than one silhouette
   */
  draw(sheet, layers, lines = false) {
    const { width, limits, top, log } = sheet;
    const base = this.height - FOOT;
    const column = columns(...limits, width);
    const height = heights(top, log);
    const row = (value) => base - height(value) * (base - HEAD);
    attr(this.element, "width", width);
    this.#drawAxis(sheet, column, row, base);
    const seen = new Set();
    let peak = 0;
    layers.forEach((layer, index) => {
      seen.add(layer.name);
      const marks = this.#marksOf(layer, lines);
      const values = layer.densities;
      peak = Math.max(peak, ...values);
      attr(marks.bars, "d", outline(layer.shapes, values, row, base));
      attr(marks.band, "d", layer.band ? between(layer.shapes, layer.band, row) : "");
      marks.group.classList.toggle("several", Boolean(layer.band));
      const shift = lines ? (index - (layers.length - 1) / 2) * (ZERO_WIDTH - 1) : 0;
      attr(marks.zero, "d", this.#zeroBar(layer.zero, column(0) + shift, base, sheet));
      attr(
        marks.mean,
        "d",
        lines ? this.#peg(layer, column, base, limits) : this.#spread(layer, column, base, limits),
      );
    });
    for (const [name, marks] of this.#marks) {
      if (seen.has(name)) continue;
      marks.group.remove();
      this.#marks.delete(name);
    }
    this.above.toggleAttribute("hidden", lines || !(peak > top));
    if (!lines && peak > top) {
      const right = layers[0] && layers[0].mean < (limits[0] + limits[1]) / 2;
      attr(this.above, "x", right ? width - 40 : PAD);
      attr(this.above, "y", HEAD + 21);
      attr(this.above, "text-anchor", right ? "end" : "start");
      text(this.above, `\u2191 ${number(peak / top)}${TIMES} as high`);
    }
  }

  #marksOf(layer, lines) {
    let marks = this.#marks.get(layer.name);
    if (!marks) {
      const bars = s("path", { class: lines ? "line" : "bars", "data-testid": "bars" });
      const mean = s("path", { class: "mean" });
      const zero = s("path", { class: "zero", "data-testid": "zero-bar" });
      const band = s("path", { class: "band", "data-testid": "band" });
      const group = s("g", {}, band, bars, zero, mean);
      marks = { group, band, bars, mean, zero };
      this.#marks.set(layer.name, marks);
      this.bodies.append(group);
    }
    if (marks.look !== layer.look) wear(marks.group, layer.look);
    marks.look = layer.look;
    return marks;
  }

  #drawAxis(sheet, column, row, base) {
    const { width, top, log } = sheet;
    const [low, high] = sheet.limits;
    if (this.#level !== `${width} ${top} ${log}`) {
      this.#level = `${width} ${top} ${log}`;
      sheet.levels ??= levels(width, top, log, row); // the same in all charts of a row
      attr(this.grid, "d", sheet.levels.lines);
      attr(this.level, "x", width - 1);
      attr(this.level, "y", sheet.levels.y);
      text(this.level, sheet.levels.words);
    }
    if (this.#axis === `${width} ${low} ${high}`) return;
    this.#axis = `${width} ${low} ${high}`;
    sheet.ticks ??= fittingTicks(low, high, width);
    const [positions, labels] = sheet.ticks;
    while (this.labels.childNodes.length > positions.length) this.labels.lastChild.remove();
    while (this.labels.childNodes.length < positions.length) this.labels.append(s("text"));
    let path = `M0,${base + 0.5}H${width}`;
    positions.forEach((position, index) => {
      const x = Math.round(column(position)) + 0.5;
      path += `M${x},${base + 8}v3`;
      const label = this.labels.childNodes[index];
      const anchor = x < 14 ? "start" : x > width - 22 ? "end" : "middle";
      attr(label, "x", anchor === "start" ? 0 : anchor === "end" ? width : x);
      attr(label, "y", base + 21);
      attr(label, "text-anchor", anchor);
      text(label, labels[index]);
    });
    attr(this.axis, "d", path);
  }

  #zeroBar(share, x, base, { limits, log }) {
    if (!(share > 0) || limits[0] > 0 || limits[1] < 0) return "";
    const height = heights(1, log)(share) * (base - HEAD);
    const left = (x - ZERO_WIDTH / 2).toFixed(1);
    return `M${left},${base}v${(-Math.max(height, 1)).toFixed(1)}h${ZERO_WIDTH}V${base}Z`;
  }

  /** A dot at the mean and a bar to one deviation on both sides, below the axis. */
  #spread({ mean, std }, column, base, [low, high]) {
    if (!Number.isFinite(mean) || !Number.isFinite(std)) return "";
    const y = base + 4.5;
    const clamp = (value) => column(Math.min(Math.max(value, low), high)).toFixed(1);
    let path = `M${clamp(mean - std)},${y}H${clamp(mean + std)}`;
    if (mean >= low && mean <= high) path += `M${column(mean).toFixed(1)},${y - 3}v6`;
    return path;
  }

  /** A peg at the mean alone, where several runs share the axis. */
  #peg({ mean }, column, base, [low, high]) {
    if (!(mean >= low && mean <= high)) return "";
    return `M${column(mean).toFixed(1)},${base + 1}v7`;
  }
}

/** Lines across a chart, and what the highest one stands for. */
function levels(width, top, log, row) {
  const found = log
    ? Array.from({ length: DECADES }, (_, index) => 10 ** (Math.floor(Math.log10(top)) - index))
    : ticks(0, top, 3).slice(1);
  const highest = found[log ? 0 : found.length - 1];
  return {
    lines: found.map((level) => `M0,${Math.round(row(level)) + 0.5}H${width}`).join(""),
    y: Math.max(row(highest) + 9, 10),
    words: brief(highest),
  };
}
