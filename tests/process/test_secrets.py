"""Promise 18: a password is in no log, table or traceback, wherever and however wrongly it was typed.

Each is a word of its own beginning with `hunter2`, and is looked for in every file of the server and in all that it
wrote to stdout and stderr, debug log and chat log included. Left out is what people do show to others: a password
said aloud, set as a topic, or taken as a nickname.
"""

from __future__ import annotations

import json
import re
import socket
import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path
from unittest import TestCase

from tests.authority import IssuedFiles
from tests.process.server import ANY_PORT, CHATD, Server
from tests.process.streams import finished
from tests.process.visitors import Visitor, trusting

OPTIONS = ("-d", "--set", "log.chat_dir=data/chat", "--set", "limits.lines_per_second=0",
           "--set", "limits.inbox_lines=1000")  # fmt: skip
ALOUD = "hunter2-aloud"
SECRET = re.compile(rb"hunter2-\d+x")
HASH = b"$argon2id$"

RIGHT = (
    "/register {0}",
    "/login {0}",
    "/passwd {0} {1}",
    "/join #den",
    "/room key {2}",
    "/room key off",
    "/join #lobby",
)
WRONG = (
    "/register {} {}", "/register", "/login {}", "/login Alice {}", "/login {} {}", "/login Nobody {}",
    "/login #den {}", "/passwd {} {}", "/passwd {}", "/pass {}", "/pass {} {}", "/room key {} {}",
    "/room {}", "/join #locked {}", "/join #locked {} {}",
    # Mistyped.
    "/regsiter {}", "/lgin Alice {}", "/paswd {} {}", "/room kye {}", "/ login {}", "/login:{}", "/login={}",
    "/{}", "/{} {}", "/REGISTER\t{}", "/identify {}", "/msg NickServ IDENTIFY {}",
    "/nick Alice {}", "/whois {}", "/help {}", "/history {}", "/kick {}",
)  # fmt: skip
"""What a person may type; `{}` is a password, another one each time."""
UNNAMED = (
    "no nickname! {}",
    "/login {}",
    "/login Alice {}",
    "/pass {}",
    "/nick {} {}",
    "/regsiter {}",
    "/{}",
)
OWNERS = (
    "{}",
    "login Alice {}",
    *(line for line in WRONG if not line.startswith(("/whois", "/help", "/hist", "/kick"))),
)
"""Those are commands of the owner's, and he may name whom he likes in them."""
NO_JSON = (
    '{"type":"command","line":"/login Alice {}"', '{"type":"login","password":"{}"}', '["/login","{}"]',
    '{"type":"command","line":["/login","{}"]}', '{"type":"command","line":"/login Alice {}","password":"{}"}',
    '{"type":"say","room":"{}","text":5}', '{"type":"{}"}',
)  # fmt: skip


