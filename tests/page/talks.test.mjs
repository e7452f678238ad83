// A private talk stays one talk, however the other one is called.
import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "../../chatd/static/js/history.js";
import { State } from "../../chatd/static/js/state.js";

const ALICE = { nick: "Alice", user: "ua", account: "aa" };
const GUEST = { nick: "Bob", user: "ub", account: null }, BOB = { ...GUEST, account: "ab" };
const body = { kind: "text", text: "psst" };

function arrived() {
  const told = [];
  const state = new State((what, room, detail) => told.push([what, room?.key, detail?.from]));
  state.take({ type: "named", who: ALICE, guest: false });
  state.take({ type: "entered", room: "#dev", room_id: "d1", topic: "", last: 0, members: [{ nick: "Alice" }, { nick: "Bob", account: "ab" }] });
  return { state, told };
}
const says = (id, from, more = {}) => ({ type: "private", id, from, to: ALICE, body, ...more });
const types = (room) => room.log.items.map((item) => item.type);
const talks = (state) => [...state.rooms.values()].filter((room) => room.kind === "talk").map((room) => [room.key, room.name, types(room).length]);

test("who is called otherwise goes on in his talk, which says so", () => {
  for (const bob of [GUEST, BOB]) {
    const { state, told } = arrived();
    state.take(says("30", bob));
    const talk = state.rooms.get("@bob");
    state.show(talk);
    told.length = 0;
    state.take({ type: "renamed", id: "31", who: bob, nick: "Rob" });
    state.take(says("32", { ...bob, nick: "Rob" }));
    state.take({ type: "quit", id: "33", who: { ...bob, nick: "Rob" } });
    assert.deepEqual([talk.key, talk.name, types(talk)], ["@rob", "Rob", ["private", "renamed", "private", "quit"]]);
    assert.deepEqual(told.find(([what]) => what === "moved"), ["moved", "@rob", "@bob"]);
    assert.equal(state.active, talk);
  }
});

test("a new name that nobody told of is learned from what is said, and from the answer to what one says", () => {
  const { state } = arrived();
  state.take(says("30", BOB));
  state.take(says("31", { ...BOB, nick: "Robert", user: "u9" }));
  state.take({ type: "private", id: "32", from: ALICE, to: { ...BOB, nick: "Bobby" }, body, sent: true });
  assert.deepEqual(talks(state), [["@bobby", "Bobby", 3]]);
});

test("a talk is opened by a nickname with whom it was held under another", () => {
  const { state } = arrived();
  state.take(says("30", { ...BOB, nick: "Old", user: "u0" }));
  assert.equal(state.talks.called("Bob"), state.rooms.get("@bob"));
  assert.deepEqual(talks(state), [["@bob", "Bob", 1]]);
});

test("what is shown again from an earlier name belongs to the talk that was asked for, and names nobody anew", async () => {
  const { state } = arrived();
  const talk = state.open("Bobby", "talk"), asked = [];
  const command = async (line) => {
    asked.push(line);
    state.take(says("10", { ...BOB, nick: "Old" }, { replay: true, number: 1 }));
    state.take({ type: "private", id: "11", number: 2, from: ALICE, to: { ...BOB, nick: "Older" }, body, sent: true, replay: true });
    return { type: "info" };
  };
  await new History({ open: true, command }, state).catchUp([talk]);
  assert.deepEqual(asked, ["/history @Bobby 100"]);
  assert.deepEqual([talk.name, types(talk).length], ["Bobby", 2]);
  state.take(says("12", { ...BOB, nick: "Bob" }, { number: 3 }));
  assert.deepEqual([talk.name, types(talk).length, state.talks.asked], ["Bob", 3, null]);
});

test("somebody else who takes the name does not get the talk, and who held it finds it again", () => {
  const { state } = arrived();
  const other = { nick: "Bob", user: "ux", account: "ax" };
  state.take(says("30", BOB));
  const talk = state.rooms.get("@bob");
  state.take(says("31", other));
  assert.deepEqual(talks(state), [["@bob 1", "Bob", 1], ["@bob", "Bob", 1]]);
  assert.equal(talk.gone, "Somebody else is called Bob now.");
  state.take(says("32", { ...BOB, nick: "Robert" }));
  assert.deepEqual([talk.key, talk.gone, types(talk).length], ["@robert", "", 2]);
  state.take({ type: "renamed", id: "33", who: other, nick: "Robert" });
  assert.deepEqual(talks(state).map(([key]) => key), ["@robert 1", "@robert"]);
});

test("an empty talk makes way for whoever is called so", () => {
  const { state } = arrived();
  state.take(says("30", BOB));
  state.show(state.open("Rob", "talk"));
  state.take({ type: "renamed", id: "31", who: BOB, nick: "Rob" });
  assert.deepEqual(talks(state), [["@rob", "Rob", 2]]);
  assert.equal(state.active, state.rooms.get("@rob"));
});

test("a talk is opened by a nickname that no list of members has", () => {
  const { state } = arrived();
  state.take(says("30", BOB));
  state.take({ type: "quit", id: "31", who: BOB });
  assert.equal(state.talks.called("Bob"), state.rooms.get("@bob"));
  assert.deepEqual(talks(state), [["@bob", "Bob", 2]]);
  assert.equal(state.talks.called("Carol").key, "@carol");
});

test("what is shown again goes into the talk that was asked for, also where another is called so now", async () => {
  const { state } = arrived();
  const bob = state.open("Bob", "talk"), robert = state.open("Robert", "talk");
  const command = async () => {
    state.take(says("10", { ...BOB, nick: "Robert" }, { replay: true, number: 1 }));
    return { type: "info" };
  };
  await new History({ open: true, command }, state).catchUp([bob]);
  assert.deepEqual([types(bob).length, types(robert).length, robert.other], [1, 0, null]);
});

test("what has waited puts no talk away that goes on", () => {
  const { state } = arrived();
  state.take(says("30", BOB));
  const talk = state.rooms.get("@bob");
  state.take(says("20", { nick: "Bob", user: "", account: "ax" }, { waited: true }));
  assert.deepEqual([talk.key, talk.gone], ["@bob", ""]);
  assert.deepEqual(talks(state), [["@bob", "Bob", 1], ["@bob 1", "Bob", 1]]);
  assert.equal(state.rooms.get("@bob 1").gone, "Somebody else is called Bob now.");
  state.take(says("31", { nick: "Xenia", user: "ux", account: "ax" }));
  assert.deepEqual(talks(state).map(([key]) => key), ["@bob", "@xenia"]);
  assert.equal(state.rooms.get("@xenia").gone, "");
});

test("who turns out to be somebody one talks with already goes on there", () => {
  const { state } = arrived();
  state.take(says("30", BOB));
  const guest = { nick: "Bobby", user: "u2", account: null };
  state.take(says("31", guest));
  const second = state.rooms.get("@bobby");
  state.take({ type: "account_changed", id: "32", who: { ...guest, account: "ab" }, name: "Bob" });
  assert.deepEqual(talks(state).map(([key]) => key), ["@bobby 1", "@bobby"]);
  assert.equal(second.gone, "This goes on in the other talk with Bobby.");
});
