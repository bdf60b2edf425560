// Elements, made by name. Text goes in as text: nothing here reads HTML.

const SET = Symbol("attributes");
const SAID = Symbol("text");
const SVG = "http://www.w3.org/2000/svg";

/** An element; `given` are attributes, `on*` listeners, `class`, or properties with a leading dot. */
export function h(name, given = {}, ...children) {
  return fill(document.createElement(name), given, children);
}

/** The same for SVG. */
export function s(name, given = {}, ...children) {
  return fill(document.createElementNS(SVG, name), given, children);
}

/** Set an attribute only if it changes: to what was set here before, which is faster than asking. */
export function attr(element, name, value) {
  const known = (element[SET] ??= {});
  if (known[name] === value) return;
  known[name] = value;
  element.setAttribute(name, value);
}

/** Set the text only if it changes; of an element that holds nothing else. */
export function text(element, words) {
  if (element[SAID] === words) return;
  // New words in the same node spare the browser half of the work; none at all is `:empty`.
  if (element[SAID] && words) element.firstChild.data = words;
  else element.textContent = words;
  element[SAID] = words;
}

/** Show or hide. */
export function show(element, visible) {
  if (element.hasAttribute("hidden") === visible) element.toggleAttribute("hidden", !visible);
}

function fill(element, given, children) {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.startsWith(".")) element[name.slice(1)] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
