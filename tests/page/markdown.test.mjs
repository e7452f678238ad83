// What people write, read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../../chatd/static/js/markdown.js";
import { calls } from "../../chatd/static/js/prose.js";

/** Write the parts down shortly: <b>, <i>, <c>, <pre>, <a>. */
const short = (parts) => parts.map((part) => ({
  text: () => part.text, code: () => `<c>${part.text}</c>`, pre: () => `<pre>${part.text}</pre>`,
  link: () => `<a ${part.href}>${part.text}</a>${part.host ? ` (${part.host})` : ""}`, strong: () => `<b>${short(part.parts)}</b>`, em: () => `<i>${short(part.parts)}</i>`,
})[part.kind]()).join("");
const read = (text) => short(parse(text));

const CASES = {
  "plain": "plain",
  "**bold** and *slanted*": "<b>bold</b> and <i>slanted</i>",
  "**bold *both* bold**": "<b>bold <i>both</i> bold</b>",
  "_so_ but snake_case_name": "<i>so</i> but snake_case_name",
  "2 * 3 * 4 and a ** b": "2 * 3 * 4 and a ** b",
  "`**code**`": "<c>**code**</c>",
  "```js\nlet a = `b`;\n```": "<pre>let a = `b`;</pre>",
  "see ```x y``` there": "see<pre>x y</pre>there",
  "``` open": "``` open",
  "https://example.org/a_b_c.": "<a https://example.org/a_b_c>https://example.org/a_b_c</a>.",
  "(http://example.org/a(b))": "(<a http://example.org/a(b)>http://example.org/a(b)</a>)",
  "javascript:alert(1) data:text/html,x file:///etc": "javascript:alert(1) data:text/html,x file:///etc",
  "https:// http://": "https:// http://",
  "https://bank.example@evil.example/": "https://bank.example@evil.example/",
  "https://b\u00fccher.example/a": "<a https://xn--bcher-kva.example/a>https://b\u00fccher.example/a</a> (xn--bcher-kva.example)",
  "https://www.\u0430pple.example": "<a https://www.xn--pple-43d.example/>https://www.\u0430pple.example</a> (www.xn--pple-43d.example)",
  "https://www.\u0430pple.example/#www.xn--pple-43d.example": "<a https://www.xn--pple-43d.example/#www.xn--pple-43d.example>https://www.\u0430pple.example/#www.xn--pple-43d.example</a> (www.xn--pple-43d.example)",
  "https://xn--bcher-kva.example": "<a https://xn--bcher-kva.example/>https://xn--bcher-kva.example</a>",
  "https://example.org/\u0430\u2044b": "<a https://example.org/%D0%B0%E2%81%84b>https://example.org/\u0430\u2044b</a>",
  "****** ______ ``````": "****** ______ ``````",
  "[words](https://example.org/)": "[words](<a https://example.org/>https://example.org/</a>)",
  "<img src=x onerror=alert(1)>": "<img src=x onerror=alert(1)>",
};

for (const [text, expected] of Object.entries(CASES)) test(JSON.stringify(text), () => assert.equal(read(text), expected));

test("a host does not seem to end at what only looks like a slash", () => {
  for (const slash of "\u2044\u2215\u2571\u29f8\u3033\uff0f") {
    const text = `https://bank.example${slash}login.evil.example/`;
    assert.deepEqual(parse(text), [{ kind: "text", text }], slash.codePointAt(0).toString(16));
  }
});

test("nothing of a text without marks is lost", () => {
  const text = "a b\nc  d\te – ü 😀";
  assert.deepEqual(parse(text), [{ kind: "text", text }]);
});

test("long and hostile texts take no time", () => {
  for (const piece of ["*", "**a ", "_a ", "`", "```", "*a*b", "http://", "h", "https://a/(", "https://a/)))"]) {
    const begun = performance.now();
    parse(piece.repeat(4096 / piece.length));
    assert.ok(performance.now() - begun < 100, piece);
  }
});

test("a name is called where it stands alone", () => {
  assert.ok(calls("alice: hello", "Alice"));
  assert.ok(calls("hello @Alice!", "alice"));
  assert.ok(!calls("malice, alicebob", "Alice"));
  assert.ok(!calls("anything", ""));
});

test("a line of brackets is read in no time", () => {
  const begin = performance.now();
  read("[http://".repeat(250) + ")".repeat(1800));
  assert.ok(performance.now() - begin < 1500, "it was counted anew for each bracket: that took 8 s");
});
