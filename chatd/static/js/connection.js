// One WebSocket after the other, and requests whose answers are told by their `ref`.

const FIRST = 500, MOST = 30_000;
const SILENCE = 45_000, PATIENCE = 15_000;

/** Return how long to wait before try number `attempt` (0, 1, …): doubled each time, half of it by chance. */
export function backoff(attempt, random = Math.random) {
  const whole = Math.min(MOST, FIRST * 2 ** attempt);
  return whole / 2 + random() * (whole / 2);
}

/** Handlers: `opened()`, `received(object)`, `lost(milliseconds until the next try)`. */
export class Connection {
  #socket = null;
  #attempt = 0;
  #refs = 0;
  #waiting = new Map();
  #retry = 0;
  #silence = 0;

  constructor(url, handlers) {
    this.url = url;
    this.handlers = handlers;
    this.wanted = false;
    window.addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.hurry(); });
  }

  get open() { return this.#socket?.readyState === WebSocket.OPEN; }

  /** Connect, and again whenever the connection ends, until `stop`. */
  start() {
    this.wanted = true;
    if (!this.#socket) this.#connect();
  }

  stop() {
    this.wanted = false;
    clearTimeout(this.#retry);
    this.#socket?.close(1000);
  }

  /** Do not wait any longer for the next try. */
  hurry() {
    if (!this.wanted || this.#socket) return;
    clearTimeout(this.#retry);
    this.#connect();
  }

  /** It went well: the next time begins with a short wait. */
  settled() { this.#attempt = 0; }

  /** Send an object; whether that could be done. */
  send(object) {
    if (!this.open) return false;
    this.#socket.send(JSON.stringify(object));
    return true;
  }

  /** Send a request and return its answer; {type: "lost"} if the connection ends before. */
  request(object) {
    this.#refs += 1;
    const ref = this.#refs;
    return new Promise((resolve) => {
      if (!this.send({ ...object, ref })) resolve({ type: "lost" });
      else this.#waiting.set(ref, resolve);
    });
  }

  /** Run a command. */
  command(line) { return this.request({ type: "command", line }); }

  #connect() {
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.addEventListener("open", () => { this.#heard(); this.handlers.opened(); });
    socket.addEventListener("message", (message) => { if (socket === this.#socket) this.#take(message.data); });
    socket.addEventListener("close", () => this.#closed(socket));
  }

  #take(data) {
    this.#heard();
    let object;
    try {
      object = JSON.parse(data);
    } catch (error) {
      console.error("not JSON", error);
      return;
    }
    if (object.type === "ping") this.send({ type: "pong", token: object.token });
    // The event first: who waits for its answer finds it where it belongs.
    this.handlers.received(object);
    const answered = this.#waiting.get(object.ref);
    if (answered) {
      this.#waiting.delete(object.ref);
      answered(object);
    }
  }

  /** A connection that says nothing is asked; one that does not answer is given up. */
  #heard() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.send({ type: "command", line: "/version" });
      this.#silence = setTimeout(() => this.#closed(this.#socket), PATIENCE);
    }, SILENCE);
  }

  #closed(socket) {
    if (!socket || socket !== this.#socket) return;
    clearTimeout(this.#silence);
    this.#socket = null;
    socket.close();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    const delay = backoff(this.#attempt);
    this.#attempt += 1;
    this.handlers.lost(this.wanted ? delay : 0);
    for (const resolve of waiting) resolve({ type: "lost" });
    if (this.wanted) this.#retry = setTimeout(() => this.#connect(), delay);
  }
}
