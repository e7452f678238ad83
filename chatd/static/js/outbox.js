// Lines that were typed and are not acknowledged yet. Pure; kept as JSON, so that a reload forgets nothing.
//
// One line is under way at a time. When the connection ends, that one is `doubtful`: it may be stored or not. What
// came back of its room decides: found there, it is done; surely not there, it goes again; else a person decides.

export const WAITING = "waiting", UNDERWAY = "underway", DOUBTFUL = "doubtful", FAILED = "failed";
const STATES = new Set([WAITING, UNDERWAY, DOUBTFUL, FAILED]);

/** Compare as the server stores: it takes away what cannot be seen. */
const stored = (text) => text.normalize("NFC").replace(/[\p{Cf}\p{Mn}\s]/gu, "");

const said = (body) => (body?.kind === "text" ? stored(body.text) : body?.kind === "lines" ? stored(body.lines.join("")) : null);

/** Whether a line that was kept is one: anybody may have written there. */
function whole(line) {
  return ["room", "text", "time", "reason"].every((each) => typeof line?.[each] === "string") && Number.isInteger(line.key)
    && typeof line.action === "boolean" && STATES.has(line.state)
    && (typeof line.since?.id === "string" || line.state === WAITING || line.state === FAILED);
}

export class Outbox {
  constructor(saved = []) {
    this.lines = (Array.isArray(saved) ? saved : []).filter(whole).map((line) => (line.state === UNDERWAY ? { ...line, state: DOUBTFUL } : line));
    this.next = this.lines.reduce((most, line) => Math.max(most, line.key), 0) + 1;
  }

  /** Add a line for a room or a private talk. Returns it. */
  add(room, text, action = false) {
    const line = { key: this.next, room, text, action, time: new Date().toISOString(), state: WAITING, since: null, reason: "" };
    this.next += 1;
    this.lines.push(line);
    return line;
  }

  /** The line to send next: nothing while one is under way or in doubt. */
  ready() {
    if (this.lines.some((line) => line.state === UNDERWAY || line.state === DOUBTFUL)) return null;
    return this.lines.find((line) => line.state === WAITING) ?? null;
  }

  /** It is being sent; `since` is {id, number} of the newest event known of its room, and the room's own id, `place`. */
  sending(line, since) { Object.assign(line, { state: UNDERWAY, since }); }

  /** It came back, or is not wanted any more. */
  done(line) { this.lines = this.lines.filter((other) => other !== line); }

  /** The server refused it. */
  failed(line, reason) { Object.assign(line, { state: FAILED, reason }); }

  /** It shall go again. */
  again(line) { Object.assign(line, { state: WAITING, reason: "" }); }

  /** The connection ended. */
  lost() { for (const line of this.lines) if (line.state === UNDERWAY) line.state = DOUBTFUL; }

  /** Lines in doubt. */
  doubtful() { return this.lines.filter((line) => line.state === DOUBTFUL); }

  in(room) { return this.lines.filter((line) => line.room === room); }
}

/** Find a line in doubt among events of its room (oldest first), said by one of `mine`: ids of users, accounts, names. */
export function cameBack(line, events, mine) {
  return events.find((event) => !event.local && event.id > line.since.id && (event.type === "message" || event.type === "private")
    && Boolean(event.action) === line.action && said(event.body) === stored(line.text)
    && (mine.has(event.from.user) || mine.has(event.from.account) || mine.has(event.from.nick))) ?? null;
}
