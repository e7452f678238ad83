// What the browser remembers: what holds for this person by localStorage, what holds for this tab by sessionStorage.

function read(storage, key, fallback) {
  const text = storage.getItem(`chatd.${key}`);
  if (text === null) return fallback;
  try {
    return JSON.parse(text);
  } catch {
    return fallback; // Somebody else wrote it.
  }
}

function write(storage, key, value) {
  const nothing = value === null || value === undefined || value === "";
  try {
    if (nothing) storage.removeItem(`chatd.${key}`);
    else storage.setItem(`chatd.${key}`, JSON.stringify(value));
  } catch (error) {
    console.warn("the browser keeps nothing more", error);
  }
}

export const person = {
  get: (key, fallback = null) => read(localStorage, key, fallback),
  set: (key, value) => write(localStorage, key, value),
};
export const tab = {
  get: (key, fallback = null) => read(sessionStorage, key, fallback),
  set: (key, value) => write(sessionStorage, key, value),
};
