// The data that a report carries inside itself.

export class EmbeddedSource {
  live = false;

  /** Unpack everything at once: a report holds a few megabytes. */
  static async load(data) {
    const unpackAll = async (packed) =>
      new Map(
        await Promise.all(
          Object.entries(packed).map(async ([run, { shape, data }]) => [
            run,
            { shape, values: await inflate(data) },
          ]),
        ),
      );
    const [stats, hist] = await Promise.all([unpackAll(data.stats), unpackAll(data.hist)]);
    return new EmbeddedSource(data, stats, hist);
  }

  constructor(data, stats, hist) {
    this.data = data;
    this.steps = new Map(data.runs.map((run) => [run.name, run.steps]));
    this.packedStats = stats;
    this.packedHist = hist;
  }

  async runs() {
    return this.data.runs.map(({ steps, wall_times: times, ...run }) => ({
      ...run,
      last: [steps.at(-1), times.at(-1)],
    }));
  }

  async stats(name) {
    const run = this.data.runs.find((known) => known.name === name);
    return { run: name, steps: run.steps, wall_times: run.wall_times, ...this.packedStats.get(name) };
  }

  async hist(step, runs) {
    return runs.map((run) => {
      const steps = this.steps.get(run);
      const record = Math.max(
        steps.findLastIndex((own) => own <= step),
        0,
      );
      const { shape, values } = this.packedHist.get(run);
      const size = shape[1] * shape[2];
      const own = values.subarray(record * size, (record + 1) * size);
      return { run, step: steps[record], shape: shape.slice(1), values: own };
    });
  }

  async ridge(run, layer) {
    const index = this.data.runs
      .find((known) => known.name === run)
      .layers.findIndex((known) => known.path === layer);
    const { shape, values } = this.packedHist.get(run);
    const [records, layers, bins] = shape;
    const rows = new Float32Array(records * bins);
    for (let record = 0; record < records; record++) {
      const start = (record * layers + index) * bins;
      rows.set(values.subarray(start, start + bins), record * bins);
    }
    return { run, layer, steps: this.steps.get(run), shape: [records, bins], values: rows };
  }

  imageUrl(run, layer, step) {
    return `data:image/png;base64,${this.data.images[run][layer][step]}`;
  }
}

async function inflate(base64) {
  const packed = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Float32Array(await new Response(stream).arrayBuffer());
}
