// All that this page knows of the server, and how each event changes it. Pure: it sends nothing and shows nothing.

import { now } from "./clock.js";
import { folded } from "./format.js";
import { calls, wordsOf } from "./prose.js";
import { eventBefore } from "./reading.js";
import { ROOM, Room, TALK, roomKey, talkKey } from "./room.js";
import { Talks } from "./talks.js";

export const LOBBY = "#lobby";
const SPOKEN = new Set(["message", "private", "aside"]);
/** Events that are shown in the room they are of. */
const SHOWN = new Set([
  ...SPOKEN, "joined", "parted", "kicked", "topic", "banned", "unbanned", "muted", "unmuted", "ranked", "knocked", "room",
  "registered", "unregistered", "retention", "deleted", "mask_added", "mask_removed",
]);
/** Events without a room that are shown in the active one. */
const SAID_TO_ALL = new Set(["announcement", "wallops", "appointed", "empowered", "reported", "invited"]);

export class State {
  /** `changed(what, room, detail)` is called for each change, as main.js lists them. */
  constructor(changed = () => {}) {
    this.changed = changed;
    this.rooms = new Map();
    this.talks = new Talks(this);
    this.active = null;
    this.me = null;
    this.account = "";
    this.guest = true;
    this.server = "";
    /** Whether somebody looks at the page, and at the end of the active room. */
    this.watched = true;
    /** All ids and names that this tab has spoken as. */
    this.mine = new Set();
  }

  get nick() { return this.me?.nick ?? ""; }

  isMe(who) { return Boolean(who && this.me) && (who.user ? who.user === this.me.user : folded(who.nick) === folded(this.nick)); }

  room(name) { return this.rooms.get(roomKey(name)) ?? null; }

  /** Return a room, made if it is not there. */
  open(name, kind = ROOM) {
    const key = kind === TALK ? talkKey(name) : roomKey(name);
    let room = this.rooms.get(key);
    if (!room) {
      room = new Room(key, name, kind);
      this.rooms.set(key, room);
      if (!this.active) this.active = room;
      this.changed("rooms", room);
    }
    return room;
  }

  close(room) {
    if (!this.rooms.delete(room.key)) return;
    this.changed("rooms", room);
    if (this.active === room) this.show(this.rooms.get(LOBBY) ?? this.rooms.values().next().value ?? null);
  }

  show(room) {
    if (room === this.active) return;
    if (this.active) this.active.newFrom = "";
    this.active = room;
    room?.drawLine();
    this.see();
    this.changed("active", room);
  }

  /** The active room is being looked at: it is read. */
  see() {
    if (!this.watched || !this.active || !(this.active.unread || this.active.read !== this.active.log.lastId)) return;
    this.active.markRead();
    this.changed("rooms", this.active);
  }

  note(room, event) {
    const item = { time: new Date(now()).toISOString(), ...event };
    if (room) this.changed("log", room, room.log.note(item));
  }

  /** Take one object of the server. */
  take(event) {
    const handler = Object.hasOwn(HANDLERS, event.type) ? HANDLERS[event.type] : null;
    if (event.replay) {
      this.#show(event);
      return;
    }
    // Who leaves is looked up before he has left, and shown after he came.
    const rooms = event.room === undefined && event.who ? this.#placesOf(event.who) : [];
    handler?.call(this, event);
    if (SHOWN.has(event.type)) this.#show(event);
    else if (event.type === "quit" || event.type === "renamed") for (const room of rooms) this.#log(room, event);
    else if (SAID_TO_ALL.has(event.type) && this.active) this.#log(this.active, event);
  }

