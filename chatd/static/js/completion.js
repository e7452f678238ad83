// What could be meant by a word that is not typed to its end. Pure.

import { folded } from "./format.js";

const MOST = 8;
/** Commands whose first word is a room, or a nickname. */
const ROOMS = /^\/(join|j|part|leave|names|topic|knock|history|room \S+) \S*$/i;

/** Read the commands out of the overview that `/help` gives. */
export function commandsIn(lines) {
  const found = lines.slice(0, -1).flatMap((line) => line.match(/\/[a-z][a-z -]*[a-z]/g) ?? []);
  return [...new Set(found)];
}

/**
 * Return {start, end, options} for the word at `at`: what may stand from `start` to `end`. `known` has `commands`,
 * `nicks` (those who spoke last first) and `rooms`. Each option is {insert, label}.
 */
export function complete(text, at, known) {
  const before = text.slice(0, at);
  if (before.startsWith("/") && !before.startsWith("//")) {
    const options = matching(known.commands, before).map((name) => ({ insert: `${name} `, label: name }));
    if (options.length) return { start: 0, end: at, options };
  }
  const start = before.search(/\S*$/);
  const word = before.slice(start);
  const end = at;
  if (word.startsWith("#") || ROOMS.test(before)) {
    return { start, end, options: matching(known.rooms, word.startsWith("#") ? word : `#${word}`).map((name) => ({ insert: `${name} `, label: name })) };
  }
  const sign = word.startsWith("@") ? 1 : 0;
  if (!word) return { start, end, options: [] };
  const after = start === 0 ? ": " : " ";
  return { start, end, options: matching(known.nicks, word.slice(sign)).map((nick) => ({ insert: `${nick}${after}`, label: nick })) };
}

function matching(names, typed) {
  const wanted = folded(typed);
  return names.filter((name) => folded(name).startsWith(wanted) && folded(name) !== wanted).slice(0, MOST);
}
