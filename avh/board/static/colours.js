// A colour for every run, the same as in the pictures and from one comparison to the next.
//
// The colours are those of Okabe and Ito ("Color Universal Design", 2008) and relatives.

const FIXED = new Map([
  ["relu", "#0072b2"],
  ["lrelu", "#e69f00"],
  ["selu", "#009e73"],
  ["elu", "#cc79a7"],
  ["sigmoid", "#56b4e9"],
  ["tanh", "#882255"],
  ["swish", "#7a6a00"],
  ["gelu", "#332288"],
  ["mish", "#8c564b"],
  ["softplus", "#44aa99"],
  ["linear", "#6b7280"],
]);
const PALETTE = [...FIXED.values()];

const DASHES = ["none", "7 3", "2 2.5", "9 3 2 3"]; // of the second run with a colour, and so on

/**
 * Name -> {colour, dash} of all runs; a name that is not fixed takes a place that follows from the
 * name. Where there are more runs than colours, a dashed line and a striped mark tell them apart.
 */
export function runLooks(names) {
  const found = new Map(names.filter((name) => FIXED.has(name)).map((n) => [n, FIXED.get(n)]));
  const others = names.filter((name) => !FIXED.has(name)).sort(byCodePoint);
  const uses = new Map(PALETTE.map((colour) => [colour, 0]));
  for (const colour of found.values()) uses.set(colour, 1);
  const dashes = new Map();
  for (const name of others) {
    const start = crc32(new TextEncoder().encode(name)) % PALETTE.length;
    const turned = [...PALETTE.slice(start), ...PALETTE.slice(0, start)];
    const fewest = Math.min(...uses.values());
    const colour = turned.find((candidate) => uses.get(candidate) === fewest);
    found.set(name, colour);
    dashes.set(name, DASHES[Math.min(fewest, DASHES.length - 1)]);
    uses.set(colour, fewest + 1);
  }
  const look = ([name, colour]) => [name, { colour, dash: dashes.get(name) ?? DASHES[0] }];
  return new Map([...found].map(look));
}

/** Of the runs of a group, in its colour: their dashes tell the first few apart. */
export function memberLooks({ colour }, members) {
  return members.map((_, place) => ({ colour, dash: DASHES[place % DASHES.length] }));
}

/** Give an element, and what is in it, the look of a run. */
export function wear(element, { colour, dash }) {
  element.style.setProperty("--run", colour);
  element.style.setProperty("--dash", dash);
  element.classList.toggle("again", dash !== DASHES[0]);
}

function byCodePoint(a, b) {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = left[index].codePointAt(0) - right[index].codePointAt(0);
    if (difference) return difference;
  }
  return left.length - right.length;
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
