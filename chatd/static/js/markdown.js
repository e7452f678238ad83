// A small part of Markdown, read into plain objects. Pure: what they become is decided in prose.js.
//
// A part is {kind: "text" | "code" | "pre", text}, {kind: "link", text, href, host} or {kind: "strong" | "em", parts}.
// There are no links with other words than their address: nobody is led where he does not see. `host` is there if the
// address names its host in letters beyond ASCII, which may look like others: it is that name as it is looked up.

const URL_START = /https?:\/\//iy;
const URL_CHARS = /[^\s<>"`{}|\\^\u0000-\u0020]+/y;
/** What looks like a slash and is none: a host would seem to end there. */
const SLASHLIKE = /[\u2044\u2215\u2571\u29f8\u3033\uff0f]/;
const TRAILING = /[.,:;!?'"*_~]$/;
const WORD = /[\p{L}\p{N}_]/u;
const DEPTH = 4;

/** Read a message. */
export function parse(text) {
  const parts = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf("```", at);
    const close = open < 0 ? -1 : text.indexOf("```", open + 3);
    if (close < 0) break;
    const block = blockOf(text.slice(open + 3, close));
    if (!block) break;
    parts.push(...inline(text.slice(at, open).replace(/\s$/, "")), { kind: "pre", text: block });
    at = close + 3;
    while (text[at] === " " || text[at] === "\n") at += 1;
  }
  return [...parts, ...inline(text.slice(at))];
}

/** Return what stands in a code block, without the name of a language before it. */
function blockOf(inside) {
  const body = inside.replace(/^[\w+#-]*\n/, "").replace(/^\n|\n$/g, "");
  return body.trim() ? body : "";
}

function inline(text, depth = 0) {
  const parts = [];
  let plain = "";
  let at = 0;
  const take = (part, end) => {
    if (plain) parts.push({ kind: "text", text: plain });
    plain = "";
    parts.push(part);
    at = end;
  };
  // What was not closed once is not looked for again: else a thousand stars would cost a million steps.
  const unclosed = new Set();
  while (at < text.length) {
    const char = text[at];
    const found = char === "`" ? codeAt(text, at)
      : char === "h" || char === "H" ? linkAt(text, at)
      : (char === "*" || char === "_") && depth < DEPTH ? spanAt(text, at, depth, unclosed)
      : null;
    if (found) take(...found);
    else { plain += char; at += 1; }
  }
  if (plain) parts.push({ kind: "text", text: plain });
  return parts;
}

function codeAt(text, at) {
  const close = text.indexOf("`", at + 1);
  const inside = close < 0 ? "" : text.slice(at + 1, close);
  return inside.trim() ? [{ kind: "code", text: inside }, close + 1] : null;
}

function spanAt(text, at, depth, unclosed) {
  const char = text[at];
  const mark = text[at + 1] === char ? char + char : char;
  if (mark === "__" || unclosed.has(mark)) return null;
  const start = at + mark.length;
  if (!text[start] || text[start] === char || /\s/.test(text[start]) || (char === "_" && at && WORD.test(text[at - 1]))) return null;
  for (let close = text.indexOf(mark, start + 1); close > 0; close = text.indexOf(mark, close + 1)) {
    const after = text[close + mark.length] ?? "";
    if (/\s/.test(text[close - 1]) || (char === "_" && WORD.test(after))) continue;
    if (mark.length === 1 && (after === char || text[close - 1] === char)) continue;
    return [{ kind: mark.length === 2 ? "strong" : "em", parts: inline(text.slice(start, close), depth + 1) }, close + mark.length];
  }
  unclosed.add(mark);
  return null;
}

function linkAt(text, at) {
  URL_START.lastIndex = at;
  if ((at && WORD.test(text[at - 1])) || !URL_START.test(text)) return null;
  URL_CHARS.lastIndex = URL_START.lastIndex;
  const rest = URL_CHARS.exec(text)?.[0];
  if (!rest) return null;
  let shown = text.slice(at, URL_START.lastIndex) + rest;
  // Counted once: a line of nothing but brackets would else be counted for each of them.
  const excess = { ")": count(shown, ")") - count(shown, "("), "]": count(shown, "]") - count(shown, "[") };
  let end = shown.length;
  for (; TRAILING.test(shown[end - 1]) || excess[shown[end - 1]] > 0; end -= 1)
    if (shown[end - 1] in excess) excess[shown[end - 1]] -= 1;
  shown = shown.slice(0, end);
  const href = address(shown);
  if (!href) return null;
  const { hostname } = new URL(href);
  const host = hostname.includes("xn--") && !authority(shown).toLowerCase().includes(hostname) ? { host: hostname } : {};
  return [{ kind: "link", text: shown, href, ...host }, at + shown.length];
}

/** Return what stands where a host is named. */
const authority = (text) => /^[^:]*:\/\/([^/?#]*)/.exec(text)?.[1] ?? "";

const count = (text, char) => text.split(char).length - 1;

/** Return an address of the web in full, or "" for any other, and for one that shows another name before its own. */
export function address(text) {
  if (SLASHLIKE.test(authority(text))) return "";
  try {
    const url = new URL(text);
    return (url.protocol === "http:" || url.protocol === "https:") && url.hostname && !url.username && !url.password ? url.href : "";
  } catch {
    return "";
  }
}
