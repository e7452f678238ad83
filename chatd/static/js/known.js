// What can be meant while one types: commands, nicknames, rooms.

import { commandsIn } from "./completion.js";
import { ROOM, TALK } from "./room.js";

export class Known {
  #commands = [];

  /** `ask(line)` runs a command; it resolves to an answer. */
  constructor(state, ask) { Object.assign(this, { state, ask }); }

  /** Return what may be meant by what is typed now. Commands are asked for when the first is begun. */
  all(typed, ready) {
    if (!this.#commands.length && ready && typed.startsWith("/")) this.#learn();
    return { commands: this.#commands, nicks: this.#nicks(), rooms: this.#rooms() };
  }

  async #learn() {
    this.#commands = ["/me", "/help"];
    const help = await this.ask("/help");
    this.#commands = help.type === "help" ? commandsIn(help.text) : [];
  }

  /** Nicknames, those who spoke last first. */
  #nicks() {
    const { active, nick } = this.state;
    const spoke = (active?.log.items ?? []).slice(-100).reverse().map((event) => event.from?.nick);
    const all = [...spoke, ...(active?.listed() ?? []).map((member) => member.nick), active?.kind === TALK ? active.name : ""];
    return [...new Set(all)].filter((each) => each && each !== nick);
  }

  #rooms() { return [...this.state.rooms.values()].filter((room) => room.kind === ROOM).map((room) => room.name); }
}
