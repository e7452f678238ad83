"""Browsers come back without the password: a code for a cookie, and what each is good for."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from chatd.settings import Server as ServerSettings
from chatd.settings import Settings, Web
from chatd.storage import schema
from tests.behaviour.clients import JsonClient
from tests.behaviour.web_client import WebClient
from tests.web.house import Answer, WebCase, handshake


class Cookies(WebCase):
    settings = Settings(server=ServerSettings(name="chat.example"), web=Web(login_minutes=10))

    def setUp(self) -> None:
        super().setUp()
        self.alice = self.page("Alice")
        self.alice.command("register correct-horse")
        self.code = self.code_of(self.alice)

    @staticmethod
    def code_of(client: WebClient) -> str:
        """Return the code that the client was told last; empty: none."""
        codes = [item["code"] for item in client.objects() if item["type"] == "login_code"]
        return codes[-1] if codes else ""

    def swap(self, code: Any, *, origin: str = "http://chat.example", secure: bool = False) -> Answer:
        """Return what swapping a code is answered with."""
        body = json.dumps({"code": code}).encode()
        head = f"POST /session HTTP/1.1\r\nHost: chat.example\r\nOrigin: {origin}\r\nContent-Length: {len(body)}\r\n\r\n"
        return self.answer(head.encode() + body, secure=secure)

    def cookie(self) -> str:
        """Swap the code, and return the cookie as it is sent back."""
        return self.swap(self.code).headers["set-cookie"].partition(";")[0]

    def known_as(self, cookie: str) -> str:
        """Return the account that a browser with a cookie is greeted as; empty: none."""
        visitor = self.visitor(handshake(Cookie=cookie))
        welcome = json.loads(visitor.frames()[0][1])
        self.assertEqual(welcome["type"], "welcome")
        return str(welcome.get("account", ""))

    def test_swapped_once(self) -> None:
        answer = self.swap(self.code)
        self.assertEqual((answer.code, answer.body), (204, b""))
        name, *rules = answer.headers["set-cookie"].split("; ")
        self.assertEqual(
            {rule.lower() for rule in rules}, {"path=/", "max-age=600", "httponly", "samesite=strict"}
        )
        self.assertNotIn(self.code, name)
        again = self.swap(self.code)
        self.assertEqual(again.code, 403)
        self.assertNotIn("set-cookie", again.headers)

    def test_over_tls(self) -> None:
        self.assertIn(
            "Secure", self.swap(self.code, origin="https://chat.example", secure=True).headers["set-cookie"]
        )

    def test_logs_in(self) -> None:
        """With /login alone; who has no cookie is asked for the password as ever."""
        cookie = self.cookie()
        self.assertEqual(self.known_as(cookie), "Alice")
        _, protocol = self.asked(handshake(Cookie=cookie))
        protocol.session.received(b'{"type":"command","line":"login"}')
        self.server.turn()
        self.assertEqual(protocol.session.user, self.server.user("Alice"))
        self.assertEqual(self.known_as("chatd=wrong"), "")
        bob = WebClient(self.server)
        bob.command("login")
        self.assertEqual(bob.seen()[-1][0], "usage")

    def test_only_hashes_are_kept(self) -> None:
        cookie = self.cookie()
        with self.server.database.begin() as connection:
            rows = connection.execute(schema.web_logins.select()).all()
        (row,) = rows
        token = cookie.partition("=")[2]
        self.assertEqual(row.hash, hashlib.sha256(token.encode()).hexdigest())
        self.assertNotIn(token, str(rows))

    def test_what_a_code_is_bound_to(self) -> None:
        """A minute, the connection on which the account was proved, and pages of this host."""
        self.assertEqual(self.swap(self.code, origin="http://evil.example").code, 403)
        self.alice.hang_up()
        self.assertEqual(self.swap(self.code).code, 403)
        late = self.page("Late")
        late.command("register correct-horse")
        code = self.code_of(late)
        self.server.advance(60)
        self.assertEqual(self.swap(code).code, 403)
        self.assertEqual(self.swap("").code, 403)
        self.assertEqual(self.swap(7).code, 400)

    def test_its_time(self) -> None:
        cookie = self.cookie()
        self.server.advance(599)
        self.assertEqual(self.known_as(cookie), "Alice")
        self.server.advance(1)
        self.assertEqual(self.known_as(cookie), "")

    def test_given_back(self) -> None:
        cookie = self.cookie()
        request = f"DELETE /session HTTP/1.1\r\nHost: chat.example\r\nCookie: {cookie}\r\n\r\n"
        answer = self.answer(request.encode())
        self.assertEqual(answer.code, 204)
        self.assertIn("Max-Age=0", answer.headers["set-cookie"])
        self.assertEqual(self.known_as(cookie), "")

    def test_a_new_password(self) -> None:
        """Other browsers have to be told it; this one gets another code."""
        cookie = self.cookie()
        self.alice.command("passwd correct-horse battery-staple")
        self.assertNotEqual(self.code_of(self.alice), "")
        self.assertEqual(self.known_as(cookie), "")

    def test_suspended_or_deleted(self) -> None:
        cookie = self.cookie()
        account = next(iter(self.server.registry.accounts))
        self.server.registry.accounts.change(account.id, suspended=True)
        self.assertEqual(self.known_as(cookie), "")
        self.server.registry.accounts.change(account.id, suspended=False)
        self.assertEqual(self.known_as(cookie), "Alice")
        self.alice.command("account delete correct-horse")
        self.assertEqual(self.known_as(cookie), "")
        with self.server.database.begin() as connection:
            self.assertEqual(connection.execute(schema.web_logins.select()).all(), [])

    def test_no_other_door_tells_of_codes(self) -> None:
        """Where nobody can swap them."""
        bob = JsonClient(self.server)
        bob.command("nick Bob")
        bob.command("register correct-horse")
        self.assertNotIn("login_code", [item["type"] for item in bob.objects()])
