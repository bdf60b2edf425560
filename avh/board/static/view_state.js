// What is looked at, in the address: a link shows the same view.
//
// In TensorBoard the keys stand in the address of the window around the tab, next to TensorBoard's
// own (`#avh&p.avh.step=100`); in a report, in its own (`#step=100`). Defaults are left out.

const CHOICES = {
  view: ["grid", "overlay", "ridge"],
  x: ["row", "page"],
  fit: ["run", "step"],
  y: ["linear", "log"],
  charts: ["depth", "time", "both", "off"],
  pictures: ["on", "off"],
  which: ["all", "found"],
  groups: ["on", "off"],
};
const TAB = "avh";

export class ViewState {
  #host;
  #prefix;
  #pending = 0;
  #written = "";

  constructor(inTensorBoard) {
    this.#host = inTensorBoard && window.parent !== window ? window.parent : window;
    this.#prefix = inTensorBoard ? `p.${TAB}.` : "";
    this.read();
  }

  /** Take everything from the address. */
  read() {
    const given = new Map();
    for (const part of this.#parts()) {
      const [name, value = ""] = part.split("=");
      if (name.startsWith(this.#prefix)) {
        given.set(decode(name.slice(this.#prefix.length)), decode(value));
      }
    }
    for (const [name, choices] of Object.entries(CHOICES)) {
      this[name] = choices.includes(given.get(name)) ? given.get(name) : choices[0];
    }
    const step = Number(given.get("step"));
    this.step = given.has("step") && Number.isFinite(step) ? step : null; // null: the latest
    this.runs = given.has("runs") ? given.get("runs").split(",").map(decode) : null; // null: default
    if (given.get("runs") === "") this.runs = [];
    this.open = given.get("open") ? given.get("open").split(",").map(decode) : []; // groups
    this.find = given.get("find") ?? "";
    this.layers = given.get("layers") ?? "";
    this.layer = given.get("layer") ?? null;
  }

  /** Put everything into the address, soon; many changes make one. */
  save() {
    clearTimeout(this.#pending);
    this.#pending = setTimeout(() => this.#write(), 200);
  }

  /** Call `changed` when somebody else changes the address. */
  watch(changed) {
    const listen = () => {
      if (this.#host.location.hash === this.#written || !this.#ours()) return;
      this.read();
      changed();
    };
    this.#host.addEventListener("hashchange", listen);
    window.addEventListener("pagehide", () => this.#host.removeEventListener("hashchange", listen));
  }

  #parts() {
    return this.#host.location.hash.slice(1).split("&").filter(Boolean);
  }

  #ours() {
    return !this.#prefix || this.#parts()[0] === TAB;
  }

  #write() {
    if (!this.#ours()) return; // another tab is open: its address is not ours
    const kept = this.#prefix ? this.#parts().filter((part) => !part.startsWith(this.#prefix)) : [];
    const own = [];
    const put = (name, value) => own.push(`${this.#prefix}${name}=${encodeURIComponent(value)}`);
    if (this.step !== null) put("step", this.step);
    if (this.runs !== null) put("runs", this.runs.map(encodeURIComponent).join(","));
    if (this.open.length) put("open", this.open.map(encodeURIComponent).join(","));
    for (const name of ["find", "layers", "layer"]) if (this[name]) put(name, this[name]);
    for (const [name, choices] of Object.entries(CHOICES)) {
      if (this[name] !== choices[0]) put(name, this[name]);
    }
    const hash = `#${[...kept, ...own].join("&")}`;
    if (hash === (this.#host.location.hash || "#")) return;
    this.#written = hash;
    this.#host.history.replaceState(this.#host.history.state, "", hash);
  }
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray percent sign, typed by hand
  }
}
