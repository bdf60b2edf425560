// The Activations page: what is looked at, what is known, and when it is drawn.
//
// Histograms are asked for one request at a time, the newest wish last, and drawn in that order: a
// slow answer never covers a later one. Everything else is drawn from what is here, once a frame.

import { Charts } from "./charts.js";
import { runColours } from "./colours.js";
import { h, show, text } from "./dom.js";
import { Grid } from "./grid.js";
import { listenToKeys } from "./keyboard.js";
import { legend } from "./legend.js";
import { matcher } from "./matcher.js";
import { missing } from "./missing.js";
import { notices } from "./notices.js";
import { Options } from "./options.js";
import { Overlay } from "./overlay.js";
import { Records, layerPaths } from "./records.js";
import { Ridge } from "./ridge.js";
import { Axes } from "./rows.js";
import { RunList } from "./run_list.js";
import { Stepper } from "./stepper.js";
import { followTheme } from "./theme.js";
import { Tip } from "./tip.js";
import { ViewState } from "./view_state.js";

const POLL = 5000; // milliseconds between two looks at the runs
const PATIENCE = 400; // milliseconds that a picture waits for the statistics
const FIRST_RUNS = 10; // so many are shown when nobody chose

/**
 * Fill `root` with the page.
 *
 * @param {HTMLElement} root
 * @param {object} source of the data: ServerSource or EmbeddedSource
 */
export async function start(root, source) {
  await new App(root, source).run();
}

class App {
  order = []; // all runs, as the list shows them
  chosen = []; // those that are ticked
  runs = []; // those that are shown: ticked, and found by the filter
  layers = []; // paths, filtered
  steps = []; // union over the shown runs
  step = null; // the one that is asked for
  shown = null; // the one that is drawn
  layer = null; // the one that is shown over time
  width = 0; // pixels of the charts together; 0 while another tab is open
  structure = 0; // counts the changes of what there is
  findError = "";
  layersError = "";
  #frame = 0;
  #fetching = false;
  #waiting = [];
  #reveal = null;
  #error = "";
  #loading = true;

  constructor(root, source) {
    this.source = source;
    this.root = root;
    this.state = new ViewState(source.live);
    this.records = new Records(source);
    this.axes = new Axes(this);
    followTheme(root, source.live);
    this.#build();
  }

  #build() {
    const { root } = this;
    root.classList.add("avh");
    this.tip = new Tip(root);
    this.stepper = new Stepper(this);
    this.runList = new RunList(this);
    this.options = new Options(this);
    this.charts = new Charts(this);
    this.scroller = h("div", { class: "scroll", tabindex: "-1" });
    this.views = {
      grid: new Grid(this, this.scroller),
      overlay: new Overlay(this, this.scroller),
      ridge: new Ridge(this, this.scroller),
    };
    this.notice = h("ul", { class: "notices", "data-testid": "notice", hidden: true });
    this.trouble = h("p", {
      class: "trouble",
      role: "alert",
      "data-testid": "error",
      hidden: true,
    });
    this.message = h("div", { class: "message", "data-testid": "message", role: "status" });
    const side = h(
      "aside",
      { class: "side", "aria-label": "Runs and options" },
      this.runList.element,
      this.options.element,
      legend(),
    );
    const fold = h(
      "button",
      {
        class: "icon fold",
        "aria-label": "Runs and options",
        title: "Runs and options",
        onclick: () => root.classList.toggle("folded"),
      },
      "\u2630",
    );
    this.scroller.append(
      this.trouble,
      this.notice,
      this.message,
      this.charts.element,
      ...Object.values(this.views).map(({ element }) => element),
    );
    this.stepper.element.prepend(fold);
    root.append(side, h("main", {}, this.stepper.element, this.scroller));
    root.classList.toggle("folded", window.innerWidth > 0 && window.innerWidth < 720);
    listenToKeys(this, this.stepper);
    this.state.watch(() => this.#derive());
    new ResizeObserver(() => {
      this.width = this.scroller.clientWidth;
      this.schedule();
    }).observe(this.scroller);
  }

