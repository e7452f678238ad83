// Puts the page together.

import { Acts } from "./acts.js";
import { banner, drawer, drawers, drawn, head, me } from "./chrome.js";
import { Composer } from "./composer.js";
import { announce, find } from "./dom.js";
import { askName, askPassword } from "./entry.js";
import { Files } from "./files.js";
import { Known } from "./known.js";
import { MemberList } from "./members.js";
import { hadName, keep, readMarks, recall } from "./memory.js";
import { badge, notify } from "./notify.js";
import { Pending } from "./pending.js";
import { person as aboutPerson, self } from "./people.js";
import { browse, leave, topic } from "./places.js";
import { wordsOf } from "./prose.js";
import { RoomList } from "./rooms.js";
import { ROOM, TALK, roomKey } from "./room.js";
import { search } from "./search.js";
import { Session } from "./session.js";
import { settings } from "./settings.js";
import { LOBBY, State } from "./state.js";
import { tab } from "./store.js";
import { Timeline } from "./timeline.js";

const state = new State((what, room, detail) => CHANGES[what]?.(room, detail));
const address = `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws`;
const session = new Session(address, state, (kind, detail) => STATUS[kind]?.(detail), tab.get("outbox"));
const acts = new Acts(session, state);
const files = new Files(session.connection, state, () => session.ready);
const about = (nick) => aboutPerson(nick, {
  room: state.active, own: nick === state.nick, talk: acts.talk, command: acts.command,
  may: state.active?.kind === ROOM && ["operator", "founder"].includes(state.active.member(state.nick)?.rank),
});
const timeline = new Timeline(state, { get nick() { return state.nick; }, person: about, files }, (room) => session.history.older(room));
const pending = new Pending(state, session.sender);
const rooms = new RoomList(state, (room) => { drawer(""); state.show(room); find("#message").focus(); });
const members = new MemberList(state, (nick) => about(nick));
const known = new Known(state, acts.command);
const composer = new Composer(state, (room, text) => acts.submit(room, text), (typed) => known.all(typed, session.ready));
let asking = null;

const CHANGES = {
  log(room, result) { if (room === state.active) timeline.added(result); },
  cleared(room) { if (room === state.active) timeline.show(); },
  entered(room) {
    if (room.read === null) room.read = readMarks()[room.id] ?? null;
    if (room === state.active) stands();
    acts.remember();
  },
  rooms(room) {
    rooms.changed();
    badge(state.rooms.values(), state.active);
    if (room.kind === TALK && room.read === null) room.read = readMarks()[room.key] ?? null;
    later(() => acts.remember());
  },
  caught(room) { if (room === state.active) timeline.fillUp(); },
  members(room) { if (room === state.active) members.changed(); },
  topic(room) { if (room === state.active) head(state); },
  me() {
    me(state);
    members.changed();
    if (session.ready) tab.set("member", !state.guest);
  },
  moved(room, { from }) {
    session.sender.moved(from, room.key);
    composer.moved(from, room.key);
    if (room !== state.active) return;
    timeline.named();
    composer.named();
    members.changed();
    head(state);
    keep("active", room.key);
  },
  gone(room) {
    acts.remember();
    rooms.changed();
    if (room === state.active) stands();
  },
  active() {
    if (drawn()) drawer("");
    shown();
    keep("active", state.active?.key ?? null);
    if (state.active?.kind === TALK && session.ready) session.history.catchUp([state.active]);
  },
  spoken(room, { event, called }) {
    if (!called || event.replay || (room === state.active && state.watched)) return;
    const words = wordsOf(event.body);
    notify(room.kind === TALK ? event.from.nick : `${event.from.nick} in ${room.name}`, words, room.key, () => state.show(room));
    if (!document.hidden) announce(`${event.from.nick}${room.kind === TALK ? "" : ` in ${room.name}`}: ${words}`);
  },
};

const ENDED = "Your login has ended: you are a guest now. Choose yourself, below the rooms, to log in again.";

