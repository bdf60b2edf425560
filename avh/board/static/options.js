// The switches: what is drawn, and on which axes.

import { attr, h, show, text } from "./dom.js";

const GROUPS = [
  [
    "groups",
    "Group runs",
    [
      ["on", "On"],
      ["off", "Off"],
    ],
  ],
  [
    "which",
    "Show layers",
    [
      ["all", "All"],
      ["found", "With findings"],
    ],
  ],
  [
    "view",
    "View",
    [
      ["grid", "Grid"],
      ["overlay", "Overlay"],
      ["ridge", "Ridge"],
    ],
  ],
  [
    "charts",
    "Charts",
    [
      ["depth", "Depth"],
      ["time", "Time"],
      ["both", "Both"],
      ["off", "Off"],
    ],
  ],
  [
    "x",
    "X axis, shared by",
    [
      ["row", "Row"],
      ["page", "Page"],
    ],
  ],
  [
    "fit",
    "X axis, fits",
    [
      ["run", "All steps"],
      ["step", "This step"],
    ],
  ],
  [
    "y",
    "Density",
    [
      ["linear", "Linear"],
      ["log", "Log"],
    ],
  ],
  [
    "pictures",
    "Pictures",
    [
      ["on", "Show"],
      ["off", "Hide"],
    ],
  ],
];

export class Options {
  #buttons = [];
  #rows = new Map();

  constructor(app) {
    this.app = app;
    const groups = GROUPS.map(([key, title, choices]) => {
      const buttons = choices.map(([value, words]) => {
        const button = h(
          "button",
          {
            "data-testid": value === "overlay" ? "overlay-switch" : `${key}-${value}`,
            onclick: () => app.set({ [key]: value }),
          },
          words,
        );
        this.#buttons.push({ key, value, button });
        return button;
      });
      const row = h("div", { class: "segments", role: "group", "aria-label": title }, ...buttons);
      const option = { class: "option", "data-option": key };
      this.#rows.set(key, h("div", option, h("span", { class: "option-title" }, title), row));
      return this.#rows.get(key);
    });
    this.layers = h("input", {
      type: "search",
      class: "find",
      placeholder: "Filter layers (regex)",
      "aria-label": "Filter layers by a regular expression",
      "data-testid": "layer-filter",
      spellcheck: "false",
      ".value": app.state.layers,
      oninput: () => app.set({ layers: this.layers.value }),
    });
    this.wrong = h("p", { class: "wrong", hidden: true, role: "alert" });
    this.element = h("section", {}, h("h2", {}, "Layers"), this.layers, this.wrong, ...groups);
  }

  update() {
    for (const { key, value, button } of this.#buttons) {
      attr(button, "aria-pressed", this.app.state[key] === value);
    }
    show(this.#rows.get("groups"), this.app.groups.size > 0);
    if (document.activeElement !== this.layers) this.layers.value = this.app.state.layers;
    text(this.wrong, this.app.layersError);
    show(this.wrong, Boolean(this.app.layersError));
  }
}
