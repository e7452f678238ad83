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
