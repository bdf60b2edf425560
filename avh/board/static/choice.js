// What is looked at, out of what there is: runs, layers, steps, one step, one layer.

import { runLooks } from "./colours.js";
import { layersWithFindings } from "./findings.js";
import { layerPaths } from "./layers.js";
import { matcher } from "./matcher.js";

const FIRST_RUNS = 10; // so many are shown when nobody chose

export class Choice {
  order = []; // all runs, as the list shows them
  chosen = []; // those that are ticked
  runs = []; // those that are shown: ticked, and found by the filter
  allLayers = []; // paths
  layers = []; // paths, filtered
  steps = []; // union over the shown runs
  step = null; // the one that is asked for
  layer = null; // the one that is shown over time
  finds = () => true; // the filter of the runs
  findError = "";
  layersError = "";
  #names = "";
  #looks = new Map();

  /** How a run is drawn: {colour, dash}. */
  look(name) {
    return this.#looks.get(name);
  }

  /** Choose anew, from what the address says and what is known of the runs. */
  choose(state, records) {
    this.#list(state, records);
    [this.finds, this.findError] = matcher(state.find);
    this.runs = this.chosen.filter(this.finds);
    const shown = this.runs.map((name) => records.runs.get(name));
    const [fits, wrong] = matcher(state.layers);
    this.layersError = wrong;
    this.allLayers = layerPaths(shown);
    const found = state.which === "found" ? layersWithFindings(shown) : null;
    this.layers = this.allLayers.filter((path) => fits(path) && (!found || found.has(path)));
    this.layer = this.layers.includes(state.layer) ? state.layer : (this.layers[0] ?? null);
    const steps = new Set();
    for (const run of shown) for (const step of run.steps) steps.add(step);
    this.steps = [...steps].sort((a, b) => a - b);
    this.chooseStep(state);
  }

  /** The step alone: the last one at or before the one that is asked for, or the first. */
  chooseStep({ step }) {
    const { steps } = this;
    this.step =
      step === null
        ? (steps.at(-1) ?? null)
        : (steps.findLast((own) => own <= step) ?? steps[0] ?? null);
  }

  /** The runs in order, and those that are ticked. */
  #list(state, records) {
    const names = [...records.runs.keys()].sort(naturally);
    if (names.join("\n") !== this.#names) {
      this.#names = names.join("\n");
      this.#looks = runLooks(names);
      const known = (state.runs ?? this.order).filter((name) => records.runs.has(name));
      const kept = this.order.filter((name) => records.runs.has(name) && !known.includes(name));
      const place = [...known, ...kept];
      this.order = [...place, ...names.filter((name) => !place.includes(name))];
      if (state.runs === null) this.order = names;
    }
    if (!state.runs) {
      this.chosen = this.order.slice(0, FIRST_RUNS);
      return;
    }
    const wished = state.runs.filter((name) => records.runs.has(name));
    this.chosen = this.order.filter((name) => state.runs.includes(name));
    if (wished.join("\n") !== this.chosen.join("\n")) {
      this.order = [...wished, ...this.order.filter((name) => !state.runs.includes(name))];
      this.chosen = wished;
    }
  }
}

const collator = new Intl.Collator("en", { numeric: true });

function naturally(a, b) {
  return collator.compare(a, b) || (a < b ? -1 : 1);
}