  async run() {
    this.width = this.scroller.clientWidth;
    this.schedule();
    await this.#refresh();
    if (this.source.live) this.#poll();
  }

  /** Change what is looked at. */
  set(patch) {
    Object.assign(this.state, patch);
    if (patch.step !== undefined && Object.keys(patch).length === 1) this.#deriveStep();
    else this.#derive();
    this.state.save();
  }

  /** Choose a layer, and bring it into view. */
  go(layer) {
    if (layer === undefined) return;
    this.#reveal = layer;
    this.set({ layer });
  }

  /** Put the runs into another order. */
  reorder(order) {
    const chosen = new Set(this.chosen);
    this.order = order;
    this.set({ runs: order.filter((name) => chosen.has(name)) });
  }

  colour(name) {
    return this.colours.get(name);
  }

  /** What is said of a layer beside its name. */
  about(layer) {
    for (const name of this.runs) {
      const run = this.records.runs.get(name);
      const found = run?.layers[run.index.get(layer)];
      if (!found) continue;
      const shape = found.output_shape.slice(1).map((size) => size ?? "?");
      return { shape: shape.join(" \u00d7 "), kind: found.kind };
    }
    return { shape: "", kind: "" };
  }

  hasPictures() {
    return this.runs.some((name) => {
      const pictures = this.records.runs.get(name)?.pictures ?? {};
      return Object.values(pictures).some((steps) => steps.length);
    });
  }

