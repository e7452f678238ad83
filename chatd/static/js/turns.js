// Requests that nobody waits for, one at a time and the newest first. The server takes two lines in a second of one
// client: twenty pictures asked for at once would keep a word that is said for twenty seconds, and seventy would end the
// connection. Pure.

export class Turns {
  #waiting = [];
  #busy = false;

  /** Nothing is asked for while `ready()` is false; `resume` goes on then. */
  constructor(ready) { this.ready = ready; }

  /** Run `ask()` when its turn has come. Resolves to what it does; null is no answer, and it is asked again. */
  take(ask) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ask, resolve, reject });
      this.resume();
    });
  }

  async resume() {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting.length && this.ready()) {
      const one = this.#waiting.pop();
      const answer = await one.ask().catch(one.reject);
      if (answer === null) {
        // The connection is ending, whether that is known yet or not.
        this.#waiting.push(one);
        break;
      }
      one.resolve(answer);
    }
    this.#busy = false;
  }
}
