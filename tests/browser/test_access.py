"""The page in each of its states, light and dark, wide and on a phone: axe-core finds nothing serious; the keyboard is enough."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.house import House, browsing
from tests.browser.page import Browser

AXE = Path(__file__).with_name("node_modules") / "axe-core" / "axe.min.js"
pytestmark = [
    *browsing,
    pytest.mark.skipif(not AXE.exists(), reason="needs axe-core: npm ci --prefix tests/browser"),
]
# Rules that look at all of a page are asked of all of it; what one looks at is told by its impact.
RUN = """
const done = arguments[0];
axe.run(document, {resultTypes: ['violations']}).then((result) => done(result.violations
  .filter(({impact}) => impact === 'serious' || impact === 'critical')
  .map(({id, nodes}) => [id, ...nodes.map(({target, failureSummary}) => target + ': ' + failureSummary)])),
  (error) => done([['error', String(error)]]));
"""
DIALOGS = {
    "#browse": ".choice",
    "#topic": "input",
    "#open-search": "input",
    "#settings": ".segments",
    "#me": "[role=tab]",
    "#leave": ".button",
    ".member-row": "dd",
}
"""What opens each dialog, and what is in it."""
WIDEST = """
return Math.max(...[...document.querySelectorAll('dialog[open], dialog[open] *')].map((node) => node.getBoundingClientRect().right));
"""
DRAWERS = {"#browse": "rooms", "#settings": "rooms", "#me": "rooms", ".member-row": "members"}
"""Where that is on a phone."""


class AccessTests(House):
    # Nobody is to wait for the budget of a person here.
    options = ("--set", "limits.lines_per_second=50", "--set", "limits.burst_lines=100")

    def blameless(self, browser: Browser, state: str) -> None:
        """Fail if axe finds something serious, in either theme."""
        if browser.run("return typeof axe") == "undefined":
            browser.run(AXE.read_text(encoding="utf-8"))
        for theme in ("light", "dark"):
            browser.run("document.documentElement.dataset.theme = arguments[0]", theme)
            found: list[Any] = browser.driver.execute_async_script(RUN)
            self.assertEqual(found, [], f"{state}, {theme}")

    def furnish(self, browser: Browser) -> None:
        """Let there be something of each kind to see."""
        bob = self.at_nc("Bob", "#dev")
        bob.say(
            "**bold** `code` https://example.org ```block```",
            "Alice: look",
            "/me waves",
            "/msg Alice psst",
            "/away lunch",
        )
        browser.sees("waves")
        browser.say("/whois Bob")
        browser.one(".notice", "guest")
        browser.say("/nosuch")
        browser.one(".notice.error")
        browser.run("document.querySelector('#message').value = 'x'.repeat(4097)")
        browser.one("#message").send_keys(Keys.ENTER)
        browser.one(".pending-line.failed")

    def test_wide(self) -> None:
        """The first dialog, a furnished room, each dialog, suggestions, no connection."""
        browser = self.browser()
        browser.one("dialog[open]")
        self.blameless(browser, "the first dialog")
        browser.enter("Alice", "#dev")
        self.furnish(browser)
        self.blameless(browser, "a room")
        for opener, inside in DIALOGS.items():
            browser.click(opener)
            browser.one(f"dialog[open] {inside}")
            self.blameless(browser, opener)
            browser.close()
        browser.one("#message").send_keys("@B")
        browser.one(".suggestion")
        self.blameless(browser, "suggestions")
        browser.one("#message").clear()
        self.crash()
        browser.one("#banner", "No connection")
        self.blameless(browser, "no connection")

    def test_phone(self) -> None:
        """A room, both drawers, each dialog; nothing is wider than the screen."""
        browser = self.browser("Alice", "#dev", width=390)
        self.furnish(browser)
        self.blameless(browser, "a phone")
        for name in ("rooms", "members"):
            browser.click(f"#open-{name}")
            browser.one(f"#close-{name}")
            self.blameless(browser, name)
            browser.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
            browser.gone("#shade")
        for opener, inside in DIALOGS.items():
            if opener in DRAWERS:
                browser.click(f"#open-{DRAWERS[opener]}")
            browser.click(opener)
            browser.one(f"dialog[open] {inside}")
            self.blameless(browser, f"{opener} on a phone")
            self.assertLessEqual(browser.run(WIDEST), 390, opener)
            browser.close()
            if browser.run("return !document.querySelector('#shade').hidden"):
                browser.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
                browser.gone("#shade")
        self.assertLessEqual(browser.run("return document.documentElement.scrollWidth"), 390)
        browser.click("#open-rooms")
        browser.click("#talks .room-row", "Bob")
        browser.sees("psst")

    def test_keyboard_alone(self) -> None:
        """Everything is reached by Tab, what has the focus is seen, dialogs give it back."""
        browser = self.browser("Alice", "#dev")
        reached = set()
        browser.run("document.activeElement.blur()")
        for _ in range(30):
            browser.driver.switch_to.active_element.send_keys(Keys.TAB)
            name, outlined = browser.run(
                "const e = document.activeElement, s = getComputedStyle(e), f = getComputedStyle(e.parentElement);"
                "return [e === document.body ? 'body' : e.id || e.className, s.outlineStyle !== 'none' || f.boxShadow !== 'none']"
            )
            reached.add(name)
            self.assertTrue(outlined or name == "body", name)
        self.assertLessEqual(
            {
                "browse",
                "room-row",
                "me",
                "settings",
                "topic",
                "open-search",
                "leave",
                "timeline",
                "attach",
                "message",
            },
            reached,
        )
        browser.run("document.querySelector('#settings').focus()")
        browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
        browser.one("dialog[open] .segments")
        browser.close()
        self.assertEqual(browser.run("return document.activeElement.id"), "settings")
