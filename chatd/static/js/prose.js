// What people wrote, as nodes: text nodes, a few elements around them, links to the web.

import { el, harmless } from "./dom.js";
import { parse } from "./markdown.js";
import { folded } from "./format.js";

const ELEMENTS = { strong: "strong", em: "em", code: "code" };

/** Return the words of a body: its text, its lines, or what stands for a kind that is not known. */
export function wordsOf(body) {
  if (body?.kind === "text") return body.text;
  if (body?.kind === "lines") {
    const joined = new Set(body.joined ?? []);
    return body.lines.map((line, place) => (place && !joined.has(place) ? `\n${line}` : line)).join("");
  }
  if (body?.kind === "file") return `shares ${body.name}`;
  return body?.kind === "sealed" ? "[encrypted message]" : "[unknown message]";
}

/** Return nodes for what was said; a name in `names` is marked where it stands alone. */
export function prose(text, name = "") {
  return nodes(parse(harmless(text)), name);
}

/** Whether a name is called in a text. */
export function calls(text, name) {
  return Boolean(name) && pieces(text, name).some((piece) => piece.called);
}

function nodes(parts, name) {
  return parts.flatMap((part) => {
    if (part.kind === "text") {
      return pieces(part.text, name).map((piece) => (piece.called ? el("span", { class: "called" }, piece.text) : piece.text));
    }
    if (part.kind === "pre") return el("pre", { tabindex: "0" }, el("code", {}, part.text));
    if (part.kind === "link") {
      const link = el("a", { href: part.href, target: "_blank", rel: "noopener noreferrer nofollow" }, el("bdi", {}, part.text));
      return part.host ? [link, el("span", { class: "host" }, ` (${part.host})`)] : link;
    }
    return el(ELEMENTS[part.kind], {}, part.parts ? nodes(part.parts, name) : part.text);
  });
}

const LETTER = /[\p{L}\p{N}\p{M}_-]/u;

/** Cut a text at a name that stands alone. */
export function pieces(text, name) {
  const wanted = folded(name), lower = text.toLowerCase();
  if (!wanted || lower.length !== text.length) return [{ text }];
  const found = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + wanted.length)) {
    const end = at + wanted.length;
    if ((at && LETTER.test(text[at - 1])) || (end < text.length && LETTER.test(text[end]))) continue;
    if (at > from) found.push({ text: text.slice(from, at) });
    found.push({ text: text.slice(at, end), called: true });
    from = end;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}
