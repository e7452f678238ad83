// The first dialog, and those that ask for a password.

import { el } from "./dom.js";
import { field, form, show } from "./dialog.js";

const welcome = (title, words) => el("div", { class: "welcome" }, el("img", { src: "icon.svg", alt: "" }), el("h2", {}, title), el("p", {}, words));

/** Ask for a nickname and a room. `enter(nick, room)` is called with them. Returns {close, refuse}. */
export function askName({ nick, room, text, enter }) {
  const name = field("Nickname", { value: nick, autocomplete: "nickname", maxlength: 64, required: true, autofocus: true, spellcheck: "false", autocapitalize: "off" });
  const place = field("Room", { value: room, maxlength: 64, spellcheck: "false", autocapitalize: "off" }, "It is made if there is none of that name.");
  const { node, refuse } = form([name.node, place.node], "Enter", () => {
    const wanted = name.input.value.trim();
    if (!wanted) return "Choose a nickname.";
    if (/\s/.test(wanted)) return "A nickname holds no spaces.";
    enter(wanted, roomName(place.input.value));
    return "";
  });
  const dialog = show("Welcome", node, { fixed: true, head: welcome("Come in", "Choose how you are called. Nothing else is needed.") });
  if (text) refuse(text);
  name.input.select();
  return { close: () => dialog.close(), refuse };
}

/** Ask for a password. `check(password)` resolves to "" or why it was refused; `other()` chooses another name. */
export function askPassword({ nick, check, other }) {
  const user = el("input", { class: "unseen", autocomplete: "username", value: nick, tabindex: "-1", "aria-hidden": "true", readonly: true });
  const secret = field("Password", { type: "password", autocomplete: "current-password", required: true, autofocus: true });
  const { node } = form([nick ? user : null, secret.node], "Continue", async () => {
    const refused = await check(secret.input.value);
    if (!refused) dialog.close();
    secret.input.select();
    return refused;
  }, other ? [el("button", { type: "button", class: "button plain", on: { click: () => { dialog.close(); other(); } } }, "Another nickname")] : []);
  const words = nick ? [el("bdi", {}, nick), " is registered. If it is yours, log in."] : "This server asks for a password.";
  const dialog = show("Password", node, { fixed: true, head: welcome("Log in", words) });
  return { close: () => dialog.close() };
}

/** Return the name of a room with its #, "" for none. */
export function roomName(typed) {
  const name = typed.trim().replace(/\s+/g, "-");
  return !name || name.startsWith("#") ? name : `#${name}`;
}