const STATUS = {
  connecting() { banner("connection", "Connecting …"); },
  ready() {
    asking?.close();
    asking = null;
    files.turns.resume();
    banner("connection", "");
    const wanted = state.rooms.get(session.showing ?? recall("active")) ?? state.room(session.wanted.rooms.at(-1) ?? LOBBY);
    if (wanted && !session.came) state.show(wanted);
    stands();
    session.came = true;
    if (state.guest && tab.get("member", false)) state.note(state.active, { type: "notice", lines: [ENDED], tone: "error" });
    tab.set("member", !state.guest);
    acts.remember();
    if (!drawn()) find("#message").focus({ preventScroll: true });
  },
  lost({ delay, text }) {
    const seconds = Math.max(1, Math.round(delay / 1000));
    const reason = text ? `${text} ` : "";
    banner("connection", `${reason}No connection. Trying again in ${seconds} s; what you type is kept.`, { act: { words: "Try now", does: () => session.connection.hurry() } });
  },
  ended({ text }) {
    banner("connection", text || "You left.", { act: { words: "Come back", does: () => begin(recall("nick"), recall("rooms", [])) } });
  },
  busy({ nick }) {
    const why = hadName() ? `The server has not let go of the name ${nick} yet.` : `The name ${nick} is in use, perhaps in another tab.`;
    banner("connection", `${why} Waiting for it …`, { act: { words: "Another name", does: () => STATUS.name({ text: "" }) } });
  },
  name({ text }) {
    asking?.close();
    asking = askName({
      nick: state.nick || session.wanted?.nick || recall("nick", ""), text,
      room: (session.wanted?.rooms ?? recall("rooms", [])).at(-1) ?? LOBBY,
      enter(nick, room) {
        const before = session.wanted?.rooms ?? recall("rooms", []);
        session.showing = roomKey(room || LOBBY);
        session.came = false;
        begin(nick, [...before.filter((name) => roomKey(name) !== roomKey(room)), ...(room ? [room] : [])]);
      },
    });
  },
  password({ nick }) {
    asking?.close();
    asking = askPassword({
      nick, check: (password) => (nick ? session.logIn(nick, password) : session.admit(password)),
      other: nick ? () => STATUS.name({ text: "" }) : null,
    });
  },
};

function begin(nick, wanted, returning = false) {
  for (const name of returning ? recall("talks", []) : []) state.open(name, TALK);
  session.begin(nick, wanted, returning);
}

/** Show the active room from its end. */
function shown() {
  timeline.show();
  composer.show();
  stands();
}

/** Show how it stands with the active room, and leave what is read and typed where it is. */
function stands() {
  if (timeline.shows !== state.active) { shown(); return; }
  head(state);
  pending.show();
  composer.named();
  rooms.changed();
  members.changed();
  badge(state.rooms.values(), state.active);
  lament(state.active);
}

/** Say why one is not in a room any more, and what came of trying to be. */
function lament(room, refused = "") {
  const act = room?.kind === ROOM ? { words: "Enter again", does: () => rejoin(room) } : null;
  banner("room", room?.gone && `${room.gone} ${refused}`.trim(), { bad: true, act });
}

async function rejoin(room) {
  const refused = await acts.join(room.name);
  if (refused && room === state.active) lament(room, refused);
}

let planned = 0;
function later(does) {
  clearTimeout(planned);
  planned = setTimeout(does, 300);
}

/** Show an event that was found, where it was said. */
async function reveal(event) {
  const who = event.sent ? event.to : event.from;
  const room = event.room ? state.room(event.room) : state.talks.find(who) ?? acts.talk(who.nick);
  if (!room) { await acts.join(event.room); return; }
  state.show(room);
  while (!room.log.ids.has(event.id) && (!event.number || room.log.lowest > event.number)) {
    if (!await session.history.older(room)) break;
  }
  timeline.reveal(event.id);
}

function watch() {
  const watched = !document.hidden && document.hasFocus() && timeline.stuck;
  if (state.watched && !watched && state.active) state.active.newFrom = "";
  state.watched = watched;
  if (watched) state.see();
}

function listen() {
  drawers();
  find("#browse").addEventListener("click", () => browse(acts));
  find("#topic").addEventListener("click", () => topic(state.active, acts));
  find("#open-search").addEventListener("click", () => search(state.active, { command: acts.command, reveal }));
  find("#settings").addEventListener("click", settings);
  find("#me").addEventListener("click", () => { if (state.me) self(state, acts); else STATUS.name({ text: "" }); });
  find("#leave").addEventListener("click", () => {
    const room = state.active;
    if (room.kind === TALK || room.gone) acts.leave(room);
    else leave(room, () => acts.leave(room));
  });
  find("#timeline").addEventListener("scroll", watch, { passive: true });
  for (const event of ["focus", "blur"]) window.addEventListener(event, watch);
  document.addEventListener("visibilitychange", () => { watch(); timeline.nameDays(); });
  setInterval(() => timeline.nameDays(), 60_000);
  window.addEventListener("pagehide", () => acts.remember());
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      const room = rooms.beside(event.key === "ArrowUp" ? -1 : 1);
      if (room) state.show(room);
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      find("#open-search").click();
    } else if (event.key === "Escape") {
      if (drawn()) drawer("");
      else if (!timeline.stuck) timeline.toEnd();
    }
  });
}

me(state);
shown();
listen();
const nick = recall("nick", "");
if (nick) begin(nick, recall("rooms", [LOBBY]), true);
else STATUS.name({ text: "" });
