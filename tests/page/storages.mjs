// What a browser keeps, for tests: import this first.

class Kept {
  getItem(key) { return Object.hasOwn(this, key) ? this[key] : null; }
  setItem(key, value) { this[key] = String(value); }
  removeItem(key) { delete this[key]; }
}

/** Begin with storages in which nothing is kept; `person` is to stay when only the tab is new. */
export function newTab({ person = null } = {}) {
  globalThis.localStorage = person ?? new Kept();
  globalThis.sessionStorage = new Kept();
}

newTab();
