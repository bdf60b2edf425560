// One layer of one run, or of a group of runs, at one step: what it says in words, its histogram,
// its picture.

import { attr, h, show, text } from "./dom.js";
import { Plot } from "./plot.js";
import { apart, list, nonfinite, number, percent, shares, whole } from "./words.js";

const DEAD = 0.005; // a share of dead units from which on it is mentioned
const SATURATED = 0.05;
const BEYOND = 0.02; // a share beyond the axis; 1 % at either end is where an axis ends

export class Cell {
  /**
   * @param {object} column see groups.js
   * @param {function(): void} enlarge shows its picture large
   */
  constructor({ name, group }, layer, height, enlarge) {
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
      {
        class: "cell",
        "data-testid": "cell",
        [group ? "data-group" : "data-run"]: name,
        "data-layer": layer,
      },
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
    attr(this.element, "data-step", found.step ?? "");
    attr(this.element, "data-total", found.total);
    attr(this.element, "data-low", sheet.limits[0]);
    attr(this.element, "data-high", sheet.limits[1]);
    attr(this.element, "data-top", sheet.top);
    const facts = this.#say(found);
    text(this.words, found.words);
    show(this.words, Boolean(found.words));
    this.element.classList.toggle("empty", !(found.total > 0));
    this.element.classList.toggle("unknown", !found.known);
    if (found.total > 0) this.plot.draw(sheet, [found]);
    else {
      this.plot.clear();
      this.plot.draw(sheet, []);
    }
    const all = found.words || facts.filter(Boolean).join(", ");
    attr(this.plot.element, "aria-label", all);
    attr(this.facts, "title", all);
  }

  /** Fill the words above the chart; returns all facts. */
  #say(found) {
    const { statistics: say, spread, ranges } = found;
    const off = spread ? [apart(spread.mean), apart(spread.std)] : ["", ""];
    const [mean, std] = found.known
      ? [number(say.mean) + off[0], number(say.std) + off[1]]
      : ["\u2013", "\u2013"];
    text(this.mean, mean);
    text(this.std, std);
    const share = (name) => (ranges ? shares(ranges[name]) : percent(say[name] ?? found[name]));
    const zeros = found.zero > 0 ? `${share("zero")} zeros` : "";
    text(this.zeros, zeros);
    const notes = [];
    if (say.dead_fraction >= DEAD) notes.push(`${share("dead_fraction")} dead`);
    if (say.saturated_fraction >= SATURATED) {
      notes.push(`${share("saturated_fraction")} saturated`);
    }
    text(this.notes, notes.join(", "));
    const alarms = [];
    const lost = nonfinite(say.nan_count, say.inf_count);
    if (lost) alarms.push(lost + (spread ? ` in ${found.lost} of ${found.runs} runs` : ""));
    if (found.outside > 0) alarms.push(`${whole(found.outside)} beyond \u00b1${found.outermost}`);
    if (found.beyond > BEYOND) alarms.push(`${percent(found.beyond)} off the axis`);
    text(this.alarm, alarms.join(", "));
    const partly = found.lacking?.length > 0;
    const present = partly ? `${found.runs - found.lacking.length} of ${found.runs} runs` : "";
    text(this.other, found.other ? `step ${whole(found.step)}` : present);
    const without = partly ? `${present}, without ${list(found.lacking)}` : "";
    return [`mean ${mean}, std ${std}`, zeros, ...notes, ...alarms, without];
  }

  /**
   * @param {?{url: string, step: number}} picture
   * @param {boolean} room whether it has a place
   * @param {number} step that is asked for
   * @param {string} whose " in" which run, where that is not plain
   */
  drawPicture(picture, room, step, whose = "") {
    show(this.picture, room);
    if (!room) return;
    this.picture.classList.toggle("none", !picture);
    if (!picture) {
      attr(this.image, "src", "data:,");
      text(this.caption, "");
      return;
    }
    attr(this.image, "src", picture.url);
    const about = `Activations of the probe${whose} at step ${whole(picture.step)}`;
    attr(this.enlarge, "aria-label", `${about}, enlarge`);
    attr(this.enlarge, "title", `${about}: enlarge`);
    text(this.caption, picture.step === step ? "" : `step ${whole(picture.step)}`);
  }
}
