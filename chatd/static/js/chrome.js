// What stands around the timeline: the head of the room, the banner, drawers, oneself.

import { el, fill, find, isolated } from "./dom.js";
import { avatar } from "./rows.js";
import { ROOM } from "./room.js";
import { LOBBY } from "./state.js";

const app = () => find("#app");

/** Show the head of the active room. */
export function head(state) {
  const room = state.active;
  find("#room-name").replaceChildren(room ? isolated(room.name) : "");
  const topic = find("#topic");
  topic.hidden = !room || room.kind !== ROOM;
  topic.disabled = Boolean(room?.gone);
  topic.replaceChildren(room?.topic ? isolated(room.topic) : "Set a topic");
  topic.title = room?.topic ?? "";
  const leave = find("#leave");
  leave.hidden = !room || room.key === LOBBY;
  leave.setAttribute("aria-label", room?.kind === ROOM ? "Leave this room" : "Close this talk");
  leave.title = leave.getAttribute("aria-label");
}

/** Show oneself. */
export function me(state) {
  const node = find("#me");
  const away = state.me?.away;
  const words = away !== null && away !== undefined ? `Away: ${away}` : state.guest ? "Guest" : "Logged in";
  node.replaceChildren();
  if (state.me) fill(node, avatar(state.nick), el("span", { class: "me-words" }, el("strong", {}, isolated(state.nick)), el("span", { class: "state" }, words)));
  else fill(node, "Nobody yet");
  find(".brand-name").textContent = state.server && state.server !== "localhost" ? state.server : "chatd";
}

const banners = { connection: null, room: null };

/** Say something in the banner, or nothing more: what is said of the connection goes before the room. `act` is {words, does}. */
export function banner(of, words, { bad = false, act = null } = {}) {
  banners[of] = words ? { words, bad, act } : null;
  const shown = banners.connection ?? banners.room, node = find("#banner");
  node.hidden = !shown;
  node.className = `banner ${shown?.bad ? "bad" : ""}`;
  node.replaceChildren();
  if (shown) fill(node, shown.words, shown.act && el("button", { type: "button", class: "link", on: { click: shown.act.does } }, shown.act.words));
}

/** Open a drawer ("rooms", "members") or close both (""). */
export function drawer(name) {
  const was = app().dataset.drawer;
  app().dataset.drawer = name;
  find("#shade").hidden = !name;
  if (name) find(name === "rooms" ? "#close-rooms" : "#close-members").focus();
  else if (was) find(was === "rooms" ? "#open-rooms" : "#open-members").focus({ preventScroll: true });
}

/** Listen to what opens and closes drawers. */
export function drawers() {
  find("#open-rooms").addEventListener("click", () => drawer("rooms"));
  find("#open-members").addEventListener("click", () => drawer("members"));
  for (const closing of ["#close-rooms", "#close-members", "#shade"]) find(closing).addEventListener("click", () => drawer(""));
}

export const drawn = () => app().dataset.drawer;
