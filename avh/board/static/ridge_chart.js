// The ridges of one run: its densities over time, one behind the other, on the axis of all runs.

import { s } from "./dom.js";
import { DECADES, columns, fittingTicks, shapes } from "./plot.js";
import { snap } from "./scale.js";
import { densities, middle, zeroBin } from "./spread.js";
import { whole } from "./words.js";

const STEP = 8; // pixels between two
const PEAK = 54; // pixels of a high one
const TALLEST = 1.4; // times that, at most
const FOOT = 22;
const SIDE = 52; // pixels for the steps
const LABELLED = 6; // every so many have their step beside them

/** [low, high] of the axis that all runs share: a few wild steps are left out. */
export function ridgeLimits(found) {
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

/**
 * The ridges of one run.
 *
 * @param {object} part {name, run, lines: [{step, counts, total}]}
 * @param {Array<number>} limits of the x axis
 * @param {number} wide pixels
 * @param {boolean} log whether densities are logarithmic
 * @returns {{svg: SVGElement, groups: Array<SVGElement>, at: function(Event): number}} `groups` are
 *   the ridges, one a line; `at` says which one is below the pointer.
 */
export function ridgeChart(part, limits, wide, log) {
  const width = wide - SIDE;
  const found = shapes(part.run.edges, limits, width);
  const column = columns(...limits, width);
  const all = part.lines.map(({ counts, total }) =>
    total > 0 ? densities(counts, total, found) : [],
  );
  const peaks = all.map((values) => Math.max(0, ...values)).sort((a, b) => a - b);
  const top = peaks[Math.round(0.9 * (peaks.length - 1))] || 1;
  const last = part.lines.length - 1;
  const height = base(last) + FOOT;
  const svg = s("svg", {
    class: "plot ridge-plot",
    width: wide,
    height,
    role: "img",
    "aria-label": `${part.name} over time`,
  });
  const level = log ? (value) => 1 + Math.log10(value / top) / DECADES : (value) => value / top;
  const groups = part.lines.map((line, index) => {
    const y = base(index);
    const group = s("g", { class: "ridge-line", "data-step": line.step });
    const age = Math.round(25 + (75 * (index + 1)) / part.lines.length);
    group.style.setProperty("--age", `${age}%`);
    if (line.total > 0) {
      const high = (value) => (value > 0 ? Math.min(Math.max(level(value), 0), TALLEST) : 0);
      const row = (value) => y - high(value) * PEAK;
      group.append(s("path", { d: curve(found, all[index], column, row, limits, y) }));
      const zero = zerosOf(part, line);
      const d = `M${(column(0) - 1.5).toFixed(1)},${y}v${(-zero * STEP * 2).toFixed(1)}h3V${y}Z`;
      if (zero > 0) group.append(s("path", { class: "zero", d }));
    }
    const label = s("text", { x: width + 6, y: y + 3.5 }, whole(line.step));
    if ((last - index) % LABELLED) label.classList.add("minor");
    group.append(label);
    return group;
  });
  svg.append(...groups, ...axis(limits, width, height - FOOT + 4, column));
  const at = (event) => {
    const y = event.clientY - svg.getBoundingClientRect().top;
    return Math.min(Math.max(Math.round((y - base(0) + STEP / 2) / STEP), 0), last);
  };
  return { svg, groups, at };
}

/** The share of exact zeros of a line. */
export function zerosOf({ run }, { counts, total }) {
  return total > 0 ? counts[zeroBin(run.edges)] / total : NaN;
}

function base(index) {
  return PEAK * TALLEST + 6 + index * STEP;
}

function axis(limits, width, foot, column) {
  const [positions, labels] = fittingTicks(...limits, width);
  const texts = positions.map((position, index) => {
    const x = column(position);
    const anchor = x < 14 ? "start" : x > width - 22 ? "end" : "middle";
    return s("text", { x, y: foot + 14, "text-anchor": anchor }, labels[index]);
  });
  const line = s("path", { class: "axis", d: `M0,${foot + 0.5}H${width}` });
  return [line, s("g", { class: "ticks" }, ...texts)];
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
