// Days and times as people read them.
import assert from "node:assert/strict";
import { test } from "node:test";

process.env.TZ = "Europe/Berlin";
const { heard, now } = await import("../../chatd/static/js/clock.js");
const { dayName } = await import("../../chatd/static/js/format.js");

const at = (...when) => new Date(...when).getTime();

test("yesterday is the day before, also when that had 23 or 25 hours", () => {
  // Summer time begins on 29 March 2026 and ends on 25 October.
  assert.equal(dayName(at(2026, 2, 29, 12), at(2026, 2, 30, 0, 30)), "Yesterday");
  assert.equal(dayName(at(2026, 2, 28, 23), at(2026, 2, 30, 0, 30)) === "Yesterday", false);
  assert.equal(dayName(at(2026, 9, 25, 0, 30), at(2026, 9, 26, 23, 45)), "Yesterday");
  assert.equal(dayName(at(2025, 11, 31, 23), at(2026, 0, 1, 1)), "Yesterday");
  assert.equal(dayName(at(2026, 0, 1, 0, 1), at(2026, 0, 1, 23)), "Today");
});

test("the server's clock counts, where this one is wrong", () => {
  const wrong = Date.now() + 3_600_000;
  heard(new Date(wrong).toISOString());
  assert.ok(Math.abs(now() - wrong) < 5000);
  heard(new Date(Date.now() - 2000).toISOString());
  assert.ok(Math.abs(now() - Date.now()) < 100, "that was the way here");
});
