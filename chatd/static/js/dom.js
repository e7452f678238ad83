// The one way in which this page makes nodes. What others wrote only ever becomes text.

// C0 and C1 but TAB and LF, and the characters that turn the direction of text (UAX #9 §2).
const HARMFUL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/g;

/** Return what somebody wrote without what would act on the words around it. */
export function harmless(text) {
  return String(text ?? "").replace(HARMFUL, "");
}

/**
 * Make an element. `attributes`: `class`, `on` (listeners by event), `data`, properties that are booleans,
 * and plain attributes. Children are nodes or strings; null and false are left out.
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  return fill(node, ...children);
}

/** Append children; strings become text. */
export function fill(node, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : harmless(child));
  }
  return node;
}

/** Make a name that cannot turn the direction of what stands around it. */
export function isolated(text, className = "") {
  return el("bdi", { class: className || null }, harmless(text));
}

/** Make an icon from the sprite in index.html. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Find an element that is there. */
export function find(selector, within = document) {
  const node = within.querySelector(selector);
  if (!node) throw new Error(`no ${selector}`);
  return node;
}

/** Tell a screen reader something that can be seen elsewhere. */
export function announce(words) {
  const place = find("#announcer");
  place.textContent = "";
  requestAnimationFrame(() => { place.textContent = harmless(words); });
}
