// Recorded counts as probability density.
//
// Bars are recorded bins, or whole neighbours together where single ones would be narrower than a
// bar: never interpolated, and an edge at 0 stays. Exact zeros, which have no width, are kept apart,
// and so is what lies beyond the outermost recorded edge.

const TAIL = 0.005; // an axis that fits one step leaves out this share at either end

/** Edges of the bins [2 m + 4]: −Inf, −m_last .. −m_0, 0, 0, m_0 .. m_last, Inf. */
export function binEdges(magnitudes) {
  const negative = magnitudes.map((edge) => -edge).reverse();
  return Float64Array.from([-Infinity, ...negative, 0, 0, ...magnitudes, Infinity]);
}

/** Index of the bin of the exact zeros. */
export function zeroBin(edges) {
  return (edges.length - 2) / 2;
}

/**
 * Bars over low..high, each at least `narrowest` wide, ascending.
 *
 * @returns {Array<{from: number, to: number, left: number, right: number}>} `from` <= bin < `to`.
 */
export function bars(edges, low, high, narrowest) {
  const zero = zeroBin(edges);
  const found = [];
  for (let from = zero - 1, to = zero; from >= 1; from--) {
    if (edges[to] - edges[from] < narrowest && from > 1) continue;
    found.push({ from, to, left: edges[from], right: edges[to] });
    to = from;
  }
  found.reverse();
  for (let from = zero + 1, to = from; to <= edges.length - 3; to++) {
    if (edges[to + 1] - edges[from] < narrowest && to < edges.length - 3) continue;
    found.push({ from, to: to + 1, left: edges[from], right: edges[to + 1] });
    from = to + 1;
  }
  return found.filter(({ left, right }) => right > low && left < high);
}

/** Sum of counts[from .. to). */
export function sum(counts, from = 0, to = counts.length) {
  let total = 0;
  for (let bin = from; bin < to; bin++) total += counts[bin];
  return total;
}

/** Densities of `shapes` (see `bars`); the area, the zeros and what is beyond add up to 1. */
export function densities(counts, total, shapes) {
  return shapes.map(({ from, to, left, right }) => sum(counts, from, to) / total / (right - left));
}

/** Where the middle 99 % of the values other than 0 lie; null without such values. */
export function middle(counts, edges) {
  const zero = zeroBin(edges);
  const rest = sum(counts) - counts[zero];
  if (!(rest > 0)) return null;
  const at = (share) => {
    let below = 0;
    for (let bin = 0; bin < counts.length; bin++) {
      if (bin === zero || !counts[bin]) continue;
      const above = below + counts[bin];
      if (above >= share * rest) {
        const left = Math.max(edges[bin], edges[1]);
        const right = Math.min(edges[bin + 1], edges.at(-2));
        return left + ((share * rest - below) / counts[bin]) * (right - left);
      }
      below = above;
    }
    return edges.at(-2);
  };
  return [at(TAIL), at(1 - TAIL)];
}
