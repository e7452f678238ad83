// What is known from the last time, by this tab, by another one, and after somebody else wrote there.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { newTab } from "./storages.mjs";
import { hadName, keep, keepKey, keepReadMarks, keyOf, readMarks, recall } from "../../chatd/static/js/memory.js";
import { Outbox } from "../../chatd/static/js/outbox.js";

beforeEach(() => newTab());
const ROOMS = ["#dev"];

test("a tab goes on as it was, a new one as the last one was", () => {
  keep("nick", "Alice");
  keep("rooms", ROOMS);
  const first = sessionStorage;
  newTab({ person: localStorage });
  assert.deepEqual([recall("nick"), recall("rooms"), hadName()], ["Alice", ROOMS, false]);
  keep("nick", "Bob");
  keep("rooms", []);
  globalThis.sessionStorage = first;
  assert.deepEqual([recall("nick"), recall("rooms"), hadName()], ["Alice", ROOMS, true]);
});

test("tabs that read in different rooms, or less far, take nothing from each other", () => {
  keepReadMarks({ d1: "05", d2: "09" });
  keepReadMarks({ d1: "07", d2: "03", d3: "01" });
  assert.deepEqual(readMarks(), { d1: "07", d2: "09", d3: "01" });
  keepReadMarks(Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`r${at}`, `1${String(at).padStart(3, "0")}`])));
  assert.deepEqual([Object.keys(readMarks()).length, readMarks().r599, readMarks().d1], [500, "1599", undefined]);
});

test("a key is found by the name of the room however it is written", () => {
  keepKey("#Dev", "sesame");
  keepKey("#ＭＵＳＩＣ", "open");
  assert.deepEqual([keyOf("#dev"), keyOf("#music"), keyOf("#other")], ["sesame", "open", ""]);
});

test("where the browser keeps nothing, what was written is known until the page ends", () => {
  for (const storage of ["localStorage", "sessionStorage"]) Object.defineProperty(globalThis, storage, { get() { throw new Error("blocked"); }, configurable: true });
  keepKey("#dev", "sesame");
  keep("active", "#dev");
  assert.deepEqual([keyOf("#dev"), recall("active"), recall("rooms", [])], ["sesame", "#dev", []]);
  for (const storage of ["localStorage", "sessionStorage"]) Object.defineProperty(globalThis, storage, { value: null, writable: true, configurable: true });
});

test("what has not the right shape counts as nothing", () => {
  for (const wrong of ["{\"a\":1}", "[1]", "7", "null", "not JSON", "[{\"name\":1}]", "{\"a\":{}}", "true"]) {
    for (const storage of [localStorage, sessionStorage]) {
      for (const each of ["nick", "rooms", "talks", "active", "read", "keys"]) storage.setItem(`chatd.${each}`, wrong);
    }
    assert.deepEqual([recall("nick"), recall("rooms", ROOMS), recall("talks", []), recall("active")], [null, ROOMS, [], null], wrong);
    for (const marks of [readMarks(), { a: keyOf("a") }]) for (const mark of Object.values(marks)) assert.equal(typeof mark, "string", wrong);
  }
});

test("lines that are none are not kept, those that are stay", () => {
  const box = new Outbox();
  box.sending(box.add("#a", "one"), { id: "05", number: 5, place: "r" });
  box.add("#a", "two");
  const lines = JSON.parse(JSON.stringify(box.lines));
  for (const wrong of [{}, "x", 3, null]) assert.deepEqual(new Outbox(wrong).lines, []);
  const spoilt = [null, 1, {}, { ...lines[1], text: 3 }, { ...lines[1], state: "sent" }, { ...lines[0], since: null }, { ...lines[1], key: "1" }];
  assert.deepEqual(new Outbox([...spoilt, ...lines]).lines.map((line) => line.text), ["one", "two"]);
});
