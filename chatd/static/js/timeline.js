// The timeline of the active room. It holds a window on the room's log: the newest, and more when one scrolls up.

import { el, find } from "./dom.js";
import { dayKey, dayName } from "./format.js";
import { atEnd, beginsNew, eventBefore, placeOf, scrolledUp } from "./reading.js";
import { beginning, row } from "./rows.js";

const FIRST = 120, MORE = 120, KEPT = 600;
/** So many rows are laid out together, or not at all while they are far away: 5,000 by themselves took 100 ms a frame. */
const CHUNK = 60;
/** More is fetched when less than this lies above what is seen. */
const NEAR = 600;

export class Timeline {
  constructor(state, context, older) {
    this.state = state;
    this.context = context;
    this.older = older;
    this.view = find("#timeline");
    this.end = find("#to-end");
    /** The place in the log of the first event that is shown. */
    this.from = 0;
    this.stuck = true;
    this.loading = false;
    /** The room that is shown. */
    this.shows = null;
    this.view.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.end.addEventListener("click", () => this.toEnd());
    this.place = placeOf(this.view);
    new ResizeObserver(() => { if (this.stuck) this.#stick(); this.fillUp(); }).observe(this.view);
    // Pictures and rows that were not measured yet change the height below what is seen.
    this.view.addEventListener("load", () => { if (this.stuck) this.#stick(); }, true);
  }

  get room() { return this.state.active; }

  /** Say whose messages these are. */
  named() {
    this.view.setAttribute("aria-label", this.room ? `Messages in ${this.room.name}` : "Messages");
    this.view.querySelector(".start")?.replaceWith(this.room ? beginning(this.room) : "");
  }

  /** Name the days anew: it may have become midnight. */
  nameDays() {
    for (const node of this.view.querySelectorAll(".day")) {
      const words = dayName(node.dataset.time);
      if (node.textContent !== words) node.textContent = words;
    }
  }

  /** Show the active room from its end. */
  show() {
    const { room } = this;
    this.named();
    this.shows = room;
    this.from = room ? Math.max(0, room.log.items.length - FIRST) : 0;
    this.stuck = true;
    this.#render();
    this.#stick();
    this.fillUp();
  }

  /** See to it that there is something above what is seen. */
  fillUp() { if (this.view.scrollTop < NEAR) this.#load(); }

  /** An event was put into the log of the active room. */
  added({ at, moved }) {
    const { items } = this.room.log;
    if (at === items.length - 1 && !moved && this.view.querySelector("[data-id]")) {
      this.#append(at);
      if (this.stuck) { this.#trim(); this.#stick(); }
      else this.#showEnd();
      return;
    }
    if (at < this.from || (this.loading && at === this.from)) {
      // Before what is shown: it comes into view when one scrolls up.
      this.from += 1;
      return;
    }
    this.#later();
  }

  toEnd() {
    this.show();
    this.state.see();
    find("#message").focus();
  }

  /** Scroll to an event that is in the log; whether it is. */
  reveal(id) {
    const at = this.room.log.items.findIndex((item) => item.id === id);
    if (at < 0) return false;
    this.from = Math.min(this.from, Math.max(0, at - 30));
    this.stuck = false;
    this.#render();
    const node = this.view.querySelector(`[data-id="${CSS.escape(id)}"]`);
    node?.scrollIntoView({ block: "center" });
    node?.classList.add("is-called");
    return true;
  }

  #later() {
    if (this.planned) return;
    this.planned = true;
    queueMicrotask(() => {
      this.planned = false;
      const below = this.view.scrollHeight - this.view.scrollTop;
      this.#render();
      if (this.stuck) this.#stick();
      else this.view.scrollTop = this.view.scrollHeight - below;
    });
  }

  #render() {
    const { room } = this;
    const nodes = [];
    if (room) {
      if (!this.from && room.log.whole) nodes.push(beginning(room));
      for (let at = this.from; at < room.log.items.length; at += 1) nodes.push(...this.#nodes(at));
    }
    this.#quietly(() => this.view.replaceChildren(...chunks(nodes)));
    this.#showEnd();
  }

  /** Change what is shown without a screen reader reading all of it. */
  #quietly(change) {
    this.view.setAttribute("aria-live", "off");
    change();
    requestAnimationFrame(() => this.view.setAttribute("aria-live", "polite"));
  }

  /** Return what stands for a place of the log: its row, and lines above that. */
  #nodes(at) {
    const { items } = this.room.log, item = items[at], earlier = eventBefore(items, at);
    const nodes = [];
    const newDay = !item.local && (!earlier || dayKey(earlier.time) !== dayKey(item.time));
    if (newDay) nodes.push(el("div", { class: "day", data: { time: item.time } }, dayName(item.time)));
    const isNew = beginsNew(items, at, this.room.newFrom);
    if (isNew) nodes.push(el("div", { class: "new-line" }, "New"));
    const node = row(item, newDay || isNew ? null : items[at - 1], this.context);
    if (node) {
      node.dataset.id = item.id;
      nodes.push(node);
    }
    return nodes;
  }

  #append(at) {
    const last = this.view.lastElementChild;
    const nodes = this.#nodes(at);
    if (last?.matches(".chunk") && last.childElementCount < CHUNK) last.append(...nodes);
    else this.view.append(...chunks(nodes));
  }

  /** Let go of the oldest rows when one is at the end anyway. */
  #trim() {
    if (this.view.childElementCount * CHUNK < KEPT) return;
    this.from = Math.max(0, this.room.log.items.length - FIRST);
    this.#render();
  }

  #stick() {
    this.view.scrollTop = this.view.scrollHeight;
    this.place = placeOf(this.view);
  }

