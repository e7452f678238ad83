// Searching what was said.

import { button, field, form, show } from "./dialog.js";
import { el, isolated } from "./dom.js";
import { dayName, shortTime } from "./format.js";
import { prose, wordsOf } from "./prose.js";

/** `command(line)` asks; `reveal(event)` shows one that was found. */
export function search(room, { command, reveal }) {
  const here = room?.kind === "room" ? room.name : room ? `@${room.name}` : "";
  const words = field("Search for", { type: "search", autofocus: true, autocomplete: "off", placeholder: "words, \"a phrase\", -without, from:name" });
  const only = el("input", { type: "checkbox", id: "only-here" });
  const found = el("div", { class: "choices", role: "group", "aria-label": "Found" });
  const state = el("p", { class: "lead", role: "status" });
  const ask = async (before = "") => {
    const wanted = words.input.value.trim();
    if (!wanted) return "Give what is to be found.";
    state.textContent = "Searching …";
    const answer = await command(["/search", wanted, only.checked && here ? `in:${here}` : "", before ? `before:${before}` : ""].filter(Boolean).join(" "));
    state.textContent = "";
    if (answer.type === "error" || answer.type === "usage") return answer.text;
    if (!before) found.replaceChildren();
    found.append(...(answer.events ?? []).map((event) => hit(event)));
    state.textContent = found.childElementCount ? "" : "Nothing was found.";
    if (answer.hasty) state.textContent = "Not all was looked through: give more words.";
    if (answer.before) {
      const more = button("More", async () => { more.remove(); await ask(answer.before); });
      found.append(more);
    }
    return "";
  };
  const hit = (event) => {
    const place = event.room ?? (event.sent ? event.to?.nick : event.from?.nick);
    return el("button", { type: "button", class: "choice", on: { click: () => { dialog.close(); reveal(event); } } },
      el("span", { class: "title" }, isolated((event.from ?? event.who).nick)), el("span", { class: "aside" }, isolated(place), `, ${dayName(event.time)}, ${shortTime(event.time)}`),
      el("span", { class: "more" }, event.body ? plainly(wordsOf(event.body)) : isolated(event.topic)));
  };
  const { node } = form([words.node, here ? el("label", {}, only, " Only in ", isolated(here)) : null], "Search", () => ask());
  const dialog = show("Search", [node, state, found], { wide: true });
}

/** What was said without links: it stands in a button. */
const plainly = (text) => prose(text).map((part) => (typeof part === "string" ? part : part.textContent));
