// What was said in one room, in the server's order, nothing twice. Pure.

/** Return where an event stands: the number that it has or follows, then numbered before unnumbered, then by id. */
function compare(a, b) {
  const left = a.number ?? a.after ?? null, right = b.number ?? b.after ?? null;
  if (left !== null && right !== null) {
    if (left !== right) return left - right;
    const order = (a.number ? 0 : 1) - (b.number ? 0 : 1);
    if (order) return order;
  }
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

export class Log {
  constructor() {
    this.items = [];
    this.ids = new Map();
    this.notices = 0;
    /** Whether the oldest that the server has is here. */
    this.whole = false;
  }

  get last() { return this.items.at(-1) ?? null; }

  /** The id of the newest event, "" without one. */
  get lastId() {
    for (let at = this.items.length - 1; at >= 0; at -= 1) if (!this.items[at].local) return this.items[at].id;
    return "";
  }

  /** The id of the newest that somebody said, "" without one. */
  get lastSaid() { return this.items.findLast((item) => item.body)?.id ?? ""; }

  /** The highest number here, 0 without one. */
  get highest() {
    for (let at = this.items.length - 1; at >= 0; at -= 1) if (this.items[at].number) return this.items[at].number;
    return 0;
  }

  /** The lowest number here, 0 without one. */
  get lowest() { return this.items.find((item) => item.number)?.number ?? 0; }

  /**
   * Take an event. Returns its place, or -1 if it was here already. One that had not been stored is put in its
   * place when it comes again with a number (`moved` is true then, of the result `take`).
   */
  take(event) {
    const known = this.ids.get(event.id);
    if (known) {
      if (known.number || !event.number) return { at: -1, moved: false };
      this.items.splice(this.items.indexOf(known), 1);
    }
    this.ids.set(event.id, event);
    return { at: this.#insert(event), moved: Boolean(known) };
  }

  /** Add something that only this page shows, at the end. */
  note(event) {
    this.notices += 1;
    const last = this.last;
    const place = last ? { after: last.number ?? last.after } : {};
    const id = `${last ? last.id.split("~")[0] : "0"}~${String(this.notices).padStart(6, "0")}`;
    return this.take({ ...event, ...place, id, local: true });
  }

  /** Forget all but what only this page shows: another room has the name now, or too much lies between. */
  clear() {
    this.items = [];
    this.ids.clear();
    this.whole = false;
  }

  /** Forget what came before a number. */
  dropBefore(number) {
    this.items = this.items.filter((item) => (item.number ?? item.after ?? 0) >= number);
    this.ids = new Map(this.items.map((item) => [item.id, item]));
    this.whole = false;
  }

  #insert(event) {
    const items = this.items;
    if (!items.length || compare(items.at(-1), event) < 0) return items.push(event) - 1;
    let low = 0, high = items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(items[middle], event) < 0) low = middle + 1;
      else high = middle;
    }
    items.splice(low, 0, event);
    return low;
  }
}
