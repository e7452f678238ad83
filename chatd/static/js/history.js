// Asking for what was said before, and for what was missed.

import { TALK } from "./room.js";

const PAGE = 100;
/** More than this is not fetched after a break: reading on from the newest shows it. */
const TOO_MUCH = 1000;

const where = (room) => (room.kind === TALK ? `@${room.name}` : room.name);

export class History {
  #known = new WeakMap();
  #heard = null;
  #asking = Promise.resolve();
  #older = new Set();

  constructor(connection, state) {
    this.connection = connection;
    this.state = state;
  }

  /** The connection ended: note up to where each room is known without a gap. */
  lost() {
    for (const room of this.state.rooms.values()) this.leaving(room);
  }

  /** From now on something of a room may be missed. */
  leaving(room) {
    if (room.caught) this.#known.set(room, { id: room.id, number: room.log.highest });
    room.caught = false;
  }

  /** An event is shown again. */
  heard(event) { if (event.number) this.#heard?.push(event.number); }

  /** Whether a line of a room that was sent behind `number` would be here. */
  reaches(room, number) { return room.caught && (!room.dropped || room.dropped <= number); }

  /** Get what is missing of some rooms. Returns whether the connection lasted. */
  async catchUp(rooms) {
    for (const room of rooms) if (!room.caught && !room.gone && !await this.#complete(room)) return false;
    return true;
  }

  /** Nothing is known of a room but that a line was sent there behind `number`. */
  presume(room, id, number) { if (!this.#known.has(room)) this.#known.set(room, { id, number }); }

  async #complete(room) {
    const known = this.#known.get(room);
    if (room.kind === TALK) {
      if (this.state.guest) room.log.whole = true;
      else if (!await this.#page(room, known?.number ? `after ${known.number}` : "")) return false;
    } else if (known?.id === room.id && known.number < room.last && !(room.since && room.since <= known.number + 1)) {
      if (!await this.#fill(room, known.number)) return false;
    }
    room.caught = true;
    this.#known.delete(room);
    this.state.caughtUp(room);
    return true;
  }

  /** Fill the gap behind `number`, from its beginning on. */
  async #fill(room, number) {
    const upTo = room.since || room.last + 1;
    if (upTo - number > TOO_MUCH) {
      room.log.dropBefore(upTo);
      room.dropped = upTo;
      this.state.changed("cleared", room);
      return true;
    }
    for (let from = number; from < upTo - 1;) {
      const numbers = await this.#page(room, `after ${from}`);
      if (!numbers) return false;
      if (numbers.length < PAGE) break;
      from = Math.max(...numbers);
    }
    return true;
  }

  /** Ask for one page, when those asked for before are here. Returns its numbers, or null if the connection ended. */
  #page(room, words) {
    const page = this.#asking.then(async () => {
      const numbers = this.#heard = [];
      this.state.talks.asked = room.kind === TALK ? room : null;
      const answer = await this.connection.command(`/history ${where(room)} ${PAGE} ${words}`.trim());
      this.#heard = this.state.talks.asked = null;
      return answer.type === "lost" ? null : numbers;
    });
    this.#asking = page;
    return page;
  }

  /** Get what was said before the oldest that is here. Returns whether more came. */
  async older(room) {
    if (room.log.whole || this.#older.has(room) || !this.connection.open || room.gone) return false;
    this.#older.add(room);
    try {
      const lowest = room.log.lowest;
      const numbers = await this.#page(room, lowest ? `before ${lowest}` : "");
      if (!numbers) return false;
      if (!numbers.length || (lowest && Math.min(...numbers) >= lowest)) room.log.whole = true;
      return !room.log.whole;
    } finally {
      this.#older.delete(room);
    }
  }
}