class Secrets(IssuedFiles, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.numbers = count(1)

    def word(self) -> str:
        """Return a new password."""
        return f"hunter2-{next(self.numbers)}x"

    def fill(self, line: str) -> str:
        """Put a new password into each place for one."""
        return re.sub(r"\{\}", lambda _: self.word(), line)

    def start(self, *options: str) -> Server:
        return Server(self, *OPTIONS, *options, listen=(ANY_PORT, self.description()))

    def visitor(self, server: Server, *, tls: bool = False) -> Visitor:
        port = server.port("tls" if tls else "text")
        return Visitor(self, port, tls=trusting(self.authority) if tls else None)

    def check(self, server: Server) -> None:
        """No secret stands anywhere, while the server runs and when it has ended."""
        self.look(server, "chatd.db")
        saved = finished(*CHATD, "backup", "data/backup.jsonl", "--data", "data")
        self.assertEqual(saved.returncode, 0, saved.stderr)
        self.look(server, "backup.jsonl")
        server.stop()
        self.look(server, "chatd.db")
        self.look(server, "chat/#lobby.log")

    def look(self, server: Server, file: str) -> None:
        """Look everywhere. What was said aloud has to be found in that file, or in what belongs to it."""
        found = {str(path): path.read_bytes() for path in Path("data").rglob("*") if path.is_file()}
        self.assertTrue(
            any(ALOUD.encode() in found[name] for name in found if name.startswith(f"data/{file}"))
        )
        found["the log"] = server.log.text.encode()
        leaks = {name: set(secrets) for name, data in found.items() if (secrets := SECRET.findall(data))}
        self.assertEqual(leaks, {})
        hashes = {name for name, data in found.items() if HASH in data}
        self.assertLessEqual(hashes, {"data/chatd.db", "data/chatd.db-wal", "data/backup.jsonl"})

    def test_people(self) -> None:
        """Typed in text and over TLS: as it should be, wrongly, at the question, before naming, as no text."""
        server = self.start()
        for number, tls in enumerate((False, True)):
            name = ("Alice", "Carol")[number]
            words = [self.word() for _ in range(3)]
            person = self.visitor(server, tls=tls)
            person.enter(name)
            for line in RIGHT:
                self.said(person, line.format(*words))
            person.say(ALOUD, *map(self.fill, WRONG))
            self.said(person, "/help")
            person.send(b"/login Alice " + self.word().encode() + b"\xff\n")
            person.say("/login Alice " + self.word() * 1000)
            self.said(person, "/help")
            person.close()
            again = self.visitor(server, tls=tls)
            again.say(name)
            again.expect(f"Password of {name}: ")
            again.say(self.word(), *map(self.fill, UNNAMED), name)
            again.expect(f"Password of {name}: ")
            again.say(words[1])
            again.expect("-> ")
            self.visitor(server).say(self.fill("GET /?password={} HTTP/1.1"))
        self.assertIn('{"type":"message"', server.log.text)
        self.check(server)

    def said(self, person: Visitor, line: str) -> None:
        """Type one line and wait until it has been answered."""
        person.say(line, "/version")
        person.expect("chatd ")

    def test_programs(self) -> None:
        """Typed as JSON, broken and whole."""
        server = self.start()
        program = self.visitor(server)
        words = [self.word() for _ in range(3)]
        lines = ["/nick Alice", *(line.format(*words) for line in RIGHT), *map(self.fill, WRONG)]
        program.say(*(json.dumps({"type": "command", "line": line}) for line in lines))
        program.say(json.dumps({"type": "say", "room": "#lobby", "text": ALOUD}), *map(self.fill, NO_JSON))
        program.say('{"type":"command","line":"/version","ref":"done"}')
        program.expect('"ref":"done"')
        self.check(server)

    def test_the_owner(self) -> None:
        """Typed at the control socket: all of it is in the audit log but the secrets."""
        server = self.start()
        person = self.visitor(server)
        person.enter("Alice")
        self.said(person, ALOUD)
        with socket.socket(socket.AF_UNIX) as control:
            control.connect("data/control.sock")
            stream = control.makefile("rw", encoding="utf-8")
            for number, line in enumerate(map(self.fill, OWNERS)):
                stream.write(json.dumps({"type": "command", "line": line, "ref": number}) + "\n")
                stream.flush()
                next(answer for answer in stream if json.loads(answer).get("ref") == number)
            stream.close()
        self.assertIn("/register [redacted]", [act["line"] for act in server.audited()])
        self.check(server)

    def test_a_failure_in_the_database(self) -> None:
        """While a password is registered, changed and proven: the log has the traceback, without what was to be
        written."""
        server = self.start()
        server.check = str
        person = self.visitor(server)
        person.enter("Alice")
        self.said(person, ALOUD)
        with closing(sqlite3.connect("data/chatd.db")) as other:
            other.execute("ALTER TABLE accounts RENAME TO elsewhere")
        for line in ("/register {}", "/login {}", "/login Bob {}"):
            person.say(self.fill(line))
            person.expect("-> Error: something went wrong here")
        server.heard("Traceback")
        self.check(server)
