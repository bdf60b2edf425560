// What the marks of a chart mean, and the keys of the page.

import { h } from "./dom.js";
import { KEYS } from "./keyboard.js";

export function legend() {
  const entry = (name, words) => h("li", {}, h("span", { class: `key ${name}` }), words);
  const rows = KEYS.map(([keys, words]) =>
    h("tr", {}, h("th", { scope: "row" }, keys), h("td", {}, words)),
  );
  return h(
    "section",
    { class: "legend" },
    h("h2", {}, "Reading a chart"),
    h(
      "ul",
      {},
      entry("bars-key", "probability density"),
      entry("band-key", "mean and range of a group"),
      entry("zero-key", "exact zeros; full height: all"),
      entry("mean-key", "mean, one std to both sides"),
    ),
    h("details", {}, h("summary", {}, "Keys"), h("table", {}, h("tbody", {}, ...rows))),
  );
}
