// Who is at the end stays there until he scrolls up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { atEnd } from "../../chatd/static/js/reading.js";

const place = (scrollTop, scrollHeight = 2000, clientWidth = 900, clientHeight = 500) => ({ scrollTop, scrollHeight, clientWidth, clientHeight });

test("only scrolling up leaves the end", () => {
  assert.equal(atEnd(true, place(1500), place(1400)), false, "scrolled up");
  assert.equal(atEnd(true, place(1500), place(1500, 2600)), true, "a picture came");
  assert.equal(atEnd(true, place(1500), place(1700, 2600)), true, "rows above were measured");
  assert.equal(atEnd(true, place(1500), place(900, 4000, 390)), true, "the window became narrow");
  assert.equal(atEnd(true, place(1500), place(1400, 2000, 900, 300)), true, "a keyboard came up");
});

test("who reads further up goes on there until he is at the end", () => {
  assert.equal(atEnd(false, place(600), place(700)), false);
  assert.equal(atEnd(false, place(600), place(900, 4000, 390)), false);
  assert.equal(atEnd(false, place(1300), place(1470)), true);
});
