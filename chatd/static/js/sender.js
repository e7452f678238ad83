// Sends what was typed, one line at a time, and decides after a break what became of the last one.

import { cameBack, Outbox } from "./outbox.js";
import { TALK } from "./room.js";
import { tab } from "./store.js";

const UNSURE = "The connection ended. This may have arrived.";

export class Sender {
  constructor(session, saved) {
    this.session = session;
    this.outbox = new Outbox(saved);
    this.changed = () => {};
  }

  /** Say something in a room or talk, now or when that can be done. */
  say(room, text, action = false) {
    this.outbox.add(room.key, text, action);
    this.#noted();
    this.flush();
  }

  again(line) {
    this.outbox.again(line);
    this.#noted();
    this.flush();
  }

  drop(line) {
    this.outbox.done(line);
    this.#noted();
    this.flush();
  }

  /** Send what waits, one after the other. */
  async flush() {
    while (this.session.ready && this.session.connection.open) {
      const line = this.outbox.ready();
      if (!line) return;
      const room = this.session.state.rooms.get(line.room);
      if (!room || room.gone) {
        this.outbox.failed(line, room?.gone || "You are not in this room.");
        this.#noted();
        continue;
      }
      this.outbox.sending(line, { id: room.log.lastId, number: room.log.highest, place: room.id });
      this.#noted();
      const answer = await this.#send(line, room);
      if (answer.type === "lost") return; // `lost` has noted it
      if (answer.type === "error" || answer.type === "usage") this.outbox.failed(line, answer.text);
      else this.outbox.done(line);
      this.#noted();
    }
  }

  async #send(line, room) {
    const connection = this.session.connection;
    const lines = line.text.split("\n"), talk = room.kind === TALK;
    if (lines.length > 1 && !line.action) return connection.request({ type: "say_lines", [talk ? "to" : "room"]: room.name, lines });
    if (talk) return connection.command(line.action ? `/msg ${room.name} * ${line.text}` : `/msg ${room.name} ${line.text}`);
    if (!line.action) return connection.request({ type: "say", room: room.name, text: line.text });
    return this.session.standing.run(`/me ${line.text}`, room);
  }

  /** What waits for a talk goes with it when it has another key. */
  moved(from, to) {
    for (const line of this.outbox.in(from)) line.room = to;
    this.#noted();
  }

  lost() {
    this.outbox.lost();
    this.#noted();
  }

  /** Rooms that hold a line in doubt; what is said in them is fetched first. */
  doubted() {
    const rooms = [];
    for (const line of this.outbox.doubtful()) {
      const room = this.session.state.rooms.get(line.room);
      if (!room) continue;
      this.session.history.presume(room, line.since.place, line.since.number);
      rooms.push(room);
    }
    return rooms;
  }

  /** Found among what came back: done. Surely not stored: again. Neither: a person decides. */
  decide() {
    const { state, history } = this.session;
    for (const line of this.outbox.doubtful()) {
      const room = state.rooms.get(line.room);
      if (!room) this.outbox.failed(line, UNSURE);
      else if (cameBack(line, room.log.items, state.mine)) this.outbox.done(line);
      else if (room.kind === TALK ? state.guest : room.id !== line.since.place || !history.reaches(room, line.since.number)) {
        this.outbox.failed(line, UNSURE);
      } else this.outbox.again(line);
    }
    this.#noted();
  }

  #noted() {
    tab.set("outbox", this.outbox.lines.length ? this.outbox.lines : null);
    this.changed();
  }
}