  #scrolled() {
    const was = this.stuck, before = this.place, place = placeOf(this.view);
    this.stuck = atEnd(was, before, place);
    this.place = place;
    // Who scrolls up slowly is at the end for some steps, and not to be pulled back.
    const short = place.scrollHeight - place.scrollTop > place.clientHeight + 1;
    if (this.stuck && short && !scrolledUp(before, place)) this.#stick();
    if (this.stuck && !was) this.state.see();
    this.#showEnd();
    this.fillUp();
  }

  #showEnd() {
    this.end.hidden = this.stuck;
    const unread = this.room?.unread ?? 0;
    const words = unread ? `${unread} new` : "Newest", place = find("#to-end-text");
    // Words that are put in place again are laid out again, at each step of scrolling.
    if (place.textContent !== words) place.textContent = words;
  }

  /** Show more of what came before: from the log, and if that has no more from the server. */
  async #load() {
    const { room } = this;
    if (this.loading || !room) return;
    if (!this.from) {
      if (room.log.whole) { this.#beginning(); return; }
      if (!room.caught) return;
      this.loading = true;
      const count = room.log.items.length;
      try {
        await this.older(room);
      } finally {
        this.loading = false;
      }
      if (room !== this.room) { this.fillUp(); return; }
      if (count === room.log.items.length) { this.#beginning(); return; }
      if (!this.view.querySelector("[data-id]")) { this.show(); return; }
    }
    this.#prepend();
  }

  #beginning() {
    if (this.room.log.whole && !this.from && !this.view.querySelector(".start")) {
      this.#keeping(() => this.view.prepend(...chunks([beginning(this.room)])));
    }
  }

  #prepend() {
    const upTo = this.from;
    this.from = Math.max(0, upTo - MORE);
    const nodes = [];
    for (let at = this.from; at < upTo; at += 1) nodes.push(...this.#nodes(at));
    // What stood first may go on with what comes before it now, and on the same day.
    const top = [...(this.view.firstElementChild?.children ?? [])];
    const stale = top.slice(0, 1 + top.findIndex((node) => node.dataset.id));
    nodes.push(...this.#nodes(upTo));
    if (!this.from && this.room.log.whole) nodes.unshift(beginning(this.room));
    this.#keeping(() => {
      for (const node of stale) node.remove();
      this.view.prepend(...chunks(nodes));
    });
    if (upTo > this.from) requestAnimationFrame(() => this.fillUp());
  }

  /** Change what stands above without moving what is being read. */
  #keeping(change) {
    const below = this.view.scrollHeight - this.view.scrollTop;
    this.#quietly(change);
    if (this.stuck) this.#stick();
    else this.view.scrollTop = this.view.scrollHeight - below;
  }
}

/** Return rows in chunks. */
function chunks(nodes) {
  const made = [];
  for (let at = 0; at < nodes.length; at += CHUNK) made.push(el("div", { class: "chunk" }, nodes.slice(at, at + CHUNK)));
  return made;
}
