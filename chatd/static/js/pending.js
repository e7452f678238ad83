// Lines that are not acknowledged yet, below the timeline.

import { el, find } from "./dom.js";
import { DOUBTFUL, FAILED } from "./outbox.js";
import { prose } from "./prose.js";

export class Pending {
  constructor(state, sender) {
    this.state = state;
    this.sender = sender;
    this.place = find("#pending");
    sender.changed = () => this.show();
  }

  show() {
    const lines = this.state.active ? this.sender.outbox.in(this.state.active.key) : [];
    this.place.hidden = !lines.length;
    this.place.replaceChildren(...lines.map((line) => this.#line(line)));
  }

  #line(line) {
    const failed = line.state === FAILED;
    const why = failed ? line.reason : line.state === DOUBTFUL ? "Looking whether it arrived …" : "Sending …";
    const act = (words, does) => el("button", { type: "button", class: "link", on: { click: does } }, words);
    return el("div", { class: `pending-line ${failed ? "failed" : ""}` },
      el("div", { class: "words" }, prose(line.text)),
      el("div", { class: "why", role: failed ? "alert" : null }, why),
      failed ? el("div", { class: "acts" },
        act("Send again", () => this.sender.again(line)), act("Discard", () => this.sender.drop(line))) : null);
  }
}
