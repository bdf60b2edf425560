// Which runs are shown, and in which order; their colours stay. A group is one entry, whose runs
// are listed below it while it is open.

import { wear } from "./colours.js";
import { attr, h, show, text } from "./dom.js";
import { plural, whole } from "./words.js";

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
    const entries = this.#entries();
    const key = JSON.stringify(entries.map(({ key, names }) => [key, names]));
    if (key !== this.key) {
      this.key = key;
      const before = this.#items;
      this.#items = new Map(
        entries.map((entry) => [entry.key, this.#renew(before.get(entry.key), entry)]),
      );
      const focused = document.activeElement;
      this.list.replaceChildren(...[...this.#items.values()].map(({ element }) => element));
      if (this.list.contains(focused)) focused.focus();
      if (!entries.length && app.order.length) {
        this.list.append(h("li", { class: "quiet" }, "No run matches."));
      }
    }
    for (const item of this.#items.values()) {
      const on = item.entry.names.filter((name) => chosen.has(name)).length;
      item.box.checked = on > 0;
      item.box.indeterminate = on > 0 && on < item.entry.names.length;
      const { group, name } = item.entry;
      const look = group ? app.groupLook(name) : app.look(name);
      if (item.look !== look) wear(item.element, (item.look = look));
      this.#sayLast(item);
    }
  }

  /** Runs and groups that match the filter: {key, name, names, group: boolean, inside: boolean}. */
  #entries() {
    const { app } = this;
    return app.units.flatMap((unit) => {
      const names = unit.filter(app.finds);
      if (!names.length) return [];
      const group = app.groupOf(names[0]);
      const inside = group !== null;
      const about = (name) => ({ key: `run ${name} ${inside}`, name, names: [name], inside });
      const runs = names.map(about);
      if (!inside) return runs;
      const entry = { key: `group ${group}`, name: group, names, group: true };
      return app.state.open.includes(group) ? [entry, ...runs] : [entry];
    });
  }

  #renew(item, entry) {
    if (!item) return this.#item(entry);
    item.entry = entry;
    return item;
  }

  #sayLast({ entry: { names, group }, last, twist }) {
    const { app } = this;
    const ends = names.map((name) => app.records.runs.get(name)?.steps.at(-1) ?? null);
    const [own] = ends;
    if (group) {
      const open = app.state.open.includes(app.groupOf(names[0]));
      attr(twist, "aria-expanded", open);
      text(twist, open ? "\u25be" : "\u25b8");
      text(last, whole(names.length));
      attr(last, "title", plural(names.length, "run"));
      return;
    }
    text(last, own === null ? "\u2013" : whole(own));
    const count = app.records.runs.get(names[0])?.steps.length ?? 0;
    const words = `${whole(count)} records, the last at step ${whole(own ?? 0)}`;
    attr(last, "title", own === null ? "no records yet" : words);
  }

  #item(entry) {
    const item = { entry };
    const { name, group, inside } = entry;
    item.box = h("input", {
      type: "checkbox",
      onchange: () => this.#toggle(item.entry.names, item.box.checked),
    });
    item.last = h("span", { class: "run-last" });
    const move = (words, label, by) =>
      h(
        "button",
        {
          class: "mover",
          tabindex: "-1",
          "aria-label": label,
          title: `${label} (Alt+${by < 0 ? "\u2191" : "\u2193"})`,
          onclick: () => this.#move(item.entry, by),
        },
        words,
      );
    item.twist = group
      ? h("button", {
          class: "mover twist",
          "aria-label": `Runs of ${name}`,
          title: "Show its runs one by one",
          "data-testid": "twist",
          onclick: () => this.app.open(name, !this.app.state.open.includes(name)),
        })
      : null;
    item.element = h(
      "li",
      {
        draggable: "true",
        class: inside ? "inside" : undefined,
        [group ? "data-group" : "data-run"]: name,
      },
      item.twist,
      h(
        "label",
        { title: name },
        item.box,
        h("span", { class: "swatch" }),
        h("span", { class: "run-name" }, name),
      ),
      item.last,
      h("span", { class: "movers" }, move("\u2191", "Earlier", -1), move("\u2193", "Later", 1)),
    );
    this.#makeMovable(item);
    return item;
  }

  #makeMovable(item) {
    const { element } = item;
    element.addEventListener("keydown", (event) => {
      if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      this.#move(item.entry, event.key === "ArrowUp" ? -1 : 1);
      item.box.focus();
    });
    element.addEventListener("dragstart", (event) => {
      this.#dragged = item.entry;
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
      this.#drop(this.#dragged.names, item.entry.names[0]);
      this.#dragged = null;
    });
  }

  #toggle(names, on) {
    const chosen = new Set(this.app.chosen);
    for (const name of names) {
      if (on) chosen.add(name);
      else chosen.delete(name);
    }
    this.app.set({ runs: this.app.order.filter((other) => chosen.has(other)) });
  }

  #choose(on) {
    this.#toggle(this.app.order.filter(this.app.finds), on);
  }

  /** A run moves within its group, a group or a single run among all. */
  #move({ names, inside }, by) {
    const units = inside ? this.app.units.find((unit) => unit.includes(names[0])) : this.app.units;
    const places = units.map((unit) => (inside ? unit : unit[0]));
    const from = places.findIndex((name) => names.includes(name));
    const to = Math.min(Math.max(from + by, 0), units.length - 1);
    if (to !== from) this.#drop(names, places[to]);
  }

  /** Put runs where another one is: before it, or behind it if they come from before. */
  #drop(names, target) {
    const { app } = this;
    if (names.includes(target)) return;
    const order = app.order.filter((other) => !names.includes(other));
    const behind = app.order.indexOf(names[0]) < app.order.indexOf(target);
    const unit = app.units.find((other) => other.includes(target));
    const inside = unit.includes(names[0]);
    const place = inside ? target : behind ? unit.at(-1) : unit[0];
    order.splice(order.indexOf(place) + (behind ? 1 : 0), 0, ...names);
    app.reorder(order);
  }
}
