// Nothing that was typed is lost, nothing goes twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cameBack, Outbox } from "../../chatd/static/js/outbox.js";

const SINCE = { id: "05", number: 5, place: "r" };
const said = (id, text, from = { user: "me", nick: "Alice" }) => ({ type: "message", id, from, body: { kind: "text", text } });

test("one line is under way at a time, in the order in which they were typed", () => {
  const box = new Outbox();
  const [first, second] = [box.add("#a", "one"), box.add("#b", "two")];
  assert.equal(box.ready(), first);
  box.sending(first, SINCE);
  assert.equal(box.ready(), null);
  box.done(first);
  assert.equal(box.ready(), second);
});

test("a message of several lines is known again", () => {
  const box = new Outbox();
  const line = box.add("#a", "```\n  if x:\n\n\ty\n```");
  box.sending(line, SINCE);
  const came = (lines) => ({ type: "message", id: "06", from: { user: "me", nick: "Alice" }, body: { kind: "lines", lines } });
  const found = came(["```", "  if x:", "", "\ty", "```"]);
  assert.equal(cameBack(line, [came(["```", "if z:", "```"]), found], new Set(["me"])), found);
});

test("a line that was under way is in doubt when the connection ends, and after a reload", () => {
  const box = new Outbox();
  box.sending(box.add("#a", "one"), SINCE);
  box.add("#a", "two");
  const again = new Outbox(JSON.parse(JSON.stringify(box.lines)));
  box.lost();
  for (const each of [box, again]) {
    assert.deepEqual(each.doubtful().map((line) => line.text), ["one"]);
    assert.equal(each.ready(), null, "nothing goes before it is known what became of it");
  }
  assert.equal(again.add("#a", "three").key, 3);
});

test("a line came back if the same was said by the same one since", () => {
  const box = new Outbox();
  const line = box.add("#a", "so\u200b it is ");
  box.sending(line, SINCE);
  const mine = new Set(["me"]);
  assert.ok(cameBack(line, [said("06", "so it is")], mine));
  assert.equal(cameBack(line, [said("04", "so it is")], mine), null, "that was said before");
  assert.equal(cameBack(line, [said("06", "so it is", { user: "bob", nick: "Bob" })], mine), null);
  assert.equal(cameBack(line, [{ ...said("06", "so it is"), action: true }], mine), null);
});
