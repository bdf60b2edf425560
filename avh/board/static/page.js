// The page's frame: the side, the slider, what scrolls beneath it, and what is said above it all.

import { h, show, text } from "./dom.js";
import { legend } from "./legend.js";
import { notices } from "./notices.js";

const MANY = 6; // columns whose bands over each other would hide the lines
const NARROW = 720; // pixels of a window that has no room for the side

export class Page {
  #noticed = "";
  #written = "";

  constructor(app, root) {
    this.app = app;
    this.root = root;
    root.classList.add("avh");
    this.scroller = h("div", { class: "scroll", tabindex: "-1" });
    this.notice = h("ul", { class: "notices", "data-testid": "notice", hidden: true });
    this.trouble = h("p", {
      class: "trouble",
      role: "alert",
      "data-testid": "error",
      hidden: true,
    });
    this.waiting = h("p", { class: "waiting", role: "status", hidden: true });
    this.message = h("div", { class: "message", "data-testid": "message", role: "status" });
  }

  /** Put the parts in their places. */
  fill({ stepper, runList, options, charts, views }) {
    const { root, scroller } = this;
    const side = h(
      "aside",
      { class: "side", "aria-label": "Runs and options" },
      runList.element,
      options.element,
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
    const shown = [charts, ...Object.values(views)].map(({ element }) => element);
    scroller.append(this.trouble, this.notice, this.message, ...shown);
    stepper.element.prepend(fold);
    root.append(side, h("main", {}, stepper.element, this.waiting, scroller));
    root.classList.toggle("folded", window.innerWidth > 0 && window.innerWidth < NARROW);
  }

  /** @param {?Array<string>} words in place of a picture: a title and an explanation */
  update(words, error) {
    const { columns } = this.app;
    this.root.classList.toggle("grouped", columns.some(({ group }) => group));
    this.root.classList.toggle("many", columns.length > MANY);
    const again = this.app.source.live ? " Trying again every few seconds." : "";
    text(this.trouble, error ? error + again : "");
    show(this.trouble, Boolean(error));
    show(this.message, Boolean(words));
    text(this.waiting, this.app.loader.progress);
    show(this.waiting, Boolean(this.app.loader.progress));
    const key = JSON.stringify(words);
    if (key !== this.#written) {
      this.#written = key;
      const parts = words ? [h("h2", {}, words[0]), h("p", {}, words[1])] : [];
      this.message.replaceChildren(...parts);
    }
    this.#drawNotices();
  }

  #drawNotices() {
    const { columns, records } = this.app;
    const key = JSON.stringify([columns, records.version]);
    if (key === this.#noticed) return;
    this.#noticed = key;
    const found = notices(columns, (name) => records.runs.get(name));
    this.notice.replaceChildren(...found.map((words) => h("li", {}, words)));
    show(this.notice, found.length > 0);
  }
}
