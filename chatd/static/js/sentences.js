// What happened, in words. Pure: a sentence is a list of strings and of names, {name}.

import { listed } from "./format.js";

const RANKS = ["", "voice", "operator", "founder"];
const name = (who) => ({ name: who?.nick ?? "" });
const because = (reason) => (reason ? [` (${reason})`] : []);
const SWITCHES = {
  "invite-only": "invite-only", secret: "secret", private: "private", key: "protected by a key",
  moderated: "moderated", external: "open to words from outside", "open-topic": "open to topics of everybody",
};

function duration(seconds) {
  if (!seconds) return "";
  const [count, unit] = seconds % 86_400 === 0 ? [seconds / 86_400, "day"]
    : seconds % 3600 === 0 ? [seconds / 3600, "hour"]
    : seconds % 60 === 0 ? [seconds / 60, "minute"] : [seconds, "second"];
  return ` for ${count} ${unit}${count === 1 ? "" : "s"}`;
}

function roomChange(event) {
  if (event.change === "limit") return event.value ? ` lets in at most ${event.value}` : " lets in any number";
  if (event.change === "slow") return event.value ? ` lets everybody speak once in ${event.value} s` : " ended slow mode";
  return ` made the room ${event.value ? "" : "not "}${SWITCHES[event.change] ?? event.change}`;
}

function ranked(event) {
  if (event.rank >= event.was) return [name(event.by), " made ", name(event.who), ` ${RANKS[event.rank] || "a member"}`];
  return [name(event.by), " took ", name(event.who), `’s rank of ${RANKS[event.was]}`];
}

const SENTENCES = {
  joined: (e) => [name(e.who), " joined"],
  parted: (e) => [name(e.who), " left", ...because(e.reason)],
  quit: (e) => [name(e.who), " left the server", ...because(e.reason)],
  kicked: (e) => [name(e.who), " was put out by ", name(e.by), ...because(e.reason)],
  renamed: (e) => [name(e.who), " is now ", { name: e.nick }],
  topic: (e) => (e.topic ? [name(e.who), " set the topic: ", { name: e.topic }] : [name(e.who), " removed the topic"]),
  banned: (e) => [name(e.by), " banned ", { name: e.name || e.mask }, duration(e.seconds), ...because(e.reason)],
  unbanned: (e) => [name(e.by), " lifted the ban of ", { name: e.name || e.mask }],
  muted: (e) => [name(e.by), " muted ", name(e.who), duration(e.seconds), ...because(e.reason)],
  unmuted: (e) => [name(e.by), " let ", name(e.who), " speak again"],
  ranked,
  invited: (e) => [name(e.by), " invited ", name(e.who), ` into ${e.room}`],
  knocked: (e) => [name(e.who), " asks to be let in", ...because(e.reason)],
  room: (e) => [name(e.by), roomChange(e)],
  registered: (e) => [name(e.by), " registered the room: it lasts now"],
  unregistered: (e) => [name(e.by), " unregistered the room: it ends with its last member"],
  retention: (e) => [name(e.by), " changed how long words are kept"],
  deleted: (e) => [name(e.by), " ended the room"],
  announcement: (e) => ["Announcement: ", { name: e.text }],
  wallops: (e) => ["To operators, from ", name(e.by), ": ", { name: e.text }],
  reported: (e) => [name(e.who), " reports ", name(e.target), ...because(e.reason)],
  appointed: (e) => [name(e.who), ` is ${["a user", "an operator", "an owner"][e.rank] ?? e.rank} of the server now`],
  empowered: (e) => [name(e.who), ` is ${["a user", "an operator", "an owner"][e.rank] ?? e.rank} of the server as long as it is here`],
  mask_added: (e) => [name(e.by), ` put `, { name: e.name || e.mask }, ` on the list of ${e.list}s`],
  mask_removed: (e) => [name(e.by), ` took `, { name: e.name || e.mask }, ` off the list of ${e.list}s`],
};

/** Return what an event says, or null if there is nothing to say of it. */
export function sentence(event) {
  return Object.hasOwn(SENTENCES, event.type) ? SENTENCES[event.type](event) : null;
}

const yes = (flag, words) => (flag ? [words] : []);
const REPLIES = {
  whois: (r) => [
    `${r.who.nick} is ${r.account ? `logged in as ${r.account}` : "a guest"}${r.rank !== "user" ? `, ${r.rank} of the server` : ""}.`,
    ...yes(r.rooms.length, `In ${listed(r.rooms)}.`), ...yes(r.away, `Away: ${r.away}`),
    `Silent for ${r.idle} s.${r.address ? ` Address ${r.address}.` : ""}`],
  users: (r) => [`${r.users.length + (r.more ?? 0)} online: ${listed(r.users.map((user) => user.nick))}`, `Rooms: ${listed(r.rooms)}`],
  rooms: (r) => r.rooms.map((room) => `${room.room} (${room.members})${room.topic ? `: ${room.topic}` : ""}`),
  names: (r) => [`In ${r.room}: ${listed(r.members.map((member) => member.nick))}`],
  room_info: (r) => [
    `${r.room}: ${r.topic || "no topic"}`,
    `${r.members} members, founder ${r.founder ?? "none"}, ${r.registered ? "registered" : "not registered"}.`,
    ...yes(r.access?.length, `Access: ${listed(r.access)}.`)],
  account: (r) => [`${r.name}, registered ${new Date(r.created).toLocaleDateString()}.`,
    `Founder of ${listed(r.rooms) || "no registered room"}; ${r.sessions} session${r.sessions === 1 ? "" : "s"}.`],
  sessions: (r) => r.sessions.map((s) => `${s.nick} from ${s.address}, ${s.dialect}${s.secure ? ", over TLS" : ""}${s.this ? ", this one" : ""}`),
  bans: (r) => (r.bans.length ? r.bans : [`Nobody is banned from ${r.where}.`]),
  masks: (r) => (r.masks.length ? r.masks : [`No masks in ${r.where}.`]),
  acts: (r) => r.acts.map((act) => `${act.time} ${act.by}: ${act.line}`),
  absent: (r) => [`${r.nick} is not there and gets it on coming back.`],
  away_notice: (r) => [`${r.nick} is away: ${r.away}`],
  mail: (r) => [`${r.count} private message${r.count === 1 ? "" : "s"} waited for you.`],
  not_stored: () => ["Your message is shown, but not stored yet: it may be lost."],
  pong: (r) => [r.milliseconds === null ? "The server answers." : `The server answers in ${Math.round(r.milliseconds)} ms.`],
  named: (r) => [`You are ${r.who.nick}.`],
  certificates: (r) => r.certificates.map((each) => each.fingerprint),
  stats: (r) => Object.entries(r.figures).map(([key, value]) => `${key.replaceAll("_", " ")}: ${value}`),
  files: (r) => (r.files.length ? r.files.map((file) => `${file.id}  ${file.name} from ${file.nick}`) : [`No files in ${r.where}.`]),
  offer: (r) => [`Send ${r.name} to ${r.to}:`, ...r.ways],
  download: (r) => [`${r.name} from ${r.nick}:`, ...r.ways],
  record: (r) => [JSON.stringify({ kind: r.kind, data: r.data })],
};

/** Return an answer as lines, [] if it says nothing by itself. */
export function answer(reply) {
  if (Array.isArray(reply.text)) return reply.text;
  if (typeof reply.text === "string") return [reply.type === "usage" ? `Usage: ${reply.text}` : reply.text];
  return Object.hasOwn(REPLIES, reply.type) ? REPLIES[reply.type](reply) : [];
}
