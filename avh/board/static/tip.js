// One small box of values beside the pointer.

import { wear } from "./colours.js";
import { h } from "./dom.js";

export class Tip {
  constructor(root) {
    this.root = root;
    this.element = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
    root.append(this.element);
  }

  /** Show `title` and rows of {look, name, value} beside the pointer. */
  show(event, title, rows) {
    this.element.replaceChildren(
      h("div", { class: "tip-title" }, title),
      ...rows.map(({ look, name, value }) => {
        const swatch = h("span", { class: "swatch" });
        if (look) wear(swatch, look);
        return h(
          "div",
          { class: "tip-row" },
          swatch,
          h("span", { class: "tip-name" }, name),
          h("span", { class: "tip-value" }, value),
        );
      }),
    );
    this.element.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const right = event.clientX + 16 + width < window.innerWidth;
    const x = right ? event.clientX + 14 : event.clientX - 14 - width;
    const y = Math.min(event.clientY + 12, window.innerHeight - height - 6);
    this.element.style.transform = `translate(${Math.max(4, x)}px, ${Math.max(4, y)}px)`;
  }

  hide() {
    this.element.hidden = true;
  }
}
