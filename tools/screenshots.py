"""Takes the pictures of the page that are in docs/: four people talk, one on IRC, one at nc, one a program.

`python -m tools.screenshots` writes those; with a folder, every state of the page goes there, to be looked at.
Needs what the browser tests need (tests/requirements.py).
"""

from __future__ import annotations

import base64
import os
import sys
import tempfile
import unittest
from pathlib import Path

from selenium.webdriver.common.keys import Keys

from tests.browser.house import House, close_browsers
from tests.browser.page import Browser
from tests.process.conversation import Bot

DOCS = Path(__file__).parents[1] / "docs"
PHONE = (390, 844)
# A screen between two trees, at night.
POSTER = """
const canvas = document.createElement('canvas'), c = canvas.getContext('2d');
[canvas.width, canvas.height] = [400, 196];
const box = (colour, ...place) => { c.fillStyle = colour; c.fillRect(...place); };
const disc = (colour, x, y, r) => { c.fillStyle = colour; c.beginPath(); c.arc(x, y, r, 0, 7); c.fill(); };
box('#1d2b53', 0, 0, 400, 196);
disc('#ffe9a8', 372, 36, 20);
disc('#1d2b53', 363, 30, 18);
for (const [x, y] of [[30, 30], [92, 58], [150, 22], [214, 40], [262, 18], [376, 96], [18, 92]]) disc('#fff', x, y, 1.6);
box('#2c4a3e', 0, 158, 400, 38);
box('#f4efe2', 120, 40, 160, 92);
c.fillStyle = '#d9534f'; c.font = '700 25px sans-serif'; c.textAlign = 'center'; c.fillText('FILM NIGHT', 200, 83);
c.fillStyle = '#3a4a6b'; c.font = '15px sans-serif'; c.fillText('Friday at eight', 200, 108);
for (const x of [82, 318]) { box('#5b4636', x - 5, 100, 10, 66); disc('#3f7d5a', x, 82, 34); disc('#4b9068', x - 9, 72, 20); }
for (const x of [130, 165, 205, 240, 272]) { disc('#15201b', x, 171, 8); box('#15201b', x - 9, 177, 18, 20); }
return canvas.toDataURL('image/png').split(',')[1];
"""


