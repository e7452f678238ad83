"""Everything that the page is for, clicked through by two people, with one at nc and one on IRC in the same room."""

from __future__ import annotations

from selenium.webdriver.common.keys import Keys

from tests.browser.house import House, browsing

pytestmark = browsing

# The last that happens before the page is loaded anew.
SPOIL = """
addEventListener('pagehide', () => {
  for (const storage of [localStorage, sessionStorage])
    for (const each of ['rooms', 'talks', 'read', 'keys', 'active', 'outbox']) storage[`chatd.${each}`] = '{"a":1}';
});
"""


class TalkTests(House):
    # Nobody is to wait for the budget of a person here.
    options = ("--set", "limits.lines_per_second=50", "--set", "limits.burst_lines=100")

    def test_one_room_four_ways(self) -> None:
        """What anybody says is seen by all, in one order, with who said it."""
        alice = self.browser("Alice", "#dev")
        bob = self.browser("Bob", "#dev")
        at_nc, irc = self.at_nc("Nancy", "#dev"), self.on_irc("Ingrid", "#dev")
        alice.one(".member-row", "Ingrid")

        alice.say("**bold** _slanted_ `code` https://example.org/a_(b).")
        bob.sees("bold slanted code")
        at_nc.expect("Alice: **bold** _slanted_ `code` https://example.org/a_(b).")
        irc.sees("PRIVMSG #dev :**bold**")
        at_nc.say("from nc")
        irc.send("PRIVMSG #dev :from irc")
        for browser in (alice, bob):
            browser.sees("from nc")
            browser.sees("from irc")
        bob.say("/me waves")
        alice.sees("waves")
        at_nc.expect("~ Bob waves")
        self.assertEqual(alice.said(), bob.said())

        marks = bob.run(
            "return [...document.querySelectorAll('.words strong, .words em, .words code')].map(n => n.textContent)"
        )
        self.assertEqual(marks, ["bold", "slanted", "code"])
        link = bob.one(".words a")
        self.assertEqual(link.get_attribute("href"), "https://example.org/a_(b)")
        self.assertEqual(link.get_attribute("rel"), "noopener noreferrer nofollow")

        # Members, with ranks and away; the topic.
        self.assertIn("founder", alice.one(".member-row", "Alice").text)
        at_nc.say("/away at lunch")
        alice.one(".member-row.away", "Nancy")
        alice.click("#topic")
        alice.fill("Topic", "All about <b>this</b>")
        alice.click("dialog[open] button[type=submit]")
        bob.one("#topic", "All about <b>this</b>")
        bob.sees("Alice set the topic")
        self.assertEqual(alice.troubles() + bob.troubles(), [])

    def test_rooms_and_private_talk(self) -> None:
        """Rooms are made, found, left; what is said elsewhere is counted; private talk is a room of its own."""
        alice, bob = self.browser("Alice"), self.browser("Bob")
        alice.click("#browse")
        alice.fill("Room", "garden")
        alice.click("dialog[open] button[type=submit]")
        alice.one("#room-name", "#garden")
        bob.say("hello there")
        self.assertEqual(alice.one(".room-row.unread .count", "1").text.split()[0], "1")
        bob.say("alice: look here")
        alice.one(".room-row.unread .called-count", "@2")
        alice.wait(lambda: alice.driver.title.startswith("(1) "), "a number in the title")
        alice.click(".room-row", "lobby")
        alice.sees("New")
        alice.sees("alice: look here")
        alice.gone(".count")

        bob.click("#browse")
        bob.click(".choice", "#garden")
        bob.one("#room-name", "#garden")
        bob.click("#leave")
        bob.click("dialog[open] .button", "Leave")
        bob.one("#room-name", "#lobby")

        alice.click(".member-row", "Bob")
        alice.one("dialog[open] dd", "none, a guest")
        alice.click("dialog[open] .button", "Private talk")
        alice.say("between us")
        bob.one("#talks .called-count", "1")
        bob.click("#talks .room-row", "Alice")
        bob.sees("between us")
        bob.say("/me nods")
        alice.sees("nods")
        field = alice.one("#message")
        field.send_keys("half a thought")
        bob.say("/nick Robert")
        alice.one("#room-name", "Robert")
        alice.one(".start", "You and Robert")
        alice.sees("Bob is now Robert")
        self.assertEqual(field.get_property("placeholder"), "Message Robert")
        self.assertEqual(alice.run("return sessionStorage['chatd.draft:@robert']"), '"half a thought"')
        field.send_keys(Keys.ENTER)
        bob.sees("half a thought")
        bob.say("/msg Alice by command")
        alice.sees("by command")
        # Loaded anew, the page goes on there. What guests say in private is kept nowhere.
        alice.driver.refresh()
        alice.one("#room-name", "Robert")
        alice.wait(lambda: alice.one("#message").is_enabled(), "a field to go on in")
        alice.say("and on it goes")
        bob.sees("and on it goes")
        alice.click("#leave")
        alice.gone("#talks .room-row")
        # Whatever somebody else has written there, the page comes.
        alice.run(SPOIL)
        alice.driver.refresh()
        alice.one(".me-button", "Alice")
        alice.one("#room-name", "#lobby")
        alice.gone("#banner")
        self.assertEqual(alice.troubles() + bob.troubles(), [])

    def test_typing(self) -> None:
        """Commands and names are completed, lines kept for each room and over a reload, answers shown, search finds."""
        alice = self.browser("Alice", "#dev")
        self.browser("Bobolink", "#dev")
        field = alice.one("#message")
        alice.one(".member-row", "Bobolink")
        field.send_keys("bobo", Keys.TAB)
        self.assertEqual(field.get_property("value"), "Bobolink: ")
        field.send_keys("the word is rhubarb", Keys.ENTER)
        alice.sees("rhubarb")
        field.send_keys("/")
        field.send_keys("vers")

        def completed() -> bool:
            field.send_keys(Keys.TAB)
            return bool(field.get_property("value") == "/version ")

        alice.wait(completed, "a command")
        field.send_keys(Keys.ENTER)
        alice.one(".notice", "chatd")
        alice.say("/nosuch")
        alice.one(".notice.error", "unknown command")

        field.send_keys("a thought")
        alice.click(".room-row", "lobby")
        self.assertEqual(field.get_property("value"), "")
        field.send_keys("another")
        alice.driver.refresh()
        alice.one(".me-button", "Alice")
        alice.one("#room-name", "#lobby")
        alice.gone("#banner")
        alice.wait(lambda: alice.one("#message").get_property("value") == "another", "what was typed")
        alice.click(".room-row", "dev")
        alice.wait(lambda: alice.one("#message").get_property("value") == "a thought", "what was typed there")
        alice.sees("rhubarb")

        alice.driver.switch_to.active_element.send_keys(Keys.CONTROL, "k")
        alice.fill("Search for", "rhubarb")
        alice.driver.switch_to.active_element.send_keys(Keys.ENTER)
        alice.click(".choice", "rhubarb")
        alice.one(".row.is-called", "rhubarb")

        alice.driver.switch_to.active_element.send_keys(Keys.ALT, Keys.ARROW_DOWN)
        alice.one("#room-name", "#lobby")
        alice.click("#settings")
        alice.click("dialog[open] .segments label", "Dark")
        alice.wait(
            lambda: alice.run("return document.documentElement.dataset.theme") == "dark", "the dark theme"
        )
        alice.close()

        # Midnight comes; then the server says that only this machine's clock went on so far.
        look = "document.dispatchEvent(new Event('visibilitychange'))"
        alice.one(".day", "Today")
        alice.run(f"const now = Date.now; Date.now = () => now() + 86_400_000; {look}")
        alice.one(".day", "Yesterday")
        alice.say("so late")
        alice.sees("so late")
        alice.run(look)
        alice.one(".day", "Today")
        self.assertEqual(alice.troubles(), [])

    def test_several_lines(self) -> None:
        """A message of several lines is one, with its code as it was typed; too many lines stay in the field."""
        alice, bob, at_nc = (
            self.browser("Alice", "#dev"),
            self.browser("Bob", "#dev"),
            self.at_nc("Nancy", "#dev"),
        )
        field, newline = alice.one("#message"), (Keys.SHIFT, Keys.ENTER, Keys.NULL)
        field.send_keys("look:", *newline, "```", *newline, "if x:", *newline, "    y()", *newline, "```")
        field.send_keys(Keys.ENTER)
        for browser in (alice, bob):
            self.assertEqual(browser.one(".words pre", "if x").text, "if x:\n    y()")
        self.assertEqual(len(bob.said()), 1)
        at_nc.expect("Alice:     y()")
        bob.click(".member-row", "Alice")
        bob.click("dialog[open] .button", "Private talk")
        bob.one("#message").send_keys("one", *newline, "two", Keys.ENTER)
        bob.sees("one\ntwo")
        alice.one("#talks .called-count", "1")
        alice.run("document.querySelector('#message').value = Array(33).fill('x').join('\\n')")
        field.send_keys(Keys.ENTER)
        alice.one(".notice.error", "at most 32 lines")
        self.assertEqual(len(field.get_property("value").split("\n")), 33)
        self.assertEqual(alice.troubles() + bob.troubles(), [])

    def test_account(self) -> None:
        """A name is registered, asked for, proved, and left again."""
        alice = self.browser("Alice")
        alice.click("#me")
        alice.fill("New password", "correct-horse")
        alice.click("dialog[open] button", "Register Alice")
        alice.one(".me-button", "Logged in")
        other = self.browser("", width=900)
        other.fill("Nickname", "Alice")
        other.click("dialog[open] button[type=submit]")
        other.one("dialog[open]", "Alice is registered")
        other.fill("Password", "wrong-horse")
        other.click("dialog[open] button[type=submit]")
        other.one(".refusal")
        other.fill("Password", "correct-horse")
        other.click("dialog[open] button[type=submit]")
        other.one(".me-button", "Logged in")
        other.say("from the other one")
        alice.sees("from the other one")
        # A cookie that no script sees stands for the password.
        other.wait(lambda: other.driver.get_cookie("chatd"), "a cookie")
        self.assertEqual(other.run("return document.cookie"), "")
        other.driver.refresh()
        other.one(".me-button", "Logged in")
        other.gone("#banner")
        other.click("#me")
        other.one("dialog[open] dd", "2")
        other.click("dialog[open] .button", "Log out")
        other.one("dialog[open] label", "Nickname")
        other.wait(lambda: not other.driver.get_cookie("chatd"), "no cookie")
        # A cookie ends by itself, too: whoever is called otherwise than his account is a guest then, and told so.
        alice.wait(lambda: alice.driver.get_cookie("chatd"), "a cookie")
        alice.say("/nick Alison")
        alice.one(".me-button", "Alison")
        alice.driver.delete_cookie("chatd")
        alice.driver.refresh()
        alice.one(".notice.error", "login has ended")
        alice.one(".me-button", "Guest")
