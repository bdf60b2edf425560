// The one slider of the page: the union of all runs' steps.

import { attr, h, text } from "./dom.js";
import { whole } from "./words.js";

const TICK = 90; // milliseconds between two pictures while playing, at least
const LONGEST = 160; // pictures of a whole playing

export class Stepper {
  #playing = 0;

  constructor(app) {
    this.app = app;
    this.play = h("button", {
      class: "icon play",
      "data-testid": "play",
      onclick: () => this.toggle(),
    });
    const button = (words, label, by) =>
      h(
        "button",
        { class: "icon", "aria-label": label, title: label, onclick: () => this.move(by) },
        words,
      );
    this.slider = h("input", {
      type: "range",
      min: 0,
      step: 1,
      "aria-label": "Step",
      "data-testid": "slider",
      oninput: () => this.#choose(Number(this.slider.value)),
    });
    this.number = h("input", {
      class: "number",
      inputmode: "numeric",
      "aria-label": "Step number",
      "data-testid": "step",
      onchange: () => this.#typed(),
    });
    this.last = h("span", { class: "quiet of" });
    this.follow = h("input", {
      type: "checkbox",
      "data-testid": "follow",
      onchange: () => app.set({ step: this.follow.checked ? null : app.step }),
    });
    this.element = h(
      "div",
      { class: "stepper", role: "group", "aria-label": "Step" },
      this.play,
      button("\u2039", "One step back (\u2190)", -1),
      button("\u203a", "One step on (\u2192)", 1),
      this.slider,
      h("label", { class: "step-number" }, "step ", this.number),
      this.last,
      app.source.live ? h("label", { class: "follow" }, this.follow, "follow latest") : null,
    );
    this.update();
  }

  update() {
    const { app } = this;
    const { steps } = app;
    const place = steps.indexOf(app.step);
    attr(this.slider, "max", Math.max(steps.length - 1, 0));
    this.slider.disabled = steps.length < 2;
    if (this.slider.value !== String(place)) this.slider.value = place;
    attr(this.slider, "aria-valuetext", app.step === null ? "no steps" : `step ${whole(app.step)}`);
    const share = steps.length > 1 ? place / (steps.length - 1) : 0;
    this.slider.style.setProperty("--done", `${100 * share}%`);
    const words = app.step === null ? "" : whole(app.step);
    if (document.activeElement !== this.number && this.number.value !== words)
      this.number.value = words;
    const last = steps.length ? whole(steps.at(-1)) : "";
    this.number.style.width = `${Math.max(last.length, 3) + 2}ch`;
    text(this.last, steps.length ? `of ${last}` : "");
    this.follow.checked = app.state.step === null;
    attr(this.play, "aria-label", this.#playing ? "Pause" : "Play");
    attr(this.play, "title", `${this.#playing ? "Pause" : "Play"} (space)`);
    text(this.play, this.#playing ? "\u275a\u275a" : "\u25b6\ufe0e");
  }

  /** Move by a number of steps. */
  move(by) {
    this.stop();
    const { steps, step } = this.app;
    this.#choose(Math.min(Math.max(steps.indexOf(step) + by, 0), steps.length - 1));
  }

  toggle() {
    if (this.#playing) this.stop();
    else this.#run();
  }

  stop() {
    if (!this.#playing) return;
    this.#playing = 0;
    this.update();
  }

  #choose(place) {
    const step = this.app.steps[place];
    if (step !== undefined) this.app.set({ step });
  }

  #typed() {
    const wanted = Number(this.number.value.replace(/[^\d]/g, ""));
    const { steps } = this.app;
    const step = steps.findLast((own) => own <= wanted) ?? steps[0];
    this.number.blur();
    if (step !== undefined) this.app.set({ step });
  }

  async #run() {
    const token = (this.#playing = performance.now());
    const { app } = this;
    if (app.steps.indexOf(app.step) === app.steps.length - 1) this.#choose(0);
    this.update();
    for (;;) {
      const begun = performance.now();
      await app.drawn();
      const wait = Math.max(TICK - (performance.now() - begun), 0);
      await new Promise((done) => setTimeout(done, wait));
      if (this.#playing !== token) return;
      const stride = Math.max(1, Math.round(app.steps.length / LONGEST));
      const place = app.steps.indexOf(app.step);
      if (place >= app.steps.length - 1) return this.stop();
      this.#choose(Math.min(place + stride, app.steps.length - 1));
    }
  }
}
