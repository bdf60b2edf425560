// Which runs are shown, and in which order; their colours stay.

import { wear } from "./colours.js";
import { attr, h, show, text } from "./dom.js";
import { whole } from "./words.js";

export class RunList {
  #items = new Map();
  #dragged = null;

  constructor(app) {
    this.app = app;
    this.find = h("input", {
      type: "search",
      class: "find",
      placeholder: "Filter runs (regex)",
      "aria-label": "Filter runs by a regular expression",
      "data-testid": "run-filter",
      spellcheck: "false",
      ".value": app.state.find,
      oninput: () => app.set({ find: this.find.value }),
    });
    this.wrong = h("p", { class: "wrong", hidden: true, role: "alert" });
    this.all = h("button", { class: "link", onclick: () => this.#choose(true) }, "all");
    this.none = h("button", { class: "link", onclick: () => this.#choose(false) }, "none");
    this.count = h("span", { class: "quiet" });
    this.list = h("ul", { class: "run-list", "data-testid": "run-list" });
    this.element = h(
      "section",
      {},
      h("h2", {}, "Runs ", this.count, h("span", { class: "links" }, this.all, this.none)),
      this.find,
      this.wrong,
      this.list,
    );
  }

  update() {
    const { app } = this;
    if (document.activeElement !== this.find) this.find.value = app.state.find;
    text(this.wrong, app.findError);
    show(this.wrong, Boolean(app.findError));
    const chosen = new Set(app.chosen);
    text(this.count, app.order.length ? `${chosen.size} of ${app.order.length}` : "");
    const matching = app.order.filter(app.finds);
    const key = JSON.stringify(matching);
    if (key !== this.key) {
      this.key = key;
      this.#items = new Map(
        matching.map((name) => [name, this.#items.get(name) ?? this.#item(name)]),
      );
      const focused = document.activeElement;
      this.list.replaceChildren(...[...this.#items.values()].map(({ element }) => element));
      if (this.list.contains(focused)) focused.focus();
      if (!matching.length && app.order.length) {
        this.list.append(h("li", { class: "quiet" }, "No run matches."));
      }
    }
    for (const [name, item] of this.#items) {
      item.box.checked = chosen.has(name);
      wear(item.element, app.look(name));
      const steps = app.records.runs.get(name)?.steps ?? [];
      text(item.last, steps.length ? whole(steps.at(-1)) : "\u2013");
      attr(
        item.last,
        "title",
        steps.length
          ? `${whole(steps.length)} records, the last at step ${whole(steps.at(-1))}`
          : "no records yet",
      );
    }
  }

  #item(name) {
    const box = h("input", { type: "checkbox", onchange: () => this.#toggle(name, box.checked) });
    const last = h("span", { class: "run-last" });
    const move = (words, label, by) =>
      h(
        "button",
        {
          class: "mover",
          tabindex: "-1",
          "aria-label": label,
          title: `${label} (Alt+${by < 0 ? "\u2191" : "\u2193"})`,
          onclick: () => this.#move(name, by),
        },
        words,
      );
    const element = h(
      "li",
      { draggable: "true", "data-run": name },
      h(
        "label",
        { title: name },
        box,
        h("span", { class: "swatch" }),
        h("span", { class: "run-name" }, name),
      ),
      last,
      h("span", { class: "movers" }, move("\u2191", "Earlier", -1), move("\u2193", "Later", 1)),
    );
    element.addEventListener("keydown", (event) => {
      if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      this.#move(name, event.key === "ArrowUp" ? -1 : 1);
      box.focus();
    });
    element.addEventListener("dragstart", (event) => {
      this.#dragged = name;
      event.dataTransfer.effectAllowed = "move";
    });
    element.addEventListener("dragover", (event) => {
      if (this.#dragged === null) return;
      event.preventDefault();
      element.classList.add("target");
    });
    element.addEventListener("dragleave", () => element.classList.remove("target"));
    element.addEventListener("drop", (event) => {
      event.preventDefault();
      element.classList.remove("target");
      const order = this.app.order.filter((other) => other !== this.#dragged);
      const from = this.app.order.indexOf(this.#dragged);
      const to = this.app.order.indexOf(name);
      order.splice(order.indexOf(name) + (from < to ? 1 : 0), 0, this.#dragged);
      this.#dragged = null;
      this.app.reorder(order);
    });
    return { element, box, last };
  }

  #toggle(name, on) {
    const chosen = new Set(this.app.chosen);
    if (on) chosen.add(name);
    else chosen.delete(name);
    this.app.set({ runs: this.app.order.filter((other) => chosen.has(other)) });
  }

  #choose(on) {
    const chosen = new Set(this.app.chosen);
    for (const name of this.app.order.filter(this.app.finds)) {
      if (on) chosen.add(name);
      else chosen.delete(name);
    }
    this.app.set({ runs: this.app.order.filter((name) => chosen.has(name)) });
  }

  #move(name, by) {
    const order = [...this.app.order];
    const from = order.indexOf(name);
    const to = Math.min(Math.max(from + by, 0), order.length - 1);
    order.splice(from, 1);
    order.splice(to, 0, name);
    this.app.reorder(order);
  }
}
