// Private talks. Each is with somebody, however he is called now: an account, or a guest as long as he is here. The talk
// with a guest who has gone goes on with whoever is called so next, for the server cannot tell whether it is he. Pure.

import { ROOM, Room, TALK, talkKey } from "./room.js";

/** Whether two descriptions {user, account} are of one person for sure. */
const same = (one, other) => Boolean((one.account && one.account === other.account) || (one.user && one.user === other.user));

const taken = (nick) => `Somebody else is called ${nick} now.`;

export class Talks {
  constructor(state) {
    this.state = state;
    /** The talk whose history is being shown: who wrote it may have been called otherwise then. */
    this.asked = null;
  }

  /** Return the talk with somebody, null without one. */
  find(who) {
    const known = [...this.state.rooms.values()].find((room) => room.other && same(room.other, who));
    const called = known ?? this.state.rooms.get(talkKey(who.nick));
    return called && (called === known || !called.other?.account || called.other.account === who.account) ? called : null;
  }

  /** Return the talk with somebody who is called so now, made if there is none. */
  with(who) {
    let talk = this.find(who);
    if (!talk) {
      const shown = this.#freed(talkKey(who.nick), who);
      talk = this.state.open(who.nick, TALK);
      if (shown) this.state.show(talk);
    }
    this.#know(talk, who);
    this.rename(talk, who);
    return talk;
  }

  /** Return the talk to which something earlier belongs: he was called so then, and may be called otherwise now. */
  before(who, replay) {
    const key = talkKey(who.nick);
    let talk = (replay && this.asked) || this.find(who);
    if (!talk && !this.state.rooms.has(key)) talk = this.state.open(who.nick, TALK);
    if (!talk) {
      talk = new Room(this.#spare(key), who.nick, TALK);
      talk.gone = taken(who.nick);
      this.state.rooms.set(talk.key, talk);
      this.state.changed("rooms", talk);
    }
    this.#know(talk, { account: who.account });
    return talk;
  }

  #know(talk, { user, account }) {
    const known = { user: user || (talk.other?.user ?? ""), account: account ?? talk.other?.account ?? null };
    if (known.user || known.account) talk.other = known;
  }

  /** Return the talk with somebody of whom the nickname is known, and what the lists of members say. */
  called(nick) {
    const member = [...this.state.rooms.values()].filter((room) => room.kind === ROOM).map((room) => room.member(nick)).find(Boolean);
    if (!member) return this.state.open(nick, TALK);
    return this.with({ nick, user: member.user, account: member.account });
  }

  /** The other one is called so now. */
  rename(talk, who) {
    const { state } = this, { nick } = who, key = talkKey(nick);
    if (talk.key === key && talk.name === nick) return;
    const shown = talk.key !== key && this.#freed(key, who), back = talk.gone;
    talk.gone = "";
    this.#move(talk, key, nick);
    if (back) state.changed("gone", talk);
    if (shown) state.show(talk);
  }

  /** Let go of a key for somebody. Returns whether an empty talk was shown there. */
  #freed(key, who) {
    const { state } = this, talk = state.rooms.get(key);
    if (!talk) return false;
    if (!talk.log.lastId) {
      state.rooms.delete(key);
      return talk === state.active;
    }
    talk.gone = talk.other && same(talk.other, who) ? `This goes on in the other talk with ${talk.name}.` : taken(talk.name);
    this.#move(talk, this.#spare(key), talk.name);
    state.changed("gone", talk);
    return false;
  }

  #spare(key) {
    let count = 1;
    while (this.state.rooms.has(`${key} ${count}`)) count += 1;
    return `${key} ${count}`;
  }

  #move(talk, key, name) {
    const { rooms, changed } = this.state, from = talk.key;
    rooms.delete(from);
    Object.assign(talk, { key, name });
    rooms.set(key, talk);
    changed("moved", talk, { from });
    changed("rooms", talk);
  }
}