  #show(event) {
    const room = event.type === "private" ? this.#talkOf(event) : this.room(event.room);
    if (room) this.#log(room, event);
  }

  #talkOf(event) {
    const other = event.sent || this.isMe(event.from) ? event.to : event.from;
    return event.replay || event.waited ? this.talks.before(other, event.replay) : this.talks.with(other);
  }

  #log(room, event) {
    if (event.replay && event.number && (!room.since || event.number < room.since)) room.since = event.number;
    const result = room.log.take(event);
    if (result.at < 0) return;
    if (SPOKEN.has(event.type)) this.#count(room, event, result.at);
    else if (room.read !== null && this.#looksAt(room)) room.read = room.log.lastId;
    this.changed("log", room, result);
  }

  #looksAt(room) { return room === this.active && this.watched; }

  /** Count what was not read, and tell of what was said just now. */
  #count(room, event, at) {
    const own = this.isMe(event.from) || event.sent || (this.me?.account && event.from.account === this.me.account);
    const looking = this.#looksAt(room);
    if (own || looking) {
      if (own && room.read !== null && !event.replay) room.markRead();
      else if (looking) room.read = room.log.lastId;
      return;
    }
    if (room.read === null ? event.replay : event.id <= room.read) return;
    if (!room.unread && room === this.active && !room.newFrom) room.newFrom = eventBefore(room.log.items, at)?.id ?? "";
    room.unread += 1;
    const called = room.kind === TALK || calls(wordsOf(event.body), this.nick);
    if (called) room.mentions += 1;
    this.changed("spoken", room, { event, called });
    this.changed("rooms", room);
  }

  /** The rooms in which somebody is, and the talk with him. */
  #placesOf(who) {
    const talk = this.talks.find(who);
    return [...this.rooms.values()].filter((room) => room === talk || room.member(who.nick));
  }

  named(who, guest) {
    this.me = who;
    if (guest !== undefined) this.guest = guest;
    for (const id of [who.user, who.account, who.nick]) if (id) this.mine.add(id);
    this.changed("me");
  }

  /** What came since a room was entered is all here: what is known of it as read begins now, if it never did. */
  caughtUp(room) {
    if (room.read === null) room.markRead();
    this.changed("rooms", room);
    this.changed("caught", room);
  }
}

const HANDLERS = {
  welcome(event) {
    this.server = event.server;
    this.account = event.account ?? "";
  },
  named(event) { this.named(event.who, event.guest); },
  entered(event) {
    const room = this.open(event.room);
    if (room.enter(event)) {
      room.read = null;
      this.changed("cleared", room);
    }
    this.changed("entered", room);
    this.changed("rooms", room);
  },
  names(event) {
    const room = this.room(event.room);
    if (!room || event.more) return;
    room.members = new Map(event.members.map((member) => [folded(member.nick), { ...member }]));
    this.changed("members", room);
  },
  joined(event) {
    const room = this.isMe(event.who) ? this.open(event.room) : this.room(event.room);
    room?.add(event.who, Math.max(event.rank ?? 0, event.holds ?? 0), event.away ?? null);
    if (room) this.changed("members", room);
  },
  parted(event) { leave.call(this, event, ""); },
  kicked(event) { leave.call(this, event, `${event.by?.nick ?? "Somebody"} put you out${event.reason ? ` (${event.reason})` : ""}.`); },
  quit(event) {
    for (const room of this.rooms.values()) if (room.remove(event.who)) this.changed("members", room);
  },
  deleted(event) {
    const room = this.room(event.room);
    if (!room) return;
    room.gone = "The room ended.";
    room.members.clear();
    this.changed("gone", room);
  },
  renamed(event) {
    for (const room of [...this.rooms.values()]) if (room.rename(event.who, event.nick)) this.changed("members", room);
    if (this.isMe(event.who)) this.named({ ...this.me, nick: event.nick });
    const talk = this.talks.find(event.who);
    if (talk) this.talks.with(event.who);
    if (talk) this.talks.rename(talk, { ...event.who, nick: event.nick });
  },
  away(event) {
    for (const room of this.rooms.values()) if (room.away(event.who, event.reason)) this.changed("members", room);
    if (this.isMe(event.who)) {
      this.me = { ...this.me, away: event.reason ?? null };
      this.changed("me");
    }
  },
  topic(event) {
    const room = this.room(event.room);
    if (!room) return;
    room.topic = event.topic;
    this.changed("topic", room);
  },
  ranked(event) {
    const room = this.room(event.room);
    if (!room) return;
    room.rank(event.who, event.rank);
    this.changed("members", room);
  },
  account_changed(event) {
    for (const room of this.rooms.values()) {
      const member = room.member(event.who.nick);
      if (member) { member.account = event.who.account; this.changed("members", room); }
    }
    if (this.talks.find(event.who)) this.talks.with(event.who);
    if (!this.isMe(event.who)) return;
    this.account = event.name;
    this.named({ ...this.me, ...event.who }, false);
  },
};

function leave(event, why) {
  const room = this.room(event.room);
  if (!room) return;
  room.remove(event.who);
  this.changed("members", room);
  if (!this.isMe(event.who)) return;
  if (why) {
    room.gone = why;
    room.members.clear();
    this.changed("gone", room);
  } else this.close(room);
}
