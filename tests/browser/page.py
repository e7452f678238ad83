"""A browser with the page in it, as somebody uses it: finds by what can be seen, waits for what is to come."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

__all__ = ["PATIENCE", "Browser"]

PATIENCE = 15
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-prefers-reduced-motion",
    "--lang=en-GB",
)
FIND = """
const [selector, text] = arguments;
for (const node of document.querySelectorAll(selector))
  if (node.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}) && node.innerText.includes(text)) return node;
return null;
"""


class Browser:
    """One Chromium with a profile of its own. `later` takes what is to be done when it is not needed any more."""

    def __init__(self, later: Callable[..., object], *flags: str) -> None:
        profile = tempfile.mkdtemp()
        later(shutil.rmtree, profile, ignore_errors=True)
        options = ChromeOptions()
        options.binary_location = shutil.which("chromium") or "chromium"
        for flag in (*FLAGS, f"--user-data-dir={profile}", *flags):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = Chrome(options=options, service=ChromeService(shutil.which("chromedriver")))
        later(self.driver.quit)

    # Finding and waiting

    def all(self, selector: str) -> list[WebElement]:
        """Return what a CSS selector finds."""
        found: list[WebElement] = self.driver.find_elements(By.CSS_SELECTOR, selector)
        return found

    def wait(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait until a condition holds, and return what it returned. What is seen is kept in `missing.png` if it does not."""
        wait = WebDriverWait(
            self.driver,
            PATIENCE,
            poll_frequency=0.02,
            ignored_exceptions=(WebDriverException, AttributeError),
        )
        try:
            return wait.until(lambda _: condition())
        except TimeoutException:
            self.driver.save_screenshot(str(Path("missing.png").absolute()))
            raise AssertionError(
                f"{PATIENCE} s went by without {what}: {Path('missing.png').absolute()}"
            ) from None

    def one(self, selector: str, text: str = "") -> WebElement:
        """Wait for a visible element with these words, and return it."""
        element: WebElement = self.wait(lambda: self.run(FIND, selector, text), f"{selector} with {text!r}")
        return element

    def gone(self, selector: str) -> None:
        """Wait until a selector finds nothing that can be seen."""
        self.wait(lambda: not self.run(FIND, selector, ""), f"no {selector}")

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page."""
        return self.driver.execute_script(script, *arguments)

    def _console(self) -> list[dict[str, Any]]:
        """Return what the console has got since the last time."""
        entries: list[dict[str, Any]] = self.driver.execute("getLog", {"type": "browser"})["value"]
        return entries

    # What people do

    def visit(self, address: str, width: int = 1280, height: int = 800) -> None:
        """Open the page in a window of that size."""
        self.resize(width, height)
        self.driver.get(address)

    def resize(self, width: int, height: int = 800) -> None:
        """Give the page that much room; below 500 it is a phone's."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def leave(self) -> None:
        """Be nowhere. The next server has another port, so nothing that is stored meets it."""
        self.driver.get("about:blank")
        self._console()

    def click(self, selector: str, text: str = "") -> None:
        """Click on something."""

        def clicked() -> bool:
            self.one(selector, text).click()
            return True

        self.wait(clicked, f"a click on {selector} with {text!r}")

    def fill(self, label: str, words: str) -> None:
        """Write into the field of that label."""
        field = self.field(label)
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(words or Keys.DELETE)

    def field(self, label: str) -> WebElement:
        """Return the field of that label."""
        name: str = self.one("dialog[open] label", label).get_attribute("for") or ""
        return self.one(f"#{name}")

    def enter(self, nick: str, room: str = "#lobby") -> None:
        """Come in."""
        self.fill("Nickname", nick)
        self.fill("Room", room)
        self.click("dialog[open] button[type=submit]")
        self.gone("dialog[open]")
        self.one("#room-name", room)

    def reconnected(self) -> None:
        """Wait for the connection, without waiting for the next try."""

        def connected() -> bool:
            link = self.run(FIND, "#banner .link", "Try now")
            if link:
                link.click()
            return not self.run(FIND, "#banner", "")

        self.wait(connected, "the connection")

    def say(self, words: str) -> None:
        """Type a line and send it."""
        self.gone("dialog[open]")
        field = self.one("#message")
        field.send_keys(words)
        field.send_keys(Keys.ENTER)

    def close(self) -> None:
        """Close the dialog that is open."""
        self.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
        self.gone("dialog[open]")

    # What can be seen

    def sees(self, words: str) -> WebElement:
        """Wait for words in the timeline."""
        return self.one("#timeline .chunk > *", words)

    def room(self, name: str) -> WebElement:
        """Return a room in the list."""
        return self.one(".room-row", name)

    def said(self) -> list[str]:
        """Return the words that can be seen in the timeline, in their order."""
        found: list[str] = self.run(
            "return [...document.querySelectorAll('#timeline .row .words')].map((node) => node.textContent)"
        )
        return found

    def troubles(self) -> list[str]:
        """Return what the browser's console complains of, but for connections that could not be made."""
        return [
            entry["message"]
            for entry in self._console()
            if entry["level"] == "SEVERE" and "ERR_CONNECTION" not in entry["message"]
        ]
