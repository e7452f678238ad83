"""Whatever others call themselves, their rooms and topics, whatever they say: it is text in the page and nothing else."""

from __future__ import annotations

import json
import socket
from typing import Any

from tests.browser.house import House, browsing
from tests.browser.page import Browser

pytestmark = browsing

HOSTILE = (
    "<img src=x onerror=window.hurt=1>",
    "<script>window.hurt=1</script>",
    "<svg/onload=window.hurt=1><style>*{display:none}</style>",
    "</div></div><iframe srcdoc='<script>parent.hurt=1</script>'></iframe>",
    "javascript:window.hurt=1 JaVaScRiPt:window.hurt=1",
    'https://example.org/"onmouseover="window.hurt=1',
    "https://user:password@example.org/<b>",
    "**<b>bold</b>** `<i>code</i>` ```<u>block</u>``` _<a href=x>_",
    "{{constructor.constructor('window.hurt=1')()}} ${window.hurt=1}",
    "&lt;b&gt; &#60;script&#62;",
    "\u202egnp.exe\u202c \u2066over\u2069 \u200f\u061cdirection",
    "__proto__ constructor toString",
    "https://www.\u0430pple.example/ https://bank.example\u2044login.evil.example/",
    "*" * 200 + "_" * 200 + "`" * 200,
)
NICKS = ("__proto__", "constructor", "toString", "Ж{x}", "x[]\\`^|-")
ROOMS = ("#__proto__", "#constructor", "#(a)[b]{c}.=~", "#ж-ж")
MADE_BY_WORDS = {"A", "BDI", "CODE", "DIV", "EM", "PRE", "SPAN", "STRONG"}
ELEMENTS = """
const found = new Set(), odd = [];
for (const node of document.querySelectorAll('#timeline .words *, #topic *, #room-name *, .member-row .label *, .room-row .label *')) {
  found.add(node.tagName);
  for (const {name, value} of node.attributes)
    if (!['class', 'href', 'rel', 'target', 'tabindex', 'type'].includes(name) || (name === 'href' && !/^https?:/.test(value))) odd.push(name + '=' + value);
}
return [[...found], odd];
"""


class Stranger:
    """Somebody who sends whatever the server lets through."""

    def __init__(self, house: House, nick: str, *rooms: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", house.text), timeout=15)
        house.addCleanup(self._socket.close)
        self.ask(type="command", line=f"/nick {nick}")
        for room in rooms:
            self.ask(type="command", line=f"/join {room}")

    def ask(self, **request: Any) -> None:
        """Send a request."""
        self._socket.sendall(json.dumps(request).encode() + b"\n")

    def say(self, room: str, text: str) -> None:
        """Say something in a room."""
        self.ask(type="say", room=room, text=text)


class SafetyTests(House):
    # They come from one address, and all at once.
    options = ("--set", "limits.lines_per_second=0")

    def unhurt(self, browser: Browser) -> None:
        """Fail if any of it did something, or became something."""
        self.assertIsNone(browser.run("return window.hurt ?? null"))
        elements, odd = browser.run(ELEMENTS)
        self.assertLessEqual(set(elements), MADE_BY_WORDS)
        self.assertEqual(odd, [])
        self.assertEqual(
            browser.run(
                "return document.querySelectorAll('script, style, iframe, object, embed, base, form[action]').length"
            ),
            2,
        )
        self.assertEqual(
            browser.run("return document.querySelectorAll('[style], [onerror], [onload], [onclick]').length"),
            0,
        )
        self.assertEqual(browser.troubles(), [])

    def test_words_topics_and_names(self) -> None:
        """No node, no attribute, no address but of the web comes of it; what was written can be read."""
        browser = self.browser("Alice", "#dev")
        strangers = [Stranger(self, nick, "#dev", *ROOMS) for nick in NICKS]
        for stranger, nick in zip(strangers, NICKS, strict=True):
            browser.one(".member-row", nick)
            stranger.ask(type="command", line="/away <b>lunch</b>")
        for words in HOSTILE:
            strangers[0].say("#dev", words)
        browser.sees("*" * 200)
        said = browser.said()
        for words in HOSTILE[:5]:
            self.assertIn(words, said)
        for char in "\u202e\u202c\u2066\u2069\u200f\u061c":
            self.assertNotIn(char, "".join(said))
        self.unhurt(browser)
        self.assertEqual(
            browser.run(
                "return [...document.querySelectorAll('.words a')].map((link) => link.protocol + '//' + link.host)"
            ),
            ["https://example.org", "https://www.xn--pple-43d.example"],
        )
        browser.one(".words .host", "(www.xn--pple-43d.example)")

        for room in ROOMS:
            browser.say(f"/join {room}")
            browser.one("#room-name", room)
            strangers[1].say(room, f"{HOSTILE[0]} in {room}")
            browser.sees(f"in {room}")
        # Whoever came first has made the room.
        for stranger in strangers:
            stranger.ask(type="command", line=f"/topic {ROOMS[0]} {HOSTILE[0]}")
        browser.say(f"/join {ROOMS[0]}")
        browser.one("#topic", HOSTILE[0])
        strangers[2].ask(type="command", line=f"/msg Alice {HOSTILE[1]}")
        browser.click("#talks .room-row")
        browser.sees(HOSTILE[1])
        self.unhurt(browser)

    def test_forged_objects(self) -> None:
        """Also what this server never sends leaves no node: names, files and answers with markup in them."""
        browser = self.browser("Alice")
        browser.run(
            """
            const words = arguments[0];
            const who = {nick: words, user: words, account: words, host: words};
            const room = {room: '#lobby', room_id: 'lobby'};
            const time = new Date().toISOString();
            window.forged = [
              {type: 'message', id: 'ff1', time, ...room, number: 901, from: who, body: {kind: words, text: words}},
              {type: 'message', id: 'ff2', time, ...room, number: 902, from: who, body: {kind: 'lines', lines: [words, words]}},
              {type: 'joined', id: 'ff3', time, ...room, after: 902, who, count: 2},
              {type: 'topic', id: 'ff4', time, ...room, number: 903, who, topic: words},
              {type: 'message', id: 'ff5', time, ...room, number: 904, from: who, action: true, body: {kind: 'file', id: 1, name: words, size: 3, content_type: 'image/png'}},
              {type: 'kicked', id: 'ff6', time, ...room, number: 905, who: {nick: 'x'}, by: who, reason: words},
              {type: words, id: 'ff7'}, {type: '__proto__', id: 'ff8'}, {type: 'constructor', id: 'ff9', ...room, who},
            ];
            """,
            HOSTILE[0],
        )
        browser.driver.execute_async_script(
            """
            const done = arguments[0];
            import('/js/state.js').then(async ({State}) => {
              const {row} = await import('/js/rows.js');
              const view = document.createElement('div');
              view.className = 'chunk';
              document.querySelector('#timeline').append(view);
              const state = new State((what, room, detail) => { if (what === 'log') view.append(row(room.log.items[detail.at], null, {nick: 'Alice', person() {}, files: {whenSeen() {}, path: async () => 'javascript:window.hurt=1'}}) ?? ''); });
              state.take({type: 'named', who: {nick: 'Alice', user: 'a'}, guest: true});
              state.take({type: 'entered', room: '#lobby', room_id: 'lobby', topic: '', last: 0, members: []});
              for (const event of window.forged) state.take(event);
              done();
            });
            """
        )
        browser.sees(HOSTILE[0])
        shown = browser.run("return document.querySelectorAll('#timeline img, #timeline a').length")
        self.assertEqual(shown, 0)
        self.assertIsNone(browser.run("return window.hurt ?? null"))
