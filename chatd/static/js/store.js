// What the browser remembers: what holds for this person by localStorage, what holds for this tab by sessionStorage.
// Where it keeps nothing, what is written is known as long as the page is.

/** `storage()` gives a storage; where site data are blocked, looking for it raises by itself. */
function store(storage) {
  const held = new Map();
  return {
    get(key, fallback = null) {
      let text = held.get(key) ?? null;
      try {
        text = storage().getItem(`chatd.${key}`);
      } catch {
        // It keeps nothing: what was held counts.
      }
      try {
        return text === null ? fallback : JSON.parse(text);
      } catch {
        return fallback; // Somebody else wrote it.
      }
    },
    set(key, value) {
      const nothing = value === null || value === undefined || value === "";
      if (nothing) held.delete(key);
      else held.set(key, JSON.stringify(value));
      try {
        if (nothing) storage().removeItem(`chatd.${key}`);
        else storage().setItem(`chatd.${key}`, held.get(key));
      } catch (error) {
        console.warn("the browser keeps nothing more", error);
      }
    },
  };
}

export const person = store(() => localStorage);
export const tab = store(() => sessionStorage);

/** Forget everything, for who comes next: the page is loaded anew then. */
export function forget() {
  try {
    for (const storage of [localStorage, sessionStorage])
      for (const key of Object.keys(storage)) if (key.startsWith("chatd.") && key !== "chatd.theme") storage.removeItem(key);
  } catch (error) {
    console.warn("the browser keeps nothing", error);
  }
}
