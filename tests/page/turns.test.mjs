// Pictures do not keep what people say, and none is forgotten.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "../../chatd/static/js/turns.js";

const soon = () => new Promise((resolve) => { setTimeout(resolve, 1); });

test("one is asked for at a time, the newest first", async () => {
  const turns = new Turns(() => true), asked = [];
  let now = 0, most = 0;
  const ask = (name) => turns.take(async () => {
    asked.push(name);
    now += 1;
    most = Math.max(most, now);
    await soon();
    now -= 1;
    return name;
  });
  assert.deepEqual(await Promise.all([ask("a"), ask("b"), ask("c")]), ["a", "b", "c"]);
  assert.deepEqual([asked, most], [["a", "c", "b"], 1]);
});

test("what was lost with the connection is asked for when there is one again", async () => {
  let connected = true;
  const turns = new Turns(() => connected), asked = [];
  const path = turns.take(async () => {
    asked.push(connected);
    await soon();
    return connected ? "/files/x" : null;
  });
  connected = false;
  await soon();
  await soon();
  turns.resume();
  connected = true;
  turns.resume();
  assert.equal(await path, "/files/x");
  assert.deepEqual(asked, [true, true]);
});

test("a connection that is ending is not asked again and again", async () => {
  const turns = new Turns(() => true);
  let asked = 0, ended = false;
  const path = turns.take(() => {
    asked += 1;
    if (asked > 100) throw new Error("nothing else has a turn");
    return Promise.resolve(ended ? "/files/x" : null);
  });
  await soon();
  assert.equal(asked, 1);
  ended = true;
  turns.resume();
  assert.equal(await path, "/files/x");
});

test("an error holds up nobody else", async () => {
  const turns = new Turns(() => true);
  const failed = assert.rejects(turns.take(() => Promise.reject(new Error("no"))), /no/);
  assert.equal(await turns.take(async () => "a"), "a");
  await failed;
});
