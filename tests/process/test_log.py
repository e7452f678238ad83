"""What stands in the log, with and without -d, and what never does."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from unittest import TestCase

from chatd import tap
from tests.process.people import nc
from tests.process.server import ANY_PORT, CHATD, TWISTD, Server, refused
from tests.process.streams import Peer, finished, run
from tests.process.test_daemon import Daemon
from tests.requirements import requires

PASSWORD = "correct-horse"
ROOM_KEY = "battery-staple"
SECRET = "between you and me"
RECORD = (
    r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \[[^\s\]]+#[a-z]+\] "
    r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]+\Z"
)


@requires("nc")
class Logged(TestCase):
    """A conversation with secrets in it, logged."""

    def talk(self, server: Server) -> None:
        alice, bob = self.admitted(server, "Alice"), self.admitted(server, "Bob")
        alice.expect("Bob has joined #lobby")
        alice.say("said aloud", "/join #den", f"/room key {ROOM_KEY}")
        bob.expect("Alice: said aloud")
        alice.expect("#den is now locked with a key")
        bob.say(f"/join #den {ROOM_KEY}x", f"/join #den {ROOM_KEY}")
        bob.expect("-> Error: ")
        alice.expect("Bob has joined #den")
        bob.say(f"/pm Alice {SECRET}", f"/me whispers to #den {ROOM_KEY[:3]}")
        alice.expect(f"[PM from Bob] {SECRET}")
        bob.say("/quit")
        alice.expect("Bob has quit")

    def admitted(self, server: Server, nick: str) -> Peer:
        peer = nc(self, server)
        peer.expect("Password: ")
        peer.say(f"not-{PASSWORD}")
        peer.expect("-> Error: ")
        peer.say(PASSWORD)
        peer.enter(nick)
        return peer

    def everything_written(self, server: Server) -> str:
        """Return the log, and what stands in the files of the data folder but the database."""
        server.stop()
        kept = [
            path for path in Path("data").iterdir() if path.is_file() and not path.name.startswith("chatd.db")
        ]
        return "\n".join([server.log.text, *(path.read_bytes().decode(errors="replace") for path in kept)])

    def test_secrets_are_not_in_the_database(self) -> None:
        """What is said in rooms is, and nothing else of this."""
        server = Server(self, "--set", f"server.password={PASSWORD}")
        self.talk(server)
        server.stop()
        data = b"".join(path.read_bytes() for path in Path("data").glob("chatd.db*"))
        self.assertIn(b"said aloud", data)
        for words in (PASSWORD, ROOM_KEY, SECRET):
            self.assertNotIn(words.encode(), data)

    def test_debug(self) -> None:
        """-d logs each event on one line; keys, passwords and what is said in private stay out of it."""
        server = Server(self, "-d", "--set", f"server.password={PASSWORD}")
        self.talk(server)
        for event in ("joined", "message", "room", "private", "quit"):
            line = server.log.find(rf'.*chatd\.events#debug\] {{"type":"{event}".*')
            self.assertTrue(line.endswith("}"), line)
        self.assertIn("said aloud", server.log.text)
        written = self.everything_written(server)
        for secret in (PASSWORD, ROOM_KEY, SECRET):
            self.assertNotIn(secret, written)

    def test_without_debug(self) -> None:
        """No event is logged, secret or not."""
        server = Server(self, "--set", f"server.password={PASSWORD}")
        self.talk(server)
        written = self.everything_written(server)
        for words in (PASSWORD, ROOM_KEY, SECRET, "said aloud", "Alice", "chatd.events"):
            self.assertNotIn(words, written)

    def test_one_record_one_line(self) -> None:
        """What a client sends cannot begin a line of the log, nor colour the owner's terminal."""
        server = Server(self, "-d")
        alice = nc(self, server, "Alice")
        alice.say("/join #own", "/topic one\u2028two", "/me three\u0085four", "/away \u202efive\x1b[31m")
        alice.say("/quit \u2029six")
        alice.rest()
        server.ctl("/broadcast seven\neight\x1b[31m\rnine")
        server.stop()
        for line in server.log.text.removesuffix("\n").split("\n"):
            self.assertRegex(line, RECORD)

    def test_json(self) -> None:
        """`log.format=json`: each line is an object, whatever is said, set, and given as a reason."""
        server = Server(self, "-d", "--set", "log.format=json", listen=(ANY_PORT,))
        port = int(server.log.find(r"nc 127\.0\.0\.1 (\d+)\""))
        alice = run(self, "nc", "127.0.0.1", str(port))
        alice.enter("Zo\u00e9")
        alice.say(
            '/join #"own', "/join #own", '/topic "}\\\n{"level":"info"}', "/me \\u0000 \u2028 \\", "/away }"
        )
        alice.say('/quit \u202e"]}')
        alice.rest()
        bob = run(self, "nc", "127.0.0.1", str(port))
        bob.enter("Bob")
        server.ctl('/kick Bob "}]\u2028{"level":"info"}')
        bob.rest()
        server.ctl('/broadcast "}\neight\x1b[31m\rnine')
        server.stop()
        lines = server.log.text.removesuffix("\n").split("\n")
        objects = [json.loads(line) for line in lines]
        for line, found in zip(lines, objects, strict=True):
            self.assertNotRegex(line, r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]")
            self.assertEqual(set(found), {"time", "level", "source", "text"})
            self.assertEqual(datetime.fromisoformat(found["time"]).tzinfo, UTC)
        events = [json.loads(found["text"]) for found in objects if found["source"] == "chatd.events"]
        self.assertIn('"}\\', [event["topic"] for event in events if event["type"] == "topic"])
        self.assertIn('"}]', [event["reason"][:3] for event in events if event["type"] == "quit"])
        self.assertIn("Zo\u00e9", {event["from"]["nick"] for event in events if "from" in event})

    def test_a_password_of_digits(self) -> None:
        """It is a password like any other."""
        server = Server(self, "--set", "server.password=271828")
        peer = nc(self, server)
        peer.expect("Password: ")
        peer.say("271828")
        peer.enter("Alice")

    def test_an_option_with_a_secret(self) -> None:
        """A mistake beside it does not show it: services keep what is written on stderr."""
        line = refused(self, "--set", f"server.password=['{PASSWORD}']")
        self.assertIn("server.password", line)
        self.assertNotIn(PASSWORD, line)


