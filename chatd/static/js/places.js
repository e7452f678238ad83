// Dialogs about rooms: finding, making, leaving, their topic.

import { button, field, form, show } from "./dialog.js";
import { el, isolated } from "./dom.js";
import { roomName } from "./entry.js";
import { folded } from "./format.js";

/** List the rooms, and make new ones. `join(name, key)` resolves to "" or why not. */
export async function browse({ command, join }) {
  const list = el("div", { class: "choices", role: "group", "aria-label": "Rooms" }, el("p", { class: "lead" }, "Looking …"));
  const name = field("Room", { placeholder: "#room", maxlength: 64, autofocus: true, spellcheck: "false", autocapitalize: "off", autocomplete: "off" }, "A room that does not exist is made.");
  const key = field("Key", { maxlength: 64, autocomplete: "off" }, "Only if the room asks for one.");
  const go = async (wanted, word = "") => {
    const refused = await join(wanted, word);
    if (!refused) dialog.close();
    return refused;
  };
  const { node, refuse } = form([name.node, key.node], "Enter", () => {
    const wanted = roomName(name.input.value);
    return wanted ? go(wanted, key.input.value.trim()) : "Name a room.";
  });
  const dialog = show("Rooms", [node, list], { wide: true });
  const answer = await command("/rooms");
  const rooms = (answer.rooms ?? []).sort((a, b) => b.members - a.members);
  const fill = () => {
    const typed = folded(name.input.value.trim().replace(/^#/, ""));
    list.replaceChildren(...rooms.filter((room) => folded(room.room).includes(typed)).map((room) => el("button", {
      type: "button", class: "choice", on: { click: async () => refuse(await go(room.room, key.input.value.trim())) },
    }, el("span", { class: "title" }, isolated(room.room)), el("span", { class: "aside" }, `${room.members} here`),
    room.topic ? el("span", { class: "more" }, isolated(room.topic)) : null)));
  };
  name.input.addEventListener("input", fill);
  fill();
}

/** Show and change the topic of a room. */
export function topic(room, { command }) {
  const words = field("Topic", { value: room.topic, maxlength: 390, autofocus: true, autocomplete: "off" }, "What the room is about. Empty: nothing in particular.");
  const { node } = form([words.node], "Set topic", async () => {
    const typed = words.input.value.trim();
    if (typed === room.topic) { dialog.close(); return ""; }
    const answer = await command(`/topic ${room.name} ${typed || "-"}`);
    if (answer.type === "error" || answer.type === "usage") return answer.text;
    dialog.close();
    return "";
  });
  const dialog = show(`Topic of ${room.name}`, node);
}

/** Ask before a room is left. */
export function leave(room, does) {
  const dialog = show(`Leave ${room.name}?`, [
    el("p", { class: "lead" }, "You can come back at any time, if the room is open to you."),
    el("div", { class: "dialog-foot" }, button("Stay", () => dialog.close(), "plain"), button("Leave", () => { dialog.close(); does(); }, "primary")),
  ]);
}
