// Who is at the end stays there until he scrolls up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { atEnd, beginsNew, eventBefore, scrolledUp } from "../../chatd/static/js/reading.js";

const place = (scrollTop, scrollHeight = 2000, clientWidth = 900, clientHeight = 500) => ({ scrollTop, scrollHeight, clientWidth, clientHeight });

test("only scrolling up leaves the end", () => {
  assert.equal(atEnd(true, place(1500), place(1400)), false, "scrolled up");
  assert.equal(atEnd(true, place(1500), place(1500, 2600)), true, "a picture came");
  assert.equal(atEnd(true, place(1500), place(1700, 2600)), true, "rows above were measured");
  assert.equal(atEnd(true, place(1500), place(900, 4000, 390)), true, "the window became narrow");
  assert.equal(atEnd(true, place(1500), place(1400, 2000, 900, 300)), true, "a keyboard came up");
});

test("who scrolls up in small steps gets away", () => {
  assert.equal(atEnd(true, place(1500), place(1480)), true);
  assert.equal(scrolledUp(place(1500), place(1480)), true, "and is not pulled back");
  assert.equal(atEnd(true, place(1480), place(1455)), false);
  assert.equal(scrolledUp(place(1500), place(1480, 2000, 390)), false, "the window became narrow");
  assert.equal(scrolledUp(place(1500), place(1500, 2600)), false, "a picture came");
});

test("who reads further up goes on there until he is at the end", () => {
  assert.equal(atEnd(false, place(600), place(700)), false);
  assert.equal(atEnd(false, place(600), place(900, 4000, 390)), false);
  assert.equal(atEnd(false, place(1300), place(1470)), true);
});

test("the new line stands above the first event that is new, whatever the page noted before it", () => {
  const items = [{ id: "01" }, { id: "01~000001", local: true }, { id: "02" }, { id: "02~000002", local: true }, { id: "03" }];
  const lines = (from) => items.flatMap((_, at) => (beginsNew(items, at, from) ? [at] : []));
  assert.deepEqual(lines("01"), [2]);
  assert.deepEqual(lines("02"), [4]);
  assert.deepEqual([lines("03"), lines("")], [[], []]);
  assert.deepEqual([eventBefore(items, 4).id, eventBefore(items, 1).id, eventBefore(items, 0)], ["02", "01", null]);
});
