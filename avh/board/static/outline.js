// Paths of bars: their outline, and what lies between two rows of them.

/** The outline of bars as a path: from the base up, along the tops, and down to the base. */
export function outline(found, values, row, base) {
  if (!found.length) return "";
  let path = `M${found[0].x},${base}`;
  let before = null;
  for (let index = 0; index < found.length; index++) {
    const level = row(values[index]).toFixed(1);
    if (level === before) continue;
    if (index) path += `H${found[index].x}`;
    path += `V${level}`;
    before = level;
  }
  return `${path}H${found.at(-1).end}V${base}`;
}

/** The outline of what lies between two rows of bars. */
export function between(found, { low, high }, row) {
  if (!found.length) return "";
  let [there, back] = ["", ""];
  found.forEach(({ x }, index) => {
    const end = found[index + 1]?.x ?? found[index].end;
    there += `${index ? "L" : "M"}${x},${row(high[index]).toFixed(1)}H${end}`;
    back = `L${end},${row(low[index]).toFixed(1)}H${x}${back}`;
  });
  return `${there}${back}Z`;
}