  /** Resolves when what is asked for is drawn. */
  drawn() {
    if (this.shown === this.step && !this.#frame) return Promise.resolve();
    return new Promise((done) => this.#waiting.push(done));
  }

  /** Draw with the next frame. */
  schedule() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#render();
    });
  }

  finds = () => true;

  #derive() {
    const { state, records } = this;
    const names = [...records.runs.keys()].sort(naturally);
    if (names.join("\n") !== this.names) {
      this.names = names.join("\n");
      this.colours = runColours(names);
      const known = (state.runs ?? this.order).filter((name) => records.runs.has(name));
      const kept = this.order.filter((name) => records.runs.has(name) && !known.includes(name));
      const place = [...known, ...kept];
      this.order = [...place, ...names.filter((name) => !place.includes(name))];
      if (state.runs === null) this.order = names;
    }
    if (state.runs) {
      const rank = new Map(state.runs.map((name, index) => [name, index]));
      this.chosen = this.order.filter((name) => rank.has(name));
      const wished = state.runs.filter((name) => records.runs.has(name));
      if (wished.join("\n") !== this.chosen.join("\n")) {
        this.order = [...wished, ...this.order.filter((name) => !rank.has(name))];
        this.chosen = wished;
      }
    } else {
      this.chosen = this.order.slice(0, FIRST_RUNS);
    }
    [this.finds, this.findError] = matcher(state.find);
    this.runs = this.chosen.filter(this.finds);
    const shown = this.runs.map((name) => records.runs.get(name));
    const [fits, wrong] = matcher(state.layers);
    this.layersError = wrong;
    this.allLayers = layerPaths(shown);
    this.layers = this.allLayers.filter(fits);
    this.layer = this.layers.includes(state.layer) ? state.layer : (this.layers[0] ?? null);
    const steps = new Set();
    for (const run of shown) for (const step of run.steps) steps.add(step);
    this.steps = [...steps].sort((a, b) => a - b);
    this.#fetchStats(); // before the histograms, which wait for it a little
    this.#deriveStep();
  }

  #deriveStep() {
    const { state, steps } = this;
    const last = steps.at(-1) ?? null;
    this.step =
      state.step === null ? last : (steps.findLast((own) => own <= state.step) ?? steps[0] ?? null);
    this.schedule();
    this.#fetchHist();
  }

  async #fetchHist() {
    if (this.#fetching || this.step === null || !this.runs.length) return;
    const [step, runs] = [this.step, this.runs];
    if (this.records.hasHist(step, runs)) {
      if (this.#coming) await this.#coming;
      this.shown = this.step === step ? step : this.shown;
      this.schedule();
      return;
    }
    this.#fetching = true;
    let failed = false;
    try {
      await this.records.fetchHist(step, runs);
      if (this.#coming) await this.#coming;
      this.shown = step;
      this.#say("");
    } catch (error) {
      failed = true;
      this.#say(error.message);
    }
    this.#fetching = false;
    this.schedule();
    // What the server has not loaded yet is asked for with the next look at the runs.
    if (!failed && (this.step !== step || this.runs !== runs)) this.#fetchHist();
  }

  #coming = null; // statistics on their way, waited for a little

  async #fetchStats() {
    const wanted = this.runs.filter((name) => !this.records.runs.get(name).complete);
    if (!wanted.length) return;
    const all = this.#fetchEach(wanted);
    if (!this.#coming) {
      this.#coming = Promise.race([all, new Promise((done) => setTimeout(done, PATIENCE))]);
      this.#coming.then(() => (this.#coming = null));
    }
    await all;
  }

  async #fetchEach(names) {
    for (const name of names) {
      try {
        await this.records.fetchStats(name);
      } catch (error) {
        this.#say(error.message);
      }
      this.schedule();
    }
  }

  async #refresh() {
    try {
      const changed = await this.records.refresh();
      this.#say("");
      if (changed || this.#loading) {
        this.structure = [...this.records.runs.values()].map((run) => run.layers.length).join();
        this.#loading = false;
        this.#derive();
      } else if (this.shown !== this.step || !this.records.hasHist(this.step, this.runs)) {
        this.#fetchHist();
      }
      this.#fetchStats();
    } catch (error) {
      this.#say(error.message);
    }
  }

  #poll() {
    const look = async () => {
      const seen = !document.hidden && this.width > 0;
      if (seen) await this.#refresh();
      setTimeout(look, POLL);
    };
    setTimeout(look, POLL);
  }

  #say(words) {
    if (words === this.#error) return;
    this.#error = words;
    this.schedule();
  }

  #render() {
    const again = this.source.live ? " Trying again every few seconds." : "";
    text(this.trouble, this.#error ? this.#error + again : "");
    show(this.trouble, Boolean(this.#error));
    const words = missing(this, this.#loading, Boolean(this.#error));
    this.#write(words);
    const room = this.width - 32;
    this.stepper.update();
    this.runList.update();
    this.options.update();
    this.#drawNotices();
    this.charts.update(words || room < 0 ? 0 : room);
    show(this.charts.element, !words);
    const view = this.views[this.state.view];
    for (const other of Object.values(this.views)) show(other.element, other === view && !words);
    if (!words) view.update();
    if (this.#reveal !== null) {
      view.reveal(this.#reveal);
      this.#reveal = null;
    }
    if (this.shown === this.step) for (const done of this.#waiting.splice(0)) done();
  }

  #write(words) {
    show(this.message, Boolean(words));
    const key = JSON.stringify(words);
    if (key === this.message.dataset.key) return;
    this.message.dataset.key = key;
    this.message.replaceChildren(...(words ? [h("h2", {}, words[0]), h("p", {}, words[1])] : []));
  }

  #drawNotices() {
    const key = JSON.stringify([this.runs, this.records.version]);
    if (key === this.noticed) return;
    this.noticed = key;
    const found = notices(this.runs.map((name) => this.records.runs.get(name)));
    this.notice.replaceChildren(...found.map((words) => h("li", {}, words)));
    show(this.notice, found.length > 0);
  }
}

const collator = new Intl.Collator("en", { numeric: true });

function naturally(a, b) {
  return collator.compare(a, b) || (a < b ? -1 : 1);
}
