// What the browser remembers: what holds for this person by localStorage, what holds for this tab by sessionStorage.

function read(storage, key, fallback) {
  try {
    const text = storage().getItem(`chatd.${key}`);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback; // Somebody else wrote it, or the browser keeps nothing.
  }
}

function write(storage, key, value) {
  const nothing = value === null || value === undefined || value === "";
  try {
    if (nothing) storage().removeItem(`chatd.${key}`);
    else storage().setItem(`chatd.${key}`, JSON.stringify(value));
  } catch (error) {
    console.warn("the browser keeps nothing more", error);
  }
}

/** Forget everything, for who comes next. */
export function forget() {
  try {
    for (const storage of [localStorage, sessionStorage])
      for (const key of Object.keys(storage)) if (key.startsWith("chatd.") && key !== "chatd.theme") storage.removeItem(key);
  } catch (error) {
    console.warn("the browser keeps nothing", error);
  }
}

// Where site data are blocked, looking for the storage raises by itself.
const lasting = () => localStorage;
const passing = () => sessionStorage;

export const person = {
  get: (key, fallback = null) => read(lasting, key, fallback),
  set: (key, value) => write(lasting, key, value),
};
export const tab = {
  get: (key, fallback = null) => read(passing, key, fallback),
  set: (key, value) => write(passing, key, value),
};
