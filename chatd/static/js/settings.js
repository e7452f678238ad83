// How the page looks, and what it tells.

import { show } from "./dialog.js";
import { el } from "./dom.js";
import { allowed, ask, supported } from "./notify.js";
import { person } from "./store.js";

/** Show the settings. */
export function settings() {
  const chosen = person.get("theme", "auto");
  const themes = el("fieldset", { class: "segments", role: "radiogroup", "aria-label": "Appearance" }, [["auto", "System"], ["light", "Light"], ["dark", "Dark"]].map(([value, words]) =>
    el("label", {}, el("input", { type: "radio", name: "theme", value, checked: chosen === value, on: { change: () => setTheme(value) } }), words)));
  show("Settings", [
    el("section", { class: "setting" }, el("h3", {}, "Appearance"), themes),
    el("section", { class: "setting" }, el("h3", {}, "Notifications"), el("p", {}, "Tell me when I am named or written to and do not look at this page."), notifications()),
    el("section", { class: "setting" }, el("h3", {}, "Keys"), el("dl", { class: "facts" }, keys())),
  ]);
}

const KEYS = [["Alt+↑ Alt+↓", "another room"], ["Ctrl+K", "search"], ["Tab", "complete a name or /command"], ["↑", "what you said last"], ["Esc", "close, or go to the newest"]];
const keys = () => KEYS.map(([key, words]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, words)]);

function setTheme(value) {
  person.set("theme", value === "auto" ? null : value);
  if (value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
}

function notifications() {
  if (!supported()) return el("p", {}, "This browser shows none here.");
  const node = el("button", { type: "button", class: "button" });
  const words = () => {
    node.textContent = allowed() ? "Turn off" : Notification.permission === "denied" ? "Blocked in the browser’s settings" : "Turn on";
    node.disabled = Notification.permission === "denied";
  };
  node.addEventListener("click", async () => {
    if (allowed()) person.set("notify", null);
    else await ask();
    words();
  });
  words();
  return el("div", {}, node);
}