class Destination(TestCase):
    """Where the log goes is twistd's to say."""

    def test_another_one(self) -> None:
        """A log that twistd was told to use is left alone, and so is one of a service that has no twistd."""
        options = {"logfile": None, "nodaemon": True, "logger": None, "syslog": False}
        self.assertIsNone(tap.log_of({}))
        self.assertIsNone(tap.log_of({**options, "logger": print}))
        self.assertIsNone(tap.log_of({**options, "syslog": True}))

    def test_a_daemon_has_no_stdout(self) -> None:
        line = refused(self, "--data", "data", twistd=("--pidfile=", "--logfile=-"))
        self.assertIn("there is no stdout", line)

    def test_tac(self) -> None:
        """A .tac file logs as the plugin does, also to the file that is asked for."""
        tac = Path(__file__).resolve().parents[2] / "chatd.tac"
        Path("chatd.tac").write_text(tac.read_text().replace("config.load()", 'config.load("chatd.toml")'))
        Path("chatd.toml").write_text(f'doors = {{text = ["{ANY_PORT}"]}}\nlog = {{format = "json"}}\n')
        log = Path("chatd.log")
        log.touch()
        process = run(self, TWISTD, "--pidfile=", "--logfile=chatd.log", "-ny", "chatd.tac")
        tail = run(self, "tail", "-F", "-n", "+1", str(log))
        tail.find(r"control\.sock open")
        self.assertEqual(finished(*CHATD, "ctl", "--data", "chatd-data", "/users").returncode, 0)
        process.process.terminate()
        tail.find(r"Server Shut Down\.\"}\n")
        self.assertEqual(process.rest(), "")
        for line in log.read_text().splitlines():
            self.assertIn("text", json.loads(line))


class Background(Daemon):
    """A daemon that is given no --logfile."""

    def test_twistd_log(self) -> None:
        """It writes twistd.log where it was started, as always with twistd."""
        command = (TWISTD, "--pidfile=run/chatd.pid", "chatd", "--listen", ANY_PORT, "--data", "data")
        self.assertEqual(finished(*command).stderr, "")
        tail = run(self, "tail", "-F", "-n", "+1", "twistd.log")
        tail.find(r"Z \[chatd\.doors#info\] .*\n")
