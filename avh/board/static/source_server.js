// The data as TensorBoard's server answers it. Every failure is an Error whose message is a sentence.

import { unpack } from "./packed.js";

export class ServerSource {
  live = true; // runs may grow

  /** @param {URL} base of the plugin's routes */
  constructor(base) {
    this.base = base;
  }

  async runs() {
    return (await this.#get("runs")).json().then((answer) => answer.runs);
  }

  /** Statistics of a run: {steps, wall_times, shape: [records, layers, statistics], values}. */
  async stats(run) {
    return (await this.#arrays("stats", [["run", run]]))[0];
  }

  /** For each run the record of its largest step <= `step`: {run, step, shape, values}. */
  async hist(step, runs) {
    return this.#arrays("hist", [["step", step], ...runs.map((run) => ["run", run])]);
  }

  /** One layer of one run at all steps: {steps, shape: [records, bins], values}. */
  async ridge(run, layer) {
    return (
      await this.#arrays("ridge", [
        ["run", run],
        ["layer", layer],
      ])
    )[0];
  }

  /** Address of the picture that was taken at `step`. */
  imageUrl(run, layer, step) {
    return this.#url("image", [
      ["run", run],
      ["layer", layer],
      ["step", step],
    ]);
  }

  #url(route, pairs) {
    const url = new URL(route, this.base);
    for (const [name, value] of pairs) url.searchParams.append(name, value);
    return url.href;
  }

  async #arrays(route, pairs) {
    return unpack(await (await this.#get(route, pairs)).arrayBuffer());
  }

  async #get(route, pairs = []) {
    let answer;
    try {
      answer = await fetch(this.#url(route, pairs));
    } catch (error) {
      throw new Error("TensorBoard does not answer.", { cause: error });
    }
    if (!answer.ok) {
      const words = (await answer.text()).slice(0, 300);
      throw new Error(`TensorBoard answered ${answer.status}: ${words || answer.statusText}`);
    }
    return answer;
  }
}
