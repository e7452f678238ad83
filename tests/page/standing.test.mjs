// A command that names no room is taken in the room in which it was typed, or not at all.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import "./storages.mjs";
import { Acts } from "../../chatd/static/js/acts.js";
import { Sender } from "../../chatd/static/js/sender.js";
import { namesNoRoom, Standing } from "../../chatd/static/js/standing.js";
import { State } from "../../chatd/static/js/state.js";

const ALICE = { nick: "Alice", user: "ua", account: null };

/** A session whose server answers later, in order, and knows which room is its current one. */
function session() {
  const state = new State();
  state.take({ type: "named", who: ALICE, guest: true });
  const ran = [];
  let current = "#lobby";
  const connection = {
    open: true, refused: "",
    async command(line) {
      const [verb, room] = line.split(" ");
      if (verb === "/join" && room !== connection.refused) current = room;
      ran.push(verb === "/join" ? line : `${line} in ${current}`);
      await new Promise((resolve) => { setTimeout(resolve, 1); });
      return room === connection.refused ? { type: "error", text: "no" } : { type: "done" };
    },
  };
  const made = { state, connection, ran, ready: true, standing: new Standing(connection) };
  made.sender = new Sender(made, []);
  for (const room of ["#dev", "#music"]) state.take({ type: "entered", room, room_id: room, last: 0, members: [] });
  return made;
}
const settled = () => new Promise((resolve) => { setTimeout(resolve, 40); });

test("which commands need not name their room is as the server has it", () => {
  const rows = readFileSync(new URL("../../docs/commands.md", import.meta.url), "utf8").matchAll(/^\| `(\/[^`]*)` \| ([^|]*) \|/gm);
  let seen = 0;
  for (const [, usage, also] of rows) {
    const shown = usage.replaceAll("\\", ""), needs = shown.includes("[ROOM");
    const verb = shown.replace(/ ?(?:[A-Z[].*|on\|off.*|text\|json|list\b.*)?$/, "");
    const required = shown.startsWith("/room delete");
    for (const name of [verb, ...also.split(" ").filter(Boolean)]) {
      assert.equal(namesNoRoom(name === "/send" ? "/send a.txt 12" : name), needs || required, name);
      if (needs) assert.ok(!namesNoRoom(name === "/send" ? "/send \"a b.txt\" 12 #dev" : `${name} #dev x`), `${name} #dev`);
      seen += 1;
    }
  }
  assert.ok(seen > 80, String(seen));
  assert.ok(!namesNoRoom("/history @Bob 50") && !namesNoRoom("/send \"a b.txt\" 12 Bob") && namesNoRoom("/send \"a b.txt\" 12"));
});

test("two commands typed in one breath run each where it was typed", async () => {
  const made = session();
  const acts = new Acts(made, made.state);
  acts.submit(made.state.room("#dev"), "/topic one");
  acts.submit(made.state.room("#music"), "/topic two");
  made.sender.say(made.state.room("#dev"), "waves", true);
  await settled();
  assert.deepEqual(made.ran, ["/join #dev", "/topic one in #dev", "/join #music", "/topic two in #music", "/join #dev", "/me waves in #dev"]);
});

test("where the room cannot be entered again, the command is not run elsewhere", async () => {
  const made = session();
  made.connection.refused = "#dev";
  assert.equal((await made.standing.run("/kick Bob", made.state.room("#dev"))).type, "error");
  assert.deepEqual(made.ran, ["/join #dev"]);
});

test("a room that was entered, left or lost by a command is not taken for the current one", async () => {
  const made = session(), { standing } = made, dev = made.state.room("#dev");
  await standing.run("/topic", dev);
  await standing.run("/join #music", dev);
  await standing.run("/topic", dev);
  standing.heard({ type: "kicked", who: ALICE }, () => true);
  await standing.run("/topic", dev);
  assert.deepEqual(made.ran, ["/join #dev", "/topic in #dev", "/join #music", "/join #dev", "/topic in #dev", "/join #dev", "/topic in #dev"]);
});

test("in a private talk a command that means a room stays in its field", async () => {
  const made = session();
  const talk = made.state.open("Bob", "talk");
  const acts = new Acts(made, made.state);
  assert.equal(acts.submit(talk, "/topic secret plans"), false);
  assert.match(talk.log.last.lines[0], /name the room.*as in \/topic #lobby/);
  assert.equal(acts.submit(talk, "/whois Bob"), true);
  assert.equal(acts.submit(talk, "/topic #dev plans"), true);
  await settled();
  assert.deepEqual(made.ran, ["/whois Bob in #lobby", "/topic #dev plans in #lobby"]);
});

test("a room that was entered by a command with its key is entered again with it, after one that was wrong without", async () => {
  const made = session(), { command } = made.connection, dev = made.state.room("#dev");
  const acts = new Acts(made, made.state);
  made.connection.command = async (line) => {
    const answer = await command(line);
    if (!/#vault/i.test(line)) return answer;
    if (!line.endsWith(" sesame")) return { type: "error", code: "wrong-key", text: "no" };
    const entered = { type: "entered", room: "#vault", room_id: "v", last: 0, members: [] };
    made.state.take(entered);
    return entered;
  };
  acts.submit(dev, "/join #vault wrong");
  await settled();
  assert.equal(await acts.join("#Vault"), "no");
  acts.submit(dev, "/j #Vault sesame");
  await settled();
  made.state.take({ type: "kicked", id: "50", room: "#vault", room_id: "v", who: ALICE });
  assert.equal(await acts.join("#vault"), "");
  assert.deepEqual(made.ran.map((line) => line.toLowerCase().split(" in ")[0]).filter((line) => line.includes("#vault")),
    ["/join #vault wrong", "/join #vault", "/j #vault sesame", "/join #vault sesame"]);
});
