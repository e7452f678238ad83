"""Coming in when that is not simple: a password, a name still in use, a room one was put out of; and being called back."""

from __future__ import annotations

from tests.browser.house import House, browsing
from tests.browser.relay import Relay

pytestmark = browsing

# What a browser would show is recorded: no test sees the desktop.
RECORD = """
window.shown = [];
window.Notification = class extends EventTarget {
  static permission = 'default';
  static async requestPermission() { return Notification.permission = 'granted'; }
  constructor(title, more) { super(); window.shown.push([title, more.body]); window.last = this; }
  close() {}
};
"""


class ComingTests(House):
    options = ("--set", "limits.lines_per_second=50", "--set", "limits.burst_lines=100")

    def test_put_out(self) -> None:
        """Who is put out of a room is told why, keeps what was said, and enters again by a button, or is told why not."""
        alice, bob = self.browser("Alice", "#dev"), self.browser("Bob", "#dev")
        alice.say("/room key sesame")
        alice.sees("protected by a key")
        bob.say("/part")
        bob.one("#room-name", "#lobby")
        bob.say("/join #dev sesame")
        bob.one("#room-name", "#dev")
        alice.say("before")
        bob.sees("before")
        alice.say("/kick Bob go and rest")
        bob.one("#banner", "go and rest")
        bob.sees("before")
        self.assertFalse(bob.one("#message").is_enabled())
        bob.click("#banner .link", "Enter again")
        bob.gone("#banner")
        bob.one(".member-row", "Bob")
        bob.say("rested")
        alice.sees("rested")
        alice.say("/ban Bob")
        alice.say("/kick Bob")
        bob.one("#banner .link", "Enter again").click()
        bob.one("#banner", "banned")
        self.assertEqual(alice.troubles() + bob.troubles(), [])

    def test_name_still_in_use(self) -> None:
        """After a break the server may not have noticed it: the page says so, waits for its name, and takes it."""
        relay = Relay(self, self.web)
        self.address = relay.address
        alice, at_nc = self.browser("Alice", "#dev"), self.at_nc("Nancy", "#dev")
        alice.say("one")
        at_nc.expect("Alice: one")
        relay.abandon()
        alice.one("#banner", "has not let go of the name Alice")
        at_nc.say("two, while you are away")
        alice.say("three")
        relay.release()
        alice.sees("three")
        alice.gone("#banner")
        self.assertEqual(alice.said(), ["one", "two, while you are away", "three"])

        # Another tab wants the same name, is told so, and takes another; the first one keeps its own.
        first = alice.driver.current_window_handle
        alice.driver.switch_to.new_window("tab")
        alice.visit(self.address)
        alice.one("#banner", "Alice is in use, perhaps in another tab")
        alice.click("#banner .link", "Another name")
        alice.enter("Alison", "#dev")
        alice.one(".me-button", "Alison")
        alice.driver.close()
        alice.driver.switch_to.window(first)
        alice.driver.refresh()
        alice.one(".me-button", "Alice")
        alice.gone("#banner")

    def test_notifications(self) -> None:
        """Asked for by a button alone; then whoever looks elsewhere is told of what is for him, and gets there by it."""
        alice, bob = self.browser("Alice", "#dev"), self.browser("Bob", "#dev")
        alice.run(RECORD)
        bob.say("Alice: first")
        alice.sees("Alice: first")
        self.assertEqual(alice.run("return window.shown"), [])
        alice.click("#settings")
        alice.click("dialog[open] .button", "Turn on")
        alice.one("dialog[open] .button", "Turn off")
        alice.close()
        alice.click(".room-row", "lobby")
        bob.say("nothing for anybody")
        bob.say("Alice: <b>second</b>")
        alice.wait(lambda: alice.run("return window.shown.length") == 1, "a notification")
        bob.say("/msg Alice between us")
        alice.wait(lambda: alice.run("return window.shown.length") == 2, "another")
        self.assertEqual(
            alice.run("return window.shown"),
            [["Bob in #dev", "Alice: <b>second</b>"], ["Bob", "between us"]],
        )
        alice.run("window.last.dispatchEvent(new Event('click'))")
        alice.one("#room-name", "Bob")
        alice.sees("between us")
        alice.click("#settings")
        alice.click("dialog[open] .button", "Turn off")
        alice.one("dialog[open] .button", "Turn on")
        alice.close()
        alice.click(".room-row", "lobby")
        bob.say("Alice: third")
        alice.one(".room-row .called-count", "@")
        self.assertEqual(alice.run("return window.shown.length"), 2)
        self.assertEqual(alice.troubles() + bob.troubles(), [])


class PasswordTests(House):
    options = ("--set", 'server.password="open-sesame"')

    def test_password_of_the_server(self) -> None:
        """It is asked for before anything else, and again after a wrong one."""
        alice = self.browser()
        alice.fill("Nickname", "Alice")
        alice.click("dialog[open] button[type=submit]")
        alice.one("dialog[open] label", "Password")
        alice.fill("Password", "wrong")
        alice.click("dialog[open] button[type=submit]")
        alice.one(".refusal")
        alice.fill("Password", "open-sesame")
        alice.click("dialog[open] button[type=submit]")
        alice.one("#room-name", "#lobby")
        alice.gone("dialog[open]")
        alice.say("let in")
        alice.sees("let in")
        alice.say("/join #old")
        alice.one("#room-name", "#old")
        alice.say("/room delete #old")
        alice.one("#banner", "The room ended")
        # It is known now, until the page is closed. What is said of the connection goes before the room.
        self.crash()
        alice.one("#banner", "No connection")
        for room in ("lobby", "old"):
            alice.click(".room-row", room)
            alice.one("#banner", "No connection")
        alice.click(".room-row", "lobby")
        self.again()
        alice.reconnected()
        alice.say("let in again")
        alice.sees("let in again")
