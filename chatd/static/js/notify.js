// What is told to who does not look: a number in the title, and notifications if they were asked for.

import { harmless } from "./dom.js";
import { person } from "./store.js";

const SHOWN = 200;

export const supported = () => "Notification" in window;
export const allowed = () => supported() && Notification.permission === "granted" && person.get("notify", false);

/** Ask for leave; only ever called when somebody pressed a button. */
export async function ask() {
  if (await Notification.requestPermission() === "granted") person.set("notify", true);
}

/** Show a notification; `chosen` is called when it is clicked. */
export function notify(title, words, tag, chosen) {
  if (!allowed()) return;
  const shown = new Notification(harmless(title), { body: harmless(words).slice(0, SHOWN), tag, icon: "icon.svg" });
  shown.addEventListener("click", () => {
    window.focus();
    shown.close();
    chosen();
  });
}

/** Put the unread into the title: what is for oneself as a number, anything else as a dot. */
export function badge(rooms, active) {
  let mentions = 0, unread = 0;
  for (const room of rooms) { mentions += room.mentions; unread += room.unread; }
  const mark = mentions ? `(${mentions}) ` : unread ? "• " : "";
  document.title = `${mark}${active ? `${harmless(active.name)} – ` : ""}chatd`;
}
