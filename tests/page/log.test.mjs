// The order of a room, and nothing twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Log } from "../../chatd/static/js/log.js";

const said = (number, id = String(number).padStart(4, "0")) => ({ type: "message", number, id });
const ids = (log) => log.items.map((item) => item.id);

test("events come into the order of their numbers, whatever order they came in", () => {
  const log = new Log();
  for (const number of [5, 3, 4, 1, 2]) log.take(said(number));
  assert.deepEqual(log.items.map((item) => item.number), [1, 2, 3, 4, 5]);
  assert.equal(log.lowest, 1);
  assert.equal(log.highest, 5);
});

test("an event is taken once, by its id", () => {
  const log = new Log();
  assert.equal(log.take(said(1)).at, 0);
  assert.equal(log.take({ ...said(1), replay: true }).at, -1);
  assert.equal(log.items.length, 1);
});

test("an unnumbered event stands behind the number that it follows", () => {
  const log = new Log();
  log.take(said(1, "a1"));
  log.take(said(2, "a3"));
  log.take({ type: "joined", after: 1, id: "a2" });
  assert.deepEqual(ids(log), ["a1", "a2", "a3"]);
});

test("what was not stored takes its place when it comes with a number", () => {
  const log = new Log();
  log.take(said(1, "a1"));
  log.take({ type: "message", after: 1, id: "a2", stored: false });
  log.take(said(2, "a3"));
  assert.deepEqual(log.take({ type: "message", number: 3, id: "a2" }), { at: 2, moved: true });
  assert.deepEqual(ids(log), ["a1", "a3", "a2"]);
});

test("a note of the page stays where it was made", () => {
  const log = new Log();
  log.take(said(1, "0a"));
  log.note({ type: "notice" });
  log.note({ type: "notice" });
  log.take(said(2, "0b"));
  assert.deepEqual(log.items.map((item) => item.type), ["message", "notice", "notice", "message"]);
  assert.equal(log.lastId, "0b");
});
