// One event as a row of the timeline.

import { el, isolated } from "./dom.js";
import { fullTime, hue, initial, shortTime } from "./format.js";
import { card } from "./cards.js";
import { calls, prose, wordsOf } from "./prose.js";
import { sentence } from "./sentences.js";

const SPOKEN = new Set(["message", "private", "aside"]);
/** Words of one person that follow within this time stand together. */
const TOGETHER = 5 * 60_000;

/** Whether somebody does something: a shared file stands among what he says. */
const acts = (event) => Boolean(event.action) && event.body?.kind !== "file";

/** Whether an event begins anew with a name, or goes on with what stands before it. */
export function begins(event, before) {
  return !before || !SPOKEN.has(before.type) || before.from.nick !== event.from.nick || acts(before)
    || acts(event) || new Date(event.time) - new Date(before.time) > TOGETHER;
}

/** Return a row, or null for what is not shown. `context` has `nick` (one's own), `person(nick)` and `files`. */
export function row(event, before, context) {
  if (SPOKEN.has(event.type)) return spoken(event, before, context);
  if (event.type === "notice") return el("div", { class: `notice ${event.tone ?? ""}` }, event.lines.join("\n"));
  const parts = sentence(event);
  return parts && el("div", { class: "event" },
    parts.map((part) => (typeof part === "string" ? part : el("strong", {}, isolated(part.name)))),
    " ", time(event));
}

/** Return an avatar for a name. */
export function avatar(name, className = "") {
  return el("span", { class: `avatar hue-${hue(name)} ${className}`, "aria-hidden": "true" }, initial(name));
}

function time(event) {
  return el("time", { datetime: event.time, title: fullTime(event.time) }, shortTime(event.time));
}

function spoken(event, before, context) {
  const { nick } = event.from;
  const first = begins(event, before);
  const own = nick === context.nick;
  const text = event.body ? wordsOf(event.body) : "";
  const called = !own && event.type !== "private" && calls(text, context.nick);
  const name = () => el("button", {
    type: "button", class: `nick hue-${hue(nick)}`, tabindex: "-1", on: { click: () => context.person(nick) },
  }, isolated(nick));
  const file = event.body?.kind === "file" ? event.body : null;
  const classes = ["row", first && "begins", acts(event) && "action", called && "is-called"].filter(Boolean).join(" ");
  const words = file
    ? el("div", { class: "words" }, card(file, context.files))
    : el("div", { class: "words" }, acts(event) ? [name(), " "] : null, prose(text, own ? "" : context.nick));
  if (event.stored === false) words.append(el("div", { class: "unstored" }, "not stored yet"));
  if (!first) return el("div", { class: classes }, el("span", { class: "unseen" }, `${nick}: `), time(event), words);
  const head = el("div", { class: "row-head" }, acts(event) ? el("span", { class: "unseen" }, "does") : name(), time(event),
    event.notice ? el("span", { class: "badge" }, "program") : null,
    event.type === "aside" ? el("span", { class: "badge" }, "to some only") : null);
  return el("div", { class: classes }, avatar(nick), head, words);
}

/** Return what stands at the very beginning of a room. */
export function beginning(room) {
  const talk = room.kind === "talk";
  return el("div", { class: "start" },
    el("h3", {}, talk ? ["You and ", isolated(room.name)] : isolated(room.name)),
    el("p", {}, talk ? "Only the two of you see what is said here." : "This is where the room begins."));
}

