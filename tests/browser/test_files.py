"""Files by the button: sent with their progress, seen by all, fetched unchanged; pictures are shown."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

from tests.attacks.house import Gauge
from tests.browser.house import House, browsing
from tests.browser.page import Browser
from tests.browser.relay import Relay

pytestmark = browsing

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
FETCH = """
const [number, done] = arguments;
import('/js/cards.js').then(async ({ownPath}) => {
  const path = ownPath(number);
  const bytes = await (await fetch(path)).arrayBuffer();
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  done([...sum].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
});
"""
MEBI = 1024 * 1024
BRING = """
const [selector, kind, name, bytes] = arguments, node = document.querySelector(selector), data = new DataTransfer();
data.items.add(new File([Uint8Array.from(atob(bytes), (each) => each.charCodeAt(0))], name));
const event = (type) => (type === 'paste' ? new ClipboardEvent(type, {clipboardData: data, bubbles: true, cancelable: true})
  : new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
return kind.split(' ').map((type) => node.dispatchEvent(event(type)));
"""


class FileTests(House):
    options = ("--set", "limits.lines_per_second=50", "--set", "limits.burst_lines=100")

    def test_shared_and_fetched(self) -> None:
        """What one sends, another gets byte by byte; a picture is seen in the room."""
        alice, bob = self.browser("Alice", "#dev"), self.browser("Bob", "#dev")
        report = Path("a <b>report.bin").absolute()
        report.write_bytes(os.urandom(300_000))
        picture = Path("dot.png").absolute()
        picture.write_bytes(PIXEL)
        chooser = alice.all("#file")[0]
        chooser.send_keys(str(report))
        for browser in (alice, bob):
            browser.one(".shared", "a <b>report.bin")
        alice.gone("#uploads")
        chooser.send_keys(str(picture))
        for browser in (alice, bob):
            self.seen(browser)
        self.assertEqual(bob.run("return document.querySelectorAll('#timeline b').length"), 0)

        bob.run(
            "window.opened = []; HTMLAnchorElement.prototype.click = function () { window.opened.push(this.href); }"
        )
        bob.click(".shared", "report")
        path = bob.wait(lambda: bob.run("return window.opened[0]"), "a link")
        self.assertTrue(path.startswith(f"{self.address}files/"), path)
        self.assertEqual(
            bob.driver.execute_async_script(FETCH, path), hashlib.sha256(report.read_bytes()).hexdigest()
        )
        self.assertEqual(alice.troubles() + bob.troubles(), [])

    def seen(self, browser: Browser) -> None:
        """Wait until the picture is there, and not only a frame for it."""
        browser.wait(lambda: browser.one(".preview img").get_property("naturalWidth") == 1, "the picture")

    def test_refused(self) -> None:
        """A file that is too large is refused before its bytes, in words, and the row can be put away."""
        alice = self.browser("Alice")
        large = Path("large.bin").absolute()
        with large.open("wb") as file:
            file.truncate(51 * 1024 * 1024)
        alice.all("#file")[0].send_keys(str(large))
        alice.one(".upload .why")
        alice.click(".upload .icon-button")
        alice.gone("#uploads")

    def test_dropped_and_pasted(self) -> None:
        """What is dropped on the room, or pasted where one types, is shared; the page stays where it is."""
        alice, bob = self.browser("Alice", "#dev"), self.browser("Bob", "#dev")
        dot = base64.b64encode(PIXEL).decode()
        alice.run(BRING, "#timeline", "dragenter dragover", "over.png", dot)
        alice.one("#drop", "Drop to share")
        taken = alice.run(BRING, "#timeline", "drop", "dropped.png", dot)
        self.assertEqual(taken, [False])
        alice.gone("#drop")
        for browser in (alice, bob):
            browser.one(".shared", "dropped.png")
            self.seen(browser)
        self.assertEqual(alice.run(BRING, "#message", "paste", "pasted.bin", dot), [False])
        for browser in (alice, bob):
            browser.one(".shared", "pasted.bin")
        self.assertEqual(alice.run("return document.querySelectorAll('.shared').length"), 2)
        self.assertEqual(alice.troubles() + bob.troubles(), [])

    def sends(self, size: int, **how: int) -> tuple[Browser, Relay, Path]:
        """Let Alice begin to send a file through a relay that is told how to be."""
        relay = Relay(self, self.web)
        for name, value in how.items():
            setattr(relay, name, value)
        self.address = relay.address
        alice = self.browser("Alice")
        file = Path("large.bin").absolute()
        file.write_bytes(os.urandom(MEBI) * (size // MEBI))
        alice.all("#file")[0].send_keys(str(file))
        return alice, relay, file

    def test_cancelled(self) -> None:
        """Who cancels a file half-way sends no more of it, and nobody hears of it."""
        alice, relay, _ = self.sends(30 * MEBI, most=5 * MEBI)
        self.assertTrue(relay.reached.wait(30))
        alice.one(".upload progress")
        alice.click(".upload .icon-button")
        alice.gone("#uploads")
        relay.go_on.set()
        alice.say("that was the wrong one")
        alice.sees("that was the wrong one")
        self.assertEqual(alice.all(".shared"), [])
        self.assertLess(relay.brought, 15 * MEBI)

    def test_large_broken_and_continued(self) -> None:
        """50 MiB whose connection breaks half-way go on from there, arrive unchanged, and cost the server no memory."""
        gauge = Gauge(self.server)
        warm = self.browser("Warm")
        warm.run(BRING, "#message", "paste", "warm.bin", "AAAA")
        warm.one(".shared", "warm.bin")
        gauge.reset_peak()
        before = gauge.memory
        alice, relay, file = self.sends(50 * MEBI, most=25 * MEBI, breaks=True)
        alice.one(".shared", "large.bin")
        alice.gone("#uploads")
        self.assertTrue(relay.reached.is_set())
        self.assertRegex(relay.uploads[-1], rb"(?i)content-range: bytes [1-9]")
        self.assertLess(relay.brought, 60 * MEBI)
        alice.run(
            "window.opened = []; HTMLAnchorElement.prototype.click = function () { window.opened.push(this.href); }"
        )
        alice.click(".shared", "large.bin")
        path = alice.wait(lambda: alice.run("return window.opened[0]"), "a link")
        summed = alice.driver.execute_async_script(FETCH, path)
        self.assertEqual(summed, hashlib.sha256(file.read_bytes()).hexdigest())
        grown = gauge.peak - before
        print(f"50 MiB by the page, there and back: the server grew by {grown:.1f} MiB")
        self.assertLess(grown, 8)
