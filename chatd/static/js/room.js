// One room or private talk as this page knows it. Pure.

import { folded } from "./format.js";
import { Log } from "./log.js";

export const ROOM = "room", TALK = "talk";
const RANKS = ["", "voice", "operator", "founder"];
const WEIGHT = { founder: 0, owner: 0, operator: 1, voice: 2 };

/** Return the key of a room by its name, or of a talk by the nickname. */
export const roomKey = (name) => folded(name);
export const talkKey = (nick) => `@${folded(nick)}`;

export class Room {
  constructor(key, name, kind) {
    this.key = key;
    this.name = name;
    this.kind = kind;
    this.id = "";
    this.topic = "";
    /** Who the other one of a talk is, {user, account}, once that is known. */
    this.other = null;
    this.members = new Map();
    this.more = 0;
    this.log = new Log();
    this.unread = 0;
    this.mentions = 0;
    /** The id of the newest event that was read; null: nothing is known of it. */
    this.read = null;
    /** The id behind which the "new" line stands. */
    this.newFrom = "";
    /** Why one is not in it any more. */
    this.gone = "";
    /** The lowest number that came since it was entered: what lies before it may be missing. */
    this.since = 0;
    /** The number of the last stored event when it was entered. */
    this.last = 0;
    /** Whether all is here that was said since this page knows it. */
    this.caught = false;
    /** What came before this number was left out; 0: nothing was. */
    this.dropped = 0;
  }

  /** Take what `entered` says. Returns whether another room has this name now. */
  enter(event) {
    const another = Boolean(this.id) && this.id !== event.room_id;
    if (another) this.log.clear();
    Object.assign(this, { id: event.room_id, name: event.room, topic: event.topic ?? "", gone: "", more: event.more ?? 0, since: 0, caught: false, last: event.last });
    this.members = new Map(event.members.map((member) => [folded(member.nick), { ...member }]));
    return another;
  }

  add(who, rank = 0, away = null) {
    this.members.set(folded(who.nick), { nick: who.nick, user: who.user, account: who.account ?? null, rank: RANKS[rank] ?? "", away });
  }

  remove(who) { return this.members.delete(folded(who.nick)); }

  member(nick) { return this.members.get(folded(nick)) ?? null; }

  rename(who, nick) {
    const member = this.member(who.nick);
    if (!member) return false;
    this.members.delete(folded(who.nick));
    this.members.set(folded(nick), { ...member, nick });
    return true;
  }

  rank(who, rank) {
    const member = this.member(who.nick);
    if (member) member.rank = RANKS[rank] ?? "";
  }

  away(who, reason) {
    const member = this.member(who.nick);
    if (member) member.away = reason ?? null;
    return Boolean(member);
  }

  /** Members as they are listed: by rank, then by name. */
  listed() {
    const weight = (member) => WEIGHT[member.rank] ?? 3;
    return [...this.members.values()].sort((a, b) => weight(a) - weight(b) || a.nick.localeCompare(b.nick));
  }

  /** Everything here has been seen. */
  markRead() {
    this.unread = this.mentions = 0;
    this.read = this.log.lastId || this.read;
  }

  /** Put the "new" line behind what has been read. */
  drawLine() { this.newFrom = this.unread ? this.read ?? "" : ""; }
}
