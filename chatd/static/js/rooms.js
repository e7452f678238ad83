// The list of rooms and private talks.

import { el, find, isolated } from "./dom.js";
import { avatar } from "./rows.js";
import { ROOM } from "./room.js";

export class RoomList {
  constructor(state, chosen) {
    this.state = state;
    this.chosen = chosen;
    this.planned = false;
  }

  /** Show it soon: many changes come together. */
  changed() {
    if (this.planned) return;
    this.planned = true;
    queueMicrotask(() => { this.planned = false; this.#show(); });
  }

  #show() {
    const focused = document.activeElement?.dataset?.room;
    const all = [...this.state.rooms.values()];
    const rooms = all.filter((room) => room.kind === ROOM).sort((a, b) => a.key.localeCompare(b.key));
    const talks = all.filter((room) => room.kind !== ROOM).sort((a, b) => b.log.lastSaid.localeCompare(a.log.lastSaid));
    find("#rooms").replaceChildren(...rooms.map((room) => this.#row(room)));
    find("#talks").replaceChildren(...talks.map((room) => this.#row(room)));
    find("#talks-section").hidden = !talks.length;
    find("#elsewhere").hidden = !all.some((room) => room !== this.state.active && room.mentions);
    if (focused) document.querySelector(`[data-room="${CSS.escape(focused)}"]`)?.focus();
  }

  #row(room) {
    const active = room === this.state.active;
    const classes = ["room-row", room.unread && "unread", room.gone && "gone"].filter(Boolean).join(" ");
    return el("li", {}, el("button", {
      type: "button", class: classes, "aria-current": active ? "true" : null, data: { room: room.key }, on: { click: () => this.chosen(room) },
    }, room.kind === ROOM ? el("span", { class: "mark", "aria-hidden": "true" }, "#") : avatar(room.name, "small"),
    el("span", { class: "label" }, isolated(room.kind === ROOM ? room.name.replace(/^#/, "") : room.name)),
    room.unread ? count(room) : null));
  }

  /** Return the room `step` places further in the list. */
  beside(step) {
    const keys = [...document.querySelectorAll("[data-room]")].map((node) => node.dataset.room);
    const at = keys.indexOf(this.state.active?.key);
    return this.state.rooms.get(keys[(at + step + keys.length) % keys.length]) ?? null;
  }
}

function count(room) {
  const shown = room.unread > 99 ? "99+" : String(room.unread);
  const words = room.mentions ? `unread, ${room.mentions} for you` : "unread";
  return el("span", { class: `count ${room.mentions ? "called-count" : ""}` }, room.mentions && room.kind === ROOM ? `@${shown}` : shown,
    el("span", { class: "unseen" }, ` ${words}`));
}

