// Dialogs about people: another one, and oneself.

import { button, field, form, show } from "./dialog.js";
import { el, isolated } from "./dom.js";
import { avatar } from "./rows.js";

const fact = (name, value) => (value ? [el("dt", {}, name), el("dd", {}, isolated(value))] : []);

function ago(seconds) {
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 86_400 ? `${Math.round(seconds / 3600)} h ago` : `${Math.round(seconds / 86_400)} days ago`;
}

/** Show who somebody is. `acts`: talk(nick), command(line), may: whether one keeps order in `room`. */
export async function person(nick, { room, may, talk, command, own }) {
  const facts = el("dl", { class: "facts" });
  const said = el("p", { class: "success", role: "status", hidden: true });
  const act = async (line) => {
    const answer = await command(line);
    said.hidden = false;
    said.className = answer.type === "error" || answer.type === "usage" ? "refusal" : "success";
    said.textContent = Array.isArray(answer.text) ? answer.text.join(" ") : answer.text ?? "Done.";
  };
  const others = own ? [] : [button("Private talk", () => { dialog.close(); talk(nick); }, "primary"), button("Ignore", () => act(`/ignore ${nick}`))];
  const order = own || !may ? [] : [
    button("Make operator", () => act(`/op ${room.name} ${nick}`)), button("Mute", () => act(`/mute ${room.name} ${nick}`)),
    button("Put out", () => act(`/kick ${room.name} ${nick}`), "bad"), button("Ban", () => act(`/ban ${room.name} ${nick}`), "bad")];
  const dialog = show(nick, [el("div", { class: "person" }, avatar(nick), el("span", { class: "names" }, isolated(nick))), facts, said,
    el("div", { class: "dialog-foot" }, order, others)]);
  const who = await command(`/whois ${nick}`);
  if (who.type !== "whois") facts.replaceChildren(...fact("Status", "not here"));
  else facts.replaceChildren(...fact("Account", who.account ?? "none, a guest"), ...fact("Rank", who.rank === "user" ? "" : who.rank),
    ...fact("Away", who.away), ...fact("Rooms", who.rooms.join(", ")), ...fact("Last active", ago(who.idle)), ...fact("Address", who.address));
}

/** Show oneself: name, account, away. `session` has what the buttons do. */
export function self(state, acts) {
  const name = field("Nickname", { value: state.nick, maxlength: 64, autocomplete: "nickname", spellcheck: "false", autocapitalize: "off" });
  const rename = form([name.node], "Change", async () => refusal(await acts.rename(name.input.value.trim())), [], "beside");
  const away = state.me?.away !== null && state.me?.away !== undefined;
  const reason = field("Away", { value: away ? state.me.away : "", maxlength: 200, placeholder: "at lunch", autocomplete: "off" });
  const leave = form([reason.node], away ? "Change" : "Be away", async () => {
    await acts.command(`/away ${reason.input.value.trim()}`.trim());
    dialog.close();
    return "";
  }, away ? [button("I am back", async () => { await acts.command("/back"); dialog.close(); })] : [], "beside");
  const account = state.guest ? guest(state, acts, () => dialog.close()) : member(state, acts, () => dialog.close());
  const dialog = show("You", [el("div", { class: "person" }, avatar(state.nick), el("span", {},
    el("span", { class: "names" }, isolated(state.nick)),
    el("p", { class: "lead" }, state.guest ? "Guest: anybody may take the name when you are gone." : `Logged in${state.account ? ` as ${state.account}` : ""}.`))),
  rename.node, leave.node, account]);
}

const refusal = (answer) => (answer.type === "error" || answer.type === "usage" ? answer.text : "");

function guest(state, acts, done) {
  const code = field("Invitation code", { autocomplete: "off" });
  const fresh = field("New password", { type: "password", autocomplete: "new-password", minlength: 8 });
  const invited = el("details", {}, el("summary", {}, "I was invited with a code"), code.node);
  const register = form([el("input", { class: "unseen", autocomplete: "username", value: state.nick, tabindex: "-1", "aria-hidden": "true", readonly: true }), fresh.node, invited], `Register ${state.nick}`, async () => {
    const refused = refusal(await acts.register(fresh.input.value, code.input.value.trim()));
    if (!refused) done();
    return refused;
  });
  const who = field("Account", { value: state.nick, autocomplete: "username", spellcheck: "false", autocapitalize: "off" });
  const secret = field("Password", { type: "password", autocomplete: "current-password" });
  const login = form([who.node, secret.node], "Log in", async () => {
    const refused = await acts.logIn(who.input.value.trim(), secret.input.value);
    if (!refused) done();
    return refused;
  });
  return tabs("Account", [["Register", register.node], ["Log in", login.node]]);
}

function member(state, acts, done) {
  const old = field("Password now", { type: "password", autocomplete: "current-password" });
  const fresh = field("New password", { type: "password", autocomplete: "new-password", minlength: 8 });
  const change = form([old.node, fresh.node], "Change password", async () => {
    const answer = await acts.command(`/passwd ${old.input.value} ${fresh.input.value}`);
    if (!refusal(answer)) done();
    return refusal(answer);
  });
  const facts = el("dl", { class: "facts" });
  acts.command("/account").then((info) => {
    if (info.type === "account") facts.replaceChildren(...fact("Since", new Date(info.created).toLocaleDateString()), ...fact("Rank", info.rank),
      ...fact("Founder of", info.rooms.join(", ")), ...fact("Sessions", String(info.sessions)));
  });
  return tabs("Account", [["Account", el("div", { class: "setting" }, facts, el("div", { class: "dialog-foot" }, button("Log out", () => { done(); acts.logOut(); })))],
    ["Password", change.node]]);
}

let groups = 0;

/** Return tabs: pairs of a name and a node. */
function tabs(label, pairs) {
  groups += 1;
  const id = (kind, at) => `tabs-${groups}-${kind}-${at}`;
  const select = (at) => pairs.forEach(([, node], place) => {
    heads[place].setAttribute("aria-selected", String(place === at));
    heads[place].tabIndex = place === at ? 0 : -1;
    node.hidden = place !== at;
  });
  const heads = pairs.map(([name], at) => el("button", {
    type: "button", role: "tab", id: id("tab", at), "aria-controls": id("panel", at),
    on: { click: () => select(at), keydown: (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      const next = (at + 1) % pairs.length;
      select(next);
      heads[next].focus();
    } },
  }, name));
  pairs.forEach(([, node], at) => {
    const panel = { role: "tabpanel", id: id("panel", at), "aria-labelledby": id("tab", at) };
    if (node.tagName === "FORM") pairs[at][1] = node = el("div", {}, node);
    for (const [name, value] of Object.entries(panel)) node.setAttribute(name, value);
  });
  select(0);
  return el("section", { class: "setting", "aria-label": label }, el("div", { class: "tabs", role: "tablist", "aria-label": label }, heads), pairs.map(([, node]) => node));
}
