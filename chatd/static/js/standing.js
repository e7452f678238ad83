// Commands that name no room. The server takes them in its current one, the room that was entered last, so the page
// enters the room again in which they are typed. Both go as one: nothing else that moves the current room comes between.

/** Commands of a room that need not name it. */
const OF_A_ROOM = new Set(("admit ban bar deop devoice exempt files history invite kick leave mute names op part quiet room send topic "
  + "unadmit unban unexempt unmute unquiet voice").split(" "));

/** Whether a line means a room and does not say which. */
export function namesNoRoom(line) {
  const [verb, ...words] = line.slice(1).match(/"[^"]*"|\S+/g) ?? [];
  const name = verb?.toLowerCase();
  if (!OF_A_ROOM.has(name)) return false;
  if (name === "send") return words.length < 3;
  if (name === "files" && ["private", "delete"].includes(words[0]?.toLowerCase())) return false;
  if (name === "history" && words[0]?.startsWith("@")) return false;
  return !words[name === "room" ? 1 : 0]?.startsWith("#");
}

export class Standing {
  #turn = Promise.resolve();

  constructor(connection) {
    this.connection = connection;
    /** The server's current room; "": not known. */
    this.current = "";
  }

  /** Run a command, in a room if one is given, when those before it are answered. Resolves to its answer. */
  run(line, room = null) {
    const answer = this.#turn.then(() => this.#run(line, room));
    this.#turn = answer;
    return answer;
  }

  async #run(line, room) {
    if (room && this.current !== room.name) {
      const answer = await this.connection.command(`/join ${room.name}`);
      if (answer.type === "error" || answer.type === "lost") return answer;
      this.current = room.name;
    }
    // Where one stands after these is not always told.
    if (/^\/(join|j|create|part|leave)( |$)/i.test(line)) this.current = "";
    return this.connection.command(line);
  }

  /** What the server sent may tell where one stands. */
  heard(event, isMe) {
    if (event.type === "entered") this.current = event.room;
    else if (event.type === "deleted" || (["parted", "kicked"].includes(event.type) && isMe(event.who))) this.current = "";
  }

  lost() { this.current = ""; }
}
