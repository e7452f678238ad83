"""A room with 5,000 messages: it opens at once, scrolls back to its first line, and a frame is little work."""

from __future__ import annotations

import json
import socket

from tests.browser.house import House, browsing
from tests.browser.page import Browser

pytestmark = browsing

MESSAGES = 5_000
FRAMES = 120
LAYOUT, SCRIPT = 100, 10
"""Milliseconds of the processor for a frame, at most. With all rows laid out 120 frames do not end in a minute."""
SCROLL = """
const [frames, done] = arguments, view = document.querySelector('#timeline');
let left = frames;
function frame() {
  view.scrollTop += left % 40 < 20 ? -180 : 180;
  left -= 1;
  requestAnimationFrame(left ? frame : done);
}
requestAnimationFrame(frame);
"""
# Rows that are far away are in the document, but not laid out.
ROOM_ABOVE = "return document.querySelector('#timeline').scrollTop"
# What lies below the part that is seen, some frames later.
BELOW = """
const done = arguments[0], view = document.querySelector('#timeline');
let left = 6;
const frame = () => {
  left -= 1;
  if (left) requestAnimationFrame(frame);
  else done([innerWidth, Math.round((view.scrollHeight - view.scrollTop - view.clientHeight) / 10)]);
};
frame();
"""
LAID_OUT = """
return [...document.querySelectorAll('#timeline .chunk > *')].filter((node) => node.checkVisibility({contentVisibilityAuto: true})).length;
"""


class ScrollingTests(House):
    options = ("--set", "limits.lines_per_second=0")

    def fill(self) -> None:
        """Let somebody say all that."""
        with socket.create_connection(("127.0.0.1", self.text), timeout=60) as connection:
            lines = connection.makefile("rw", encoding="utf-8", newline="\n")
            print('{"type":"command","line":"/nick Bot"}', file=lines, flush=True)
            for number in range(1, MESSAGES + 1):
                words = f"line {number} " + "of some **length** " * (number % 5)
                request = {"type": "say", "room": "#lobby", "text": words, "ref": number}
                print(json.dumps(request), file=lines)
                if number % 50 == 0:
                    lines.flush()
                    while f'"ref":{number}}}' not in lines.readline():
                        pass

    def work(self, browser: Browser) -> dict[str, float]:
        """Return what the page has cost the processor so far, in seconds."""
        metrics = browser.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return {each["name"]: each["value"] for each in metrics if each["name"].endswith("Duration")}

    def test_five_thousand(self) -> None:
        """The oldest line is reached by scrolling; none is missing or there twice; a frame is little work."""
        self.fill()
        browser = self.browser("Alice")
        browser.sees(f"line {MESSAGES} ")
        self.assertLess(browser.run("return document.querySelectorAll('#timeline .chunk > *').length"), 300)
        # All of it, as one would get it by scrolling for a long time.
        browser.driver.set_script_timeout(60)
        browser.driver.execute_async_script(
            """
            const done = arguments[0], view = document.querySelector('#timeline');
            const up = () => {
              if (document.querySelector('.start')) { done(); return; }
              view.scrollTop = 0;
              requestAnimationFrame(up);
            };
            up();
            """
        )
        numbers = browser.run(
            "return [...document.querySelectorAll('.row .words')].map((node) => Number(/^line (\\d+)/.exec(node.textContent)?.[1]))"
        )
        self.assertEqual(numbers, list(range(1, MESSAGES + 1)))
        browser.run("document.querySelector('#timeline').scrollTop = 20000")
        # Work is counted, not time that passes: others may use the machine.
        browser.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
        before = self.work(browser)
        browser.driver.execute_async_script(SCROLL, FRAMES)
        spent = {name: value - before[name] for name, value in self.work(browser).items()}
        laid_out = browser.run(LAID_OUT)
        layout = 1000 * (spent["LayoutDuration"] + spent["RecalcStyleDuration"]) / FRAMES
        script = 1000 * spent["ScriptDuration"] / FRAMES
        print(
            f"5,000 messages: {laid_out} rows laid out; a frame is {layout:.1f} ms of layout and {script:.1f} ms of script"
        )
        self.assertLess(laid_out, 500)
        self.assertLess(layout, LAYOUT)
        self.assertLess(script, SCRIPT)
        browser.click("#to-end")
        browser.sees(f"line {MESSAGES} ")
        self.sizes(browser)

    def sizes(self, browser: Browser) -> None:
        """A screen that shows more than comes by itself gets more; who is at the end stays there when it changes."""
        browser.resize(1920, 2400)
        browser.driver.refresh()
        browser.sees(f"line {MESSAGES} ")
        browser.wait(lambda: browser.run(ROOM_ABOVE) > 600, "older lines above what is seen")
        for size in ((390, 800), (1280, 500)):
            browser.resize(*size)

            def at_end(width: int = size[0]) -> bool:
                return bool(browser.driver.execute_async_script(BELOW) == [width, 0])

            browser.wait(at_end, f"the end in a window of {size}")
