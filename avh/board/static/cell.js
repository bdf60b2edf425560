// One layer of one run at one step: what it says in words, its histogram, its picture.

import { attr, h, show, text } from "./dom.js";
import { Plot } from "./plot.js";
import { nonfinite, number, percent, whole } from "./words.js";

const DEAD = 0.005; // a share of dead units from which on it is mentioned
const SATURATED = 0.05;
const BEYOND = 0.02; // a share beyond the axis; 1 % at either end is where an axis ends

export class Cell {
  /** @param {function(): void} enlarge shows its picture large */
  constructor(run, layer, height, enlarge) {
    this.plot = new Plot(height);
    this.mean = h("span", { class: "value" });
    this.std = h("span", { class: "value" });
    this.zeros = h("span", { class: "fact zeros" });
    this.notes = h("span", { class: "fact notes" });
    this.alarm = h("span", { class: "fact alarm" });
    this.other = h("span", { class: "fact other-step" });
    const mean = h("span", { class: "fact" }, "mean ", this.mean);
    const std = h("span", { class: "fact" }, "std ", this.std);
    this.facts = h(
      "div",
      { class: "facts" },
      ...[mean, std, this.zeros, this.notes, this.alarm, this.other].flatMap((fact) => [fact, " "]),
    );
    this.words = h("div", { class: "words", hidden: true });
    this.image = h("img", { alt: "", decoding: "async", draggable: "false" });
    // Enlarged, a picture's cells are squares; made smaller, they are averaged.
    this.image.addEventListener("load", () =>
      this.image.classList.toggle("enlarged", this.image.naturalWidth < this.image.clientWidth),
    );
    this.caption = h("figcaption");
    this.enlarge = h("button", { class: "enlarge", onclick: enlarge }, this.image);
    this.picture = h("figure", { class: "picture", hidden: true }, this.enlarge, this.caption);
    this.element = h(
      "div",
      { class: "cell", "data-testid": "cell", "data-run": run, "data-layer": layer },
      this.facts,
      h(
        "div",
        { class: "body" },
        h("div", { class: "chart" }, this.plot.element, this.words),
        this.picture,
      ),
    );
  }

  /** @param {object} found see `describe` in rows.js; `sheet` as Plot.draw takes it */
  draw(found, sheet) {
    const { statistics: say } = found;
    attr(this.element, "data-step", found.step ?? "");
    attr(this.element, "data-total", found.total);
    attr(this.element, "data-low", sheet.limits[0]);
    attr(this.element, "data-high", sheet.limits[1]);
    attr(this.element, "data-top", sheet.top);
    const [mean, std] = found.known ? [number(say.mean), number(say.std)] : ["\u2013", "\u2013"];
    text(this.mean, mean);
    text(this.std, std);
    const zeros = found.zero > 0 ? `${percent(found.zero)} zeros` : "";
    text(this.zeros, zeros);
    const notes = [];
    if (say.dead_fraction >= DEAD) notes.push(`${percent(say.dead_fraction)} dead`);
    if (say.saturated_fraction >= SATURATED) {
      notes.push(`${percent(say.saturated_fraction)} saturated`);
    }
    text(this.notes, notes.join(", "));
    const alarms = [];
    const lost = nonfinite(say.nan_count, say.inf_count);
    if (lost) alarms.push(lost);
    if (found.outside > 0) alarms.push(`${whole(found.outside)} beyond \u00b1${found.outermost}`);
    if (found.beyond > BEYOND) alarms.push(`${percent(found.beyond)} off the axis`);
    text(this.alarm, alarms.join(", "));
    text(this.other, found.other ? `step ${whole(found.step)}` : "");
    text(this.words, found.words);
    show(this.words, Boolean(found.words));
    this.element.classList.toggle("empty", !(found.total > 0));
    this.element.classList.toggle("unknown", !found.known);
    if (found.total > 0) this.plot.draw(sheet, [found]);
    else {
      this.plot.clear();
      this.plot.draw(sheet, []);
    }
    const facts = [`mean ${mean}, std ${std}`, zeros, ...notes, ...alarms];
    const all = found.words || facts.filter(Boolean).join(", ");
    attr(this.plot.element, "aria-label", all);
    attr(this.facts, "title", all);
  }

  /** @param {?{url: string, step: number}} picture @param {boolean} room whether it has a place */
  drawPicture(picture, room, step) {
    show(this.picture, room);
    if (!room) return;
    this.picture.classList.toggle("none", !picture);
    if (!picture) {
      attr(this.image, "src", "data:,");
      text(this.caption, "");
      return;
    }
    attr(this.image, "src", picture.url);
    const about = `Activations of the probe at step ${whole(picture.step)}`;
    attr(this.enlarge, "aria-label", `${about}, enlarge`);
    attr(this.enlarge, "title", `${about}: enlarge`);
    text(this.caption, picture.step === step ? "" : `step ${whole(picture.step)}`);
  }
}
