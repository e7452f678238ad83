// Times, sizes, names as people read them. Pure.

import { now } from "./clock.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const date = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dated = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });

export const shortTime = (time) => clock.format(new Date(time));
export const fullTime = (time) => whole.format(new Date(time));
export const dayKey = (time) => new Date(time).toDateString();

/** Name a day: today, yesterday, a weekday with its date, or a date with its year. */
export function dayName(time, at = now()) {
  const then = new Date(time), today = new Date(at);
  // Not 24 hours before: a day may have 23.
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (then.toDateString() === today.toDateString()) return "Today";
  if (then.toDateString() === yesterday.toDateString()) return "Yesterday";
  return (then.getFullYear() === today.getFullYear() ? date : dated).format(then);
}

/** Write a size as people do: 1.2 MB. */
export function size(bytes) {
  const units = ["bytes", "kB", "MB", "GB"];
  let unit = 0, value = bytes;
  while (value >= 1000 && unit < units.length - 1) { value /= 1000; unit += 1; }
  return `${unit && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** Return how names are compared here. The server has the last word. */
export const folded = (name) => String(name ?? "").normalize("NFKC").toLowerCase();

/** Return one of twelve hues for a name, always the same. */
export function hue(name) {
  let sum = 0;
  for (const char of folded(name)) sum = (sum * 31 + char.codePointAt(0)) % 8191;
  return sum % 12;
}

/** Return the letter that stands for a name. */
export const initial = (name) => ([...String(name).replace(/^[#@]/, "")][0] ?? "?").toUpperCase();

/** Join words: a, b and c. */
export function listed(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