class Shooting(House):
    """One evening in a room."""

    options = (
        "--name", "chat.example", "--set", "limits.lines_per_second=50", "--set", "limits.burst_lines=100",
    )  # fmt: skip
    everything: Path | None = None

    def runTest(self) -> None:
        alice = self.talk()
        self.take(alice, DOCS / "page.png")
        self.theme(alice, "dark")
        self.phone(alice)
        self.take(alice, DOCS / "page-phone.png")
        if self.everything:
            self.states(alice, self.everything)

    def talk(self) -> Browser:
        """Let them talk, and return what Alice sees."""
        alice = self.browser()
        alice.driver.execute_cdp_cmd("Emulation.setLocaleOverride", {"locale": "en-GB"})
        alice.visit(self.address)
        alice.enter("Alice", "#film")
        for room in ("music", "garden"):
            alice.say(f"/join #{room}")
            alice.one("#room-name", f"#{room}")
        bob = Bot(self, self.text, "Bob", "#film", "#music")
        ned, zoe = self.at_nc("Ned", "#film"), self.on_irc("Zoé", "#film")
        alice.click(".room-row", "film")
        alice.say("/op Bob")
        alice.one(".member-row .operator")
        alice.say("/topic Film night on Friday: bring a blanket")
        alice.one("#topic", "Film night")
        alice.run("document.querySelectorAll('.notice').forEach((node) => node.remove())")
        bob.ask(
            type="say",
            room="#film",
            text="**Friday at eight** it is. The map: https://example.org/film-night",
        )
        alice.sees("Friday at eight")
        zoe.send("PRIVMSG #film :I bring the projector, and _two_ extension leads")
        alice.sees("projector")
        ned.say("Alice: does the screen fit between the trees?")
        alice.sees("between the trees")
        alice.say("It does! The poster is done as well:")
        poster = Path("poster.png").absolute()
        poster.write_bytes(base64.b64decode(alice.run(POSTER)))
        alice.all("#file")[0].send_keys(str(poster))
        alice.wait(lambda: alice.one(".preview img").get_property("naturalWidth"), "the poster")
        bob.ask(type="command", line="/join #film")
        bob.ask(type="command", line="/me prints twenty of them")
        alice.sees("prints twenty")
        zoe.send("PRIVMSG #film :lovely! How does one get here without IRC?")
        alice.sees("lovely")
        bob.ask(
            type="say_lines", room="#film", lines=["As Ned does:", "```", "$ nc chat.example 7976", "```"]
        )
        alice.sees("As Ned does")
        ned.say("/away making tea")
        alice.one(".member-row.away", "Ned")
        for words in ("new record on the shelf", "Alice: yours?"):
            bob.ask(type="say", room="#music", text=words)
        zoe.send("PRIVMSG Alice :shall I fetch you at seven?")
        alice.one("#talks .called-count", "1")
        return alice

    def theme(self, browser: Browser, theme: str) -> None:
        """Choose light or dark."""
        browser.run("document.documentElement.dataset.theme = arguments[0]", theme)

    def phone(self, browser: Browser) -> None:
        """Be a phone, with a sharp screen."""
        width, height = PHONE
        size = {"width": width, "height": height, "deviceScaleFactor": 1.5, "mobile": True}
        browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def take(self, browser: Browser, path: Path) -> None:
        """Take a picture, when two frames have passed."""
        browser.driver.execute_async_script(
            "document.activeElement.blur(); document.querySelector('#timeline').scrollTop = 1e6;"
            "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))"
        )
        browser.driver.save_screenshot(str(path))

    def states(self, alice: Browser, folder: Path) -> None:
        """Take pictures of everything else, light and dark, on a phone and wide."""
        folder.mkdir(parents=True, exist_ok=True)
        for width, name in ((PHONE[0], "phone"), (1280, "wide")):
            for theme in ("light", "dark"):
                alice.resize(width, 844 if width < 500 else 800)
                self.theme(alice, theme)
                self.take(alice, folder / f"{name}-{theme}-room.png")
                for drawer in ("rooms", "members") if name == "phone" else ():
                    alice.click(f"#open-{drawer}")
                    alice.one(f"#close-{drawer}")
                    alice.driver.save_screenshot(str(folder / f"{name}-{theme}-{drawer}.png"))
                    alice.click(f"#close-{drawer}")
                    alice.gone("#shade")
                self.dialogs(alice, folder / f"{name}-{theme}")
        self.crash()
        for width, name in ((PHONE[0], "phone"), (1280, "wide")):
            alice.resize(width)
            alice.one("#banner", "No connection")
            alice.say("typed meanwhile")
            alice.driver.save_screenshot(str(folder / f"{name}-dark-lost.png"))

    def dialogs(self, alice: Browser, prefix: Path) -> None:
        """Take a picture of each dialog, and of suggestions."""
        for name, script in {
            "topic": "#topic",
            "settings": "#settings",
            "search": "#open-search",
            "browse": "#browse",
            "self": "#me",
            "leave": "#leave",
            "person": "#members li:nth-child(2) .member-row",
        }.items():
            alice.run("document.querySelector(arguments[0]).click()", script)
            alice.one("dialog[open] h2")
            if name == "search":
                alice.fill("Search for", "the")
                alice.click("dialog[open] button[type=submit]")
                alice.one("dialog[open] .choice")
            alice.driver.save_screenshot(f"{prefix}-{name}.png")
            alice.close()
        field = alice.one("#message")
        field.send_keys("@")
        alice.one(".suggestion")
        alice.driver.save_screenshot(f"{prefix}-completion.png")
        field.send_keys(Keys.BACKSPACE)
        alice.run("[...document.querySelectorAll('#talks .room-row')][0].click()")
        alice.sees("shall I fetch")
        alice.driver.save_screenshot(f"{prefix}-talk.png")
        alice.run(
            "[...document.querySelectorAll('.room-row')].find((n) => n.textContent.includes('film')).click()"
        )
        alice.sees("As Ned does")


def main() -> int:
    """Take them in a folder that is gone afterwards."""
    if sys.argv[1:]:
        Shooting.everything = Path(sys.argv[1]).absolute()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        result = unittest.TextTestRunner(verbosity=0).run(Shooting())
        close_browsers()
        os.chdir(DOCS)
    return not result.wasSuccessful()


if __name__ == "__main__":
    sys.exit(main())
