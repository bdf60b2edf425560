// The pictures of a layer, large: all runs, or the first of each group, beside each other,
// in a dialog that Escape closes.

import { wear } from "./colours.js";
import { attr, h, text } from "./dom.js";
import { shorten, whole } from "./words.js";

const ABREAST = 4; // pictures in a line, at most

export class Pictures {
  #layer = null; // the one that is shown large
  #key = "";
  #figures = new Map();

  constructor(app, root) {
    this.app = app;
    this.title = h("h2");
    this.row = h("div", { class: "large-pictures" });
    const close = h("button", { class: "icon", "aria-label": "Close" }, "\u2715");
    close.addEventListener("click", () => this.dialog.close());
    this.dialog = h(
      "dialog",
      { class: "large", "aria-label": "Pictures", "data-testid": "large-pictures" },
      h("header", {}, this.title, close),
      this.row,
    );
    this.dialog.addEventListener("close", () => (this.#layer = null));
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close(); // beside what it holds
    });
    root.append(this.dialog);
  }

  /** Whether any of the shown runs has one. */
  some() {
    const { runs, records } = this.app;
    return runs.some((name) => {
      const pictures = records.runs.get(name)?.pictures ?? {};
      return Object.values(pictures).some((steps) => steps.length);
    });
  }

  open(layer) {
    this.#layer = layer;
    this.update();
    this.dialog.showModal();
  }

  /** Follow the slider while it is open. */
  update() {
    if (this.#layer === null) return;
    const { app } = this;
    const found = app.columns
      .map((column, index) => ({ column, ...app.picture(index, this.#layer) }))
      .filter(({ picture }) => picture);
    const key = JSON.stringify([this.#layer, found.map(({ column, run }) => [column, run])]);
    if (key !== this.#key) {
      this.#key = key;
      this.#figures = new Map(
        found.map(({ column, run }) => [column.key, this.#figure(column, run)]),
      );
      this.row.replaceChildren(...[...this.#figures.values()].map(({ element }) => element));
      this.row.style.setProperty("--columns", Math.min(Math.max(found.length, 1), ABREAST));
    }
    text(this.title, `${shorten(this.#layer, 60)}, step ${whole(app.shown)}`);
    for (const { column, picture } of found) {
      const { image, at } = this.#figures.get(column.key);
      attr(image, "src", picture.url);
      text(at, picture.step === app.shown ? "" : `step ${whole(picture.step)}`);
    }
  }

  #figure({ name: title, group, look }, run) {
    const name = group ? `${title}: ${run}` : run;
    const image = h("img", { alt: `Activations in ${name}`, draggable: "false" });
    const at = h("span", { class: "other-step" });
    const swatch = h("span", { class: "swatch" });
    wear(swatch, look);
    const words = h("span", { class: "head-name", title: name }, name);
    const head = h("figcaption", { class: "head" }, swatch, words, at);
    return { image, at, element: h("figure", {}, head, image) };
  }
}
