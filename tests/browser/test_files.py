"""Files by the button: sent with their progress, seen by all, fetched unchanged; pictures are shown."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

from tests.browser.house import House, browsing
from tests.browser.page import Browser

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
