// The Activations page: holds its parts together. All is drawn from what is here, once a frame.

import { Charts } from "./charts.js";
import { Choice } from "./choice.js";
import { show } from "./dom.js";
import { Grid } from "./grid.js";
import { listenToKeys } from "./keyboard.js";
import { Loader } from "./loader.js";
import { missing } from "./missing.js";
import { Options } from "./options.js";
import { Overlay } from "./overlay.js";
import { Page } from "./page.js";
import { Pictures } from "./pictures.js";
import { Records } from "./records.js";
import { Ridge } from "./ridge.js";
import { Axes } from "./rows.js";
import { RunList } from "./run_list.js";
import { Stepper } from "./stepper.js";
import { followTheme } from "./theme.js";
import { Tip } from "./tip.js";
import { ViewState } from "./view_state.js";

const MARGIN = 32; // pixels beside the charts; as in the style sheet

/**
 * Fill `root` with the page.
 *
 * @param {HTMLElement} root
 * @param {object} source of the data: ServerSource or EmbeddedSource
 */
export async function start(root, source) {
  await new App(root, source).run();
}

class App extends Choice {
  taken = 0; // milliseconds that the last drawing took
  width = 0; // pixels of the charts together; 0 while another tab is open
  #frame = 0;
  #waiting = [];
  #reveal = null;

  constructor(root, source) {
    super();
    this.source = source;
    this.state = new ViewState(source.live);
    this.records = new Records(source);
    this.axes = new Axes(this);
    this.loader = new Loader(this);
    this.page = new Page(this, root);
    followTheme(root, source.live);
    this.#fill(root);
  }

  #fill(root) {
    const { scroller } = this.page;
    this.tip = new Tip(root);
    this.pictures = new Pictures(this, root);
    this.stepper = new Stepper(this);
    this.runList = new RunList(this);
    this.options = new Options(this);
    this.charts = new Charts(this);
    this.views = {
      grid: new Grid(this, scroller),
      overlay: new Overlay(this, scroller),
      ridge: new Ridge(this),
    };
    this.page.fill(this);
    listenToKeys(this, this.stepper);
    this.state.watch(() => this.derive());
    new ResizeObserver(() => {
      this.width = scroller.clientWidth;
      this.schedule();
    }).observe(scroller);
  }

  async run() {
    this.width = this.page.scroller.clientWidth;
    this.schedule();
    await this.loader.start();
  }

  /** The step that is drawn; null before the first picture. */
  get shown() {
    return this.loader.shown;
  }

  /** Change what is looked at. */
  set(patch) {
    Object.assign(this.state, patch);
    if (patch.step !== undefined && Object.keys(patch).length === 1) {
      this.chooseStep(this.state);
      this.schedule();
      this.loader.wantStep();
    } else this.derive();
    this.state.save();
  }

  /** Choose from what there is now, draw it, and fetch what is missing. */
  derive() {
    this.choose(this.state, this.records);
    this.schedule();
    this.loader.want();
  }

  /** Choose a layer, and bring it into view. */
  go(layer) {
    if (layer === undefined) return;
    this.#reveal = layer;
    this.set({ layer });
  }

  /** Show the runs of a group one by one, or as one again. */
  open(group, singly) {
    const others = this.state.open.filter((name) => name !== group && this.groups.has(name));
    this.set({ open: singly ? [...others, group] : others });
  }

  /** The picture of a column's first run that has one at the layer: {run, picture}, or {}. */
  picture(index, layer) {
    for (const run of this.columns[index].members) {
      const picture = this.records.picture(run, layer, this.shown);
      if (picture) return { run, picture };
    }
    return {};
  }

  /** Put the runs into another order. */
  reorder(order) {
    const chosen = new Set(this.chosen);
    this.order = order;
    this.set({ runs: order.filter((name) => chosen.has(name)) });
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

  /** All that decides how the histograms of the shown runs and layers look, as a key. */
  lookedAt() {
    const { layer, shown, runs, records, loader, state } = this;
    const groups = this.columns.map(({ key }) => key);
    const { x, y, fit } = state;
    const here = [records.version, loader.fetched, records.hasHist(shown, runs)];
    return JSON.stringify([layer, shown, x, y, fit, groups, ...here]);
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
      const begun = performance.now();
      this.#render();
      this.taken = performance.now() - begun;
    });
  }

  #render() {
    const { loading, error } = this.loader;
    const words = missing(this, loading, Boolean(error));
    const room = this.width - MARGIN;
    this.page.update(words, error);
    this.stepper.update();
    this.runList.update();
    this.options.update();
    this.charts.update(words || room < 0 ? 0 : room);
    show(this.charts.element, !words);
    const view = this.views[this.state.view];
    for (const other of Object.values(this.views)) show(other.element, other === view && !words);
    if (!words) view.update();
    this.pictures.update();
    if (this.#reveal !== null) {
      view.reveal(this.#reveal);
      this.#reveal = null;
    }
    if (this.shown === this.step) for (const done of this.#waiting.splice(0)) done();
  }
}
