// What is looked at, out of what there is: runs, layers, steps, one step, one layer.

import { memberLooks, runLooks } from "./colours.js";
import { layersWithFindings } from "./findings.js";
import { columnsOf, groupsOf, together } from "./groups.js";
import { layerPaths } from "./layers.js";
import { matcher } from "./matcher.js";

const FIRST = 10; // so many runs, or groups, are shown when nobody chose

export class Choice {
  order = []; // all runs, as the list shows them
  chosen = []; // those that are ticked
  runs = []; // those that are shown: ticked, and found by the filter
  groups = new Map(); // group -> its runs, of groups of several runs
  units = []; // names of all runs: those of a group together, where runs are grouped
  columns = []; // what stands beside each other: runs or groups, see groups.js
  allLayers = []; // paths
  layers = []; // paths, filtered
  steps = []; // union over the shown runs
  step = null; // the one that is asked for
  layer = null; // the one that is shown over time
  finds = () => true; // the filter of the runs
  findError = "";
  layersError = "";
  #names = "";
  #groupOf = new Map();
  #looks = new Map();
  #groupLooks = new Map();
  #grouped = false;

  /** How a run is drawn: {colour, dash}. */
  look(name) {
    return this.#looks.get(name);
  }

  /** How a group is drawn; its runs have its colour. */
  groupLook(group) {
    return this.#groupLooks.get(group);
  }

  /** The group that a run is shown with; null where runs are not grouped. */
  groupOf = (name) => (this.#grouped ? (this.#groupOf.get(name) ?? null) : null);

  /** Choose anew, from what the address says and what is known of the runs. */
  choose(state, records) {
    this.#list(state, records);
    const [matches, wrongFind] = matcher(state.find);
    this.finds = (name) => matches(name) || matches(this.groupOf(name) ?? name);
    this.findError = wrongFind;
    this.runs = this.chosen.filter(this.finds);
    this.columns = columnsOf(this.runs, this, new Set(state.open));
    const shown = this.runs.map((name) => records.runs.get(name));
    const [fits, wrong] = matcher(state.layers);
    this.layersError = wrong;
    this.allLayers = layerPaths(shown);
    const found = state.which === "found" ? layersWithFindings(shown) : null;
    this.layers = this.allLayers.filter((path) => fits(path) && (!found || found.has(path)));
    this.layer = this.layers.includes(state.layer) ? state.layer : (this.layers[0] ?? null);
    this.steps = union(shown.map((run) => run.steps));
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
    const key = JSON.stringify(names.map((name) => [name, records.runs.get(name).group]));
    if (key !== this.#names) {
      this.#names = key;
      this.#colour(names, records.runs);
      const known = (state.runs ?? this.order).filter((name) => records.runs.has(name));
      const kept = this.order.filter((name) => records.runs.has(name) && !known.includes(name));
      const place = new Set([...known, ...kept]);
      this.order = [...place, ...names.filter((name) => !place.has(name))];
      if (state.runs === null) this.order = names;
    }
    this.#grouped = state.groups === "on" && this.groups.size > 0;
    if (state.runs) {
      const wished = state.runs.filter((name) => records.runs.has(name));
      const given = new Set(wished);
      const own = this.order.filter((name) => given.has(name));
      if (wished.join("\n") !== own.join("\n")) {
        this.order = [...wished, ...this.order.filter((name) => !given.has(name))];
      }
    }
    this.units = together(this.order, this.groupOf);
    this.order = this.units.flat();
    const ticked = new Set(state.runs ?? this.units.slice(0, FIRST).flat());
    this.chosen = this.order.filter((name) => ticked.has(name));
  }

  /** Colours belong to groups, and to the runs without one. */
  #colour(names, runs) {
    this.groups = groupsOf(names, runs);
    this.#groupOf = new Map();
    for (const [group, members] of this.groups) {
      for (const name of members) this.#groupOf.set(name, group);
    }
    const single = names.filter((name) => !this.#groupOf.has(name));
    const looks = runLooks([...new Set([...single, ...this.groups.keys()])]);
    this.#groupLooks = new Map([...this.groups.keys()].map((group) => [group, looks.get(group)]));
    this.#looks = new Map(single.map((name) => [name, looks.get(name)]));
    for (const [group, members] of this.groups) {
      memberLooks(looks.get(group), members).forEach((look, place) => {
        this.#looks.set(members[place], look);
      });
    }
  }
}

/** All steps, ascending. Runs with the same steps, which is the rule, cost a comparison. */
function union(series) {
  const different = series.filter((steps, place) => !place || !sameSteps(steps, series[place - 1]));
  if (different.length === 1) return [...different[0]];
  return [...new Set(different.flat())].sort((a, b) => a - b);
}

function sameSteps(one, other) {
  return one.length === other.length && one.every((step, place) => step === other[place]);
}

const collator = new Intl.Collator("en", { numeric: true });

function naturally(a, b) {
  return collator.compare(a, b) || (a < b ? -1 : 1);
}
