// What people do: typed lines, rooms entered and left, accounts.

import { keep, keepKey, keepReadMarks, keyOf } from "./memory.js";
import { ROOM, TALK } from "./room.js";
import { answer as words } from "./sentences.js";
import { namesNoRoom } from "./standing.js";

const PRIVATE = /^\/(?:msg|pm|whisper|tell)\s+(\S+)\s+([\s\S]*\S[\s\S]*)$/i;
const ENTERED = /^\/(?:join|j|create) (\S+) (\S+)$/i;
const MOST_LINES = 32;

export class Acts {
  constructor(session, state) {
    Object.assign(this, { session, state });
  }

  get connection() { return this.session.connection; }

  command = (line) => this.connection.command(line);

  /** Do what was typed in a room. Returns false if it is to stay in its field. */
  submit(room, typed) {
    if (!typed.startsWith("/") || typed.startsWith("//")) {
      const text = typed.replace(/^(?:[^\S\n]*\n)+|\s+$/g, "");
      if (text.split("\n").length > MOST_LINES) {
        this.#note(room, { lines: [`A message has at most ${MOST_LINES} lines. It is still in its field.`], tone: "error" });
        return false;
      }
      this.session.sender.say(room, text.startsWith("//") ? text.slice(1) : text);
      return true;
    }
    const line = typed.replace(/\s+/g, " ").trim();
    const [, nick, text] = PRIVATE.exec(typed) ?? [];
    if (nick) {
      this.session.sender.say(this.talk(nick.replace(/^@/, "")), text);
      return true;
    }
    if (/^\/me \S/i.test(line)) {
      this.session.sender.say(room, room.kind === TALK ? `*${line.slice(4)}*` : line.slice(4), room.kind === ROOM);
      return true;
    }
    if (!this.session.ready) {
      this.#note(room, { lines: ["There is no connection now. The line is still in its field."], tone: "error" });
      return false;
    }
    if (room.kind === TALK && namesNoRoom(line)) {
      const verb = /^\/(room \S+|\S+)/i.exec(line)[0];
      this.#note(room, { lines: [`This is a private talk: name the room that is meant, as in ${verb} #lobby. The line is still in its field.`], tone: "error" });
      return false;
    }
    this.#run(room, line);
    return true;
  }

  async #run(room, line) {
    const verb = line.slice(1).split(" ", 1)[0].toLowerCase();
    if (verb === "logout") { await this.session.logOut(); return; }
    if (verb === "quit" || verb === "exit") { this.session.end(); return; }
    const answer = await this.session.standing.run(line, room.kind === ROOM ? room : null);
    const [, name, key] = ENTERED.exec(line) ?? [];
    if (key && answer.type === "entered") keepKey(name, key);
    if (answer.type === "lost") {
      this.#note(room, { lines: ["The connection ended before this was answered: ", line.replace(/^(\/(register|login|passwd|pass|oper)) .*/i, "$1 …")], tone: "error" });
      return;
    }
    this.#shown(room, verb, answer);
  }

  #shown(room, verb, answer) {
    if (answer.type === "error" || answer.type === "usage") this.#note(room, { lines: words(answer), tone: "error" });
    else if (answer.type === "found") this.#note(room, { lines: answer.events.length ? ["Found: open the search to read it."] : ["Nothing was found."] });
    else if (answer.type === "named") this.remember();
    else if (answer.type === "entered" || (["join", "j", "create"].includes(verb) && answer.type === "info")) this.#follow(answer);
    else {
      const lines = words(answer);
      if (lines.length && verb !== "history") this.#note(this.state.rooms.has(room.key) ? room : this.state.active, { lines });
    }
  }

  #follow(answer) {
    const name = answer.room ?? /#\S+/.exec(answer.text?.[0] ?? "")?.[0];
    const room = name && this.state.room(name);
    if (room) this.state.show(room);
  }

  #note(room, note) { this.state.note(room, { type: "notice", ...note }); }

  /** Enter a room and show it. Resolves to "" or why not. */
  join = async (name, given = "") => {
    const known = this.state.room(name);
    if (known && !known.gone) { this.state.show(known); return ""; }
    const key = given || keyOf(name);
    const answer = await this.session.standing.run(`/join ${name}${key ? ` ${key}` : ""}`);
    if (answer.type === "lost") return "There is no connection now.";
    if (answer.type === "error" || answer.type === "usage") return answer.text;
    if (given) keepKey(name, given);
    this.#follow(answer.room ? answer : { room: name });
    return "";
  };

  /** Leave a room, or put a talk away. */
  async leave(room) {
    if (room.kind === ROOM && !room.gone) {
      const answer = await this.session.standing.run(`/part ${room.name}`);
      if (answer.type === "error") { this.#note(room, { lines: words(answer), tone: "error" }); return; }
      if (answer.type === "lost") return;
    }
    this.state.close(room);
  }

  /** Open the talk with somebody. Returns it. */
  talk = (nick) => {
    const room = this.state.talks.called(nick);
    this.state.show(room);
    if (this.session.ready) this.session.history.catchUp([room]);
    return room;
  };

  rename = async (nick) => {
    const answer = await this.command(`/nick ${nick}`);
    if (answer.type === "named") this.remember();
    return answer;
  };

  register = (password, code) => this.command(`/register ${code ? `${code} ` : ""}${password}`);

  logIn = (name, password) => this.session.logIn(name, password);

  logOut = () => this.session.logOut();

  /** Keep for the next time who one is and where. */
  remember() {
    const wanted = this.session.wanted;
    if (!wanted) return; // it was ended, and what there was may be forgotten
    const rooms = [...this.state.rooms.values()];
    if (this.state.nick) {
      keep("nick", this.state.nick);
      wanted.nick = this.state.nick;
    }
    const named = rooms.filter((room) => room.kind === ROOM && !room.gone).map((room) => room.name);
    if (!named.length || !this.session.ready) return;
    keep("rooms", named);
    wanted.rooms = named;
    keep("talks", rooms.filter((room) => room.kind === TALK && !room.gone).map((room) => room.name));
    keepReadMarks(Object.fromEntries(rooms.filter((room) => room.read).map((room) => [room.kind === TALK ? room.key : room.id, room.read])));
  }
}
