// What the monitor found: which layers, and what it says of one at the step that is shown.

import { shorten, whole } from "./words.js";

const MOST = 3; // beside a layer; the rest is in the tooltip

/** Paths of the layers of which anything was ever said. */
export function layersWithFindings(runs) {
  return new Set(runs.flatMap((run) => (run.findings ?? []).map(({ layer }) => layer)));
}

/**
 * What holds of a layer in the chosen runs at the step that is shown: of each kind the last that
 * was said up to there, unless that is that it is over.
 *
 * @returns {Array<{run: string, step: number, message: string, words: string}>}
 */
export function findingsAt(app, layer) {
  return app.runs.flatMap((name) => {
    const last = new Map();
    for (const finding of app.records.runs.get(name)?.findings ?? []) {
      if (finding.layer === layer && finding.step <= app.shown) last.set(finding.kind, finding);
    }
    return [...last.values()]
      .filter(({ recovered }) => !recovered)
      .map(({ step, message, advice }) => ({
        run: name,
        step,
        message,
        words: `${name}, step ${whole(step)}: ${message}. ${advice}`,
      }));
  });
}

/** The beginnings of the first few, which say what; with the run where there are several. */
export function inShort(said, severalRuns) {
  const shown = said.slice(0, MOST).map(({ run, step, message }) => {
    const what = `${message.split(/[:;(]|, /)[0].trim()} (step ${whole(step)})`;
    return severalRuns ? `${shorten(run, 16)}: ${what}` : what;
  });
  return said.length > MOST ? [...shown, `and ${said.length - MOST} more`] : shown;
}
