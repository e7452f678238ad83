// A shared file in the timeline.

import { el, icon, isolated } from "./dom.js";
import { size } from "./format.js";

const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

/** Return a path below /files/ of this server, or "" for anything else. */
export function ownPath(path) {
  try {
    const url = new URL(String(path), location.origin);
    return url.origin === location.origin && url.pathname.startsWith("/files/") ? url.pathname + url.search : "";
  } catch {
    return "";
  }
}

/** Return a card of the body of a message. `files.path(file)` resolves to where the file can be had now, `files.preview(file)` later. */
export function card(file, files) {
  const open = async () => {
    const path = ownPath(await files.path(file));
    if (path) el("a", { href: path, target: "_blank", rel: "noopener noreferrer" }).click();
  };
  const words = el("button", { type: "button", class: "shared", on: { click: open } }, icon("file"),
    el("span", { class: "shared-words" }, el("span", { class: "name" }, isolated(file.name)),
      el("span", { class: "size" }, `${size(file.size)}, file ${file.id}`)));
  return PICTURES.has(file.content_type) ? [words, preview(file, files, open)] : words;
}

/** A picture is asked for when it is about to be seen. */
function preview(file, files, open) {
  const frame = el("button", { type: "button", class: "preview", "aria-label": `Open the picture ${file.name}`, hidden: true, on: { click: open } });
  files.whenSeen(frame, async () => {
    const path = ownPath(await files.preview(file));
    if (!path) return;
    const picture = el("img", { alt: "", decoding: "async", src: path });
    picture.addEventListener("load", () => { frame.hidden = false; });
    picture.addEventListener("error", () => frame.remove());
    frame.append(picture);
  });
  return frame;
}
