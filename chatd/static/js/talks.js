// Private talks. Each is with somebody, however he is called now: an account, or a guest as long as he is here. A
// nickname alone finds a talk only where no more is known. Pure.

import { ROOM, TALK, talkKey } from "./room.js";

/** Whether two descriptions {user, account} are of one person for sure. */
const same = (one, other) => Boolean((one.account && one.account === other.account) || (one.user && one.user === other.user));

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

  /** Return the talk with somebody, made if there is none. `now`: this is how he is called at present. */
  with(who, now = true) {
    let talk = this.find(who) ?? (now ? null : this.asked);
    if (!talk) {
      const shown = this.#freed(talkKey(who.nick));
      talk = this.state.open(who.nick, TALK);
      if (shown) this.state.show(talk);
    }
    const account = who.account ?? talk.other?.account ?? null;
    const user = (now && who.user) || (talk.other?.user ?? "");
    if (user || account) talk.other = { user, account };
    if (now) this.rename(talk, who.nick);
    return talk;
  }

  /** Return the talk with somebody of whom the nickname is known, and what the lists of members say. */
  called(nick) {
    const member = [...this.state.rooms.values()].filter((room) => room.kind === ROOM).map((room) => room.member(nick)).find(Boolean);
    return this.with({ nick, user: member?.user, account: member?.account });
  }

  /** The other one is called so now. */
  rename(talk, nick) {
    const { state } = this, key = talkKey(nick);
    if (talk.key === key && talk.name === nick) return;
    const shown = talk.key !== key && this.#freed(key), back = talk.gone;
    talk.gone = "";
    this.#move(talk, key, nick);
    if (back) state.changed("gone", talk);
    if (shown) state.show(talk);
  }

  /** Let go of a key: who was called so is called otherwise now. Returns whether an empty talk was shown there. */
  #freed(key) {
    const { state } = this, talk = state.rooms.get(key);
    if (!talk) return false;
    if (!talk.log.lastId) {
      state.rooms.delete(key);
      return talk === state.active;
    }
    talk.gone = `Somebody else is called ${talk.name} now.`;
    let count = 1;
    while (state.rooms.has(`${key} ${count}`)) count += 1;
    this.#move(talk, `${key} ${count}`, talk.name);
    state.changed("gone", talk);
    return false;
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
