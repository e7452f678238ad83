// Coming in and coming back: a name, the rooms, what is missing of them, then what was typed.

import { heard } from "./clock.js";
import { Connection } from "./connection.js";
import { folded } from "./format.js";
import { History } from "./history.js";
import { keyOf } from "./memory.js";
import { roomKey } from "./room.js";
import { Sender } from "./sender.js";
import { Standing } from "./standing.js";
import { LOBBY } from "./state.js";
import { forget } from "./store.js";

const BUSY_NAME = 3_000;

/**
 * `status(kind, detail)` is told what is to be shown: "connecting", "ready", "lost" (milliseconds), "busy" (the
 * name is in use), "name" and "password" (something is to be asked for), "ended".
 */
export class Session {
  constructor(url, state, status, saved) {
    this.state = state;
    this.status = status;
    this.wanted = null;
    this.ready = false;
    this.welcomed = false;
    this.farewell = "";
    this.entered = new Set();
    /** Whether the server wants its own password first; and that, until the page is closed. */
    this.locked = false;
    this.password = "";
    this.connection = new Connection(url, {
      opened: () => {},
      received: (object) => this.#received(object),
      lost: (delay) => this.#lost(delay),
    });
    this.standing = new Standing(this.connection);
    this.history = new History(this.connection, state);
    this.sender = new Sender(this, saved);
  }

  /** Be somebody in some rooms, given by their names: connect if need be, and come in. `returning`: it was so before. */
  begin(nick, rooms, returning = false) {
    this.wanted = { nick, rooms, returning };
    this.status("connecting");
    if (this.connection.open && this.welcomed) this.#name();
    else this.connection.start();
  }

  /** Give the password of an account. Returns "" or why it was refused. */
  async logIn(nick, password) {
    const answer = await this.connection.command(`/login ${nick} ${password}`);
    if (answer.type === "lost") return "The connection ended. Please try again.";
    if (answer.type === "error" || answer.type === "usage") return answer.text;
    if (answer.type === "named" && !this.ready) await this.#arrived();
    return "";
  }

  /** Give the password of the server. Returns "" or why it was refused. */
  async admit(password) {
    const answer = await this.connection.command(`/pass ${password}`);
    if (answer.type === "error") return answer.text;
    if (answer.type === "lost") return "The connection ended. Please try again.";
    this.locked = false;
    this.password = password;
    await this.#name();
    return "";
  }

  /** Forget the cookie, and be nobody. */
  async logOut() {
    const forgotten = fetch("/session", { method: "DELETE" }).catch((error) => console.warn("the cookie stays:", error.message));
    const answer = await this.connection.command("/logout");
    await forgotten;
    if (answer.type === "info") {
      // Who comes next is to find nothing: no private talk, no draft, no key of a room.
      this.end();
      forget();
      location.reload();
    }
    return answer;
  }

  end() {
    this.wanted = null;
    this.connection.stop();
  }

  #received(object) {
    if (object.replay) this.history.heard(object);
    else if (object.time && !object.waited) heard(object.time);
    const entering = object.type === "entered" ? this.state.room(object.room) : null;
    if (entering) this.history.leaving(entering);
    this.state.take(object);
    this.standing.heard(object, (who) => this.state.isMe(who));
    if (object.type === "welcome") {
      this.welcomed = true;
      if (this.wanted) this.#name();
    } else if (object.type === "entered") {
      this.entered.add(roomKey(object.room));
      if (this.ready) this.#cameIn(this.state.room(object.room));
    } else if (object.type === "prompt") this.#asked(object);
    else if (object.type === "bye") this.farewell = object.text;
    else if (object.type === "login_code") this.#remember(object.code);
  }

  async #cameIn(room) {
    if (await this.#settled()) await this.history.catchUp([room]);
  }

  #asked(prompt) {
    if (!prompt.secret || prompt.text !== "Password: ") return;
    this.locked = true;
    this.#unlock();
  }

  async #unlock() {
    if (this.password) await this.admit(this.password);
    if (!this.locked) return;
    this.password = "";
    this.status("password", { nick: "" });
  }

  /** Swap a code for a cookie, which no script can read: the next connection is logged in by it. */
  async #remember(code) {
    const answer = await fetch("/session", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ code }),
    }).catch((error) => ({ ok: false, status: error.message }));
    if (!answer.ok) console.warn("the login is not remembered:", answer.status);
  }

  async #name() {
    const { nick } = this.wanted;
    // The cookie has proved an account: it is logged in to without a password.
    if (this.state.account && (await this.connection.command("/login")).type === "named" && folded(this.state.nick) === folded(nick)) {
      await this.#arrived();
      return;
    }
    const answer = await this.connection.command(`/nick ${nick}`);
    if (answer.type === "named") await this.#arrived();
    else if (answer.code === "name-registered") this.status("password", { nick });
    else if (answer.code === "name-taken" && this.wanted.returning) this.#nameIsBusy(nick);
    else if (answer.type === "error" && !this.locked) this.status("name", { text: answer.text });
  }

  /** The server has not noticed yet that the former connection is gone. */
  #nameIsBusy(nick) {
    this.status("busy", { nick });
    clearTimeout(this.again);
    this.again = setTimeout(() => { if (!this.ready && this.connection.open && this.wanted) this.#name(); }, BUSY_NAME);
  }

  async #arrived() {
    // When this is answered, all rooms have been entered that come by themselves.
    if (!await this.#settled()) return;
    for (const name of this.wanted.rooms) {
      if (this.entered.has(roomKey(name))) continue;
      const key = keyOf(name);
      const answer = await this.connection.command(`/join ${name}${key ? ` ${key}` : ""}`);
      if (answer.type === "error") this.#keptOut(name, answer.text);
    }
    if (!await this.#settled()) return;
    this.connection.settled();
    this.ready = this.wanted.returning = true;
    this.farewell = "";
    this.status("ready");
    if (await this.history.catchUp(this.sender.doubted())) this.sender.decide();
    this.sender.flush();
    await this.history.catchUp([...this.state.rooms.values()]);
  }

  /** Wait until all is here that the server had to send. Returns whether the connection lasted. */
  async #settled() { return (await this.connection.command("/version")).type !== "lost"; }

  #keptOut(name, text) {
    const room = this.state.room(name);
    if (room) {
      room.gone = text;
      this.state.changed("gone", room);
    }
    this.state.note(room ?? this.state.room(LOBBY), { type: "notice", tone: "error", lines: [room ? text : `${name}: ${text}`] });
  }

  #lost(delay) {
    this.ready = this.welcomed = this.locked = false;
    this.standing.lost();
    this.entered = new Set();
    clearTimeout(this.again);
    this.history.lost();
    this.sender.lost();
    this.status(this.connection.wanted ? "lost" : "ended", { delay, text: this.farewell });
  }
}
