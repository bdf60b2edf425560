// Axis limits and ticks on round numbers, snapped outwards so that small changes do not move an axis.

import { MINUS, TIMES } from "./words.js";

const ROUND = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
const STEPS = [1, 2, 2.5, 5, 10];
const FLAT = 1e-5; // a range narrower than this share of its magnitude is no range in float32

/** The smallest of `choices` times a power of ten that is not below `value` (> 0). */
function roundUp(value, choices = ROUND) {
  const power = 10 ** Math.floor(Math.log10(value));
  const fits = choices.find((choice) => choice * power >= value * (1 - 1e-9));
  return clean((fits ?? 10) * power);
}

/** Round limits [low, high] around a range; a range of no width is widened. */
export function snap(low, high, parts = 10) {
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (high - low <= FLAT * size || size === 0) {
    const half = 0.5 * size || 1;
    [low, high] = [low - half, high + half];
  }
  const step = roundUp((high - low) / parts, STEPS);
  return [clean(Math.floor(low / step + 1e-9) * step), clean(Math.ceil(high / step - 1e-9) * step)];
}

/** At most `most` round positions within low..high. */
export function ticks(low, high, most = 6) {
  const step = roundUp((high - low) / Math.max(most - 1, 1), STEPS);
  const first = Math.ceil(low / step - 1e-6);
  const last = Math.floor(high / step + 1e-6);
  const positions = [];
  for (let index = first; index <= last; index++) positions.push(clean(index * step));
  return positions;
}

/** Labels of evenly spaced positions; a power of ten goes into the last one. */
export function tickLabels(positions) {
  const largest = Math.max(0, ...positions.map(Math.abs));
  if (!largest) return positions.map(() => "0");
  const plain = largest >= 1e-2 && largest < 1e5;
  const exponent = plain ? 0 : 3 * Math.floor(Math.log10(largest) / 3 + 1e-9);
  const scaled = positions.map((position) => position / 10 ** exponent);
  const spacing = scaled.length > 1 ? Math.abs(scaled[1] - scaled[0]) : largest;
  let decimals = 0;
  while (decimals < 12 && !isRound(spacing * 10 ** decimals)) decimals++;
  const labels = scaled.map((value) =>
    value === 0 ? "0" : value.toFixed(decimals).replace("-", MINUS),
  );
  if (exponent) labels[labels.length - 1] += ` ${TIMES} 1e${exponent}`.replace("-", MINUS);
  return labels;
}

function isRound(value) {
  return value >= 1 - 1e-6 && Math.abs(value - Math.round(value)) < 1e-6 * value;
}

function clean(value) {
  return Number(value.toPrecision(12)) + 0;
}
