// Where one types: what was typed is kept for each room, also over a reload.

import { el, find } from "./dom.js";
import { complete } from "./completion.js";
import { tab } from "./store.js";

/** What holds a password. */
const SECRET = /^\s*\/(login|register|passwd|pass|oper|account\s+delete)\b/i;

export class Composer {
  /** `submit(room, text)` returns false if the text is to stay; `known(typed)` gives what completion needs. */
  constructor(state, submit, known) {
    Object.assign(this, { state, submit, known });
    this.field = find("#message");
    this.list = find("#suggestions");
    this.options = [];
    this.chosen = -1;
    this.said = [];
    this.back = 0;
    find("#composer").addEventListener("submit", (event) => { event.preventDefault(); this.#send(); });
    this.field.addEventListener("keydown", (event) => this.#pressed(event));
    this.field.addEventListener("input", () => { this.#keep(); this.#suggest(false); });
    this.field.addEventListener("blur", () => this.#close());
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const at = [...this.list.children].indexOf(event.target.closest(".suggestion"));
      if (at >= 0) this.#take(at);
    });
  }

  /** Show for whom one types, and whether one can. */
  named() {
    const { active } = this.state;
    const name = active?.name ?? "";
    find("#message-label").textContent = active ? `Message to ${name}` : "Message";
    this.field.placeholder = active ? `Message ${name}` : "";
    this.field.disabled = !active || Boolean(active.gone);
  }

  /** Show what was typed for the active room. */
  show() {
    const { active } = this.state;
    this.named();
    this.field.value = active ? tab.get(`draft:${active.key}`, "") : "";
    this.#grown();
    this.#close();
  }

  /** What was typed for a talk goes with it when it has another key. */
  moved(from, to) {
    const draft = tab.get(`draft:${from}`);
    tab.set(`draft:${from}`, null);
    if (draft) tab.set(`draft:${to}`, draft);
  }

  #keep() {
    // A password is to be found nowhere.
    const draft = SECRET.test(this.field.value) ? "" : this.field.value;
    if (this.state.active) tab.set(`draft:${this.state.active.key}`, draft);
    this.#grown();
  }

  /** Browsers that do not know `field-sizing` are told the height. */
  #grown() {
    find("#send").disabled = !this.field.value.trim();
    if (CSS.supports("field-sizing", "content")) return;
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
  }

  #send() {
    const text = this.field.value;
    const room = this.state.active;
    if (!room || !text.trim() || this.submit(room, text) === false) return;
    if (!SECRET.test(text)) this.said.push(text);
    this.back = this.said.length;
    this.field.value = "";
    this.#keep();
    this.#close();
  }

  #pressed(event) {
    if (event.isComposing) return;
    const open = !this.list.hidden;
    if (event.key === "Tab" && !event.shiftKey && !event.ctrlKey && !event.altKey) {
      if (open) { event.preventDefault(); this.#take(Math.max(0, this.chosen)); }
      else if (this.field.value && this.#suggest(true)) event.preventDefault();
    } else if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.#choose((this.chosen + (event.key === "ArrowDown" ? 1 : -1) + this.options.length) % this.options.length);
    } else if (open && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.#close();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (open && this.chosen >= 0 && this.walked) this.#take(this.chosen);
      else this.#send();
    } else if (event.key === "ArrowUp" && !this.field.value && this.said.length) {
      event.preventDefault();
      this.#recall(-1);
    }
  }

  #recall(step) {
    this.back = Math.max(0, Math.min(this.said.length, this.back + step));
    this.field.value = this.said[this.back] ?? "";
    this.#keep();
  }

  /** Show what may be meant; asked for by Tab, a single meaning is taken at once. Returns whether there is any. */
  #suggest(asked) {
    const found = complete(this.field.value, this.field.selectionStart, this.known(this.field.value));
    const typing = this.field.value.startsWith("/") || /(^|\s)[@#]\S*$/.test(this.field.value.slice(0, this.field.selectionStart));
    if (!found.options.length || (!asked && !typing)) { this.#close(); return false; }
    Object.assign(this, { found, options: found.options, walked: asked });
    if (asked && found.options.length === 1) { this.#take(0); return true; }
    this.list.replaceChildren(...found.options.map((option, at) => el("div", { class: "suggestion", role: "option", id: `suggestion-${at}`, "aria-selected": "false" }, option.label)));
    this.list.hidden = false;
    this.#choose(0);
    this.walked = asked;
    return true;
  }

  #choose(at) {
    this.chosen = at;
    this.walked = true;
    [...this.list.children].forEach((node, place) => node.setAttribute("aria-selected", String(place === at)));
    this.list.children[at]?.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", `suggestion-${at}`);
  }

  #take(at) {
    const { start, end } = this.found;
    this.field.setRangeText(this.options[at].insert, start, end, "end");
    this.#keep();
    this.#close();
  }

  #close() {
    this.list.hidden = true;
    this.list.replaceChildren();
    this.options = [];
    this.chosen = -1;
    this.field.removeAttribute("aria-activedescendant");
  }
}
