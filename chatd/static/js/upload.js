// The bytes of one file on their way. After a break they go on from where the server has them.

import { backoff } from "./connection.js";

/** Breaks in a row, none of which let a byte come through. */
const TRIES = 8;
const LOST = "The server does not expect this any more. If it is not in the room, send it again.";

export class Upload {
  #request = null;
  #cancelled = false;

  /** `progress(bytes)` is told how many have gone. */
  constructor(path, file, progress) { Object.assign(this, { path, file, progress }); }

  cancel() {
    this.#cancelled = true;
    this.#request?.abort();
  }

  /** Send all of it. Resolves to "" when that is done or was cancelled, else to why not. */
  async send() {
    let from = 0;
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { status, text } = await this.#put(from);
      if (this.#cancelled || (status >= 200 && status < 300)) return "";
      if (status) return text.slice(0, 200) || `Refused (${status}).`;
      let there = null;
      for (; there === null && tries < TRIES; tries += 1) {
        await new Promise((resolve) => { setTimeout(resolve, backoff(tries)); });
        if (this.#cancelled) return "";
        there = await this.#there();
      }
      if (there === false) return LOST;
      if (there > from) tries = 0;
      from = there ?? from;
    }
    return "The connection ended.";
  }

  /** Send what comes from there on. A status of 0: it did not reach the server. */
  #put(from) {
    const request = new XMLHttpRequest();
    this.#request = request;
    return new Promise((resolve) => {
      request.upload.addEventListener("progress", (event) => this.progress(from + event.loaded));
      request.addEventListener("loadend", () => resolve({ status: request.status, text: request.responseText }));
      request.open("PUT", this.path);
      const { size } = this.file;
      if (from) request.setRequestHeader("Content-Range", `bytes ${from}-${size - 1}/${size}`);
      request.send(from ? this.file.slice(from) : this.file);
    });
  }

  /** How many bytes the server has; false: it does not know the file; null: it cannot be asked now. */
  async #there() {
    const answer = await fetch(this.path, { method: "HEAD", cache: "no-store" }).catch(() => null);
    if (!answer) return null;
    return answer.ok && answer.headers.has("Upload-Offset") ? Number(answer.headers.get("Upload-Offset")) : false;
  }
}
