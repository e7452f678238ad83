// What is known from the last time. Who one is and where belongs to this tab; a new one begins as the last one was.
// Anybody may have written there, so what has not the right shape counts as nothing.

import { roomKey } from "./room.js";
import { person, tab } from "./store.js";

/** Marks of reading are kept for so many rooms. */
const MARKS = 500;

const isText = (value) => typeof value === "string";
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const listOfTexts = (value) => (Array.isArray(value) && value.every(isText) ? value : null);
const texts = (value) => (isObject(value) ? Object.fromEntries(Object.entries(value).filter(([, text]) => isText(text))) : {});

/** Shapes of what belongs to a tab: each returns it, or null. */
const SHAPES = {
  nick: (value) => (isText(value) ? value : null),
  rooms: listOfTexts,
  talks: listOfTexts,
  active: (value) => (isText(value) ? value : null),
};

/** Return what belongs to this tab, else what the last one left. */
export function recall(what, fallback = null) {
  const shape = SHAPES[what];
  return shape(tab.get(what)) ?? shape(person.get(what)) ?? fallback;
}

/** Keep something for this tab, and for a new one. */
export function keep(what, value) {
  tab.set(what, value);
  person.set(what, value);
}

/** Whether this tab had a name before it was loaded. */
export const hadName = () => SHAPES.nick(tab.get("nick")) !== null;

/** Up to where rooms and talks were read: ids of events, by ids of rooms and keys of talks. */
export const readMarks = () => texts(person.get("read"));

/** Keep how far was read. Another tab may have read further, and elsewhere. */
export function keepReadMarks(marks) {
  const all = readMarks();
  for (const [place, id] of Object.entries(marks)) if (!(all[place] > id)) all[place] = id;
  const newest = Object.entries(all).sort(([, a], [, b]) => (a < b ? 1 : -1)).slice(0, MARKS);
  person.set("read", Object.fromEntries(newest));
}

/** Return the key of a room, "" if none is known. */
export const keyOf = (name) => texts(person.get("keys"))[roomKey(name)] ?? "";

/** Remember the key by which a room was entered. */
export function keepKey(name, key) { person.set("keys", { ...texts(person.get("keys")), [roomKey(name)]: key }); }
