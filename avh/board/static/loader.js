// Gets what is looked at, and looks for what is new.
//
// Histograms are asked for one request at a time, the newest wish last, and drawn in that order: a
// slow answer never covers a later one. What the server has not loaded yet is asked for with the
// next look at the runs, never at once. While nothing is asked for, the next steps are fetched.

import { whole } from "./words.js";

const POLL = 5000; // milliseconds between two looks at the runs
const PATIENCE = 400; // milliseconds that a picture waits for the statistics
const AT_ONCE = 4; // requests for statistics
const AHEAD = 3; // steps that are fetched before they are asked for
const IDLE = 150; // milliseconds without a move before that
const TOGETHER = 120; // milliseconds in which statistics that arrive are taken in together,
const BREATH = 4; // or so many times what the last drawing took: many runs must not stop the page
const STRIDE = 12; // longer moves are jumps: nobody knows where the next one goes

export class Loader {
  loading = true; // nothing is known yet
  error = "";
  progress = ""; // of an answer about many runs
  fetched = 0; // counts the answers with histograms that were asked for
  shown = null; // the step that is drawn
  #app;
  #fetching = false;
  #coming = null; // statistics on their way, waited for a little
  #ahead = null; // {step, here}: a request before its time
  #before = 0; // place of the slider before the last move
  #stride = 1;
  #arrived = 0;

  constructor(app) {
    this.#app = app;
  }

  async start() {
    await this.#refresh();
    if (this.#app.source.live) this.#poll();
  }

  /** Fetch what is missing of what is looked at. */
  want() {
    this.#fetchStats();
    this.wantStep();
  }

  async wantStep() {
    const { records, step, runs, state } = this.#app;
    if (this.#fetching || step === null || !runs.length) return;
    // Of a run without statistics only the last step is known.
    const unknown = (name) => !records.runs.get(name).stats && records.awaitsStats(name);
    if (state.step !== null && runs.some(unknown)) return; // they come back here
    this.#fetching = true;
    const failed = await this.#fetchHist(step, runs);
    this.#fetching = false;
    this.#app.schedule();
    if (failed) return;
    if (this.#app.step !== step || this.#app.runs !== runs) await this.wantStep();
    else this.#fetchAhead();
  }

  async #fetchHist(step, runs) {
    const { records } = this.#app;
    if (this.#ahead?.step === step) await this.#ahead.here;
    const here = records.hasHist(step, runs);
    try {
      if (!here) {
        const wanted = () => this.#app.step === step && same(this.#app.runs, runs);
        await records.fetchHist(step, runs, wanted, (here, all) => {
          this.progress = `Step ${whole(step)}: ${whole(here)} of ${whole(all)} runs are here\u2026`;
          this.#app.schedule();
        });
        this.fetched++;
        if (!records.hasHist(step, runs) && !wanted()) return false;
      }
      if (this.#coming) await this.#coming;
      if (!here) this.#say("");
    } catch (error) {
      this.#say(error.message);
      return true;
    } finally {
      this.progress = "";
    }
    // A step that is here may have been left meanwhile: the slider is faster than the drawing.
    if (!here || this.#app.step === step) this.shown = step;
    return false;
  }

  /** The next steps in the direction of the last move. */
  async #fetchAhead() {
    const { records, source, steps, runs, step } = this.#app;
    if (!source.live || this.#ahead) return;
    const place = steps.indexOf(step);
    const move = place - this.#before;
    if (move) this.#stride = Math.abs(move) <= STRIDE ? move : Math.sign(move);
    this.#before = place;
    await new Promise((done) => setTimeout(done, IDLE));
    const left = () => this.#app.step !== step || this.#app.runs !== runs;
    if (left() || this.#ahead) return;
    for (let count = 1; count <= AHEAD; count++) {
      const next = steps[place + count * this.#stride];
      if (next === undefined || records.hasHist(next, runs)) continue;
      const here = records.fetchHist(next, runs).catch(() => {}); // to be said when it is wanted
      this.#ahead = { step: next, here };
      await here;
      this.#ahead = null;
      if (left()) return;
    }
  }

  async #fetchStats() {
    const { records, runs } = this.#app;
    const missing = runs.filter((name) => records.lacksStats(name));
    if (!missing.length) return;
    const names = missing.values(); // shared: each run is fetched once
    const fetching = Array.from({ length: AT_ONCE }, async () => {
      for (const name of names) await this.#fetchStatsOf(name);
    });
    const all = Promise.all(fetching);
    if (!this.#coming) {
      const coming = Promise.race([all, new Promise((done) => setTimeout(done, PATIENCE))]);
      this.#coming = coming.then(() => {
        this.#coming = null;
        this.wantStep();
      });
    }
    await all;
  }

  async #fetchStatsOf(name) {
    try {
      await this.#app.records.fetchStats(name);
    } catch (error) {
      this.#say(error.message);
    }
    this.#arrived ||= setTimeout(() => {
      this.#arrived = 0;
      this.#app.derive(); // their steps are known now
    }, Math.max(TOGETHER, BREATH * this.#app.taken));
  }

  async #refresh() {
    const app = this.#app;
    try {
      const changed = await app.records.refresh();
      this.#say("");
      if (changed || this.loading) {
        this.loading = false;
        app.derive();
      }
      this.want();
    } catch (error) {
      this.#say(error.message);
    }
  }

  #poll() {
    const look = async () => {
      const seen = !document.hidden && this.#app.width > 0;
      if (seen) await this.#refresh();
      setTimeout(look, POLL);
    };
    setTimeout(look, POLL);
  }

  #say(words) {
    if (words === this.error) return;
    this.error = words;
    this.#app.schedule();
  }
}

function same(runs, others) {
  return runs === others || runs.join("\n") === others.join("\n");
}
