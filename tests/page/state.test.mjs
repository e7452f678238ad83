// How events change what the page knows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { commandsIn, complete } from "../../chatd/static/js/completion.js";
import { beginsNew } from "../../chatd/static/js/reading.js";
import { State } from "../../chatd/static/js/state.js";

const ALICE = { nick: "Alice", user: "ua", account: null }, BOB = { nick: "Bob", user: "ub", account: null };

function arrived() {
  const state = new State();
  state.take({ type: "named", who: ALICE, guest: true });
  for (const [room, room_id] of [["#lobby", "lobby"], ["#dev", "d1"]]) {
    state.take({ type: "joined", id: `0${room_id}`, room, room_id, after: 0, who: ALICE, count: 1 });
    state.take({ type: "entered", room, room_id, topic: "", last: 0, members: [{ nick: "Alice" }] });
    state.caughtUp(state.room(room));
  }
  return state;
}
const say = (number, text, more = {}) => ({ type: "message", id: `1${number}`, number, room: "#dev", room_id: "d1", time: "2026-01-01T00:00:00Z", from: BOB, body: { kind: "text", text }, ...more });

test("what is said elsewhere is unread until the room is shown, and counted once", () => {
  const state = arrived();
  const dev = state.room("#dev");
  for (const event of [say(1, "hello"), say(2, "alice: there?"), say(2, "alice: there?", { replay: true })]) state.take(event);
  assert.deepEqual([dev.unread, dev.mentions], [2, 1]);
  const before = dev.read;
  state.show(dev);
  assert.deepEqual([dev.unread, dev.mentions, dev.newFrom], [0, 0, before]);
});

test("what was missed while there was no connection is unread, what was read is not", () => {
  const state = arrived();
  const dev = state.room("#dev");
  state.take(say(1, "seen"));
  state.show(dev);
  state.show(state.room("#lobby"));
  state.take({ type: "entered", room: "#dev", room_id: "d1", topic: "", last: 2, members: [{ nick: "Alice" }, { nick: "Bob" }] });
  for (const event of [say(1, "seen", { replay: true }), say(2, "missed", { replay: true })]) state.take(event);
  assert.equal(dev.unread, 1);
  assert.equal(dev.log.items.filter((item) => item.type === "message").length, 2);
});

test("the new line is there also when something else happened before what was said", () => {
  const state = arrived();
  const dev = state.room("#dev");
  const topic = (number) => ({ type: "topic", id: `1${number}`, number, room: "#dev", room_id: "d1", who: BOB, topic: "new" });
  state.show(dev);
  state.take(say(1, "seen"));
  state.take(topic(2));
  assert.equal(dev.read, "12", "whoever looks has seen it");
  state.watched = false;
  state.take(topic(3));
  state.note(dev, { type: "notice", lines: ["by the page"] });
  state.take(say(4, "not seen"));
  const lines = dev.log.items.filter((_, at) => beginsNew(dev.log.items, at, dev.newFrom));
  assert.deepEqual(lines.map((item) => item.id), ["14"]);
});

test("members come, change and go", () => {
  const state = arrived();
  const dev = state.room("#dev");
  state.take({ type: "joined", id: "20", room: "#dev", room_id: "d1", after: 0, who: BOB, count: 2 });
  state.take({ type: "away", who: BOB, reason: "lunch" });
  state.take({ type: "ranked", id: "21", room: "#dev", room_id: "d1", who: BOB, by: ALICE, rank: 2, was: 0 });
  state.take({ type: "renamed", id: "22", who: BOB, nick: "Robert" });
  assert.deepEqual(dev.member("robert"), { nick: "Robert", user: "ub", account: null, rank: "operator", away: "lunch" });
  state.take({ type: "quit", id: "23", who: { ...BOB, nick: "Robert" } });
  assert.equal(dev.member("Robert"), null);
  assert.deepEqual(dev.log.items.map((item) => item.type), ["joined", "joined", "ranked", "renamed", "quit"]);
});

test("a private word opens a talk with the other one", () => {
  const state = arrived();
  const body = { kind: "text", text: "psst" };
  state.take({ type: "private", id: "30", from: BOB, to: ALICE, body });
  state.take({ type: "private", id: "31", from: ALICE, to: BOB, body, sent: true });
  const talk = state.rooms.get("@bob");
  assert.equal(talk.log.items.length, 2);
  state.take({ type: "renamed", id: "32", who: BOB, nick: "Rob" });
  assert.equal(state.rooms.get("@rob"), talk);
});

test("another room of the same name begins empty", () => {
  const state = arrived();
  state.take(say(1, "old"));
  state.take({ type: "entered", room: "#dev", room_id: "d2", topic: "", last: 0, members: [] });
  assert.equal(state.room("#dev").log.items.length, 0);
});

test("who is put out keeps what was said, and sees why", () => {
  const state = arrived();
  state.take(say(1, "stays"));
  state.take({ type: "kicked", id: "40", room: "#dev", room_id: "d1", who: ALICE, by: BOB, reason: "noise" });
  assert.equal(state.room("#dev").gone, "Bob put you out (noise).");
  assert.ok(state.room("#dev").log.ids.has("11"));
});

test("what ends elsewhere, or comes back, leaves alone what is read", () => {
  const state = arrived();
  const told = [];
  state.changed = (what, room) => told.push(`${what} ${room?.name}`);
  const dev = { room: "#dev", room_id: "d1" };
  state.take({ type: "kicked", id: "40", ...dev, who: ALICE, by: BOB });
  state.take({ type: "entered", ...dev, last: 0, members: [] });
  state.take({ type: "deleted", id: "41", ...dev, by: BOB });
  assert.deepEqual(told.filter((each) => /active|gone|cleared/.test(each)), ["gone #dev", "gone #dev"]);
  state.take({ type: "entered", room: "#dev", room_id: "d2", last: 0, members: [] });
  assert.ok(told.includes("cleared #dev"), "another room has the name");
});

test("words are completed: commands, rooms, nicknames", () => {
  const known = { commands: commandsIn(["Rooms: /join, /part, /room info, /room key", "/help COMMAND explains"]), nicks: ["Bob", "Bobby"], rooms: ["#dev", "#lobby"] };
  assert.deepEqual(known.commands, ["/join", "/part", "/room info", "/room key"]);
  const labels = (text) => complete(text, text.length, known).options.map((option) => option.insert);
  assert.deepEqual(labels("/ro"), ["/room info ", "/room key "]);
  assert.deepEqual(labels("/join #d"), ["#dev "]);
  assert.deepEqual(labels("bo"), ["Bob: ", "Bobby: "]);
  assert.deepEqual(labels("hello bo"), ["Bob ", "Bobby "]);
  assert.deepEqual(labels("hello "), []);
});
