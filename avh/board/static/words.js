// How numbers and names are said: short, and the same everywhere. The same words as in the pictures.

export const MINUS = "\u2212";
export const TIMES = "\u00d7";

/** Three significant digits: 0.123, −12, 1.5e−7, 1.23e5, NaN. */
export function number(value) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Inf" : `${MINUS}Inf`;
  if (value === 0) return "0";
  const size = Math.abs(value);
  let digits;
  if (size >= 1e-3 && size < 9999.5) {
    digits = size < 999.5 ? value.toPrecision(3) : value.toFixed(0);
  } else {
    const [mantissa, exponent] = value.toExponential(2).split("e");
    digits = `${Number(mantissa)}e${Number(exponent)}`;
  }
  return digits.replaceAll("-", MINUS);
}

/** How far numbers lie apart, to two digits: " ± 0.012"; nothing where nothing is known. */
export function apart(spread) {
  return Number.isFinite(spread) ? ` \u00b1 ${brief(Number(spread.toPrecision(2)))}` : "";
}

/** A mean share, and between which ones the runs lie: "3.2 % (1–6.1 %)". */
export function shares({ mean, low, high }) {
  const [from, to] = [percent(low), percent(high)];
  if (from === to) return percent(mean);
  return `${percent(mean)} (${from.replace(" %", "")}\u2013${to})`;
}

/** A share of 0..1; what is not all is never "100 %", nor what is not nothing "0 %". */
export function percent(share) {
  if (Number.isNaN(share)) return "NaN";
  if (share === 0 || share === 1) return `${100 * share} %`;
  if (share < 0.001) return "<0.1 %";
  if (share > 0.999) return ">99.9 %";
  return `${(100 * share).toFixed(1)} %`;
}

/** 1,234 */
export function whole(count) {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

/** 1 unit, 2,048 units */
export function plural(count, word) {
  return `${whole(count)} ${word}${count === 1 ? "" : "s"}`;
}

/** "1,200 NaN, 2 Inf", or "" */
export function nonfinite(nans, infs) {
  const parts = [];
  if (nans > 0) parts.push(`${whole(nans)} NaN`);
  if (infs > 0) parts.push(`${whole(infs)} Inf`);
  return parts.join(", ");
}

/** A number without zeros at its end: 0.5 for 0.500. */
export function brief(value) {
  return number(value)
    .replace(/(\.\d*?)0+(?=e|$)/, "$1")
    .replace(/\.(?=e|$)/, "");
}

/** At most `limit` characters; the end stays, which tells one layer from the next. */
export function shorten(name, limit) {
  if (name.length <= limit) return name;
  const tail = name.slice(name.length - limit + 1);
  const slash = tail.indexOf("/");
  return `\u2026${slash >= 0 && slash < tail.length / 2 ? tail.slice(slash) : tail}`;
}

/** "a", "a and b", "a, b and 3 more" */
export function list(names, most = 4) {
  const shown = names.slice(0, most).map((name) => shorten(name, 36));
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} and ${whole(rest)} more`;
  if (shown.length < 2) return shown.join("");
  return `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}
