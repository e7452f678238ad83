// Only this server's own files are opened and shown.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.location = { origin: "http://chat.example" };
const { ownPath } = await import("../../chatd/static/js/cards.js");

test("paths of files stay, all else is nothing", () => {
  assert.equal(ownPath("/files/token/a%20b.png"), "/files/token/a%20b.png");
  assert.equal(ownPath("http://chat.example/files/x"), "/files/x");
  for (const path of ["javascript:alert(1)", "//evil.example/files/x", "https://evil.example/files/x", "/files/../session", "/session", "data:text/html,x", "", null]) {
    assert.equal(ownPath(path), "", String(path));
  }
});
