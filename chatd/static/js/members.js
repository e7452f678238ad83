// Who is in the active room.

import { el, find, isolated } from "./dom.js";
import { avatar } from "./rows.js";
import { ROOM, TALK } from "./room.js";

/** More than these are not listed: nobody reads on. */
const SHOWN = 300;

export class MemberList {
  constructor(state, chosen) {
    this.state = state;
    this.chosen = chosen;
    this.planned = false;
  }

  changed() {
    if (this.planned) return;
    this.planned = true;
    requestAnimationFrame(() => { this.planned = false; this.#show(); });
  }

  #show() {
    const room = this.state.active;
    const members = room?.kind === ROOM ? room.listed() : [{ nick: this.state.nick }, { nick: room?.name ?? "" }].filter((member) => member.nick);
    const count = members.length + (room?.more ?? 0);
    find("#members-title").textContent = room?.kind === TALK ? "In this talk" : `Members (${count})`;
    const focused = document.activeElement?.dataset?.member;
    find("#members").replaceChildren(...members.slice(0, SHOWN).map((member) => this.#row(member)),
      ...(count > SHOWN ? [el("li", { class: "member-more" }, `and ${count - SHOWN} more`)] : []));
    if (focused) document.querySelector(`[data-member="${CSS.escape(focused)}"]`)?.focus();
  }

  #row(member) {
    const rank = member.rank || "";
    const away = member.away !== null && member.away !== undefined;
    return el("li", {}, el("button", {
      type: "button", class: `member-row ${away ? "away" : ""}`, "aria-haspopup": "dialog", data: { member: member.nick },
      title: away ? `Away: ${member.away}` : null, on: { click: () => this.chosen(member.nick) },
    }, avatar(member.nick, "small"), el("span", { class: "label" }, isolated(member.nick), away ? el("span", { class: "unseen" }, " away") : null),
    away ? el("span", { class: "badge" }, "away") : null, rank ? el("span", { class: `badge ${rank}` }, rank) : null));
  }
}
