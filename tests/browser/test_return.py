"""The server is killed and started again while people type."""

from __future__ import annotations

from selenium.webdriver.common.keys import Keys

from tests.browser.house import House, browsing
from tests.browser.page import Browser

pytestmark = browsing


class ReturnTests(House):
    # A burst of lines, so that there are some under way when the server dies.
    options = ("--set", "limits.lines_per_second=50", "--set", "limits.burst_lines=100")

    def type(self, browser: Browser, who: str, first: int, last: int) -> None:
        """Type lines without looking what becomes of them."""
        field = browser.one("#message")
        for number in range(first, last):
            field.send_keys(f"{who} {number}", Keys.ENTER)

    def test_killed_while_both_type(self) -> None:
        """Nothing lost, nothing twice, nothing typed gone; and the lines of each in their order."""
        alice, bob = self.browser("Alice"), self.browser("Bob")
        for browser, who in ((alice, "alice"), (bob, "bob")):
            self.type(browser, who, 0, 5)
        # The last lines are on their way, or not yet.
        self.crash()
        for browser, who in ((alice, "alice"), (bob, "bob")):
            browser.one("#banner", "No connection")
            self.type(browser, who, 5, 10)
        alice.one("#message").send_keys("half a thought")
        self.again()
        for browser in (alice, bob):
            browser.reconnected()
        for browser, who in ((alice, "alice"), (bob, "bob")):
            if browser is alice:
                self.assertEqual(alice.one("#message").get_property("value"), "half a thought")
                alice.one("#message").clear()
            self.type(browser, who, 10, 15)
        wanted = {who: [f"{who} {number}" for number in range(15)] for who in ("alice", "bob")}
        for browser in (alice, bob):
            browser.sees("alice 14")
            browser.sees("bob 14")
            browser.gone("#pending")
        self.assertEqual(alice.said(), bob.said())
        self.assertEqual(sorted(alice.said()), sorted(wanted["alice"] + wanted["bob"]))
        for who, lines in wanted.items():
            self.assertEqual([line for line in alice.said() if line.startswith(who)], lines)

    def test_stored_but_not_answered(self) -> None:
        """A line whose answer was lost with the server is found among what came back, and not said again."""
        alice, at_nc = self.browser("Alice"), self.at_nc("Nancy")
        alice.run(
            "window.parse = JSON.parse; JSON.parse = (text) => text.includes('only once') ? {} : parse(text)"
        )
        alice.say("only once")
        at_nc.expect("Alice: only once")
        alice.one("#pending", "only once")
        self.crash()
        alice.one("#banner", "No connection")
        alice.run("JSON.parse = window.parse")
        alice.say("and this")
        self.again()
        alice.reconnected()
        alice.sees("and this")
        alice.gone("#pending")
        self.assertEqual(alice.said(), ["only once", "and this"])

    def test_reload_with_unsent_lines(self) -> None:
        """What could not be sent survives a reload, and what was read is not new again."""
        alice, bob = self.browser("Alice"), self.browser("Bob")
        alice.say("before")
        bob.sees("before")
        self.crash()
        alice.one("#banner", "No connection")
        for words in ("first unsent", "second unsent"):
            alice.say(words)
        alice.one("#pending", "second unsent")
        alice.run("window.stop()")
        self.again()
        alice.driver.refresh()
        bob.reconnected()
        for words in ("first unsent", "second unsent"):
            alice.sees(words)
            bob.sees(words)
        alice.gone("#pending")
        self.assertEqual(alice.said(), ["before", "first unsent", "second unsent"])
        self.assertEqual(alice.all(".new-line"), [])

    def test_refused_and_full(self) -> None:
        """A line that is refused says why, and can be sent again or let go."""
        alice = self.browser("Alice")
        alice.run("document.querySelector('#message').value = 'x'.repeat(4097)")
        alice.one("#message").send_keys(Keys.ENTER)
        alice.one(".pending-line.failed", "too long")
        alice.say("goes on")
        alice.sees("goes on")
        alice.click(".pending-line .link", "Discard")
        alice.gone("#pending")
