// The frame of every dialog.

import { el, icon } from "./dom.js";

let count = 0;

/**
 * Show a dialog; returns it. `body` are nodes. It is taken away when it is closed; `closed` is called then.
 * With `fixed` it has no button to close it, and Escape does not.
 */
export function show(title, body, { wide = false, fixed = false, head = null, closed = () => {} } = {}) {
  count += 1;
  const id = `dialog-${count}`;
  const top = head ?? el("div", { class: "dialog-head" }, el("h2", { id }, title),
    fixed ? null : el("button", { type: "button", class: "icon-button", "aria-label": "Close", on: { click: () => node.close() } }, icon("close")));
  const node = el("dialog", { closedby: fixed ? "none" : null, class: wide ? "wide" : "", "aria-label": head ? title : null, "aria-labelledby": head ? null : id },
    top, el("div", { class: "dialog-body" }, body));
  node.addEventListener("cancel", (event) => { if (fixed) event.preventDefault(); });
  node.addEventListener("close", () => { node.remove(); closed(); });
  node.addEventListener("mousedown", (event) => { if (event.target === node && !fixed) node.close(); });
  document.body.append(node);
  node.showModal();
  return node;
}

/** Return a labelled field. */
export function field(label, attributes, note = "") {
  count += 1;
  const id = `field-${count}`;
  const noteId = note ? `${id}-note` : null;
  const input = el("input", { id, class: "input", "aria-describedby": noteId, ...attributes });
  return { node: el("div", { class: "field" }, el("label", { for: id }, label), input, note ? el("p", { class: "note", id: noteId }, note) : null), input };
}

/** Return a button. */
export function button(words, does, className = "") {
  return el("button", { type: "button", class: `button ${className}`, on: { click: does } }, words);
}

/**
 * Return a form. `submit()` may return "" (done), words that say why not, or a promise of either; while that
 * lasts the form waits. `className` "beside" puts its button beside its only field.
 */
export function form(fields, words, submit, others = [], className = "") {
  const refusal = el("p", { class: "refusal", role: "alert", hidden: true });
  const send = el("button", { type: "submit", class: className ? "button" : "button primary" }, words);
  const node = el("form", { novalidate: true, autocomplete: "on", class: className || null }, fields, refusal, el("div", { class: "dialog-foot" }, others, send));
  const refuse = (text) => {
    refusal.hidden = !text;
    refusal.textContent = text;
  };
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    refuse("");
    send.disabled = true;
    try {
      refuse(await submit() || "");
    } finally {
      send.disabled = false;
    }
  });
  return { node, refuse };
}
