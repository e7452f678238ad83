// Sharing files: announced by /send, sent by PUT, shown as a row with its progress.

import { el, find, icon, isolated } from "./dom.js";
import { ownPath } from "./cards.js";
import { size } from "./format.js";
import { Turns } from "./turns.js";
import { Upload } from "./upload.js";

/** A path is asked for anew before it ends. */
const MARGIN = 30_000;

export class Files {
  /** `ready()`: whether one is here and can ask. */
  constructor(connection, state, ready) {
    Object.assign(this, { connection, state });
    this.turns = new Turns(ready);
    this.list = find("#uploads");
    this.paths = new Map();
    this.seen = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        this.seen.unobserve(target);
        target.dispatchEvent(new Event("seen"));
      }
    });
    this.#listen();
  }

  /** Call back when a node comes into view. */
  whenSeen(node, does) {
    node.addEventListener("seen", does, { once: true });
    // Hidden nodes are never in view: what stands before it is watched.
    queueMicrotask(() => {
      const watched = node.previousElementSibling ?? node;
      watched.addEventListener("seen", () => node.dispatchEvent(new Event("seen")), { once: true });
      this.seen.observe(watched);
    });
  }

  /** Where a picture can be had that nobody asked for, as soon as it may be asked. */
  preview(file) { return this.turns.take(() => this.path(file)); }

  /** Where a file can be had now: "" if nowhere, null if the connection ended. */
  async path(file) {
    const known = this.paths.get(file.id);
    if (known && known.until > Date.now()) return known.path;
    const answer = await this.connection.command(`/get ${file.id}`);
    if (answer.type !== "download") return answer.type === "lost" ? null : "";
    this.paths.set(file.id, { path: answer.path, until: Date.now() + answer.seconds * 1000 - MARGIN });
    return answer.path;
  }

  /** Share files in the active room. */
  async share(files) {
    const room = this.state.active;
    if (!room || room.gone) return;
    await Promise.all([...files].map((file) => this.#send(file, room)));
  }

  async #send(file, room) {
    const row = this.#row(file, () => this.#send(file, room));
    const quoted = `"${file.name.replace(/["\\]/g, "_")}"`;
    const answer = await this.connection.command(`/send ${quoted} ${file.size} ${room.name}`);
    const path = ownPath(answer.path ?? "");
    if (!path) { row.failed(answer.type === "lost" ? "There is no connection now." : answer.text ?? "This server takes no files."); return; }
    const upload = new Upload(path, file, row.progress);
    row.cancelled = () => { upload.cancel(); row.done(); };
    const refused = await upload.send();
    if (refused) row.failed(refused, true);
    else row.done();
  }

  #row(file, again) {
    const bar = el("progress", { max: Math.max(1, file.size), value: 0, "aria-label": `Sending ${file.name}` });
    const node = el("li", { class: "upload" }, icon("file"), el("span", { class: "name" }, isolated(file.name), `, ${size(file.size)}`), bar,
      el("button", { type: "button", class: "icon-button small", "aria-label": `Cancel ${file.name}`, on: { click: () => (row.cancelled ? row.cancelled() : row.done()) } }, icon("close")));
    const row = {
      cancelled: null,
      progress: (sent) => { bar.value = sent; },
      done: () => { node.remove(); this.list.hidden = !this.list.childElementCount; },
      failed: (why, broken = false) => { row.cancelled = null; bar.replaceWith(el("span", { class: "why", role: "alert" }, why, " ",
        broken && el("button", { type: "button", class: "link", on: { click: () => { row.done(); again(); } } }, "Send again"))); },
    };
    this.list.append(node);
    this.list.hidden = false;
    return row;
  }

  #listen() {
    const frame = find("#main"), drop = find("#drop"), chooser = find("#file");
    let depth = 0;
    const carries = (event) => event.dataTransfer?.types.includes("Files");
    frame.addEventListener("dragenter", (event) => { if (carries(event)) { depth += 1; drop.hidden = false; } });
    frame.addEventListener("dragleave", (event) => { if (carries(event)) { depth -= 1; drop.hidden = depth > 0 ? drop.hidden : true; } });
    frame.addEventListener("dragover", (event) => { if (carries(event)) event.preventDefault(); });
    frame.addEventListener("drop", (event) => {
      depth = 0;
      drop.hidden = true;
      if (!carries(event)) return;
      event.preventDefault();
      this.share(event.dataTransfer.files);
    });
    find("#message").addEventListener("paste", (event) => {
      if (!event.clipboardData.files.length) return;
      event.preventDefault();
      this.share(event.clipboardData.files);
    });
    find("#attach").addEventListener("click", () => chooser.click());
    chooser.addEventListener("change", () => { this.share([...chooser.files]); chooser.value = ""; });
  }
}
