// What the monitor found: which layers, and what it says of one at the step that is shown.

import { shorten, whole } from "./words.js";

const MOST = 3; // beside a layer; the rest is in the tooltip
const KINDS = {
  dead_units: "dead units",
  saturated_units: "saturated units",
  vanishing_signal: "vanishing signal",
  exploding_signal: "exploding signal",
  off_fixed_point: "off the fixed point",
  nonfinite: "NaN or Inf",
};

/** Paths of the layers of which anything was ever said. */
export function layersWithFindings(runs) {
  return new Set(runs.flatMap((run) => (run.findings ?? []).map(({ layer }) => layer)));
}

/**
 * What holds of a layer in the shown runs at the step that is shown: of each kind the last that was
 * said up to there, unless that is that it is over. Of a group each kind is said once.
 *
 * @returns {Array<{short: string, words: string}>} the beginning, which says what, and all of it
 */
export function findingsAt(app, layer) {
  const several = app.columns.length > 1;
  return app.columns.flatMap(({ name, group, members }) => {
    const found = members.flatMap((member) => holding(app, member, layer));
    const who = several || group ? `${shorten(name, 16)}: ` : "";
    if (!group) return found.map((one) => ({ short: `${who}${inShort(one)}`, words: one.words }));
    return [...new Set(found.map(({ kind }) => kind))].map((kind) => {
      const alike = found.filter((one) => one.kind === kind);
      const what = KINDS[kind] ?? kind.replaceAll("_", " ");
      return {
        short: `${who}${what} in ${alike.length} of ${members.length} runs`,
        words: alike.map(({ words }) => words).join("\n"),
      };
    });
  });
}

/** The beginnings of the first few. */
export function firstOf(said) {
  const shown = said.slice(0, MOST).map(({ short }) => short);
  return said.length > MOST ? [...shown, `and ${said.length - MOST} more`] : shown;
}

function holding(app, name, layer) {
  const last = new Map();
  for (const finding of app.records.runs.get(name)?.findings ?? []) {
    if (finding.layer === layer && finding.step <= app.shown) last.set(finding.kind, finding);
  }
  return [...last.values()]
    .filter(({ recovered }) => !recovered)
    .map(({ kind, step, message, advice }) => ({
      kind,
      step,
      message,
      words: `${name}, step ${whole(step)}: ${message}. ${advice}`,
    }));
}

function inShort({ step, message }) {
  return `${message.split(/[:;(]|, /)[0].trim()} (step ${whole(step)})`;
}
