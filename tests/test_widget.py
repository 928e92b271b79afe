"""The widget and the pages in a real browser, on a page of another origin than the API, and under attack.

How each page looked at the end of its test is kept in `out/screenshots/`.

Skipped where there is no Chromium (Debian: `apt-get install chromium`).
"""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Locator,
    Page,
    Request,
    Route,
    expect,
    sync_playwright,
)

from api.http.app import build_app
from api.http.keys import Keys, Kind
from index.article import Draft, NewsDate
from index.embedder import Embedder
from index.index import Index
from index.ingest import Ingest
from rag.build import Dateline
from rag.settings import Settings
from tests.widget_attacks import ADDRESSES, ATTACKS
from tests.widget_world import (
    AXE,
    BUILT,
    FLAGS,
    KEY,
    TALKS,
    Newsdesk,
    Served,
    answer,
    chromium,
    citation,
    free_port,
    keep_picture,
    newspaper,
    served,
)
from tests.widget_world import sentence as said

SEED = Path(__file__).parents[1] / "seeds"
WIDGET = BUILT.parent

needs_browser = pytest.mark.skipif(chromium() is None, reason="needs Chromium: apt-get install chromium")

expect.set_options(timeout=40_000)  # a first answer loads the embedder, beside whatever else the machine does


# ---- what is needed


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), headless=True, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture(scope="module")
def api() -> Iterator[tuple[Served, Newsdesk]]:
    """The scripted API, on one port."""
    desk = Newsdesk()
    with served(desk.app()) as running:
        yield running, desk


@pytest.fixture(scope="module")
def paper(api: tuple[Served, Newsdesk]) -> Iterator[str]:
    """The newspaper's page, on another."""
    with served(newspaper(lambda: api[0].origin)) as running:
        yield running.origin


@pytest.fixture
def desk(api: tuple[Served, Newsdesk]) -> Newsdesk:
    """What the API was asked, from now on."""
    _, held = api
    held.asked.clear()
    held.keys.clear()
    held.judged.clear()
    held.go.clear()
    held.left.clear()
    held.refusals.clear()
    return held


class Reader:
    """A page with the widget on it, and everything that went wrong on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: list[str] = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", self._console)
        page.on("dialog", self._dialog)

    def _dialog(self, dialog: Dialog) -> None:
        self.wrong.append(dialog.message)
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        if (
            "Content Security Policy" in message.text
            or "TrustedHTML" in message.text
            or message.text.startswith("Dateline")
        ):
            self.wrong.append(message.text)

    def get(self, selector: str) -> Locator:
        """Within the widget's shadow."""
        return self.page.locator(f"dateline-chat {selector}")

    def open(self) -> None:
        """Open the chat."""
        self.get(".launcher").click()
        expect(self.get("textarea")).to_be_focused()

    def ask(self, question: str) -> None:
        """Type a question and send it."""
        self.get(".composer textarea").fill(question)
        self.page.keyboard.press("Enter")

    def answered(self, question: str = "talks") -> None:
        """Ask, and wait for the whole answer."""
        before = self.get(".turn").count()
        self.ask(question)
        expect(self.get(".actions")).to_have_count(before + 1)


@pytest.fixture
def visit(browser: Browser, paper: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., Reader]]:
    """Opens the newspaper's page; at the end it is kept as a picture, and nothing may have gone wrong on it."""
    contexts: list[BrowserContext] = []
    readers: list[Reader] = []

    def go(path: str = "/own", *, wait: bool = True, **context: Any) -> Reader:
        contexts.append(browser.new_context(**({"viewport": {"width": 1100, "height": 800}} | context)))
        reader = Reader(contexts[-1].new_page())
        readers.append(reader)
        reader.page.goto(paper + path)
        if wait:
            expect(reader.get(".panel")).to_be_attached()
        return reader

    yield go
    for number, reader in enumerate(readers, 1):
        keep_picture(reader.page, f"{request.node.name} {number}")
    for one in contexts:
        one.close()
    assert [wrong for reader in readers for wrong in reader.wrong] == []


# ---- asking


@needs_browser
@pytest.mark.parametrize("path", ["/own", "/theirs"])
def test_asks_streams_and_cites_from_another_origin(visit: Callable[..., Reader], desk: Newsdesk, path: str) -> None:
    """Under `script-src 'self'; style-src 'self'` and required trusted types: an answer with its [n]."""
    reader = visit(path)
    reader.open()
    reader.answered()
    expect(reader.get(".sentence")).to_have_text(
        [re.compile("left out.*\\[1\\]$"), re.compile("four hours.*\\[1\\].?\\[2\\]$")]
    )
    assert desk.keys == [f"Bearer {KEY}"]
    assert desk.asked == [{"question": "talks"}]


@needs_browser
def test_only_cited_sources_are_listed(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """The third citation, which no sentence uses, is not among the sources."""
    reader = visit()
    reader.open()
    reader.answered()
    expect(reader.get(".sources li")).to_have_count(2)
    expect(reader.get(".sources li").first).to_contain_text("Headline number 1")
    expect(reader.get(".sources li").first).to_contain_text("The Courier · Feb 18, 2025 · lines 12–14")


@needs_browser
def test_an_article_cited_twice_is_one_source(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """It is listed once, with a way to the lines of each citation."""
    reader = visit()
    reader.open()
    reader.answered("twice")
    expect(reader.get(".sources > ol > li")).to_have_count(1)
    expect(reader.get(".sources li")).to_contain_text("The Courier · Feb 18, 2025 · [1] lines 12–14 · [2] line 6")


@needs_browser
@pytest.mark.parametrize(
    ("short", "stressed"),
    [("FOUR HOURS", ["four hours"]), ("our hour", []), ("<b>", []), ("they", ["They"]), ("Norway", []), ("İ", [])],
)
def test_the_short_answer_stands_out_where_a_sentence_says_it(
    visit: Callable[..., Reader], desk: Newsdesk, short: str, stressed: list[str]
) -> None:
    """Once, in whole words; the sentences stay as they were, and what no sentence says is not shown."""
    desk.answers["short"] = TALKS | {"short": short}
    reader = visit()
    reader.open()
    reader.answered("short")
    expect(reader.get(".sentence strong")).to_have_text(stressed)
    expect(reader.get(".sentence .words")).to_have_text([one["text"] for one in TALKS["sentences"]])


@needs_browser
def test_sentences_appear_before_the_answer_is_complete(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """The first sentence with its [1] is there while the second is still being worked on."""
    reader = visit()
    reader.open()
    reader.ask("slow")
    expect(reader.get(".marker")).to_have_count(1)
    expect(reader.get(".status")).to_be_visible()
    expect(reader.get(".send")).to_have_attribute("aria-label", "Stop")
    desk.go.set()
    expect(reader.get(".marker")).to_have_count(3)
    expect(reader.get(".send")).to_have_attribute("aria-label", "Ask")


@needs_browser
def test_the_popover_by_keyboard(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """Focus opens it, tab goes into it, Esc closes it and gives the focus back, the next Esc closes the chat."""
    reader = visit()
    reader.page.locator("#before").focus()
    reader.page.evaluate("document.querySelector('dateline-chat').open()")
    reader.answered()
    reader.get(".log").focus()
    for _ in range(3):
        reader.page.keyboard.press("Tab")
        if reader.get(".marker").first.evaluate("one => one.getRootNode().activeElement === one"):
            break
    popover = reader.get(".popover")
    expect(popover).to_be_visible()
    for told in (
        "Headline number 1",
        "The Courier · Feb 18, 2025 · lines 12–14",
        "…before the quoted words 1 after…",
    ):
        expect(popover).to_contain_text(told)
    expect(popover.locator("mark")).to_have_text("the quoted words 1")
    reader.page.keyboard.press("Tab")
    expect(popover.get_by_role("link", name="Open at lines 12–14")).to_be_focused()
    reader.page.keyboard.press("Escape")
    expect(popover).to_have_count(0)
    expect(reader.get(".marker").first).to_be_focused()
    reader.page.keyboard.press("Escape")
    expect(reader.get(".panel")).to_be_hidden()
    expect(reader.page.locator("#before")).to_be_focused()


@needs_browser
def test_the_popover_by_hover_and_by_tap(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """Hovering shows it while the pointer is on either; a tap keeps it until one taps elsewhere."""
    reader = visit()
    reader.open()
    reader.answered()
    popover = reader.get(".popover")
    reader.get(".marker").first.hover()
    expect(popover).to_be_visible()
    popover.hover()
    reader.page.wait_for_timeout(350)
    expect(popover).to_be_visible()
    reader.page.mouse.move(5, 5)
    expect(popover).to_have_count(0)
    reader.get(".marker").last.click()
    reader.page.mouse.move(5, 5)
    reader.page.wait_for_timeout(350)
    expect(popover).to_contain_text("Headline number 2")
    reader.get(".title").click()
    expect(popover).to_have_count(0)


@needs_browser
def test_opens_at_the_line(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """The link leads to the viewer of the API's server, and names lines and quote; the other to the publisher."""
    reader = visit()
    reader.open()
    reader.answered()
    reader.get(".marker").first.click()
    with reader.page.expect_popup() as opened:
        reader.get(".popover").get_by_role("link", name="Open at lines 12–14").click()
    assert re.search(r"/articles/article-1\?rev=(9f2c){16}&lines=12-14&quote=812-960#L12-L14$", opened.value.url)
    publisher = reader.get(".popover").get_by_role("link", name="At the publisher")
    expect(publisher).to_have_attribute("href", "https://news.example/1#:~:text=the%20quoted%20words")


@needs_browser
def test_what_the_articles_do_not_say_looks_like_it(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """The outcome, its reason, the nearest lines and how many sentences were left out."""
    reader = visit()
    reader.open()
    reader.answered("nothing")
    box = reader.get(".insufficient")
    expect(box).to_contain_text("The articles do not say")
    expect(box).to_contain_text("Nothing in the articles mentions the cup.")
    expect(reader.get(".reading li")).to_contain_text("the quoted words 1")
    expect(reader.get(".after")).to_contain_text("1 sentence was left out")


@needs_browser
def test_superseded_disputed_partial_and_copied_look_like_it(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """Each says so in words beside the sentence, not by colour alone."""
    reader = visit()
    reader.open()
    reader.answered("differ")
    expect(reader.get(".sentence.superseded")).to_contain_text("Superseded by later reporting")
    expect(reader.get(".sentence.disputed")).to_contain_text("Disputed: sources differ")
    expect(reader.get(".sentence.partial")).to_contain_text("Partly supported")
    expect(reader.get(".sources li").first).to_contain_text("The article has changed since")
    expect(reader.get(".sources > ol > li").nth(1)).to_contain_text("Also carried by 2 other outlets")
    expect(reader.get(".partly").first).to_contain_text("Two outlets disagree: see \u2060[2]")
    expect(reader.get(".partly").last).to_have_text("Nothing was found on: who is missing")
    expect(reader.get(".answer")).to_contain_text("Understood as: How many people died in the flood?")
    expect(reader.get(".sides li")).to_have_text(
        [
            re.compile("Twelve.*Latest.*The Wire"),
            re.compile("Nine.*Disputed"),
            re.compile("Seven.*Superseded.*Courier"),
        ]
    )
    expect(reader.get(".sides .label")).to_have_text("Sources differ")


@needs_browser
def test_a_figure_that_only_changed_is_no_dispute(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """Where one figure took the place of another, the box does not say that sources differ."""
    reader = visit()
    reader.open()
    reader.answered("toll")
    expect(reader.get(".sides .label")).to_have_text("How the figure changed")
    expect(reader.get(".sides li")).to_have_text([re.compile("19.*Latest"), re.compile("7.*Superseded")])


@needs_browser
def test_how_old_the_evidence_is_stands_before_the_answer(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """What else is told of it stays below."""
    age = "The newest article cited is of 2025-02-18, 644 days earlier."
    dates = "Dates in square brackets are worked out."
    desk.answers["old"] = TALKS | {"notes": [{"about": "age", "text": age}, {"about": "dates", "text": dates}]}
    reader = visit()
    reader.open()
    reader.answered("old")
    texts = reader.get(".answer").inner_text()
    assert texts.index(age) < texts.index(TALKS["sentences"][0]["text"]) < texts.index("Dates in square brackets")


# ---- going wrong


@needs_browser
def test_stop_stops_the_server_too(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """What was verified stays, the server sees that the reader left, and one can ask again."""
    reader = visit()
    reader.open()
    reader.ask("never")
    expect(reader.get(".marker")).to_have_count(1)
    reader.get(".send").click()
    expect(reader.get(".outcome")).to_have_text("Stopped. What was verified so far is shown.")
    assert desk.left.wait(5)
    desk.go.set()
    reader.get(".again").click()
    expect(reader.get(".marker")).to_have_count(3)


@needs_browser
def test_a_lost_connection_keeps_what_was_verified(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """It is told as an alert, what came stays, and asking again works."""
    reader = visit()
    reader.open()
    reader.ask("broken")
    alert = reader.get(".error")
    expect(alert).to_contain_text(
        "The connection was lost. What you see was verified, but the answer is not complete."
    )
    expect(alert).to_have_attribute("role", "alert")
    expect(reader.get(".marker")).to_have_count(1)
    expect(reader.get(".again")).to_be_enabled()


@needs_browser
def test_a_server_that_restarts_in_mid_stream(
    visit: Callable[..., Reader], desk: Newsdesk, api: tuple[Served, Newsdesk]
) -> None:
    """Down it is told as lost, then as out of reach; once it is up again the same button answers."""
    reader = visit()
    reader.open()
    reader.ask("restart")
    expect(reader.get(".marker")).to_have_count(1)
    api[0].stop()
    expect(reader.get(".error")).to_contain_text("The connection was lost.")
    reader.get(".again").click()
    expect(reader.get(".error")).to_contain_text("The server could not be reached.")
    desk.go.set()
    api[0].start()
    reader.get(".again").click()
    expect(reader.get(".marker")).to_have_count(3)


@needs_browser
def test_a_silent_server_is_given_up(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """After data-timeout seconds without a byte."""
    reader = visit("/own?timeout=1")
    reader.open()
    reader.ask("silent")
    expect(reader.get(".error")).to_contain_text("The server has not said anything for a while.")


@needs_browser
@pytest.mark.parametrize(
    ("status", "headers", "told"),
    [
        (429, {"Retry-After": "2"}, "Too many questions just now. You can ask again in"),
        (503, {}, "The server is busy just now."),
        (403, {}, "This chat is not allowed to ask"),
        (422, {}, "The question was not understood: the reason why"),
        (500, {}, "Something went wrong on the server."),
    ],
)
def test_refusals_are_told_plainly_with_a_way_on(
    visit: Callable[..., Reader], desk: Newsdesk, status: int, headers: dict[str, str], told: str
) -> None:
    """Each in its own words; where the server says when to come again, the button waits for it."""
    desk.refusals["talks"] = [(status, headers)]
    reader = visit()
    reader.open()
    reader.ask("talks")
    expect(reader.get(".error")).to_contain_text(told)
    if headers:
        expect(reader.get(".again")).to_be_disabled()
    expect(reader.get(".again")).to_be_enabled()
    reader.get(".again").click()
    expect(reader.get(".marker")).to_have_count(3)


@needs_browser
def test_offline_is_told_and_the_question_is_kept(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """A line says so; a question asked meanwhile is kept, and answered once there is a connection."""
    reader = visit()
    reader.open()
    reader.page.context.set_offline(True)
    expect(reader.get(".offline")).to_contain_text("You are offline.")
    reader.ask("talks")
    expect(reader.get(".error")).to_contain_text("You are offline. Your question is kept")
    reader.page.context.set_offline(False)
    expect(reader.get(".offline")).to_be_hidden()
    reader.get(".again").click()
    expect(reader.get(".marker")).to_have_count(3)


# ---- what else a reader does


@needs_browser
def test_a_reload_keeps_the_conversation(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """The chat is open as before, with answer, citations and draft; what was under way says so."""
    reader = visit()
    reader.open()
    reader.answered()
    reader.ask("slow")
    expect(reader.get(".marker")).to_have_count(4)
    reader.get(".composer textarea").fill("half a que")
    reader.page.reload()
    expect(reader.get(".turn")).to_have_count(2)
    expect(reader.get(".marker")).to_have_count(3)
    expect(reader.get(".outcome")).to_have_text("The page was reloaded before this was answered.")
    expect(reader.get(".composer textarea")).to_have_value("half a que")
    reader.get(".marker").first.click()
    expect(reader.get(".popover mark")).to_have_text("the quoted words 1")
    reader.get(".clear").click()
    expect(reader.get(".turn")).to_have_count(0)
    reader.page.reload()
    expect(reader.get(".panel")).to_be_attached()
    expect(reader.get(".turn")).to_have_count(0)


@needs_browser
def test_a_question_is_edited_and_asked_again(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """What followed it goes; Esc leaves all as it was; earlier turns are sent along, later ones are not."""
    reader = visit()
    reader.open()
    reader.answered("talks")
    reader.answered("nothing")
    reader.get(".edit").last.focus()
    reader.page.keyboard.press("Enter")
    expect(reader.get(".composer textarea")).to_have_value("nothing")
    reader.page.keyboard.press("Escape")
    expect(reader.get(".composer textarea")).to_have_value("")
    expect(reader.get(".turn")).to_have_count(2)
    reader.get(".edit").last.click()
    reader.get(".composer textarea").fill("differ")
    reader.page.keyboard.press("Enter")
    expect(reader.get(".sentence.disputed")).to_be_visible()
    expect(reader.get(".turn")).to_have_count(2)
    text = "Ukraine was left out of the talks. They lasted over four hours."
    assert desk.asked[-1] == {"question": "differ", "history": [{"question": "talks", "answer": text}]}


@needs_browser
def test_copies_with_citations(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """The text on the clipboard has the sentences with their markers, and each source with date, lines and quote."""
    reader = visit(permissions=["clipboard-read", "clipboard-write"])
    reader.open()
    reader.answered()
    reader.get(".copy").click()
    expect(reader.get(".told")).to_have_text("Copied")
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    assert "Ukraine was left out of the talks.[1] They lasted over four hours.[1][2]" in copied
    assert "[1] Headline number 1\n    The Courier · Feb 18, 2025 · lines 12–14\n    “the quoted words 1”" in copied
    assert "Headline number 3" not in copied


@needs_browser
def test_feedback_says_what_is_wrong_with_which_citation(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """From the popover, by keyboard: the citation, the sentence, the reason and a comment arrive; focus returns."""
    reader = visit()
    reader.open()
    reader.answered()
    reader.get(".marker").last.click()
    reader.get(".popover").get_by_role("button", name="This citation is wrong").press("Enter")
    expect(reader.get(".feedback input").first).to_be_focused()
    reader.get(".feedback").get_by_label("It is out of date").check()
    reader.get(".feedback textarea").fill("A newer one is there.")
    reader.get(".feedback").get_by_role("button", name="Send").click()
    expect(reader.get(".told")).to_contain_text("Thank you")
    expect(reader.get(".marker").last).to_be_focused()
    reader.get(".good").click()
    expect(reader.get(".good")).to_have_attribute("aria-pressed", "true")
    reader.page.wait_for_timeout(150)
    assert desk.judged == [
        {
            "answer_id": TALKS["answer_id"],
            "verdict": "bad",
            "reason": "outdated",
            "citation": 2,
            "sentence": 1,
            "comment": "A newer one is there.",
        },
        {"answer_id": TALKS["answer_id"], "verdict": "good"},
    ]


@needs_browser
def test_suggested_questions_are_asked_at_a_click(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """They come from the server, and go once a conversation has begun."""
    reader = visit()
    reader.open()
    reader.get(".suggestion").click()
    expect(reader.get(".marker")).to_have_count(3)
    expect(reader.get(".welcome")).to_be_hidden()


@needs_browser
def test_the_page_can_drive_it(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """open, ask, strings, events and close; every word can be replaced."""
    reader = visit("/own?strings=" + json.dumps({"placeholder": "Frag etwas"}))
    told = reader.page.evaluate(
        """async () => {
          const chat = document.querySelector("dateline-chat"), told = [];
          for (const name of ["open", "ask", "answer", "close"])
            document.addEventListener(`dateline:${name}`, () => told.push(name));
          await chat.ask("talks");
          chat.close();
          chat.strings = { send: "Fragen" };
          return [told, chat.conversationSoFar[0].answer.outcome, chat.isOpen];
        }"""
    )
    assert told == [["open", "ask", "answer", "close"], "answered", False]
    expect(reader.get(".send")).to_have_attribute("aria-label", "Fragen")
    expect(reader.get(".composer textarea")).to_have_attribute("placeholder", "Frag etwas")


@needs_browser
def test_a_screen_reader_hears_one_announcement(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """Once the answer is complete, and nothing while it streams."""
    reader = visit()
    reader.open()
    reader.page.evaluate(
        """() => {
          window.heard = [];
          const place = document.querySelector("dateline-chat").shadowRoot.querySelector("[role=status]");
          const heard = new MutationObserver(() => window.heard.push(place.textContent));
          heard.observe(place, {childList: true, subtree: true});
        }"""
    )
    reader.answered()
    assert reader.page.evaluate("window.heard") == [
        "Answer: Ukraine was left out of the talks. They lasted over four hours. 2 sources."
    ]


# ---- how it looks


@needs_browser
def test_on_a_phone_it_fills_the_screen(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """The whole of it, above an on-screen keyboard too, and citations come up from below."""
    reader = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    reader.get(".launcher").tap()
    reader.answered()
    assert reader.get(".panel").bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    reader.get(".marker").first.tap()
    box = reader.get(".popover").bounding_box()
    assert box is not None
    assert (box["x"], box["width"], round(box["y"] + box["height"])) == (0, 390, 844)
    reader.page.set_viewport_size({"width": 390, "height": 480})  # the keyboard is up
    expect(reader.get(".composer")).to_be_in_viewport(ratio=1)


@needs_browser
def test_right_to_left(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """On a right-to-left page the chat sits at the left, and question and answer change sides."""
    reader = visit("/own?html-dir=rtl&html-lang=ar")
    reader.open()
    reader.answered()
    panel, question = reader.get(".panel").bounding_box(), reader.get(".question").bounding_box()
    assert panel is not None
    assert question is not None
    assert panel["x"] < 100
    assert question["x"] < panel["x"] + panel["width"] / 3
    reader.get(".marker").first.click()
    expect(reader.get(".popover")).to_be_in_viewport(ratio=1)


@needs_browser
def test_reduced_motion_and_forced_colours(visit: Callable[..., Reader], desk: Newsdesk) -> None:
    """Nothing moves for who does not want it; in forced colours [n] keeps a border."""
    reader = visit(reduced_motion="reduce", forced_colors="active")
    reader.open()
    reader.answered()
    style = "one => [getComputedStyle(one).animationName, getComputedStyle(one).borderTopStyle]"
    assert reader.get(".sentence").first.evaluate(style)[0] == "none"
    assert reader.get(".marker").first.evaluate(style)[1] == "solid"


@needs_browser
def test_every_documented_variable_is_used(visit: Callable[..., Reader]) -> None:
    """docs/widget.md lists the variables and parts that there are, and no others: at least 40 variables."""
    documented = (WIDGET.parents[1] / "docs" / "widget.md").read_text("utf-8")
    sheet = (WIDGET / "src" / "chat.css").read_text("utf-8")
    variables = set(re.findall(r"--dateline-[a-z-]+", sheet))
    assert set(re.findall(r"`(--dateline-[a-z-]+)`", documented)) == variables
    assert len(variables) >= 40
    parts = {
        part
        for path in (WIDGET / "src").glob("*.ts")
        for found in re.findall(r'part(?:: |", .*?)"([a-z -]+)"', path.read_text("utf-8"))
        for part in found.split()
    }
    section = documented.partition("## Parts")[2].partition("\n## ")[0]
    assert set(re.findall(r"`([a-z-]+)`", section)) == parts


@needs_browser
@pytest.mark.skipif(not AXE.exists(), reason="needs axe-core: npm ci --prefix api/widget")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit: Callable[..., Reader], desk: Newsdesk, scheme: str) -> None:
    """0 violations of axe-core: closed, welcoming, answered in every way, with popover, form and failure."""
    reader = visit(f"/own?theme={scheme}", reduced_motion="reduce")  # what fades in has less contrast for a moment
    found = [*_axe(reader.page)]
    reader.open()
    expect(reader.get(".suggestion")).to_be_visible()
    found += _axe(reader.page)
    for question in ("talks", "differ", "nothing", "broken"):
        reader.answered(question)
    reader.get(".marker").first.click()
    reader.get(".bad").first.click()
    reader.get(".marker").last.click()
    found += _axe(reader.page)
    assert found == []


def _axe(page: Page) -> list[str]:
    """What axe-core finds wrong, as `rule: element: why`."""
    page.evaluate(AXE.read_text("utf-8"))
    return page.evaluate(  # type: ignore[no-any-return]
        """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.flatMap(rule =>
             rule.nodes.map(node => `${rule.id}: ${node.target.flat().join(" ")}: ${node.failureSummary}`))"""
    )


# ---- the real thing


@dataclass(frozen=True)
class Real:
    """The real application, and a page of another origin that a real key lets in."""

    origin: str
    paper: str
    key: str


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, real_embedder: Embedder) -> Iterator[Real]:
    """The real application over the seed article and hostile ones, extractive, with a publishable key."""
    home = tmp_path_factory.mktemp("real")
    index = Index(home, real_embedder)
    Ingest(index, timer=lambda: 0.0).run([SEED])
    index.add(list(_hostile_articles()))
    port = free_port()
    own = f"http://127.0.0.1:{port}"
    with served(newspaper(lambda: own)) as paper:
        _, key = Keys(home).create(Kind.PUBLISHABLE, "tests", origins=[own, paper.origin])
        dateline = Dateline(Settings(home=home, model="extractive", page_key=key, port=port), index, None)
        with served(build_app(dateline), port) as running:
            yield Real(running.origin, paper.origin, key)
    dateline.close()


@needs_browser
def test_a_real_key_opens_for_its_own_page(browser: Browser, real: Real) -> None:
    """The whole way, from another origin: loader, key, preflight, stream, verified sentence, citation."""
    context = browser.new_context()
    reader = Reader(context.new_page())
    reader.page.goto(f"{real.paper}/theirs?key={real.key}")
    reader.open()
    reader.answered("How long did the talks last?")
    expect(reader.get(".sentence").filter(has_text="over four hours")).to_have_count(1)
    reader.get(".good").click()
    expect(reader.get(".told")).to_contain_text("Thank you")
    context.close()
    assert reader.wrong == []


@needs_browser
def test_from_question_to_marked_line(browser: Browser, real: Real) -> None:
    """The page at `/`: ask, see the [n], open it at the line, and find that line marked in the viewer and in view."""
    context = browser.new_context(viewport={"width": 1100, "height": 500}, reduced_motion="reduce")
    reader = Reader(context.new_page())
    reader.page.goto(real.origin)
    reader.answered("How long did the talks last?")
    reader.get(".sentence").filter(has_text="over four hours").locator(".marker").first.click()
    with reader.page.expect_popup() as opened:
        reader.get(".popover").get_by_role("link", name="Open at line 6").click()
    line = opened.value.locator("#L6")
    expect(line).to_have_class("line cited")
    expect(line.locator("mark")).to_contain_text("over four hours")
    expect(line).to_be_in_viewport()
    if AXE.exists():
        assert _axe(reader.page) == []
        assert _axe(opened.value) == []
    keep_picture(reader.page, "page")
    keep_picture(opened.value, "viewer")
    context.close()
    assert reader.wrong == []


@needs_browser
def test_the_viewer_prints_the_article_and_where_it_is_from(browser: Browser, real: Real) -> None:
    """On paper stand the text, its cited lines marked, and the address, and nothing that only a screen needs."""
    context = browser.new_context(viewport={"width": 800, "height": 1100})
    page = context.new_page()
    page.goto(f"{real.origin}/articles/us-russia-riyadh-talks?lines=6-6#L6")
    expect(page.locator(".printed")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator(".printed")).to_be_visible()
    expect(page.locator(".printed")).to_contain_text("/articles/us-russia-riyadh-talks")
    expect(page.locator("#L6")).to_have_class("line cited")
    expect(page.locator("#L6")).to_be_visible()
    expect(page.locator(".bar")).to_be_hidden()
    keep_picture(page, "viewer in print")
    assert page.pdf().startswith(b"%PDF-")
    context.close()


@needs_browser
def test_a_fragment_alone_marks_its_lines(browser: Browser, real: Real) -> None:
    """`#L3-L5` marks three lines and brings them into view; without JavaScript `?lines=3-5` does."""
    context = browser.new_context(viewport={"width": 900, "height": 400})
    page = context.new_page()
    page.goto(f"{real.origin}/articles/us-russia-riyadh-talks#L7-L8")
    expect(page.locator(".line.cited")).to_have_count(2)
    expect(page.locator("#L7")).to_be_in_viewport()
    context.close()
    plain = browser.new_context(viewport={"width": 900, "height": 400}, java_script_enabled=False)
    page = plain.new_page()
    page.goto(f"{real.origin}/articles/us-russia-riyadh-talks?lines=7-8#L7-L8")
    expect(page.locator(".line.cited")).to_have_count(2)
    expect(page.locator("#L7")).to_be_in_viewport()
    plain.close()


# ---- under attack


class Watch:
    """A page on which nothing of an attack may run and from which nothing may be fetched that is not ours.

    The page's own policy is switched off, so that it is not the policy that holds.
    """

    def __init__(self, browser: Browser, allowed: set[str]) -> None:
        self.context = browser.new_context(bypass_csp=True, viewport={"width": 1100, "height": 800})
        self.context.add_init_script("window.hits = []; window.hit = n => { window.hits.push(n); };")
        self.page = self.context.new_page()
        self.allowed = allowed
        self.unexpected: list[str] = []
        self.context.on("request", self._asked)
        self.context.route(lambda url: urlsplit(url).netloc not in allowed, self._refuse)
        self.page.on("dialog", self._dialog)
        self.page.on("pageerror", lambda error: self.unexpected.append(str(error)))

    def _dialog(self, dialog: Dialog) -> None:
        self.unexpected.append(dialog.message)
        dialog.dismiss()

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).netloc not in self.allowed:
            self.unexpected.append(request.url)

    def _refuse(self, route: Route) -> None:
        route.abort()

    def clean(self) -> None:
        """Wait for what might still come, and find that nothing did."""
        self.page.wait_for_timeout(60)
        assert self.page.evaluate("window.hits") == []
        assert self.unexpected == []


def numbered(texts: tuple[str, ...], start: int) -> list[str]:
    """Each attack with a number of its own."""
    return [text.replace("{n}", str(number)) for number, text in enumerate(texts, start)]


# What the widget makes, and nothing else: an element of another kind came from outside.
OURS = "a bdi blockquote button details div form h2 h3 header li mark ol p path section span summary svg"
OURS += " textarea time ul"
_FOREIGN = """(root = document.querySelector("dateline-chat").shadowRoot) => {
  const wrong = [];
  for (const one of root.querySelectorAll("*")) {
    if (!OURS.includes(one.localName)) wrong.push(one.outerHTML.slice(0, 200));
    for (const {name} of one.attributes)
      if (/^(on.*|src.*)$/.test(name) || (name === "style" && !one.matches("textarea, .popover")))
        wrong.push(name);
    if (one.localName === "a" && !/^https?:/.test(one.href)) wrong.push(one.href);
  }
  return wrong;
}"""


@needs_browser
def test_nothing_an_answer_says_runs_or_is_fetched(
    browser: Browser, paper: str, api: tuple[Served, Newsdesk], desk: Newsdesk
) -> None:
    """Every attack in question, sentence, headline, outlet, quote, context, note, date, id and each address."""
    named = "question sentence title outlet exact prefix suffix note date id carrier aside"
    fields = named.split()
    watch = Watch(browser, {urlsplit(paper).netloc, urlsplit(api[0].origin).netloc})
    watch.page.goto(paper + "/careless?open=true")
    chat = watch.page.locator("dateline-chat")
    expect(chat.locator("textarea")).to_be_visible()
    made = 0
    for start, texts in _batches():
        by_field = {name: numbered(texts, 10_000 * at + start) for at, name in enumerate(fields)}
        made += len(fields) * len(texts)
        question = f"attack {start}|" + "".join(by_field["question"])
        desk.answers[f"attack {start}"] = _attack(by_field, start)
        before = chat.locator(".turn").count()
        chat.locator(".composer textarea").fill(question)
        watch.page.keyboard.press("Enter")
        expect(chat.locator(".actions")).to_have_count(before + 1)
        expect(chat.locator(".turn").nth(before).locator(".sentence")).to_have_count(len(texts))
    # Every popover, with what is in it; now and then a frame is drawn, in which what could run would run.
    foreign = _FOREIGN.replace("OURS", json.dumps(OURS.split()))
    in_popovers = watch.page.evaluate(
        f"""async () => {{
          const foreign = {foreign}, root = document.querySelector("dateline-chat").shadowRoot, wrong = [];
          const markers = [...root.querySelectorAll(".marker")];
          for (const [at, one] of markers.entries()) {{
            one.click();
            wrong.push(...foreign(root.querySelector(".popover")));
            if (at % 20 === 0 || at === markers.length - 1) await new Promise(requestAnimationFrame);
          }}
          return [markers.length, wrong];
        }}"""
    )
    assert in_popovers[0] >= len(ATTACKS)
    assert in_popovers[1] == []
    assert watch.page.evaluate(f"({foreign})()") == []
    watch.clean()
    watch.page.reload()
    expect(chat.locator(".turn")).not_to_have_count(0)
    assert watch.page.evaluate(f"({foreign})()") == []
    watch.clean()
    watch.context.close()
    assert made == len(fields) * len(ATTACKS)


def test_the_attacks_are_many_and_different() -> None:
    """At least two hundred texts, and addresses beside them, no two alike."""
    assert len(set(ATTACKS)) == len(ATTACKS) >= 200
    assert len(set(ADDRESSES)) == len(ADDRESSES)


def _batches() -> Iterator[tuple[int, tuple[str, ...]]]:
    """All attacks, in as many answers as are needed for each of them to fit in a question whole."""
    start, length = 0, 0
    for at, text in enumerate(ATTACKS):
        if at - start == 30 or length + len(text) + 6 > 1900:
            yield start, ATTACKS[start:at]
            start, length = at, 0
        length += len(text) + 6
    yield start, ATTACKS[start:]


def _attack(by_field: dict[str, list[str]], start: int) -> dict[str, Any]:
    """An answer in which everything that can be a text is an attack, and every address a bad one."""
    sentences, citations = [], []
    for at in range(len(by_field["sentence"])):
        marker = at + 1
        address = ADDRESSES[(start + at) % len(ADDRESSES)].replace("{n}", str(900_000 + at))
        text = {name: texts[at] for name, texts in by_field.items()}
        given = citation(
            marker,
            permalink=address,
            source_link=address,
            carried_by=[text["carrier"], {"source": text["carrier"], "id": address}],
        )
        given["article"] |= {
            "title": text["title"],
            "source": text["outlet"],
            "published_at": text["date"],
            "id": text["id"],
            "url": address,
        }
        given["quote"] |= {"exact": text["exact"], "prefix": text["prefix"], "suffix": text["suffix"]}
        citations.append(given)
        sentences.append(said(text["sentence"], marker))
    sides = [
        {"value": value, "standing": kind, "source": outlet, "published_at": date, "citation": at}
        for at, (value, outlet, date) in enumerate(
            zip(by_field["sentence"], by_field["outlet"], by_field["date"], strict=True), 1
        )
        for kind in ("disputed", by_field["aside"][at - 1])[: at % 2 + 1]
    ]
    return answer(
        sentences,
        citations,
        notes=[{"about": "premise", "text": text} for text in by_field["note"]],
        model=by_field["aside"][0],
        as_of=by_field["date"][0],
        newest_evidence=by_field["date"][-1],
        understood=by_field["aside"][0],
        unanswered=by_field["aside"],
        disagreement=sides,
    )


PER_ARTICLE = 24  # attacks, four to a field


def _hostile_articles() -> Iterator[Draft]:
    """One article whose lines are the attacks, and some whose fields are."""
    day = NewsDate.day(dt.date(2025, 2, 19))
    lines = [re.sub(r"[\r\n\x00]", " ", text) for text in numbered(ATTACKS, 0)]
    yield Draft(article_id="hostile", text="\n".join(lines), title=lines[0], source=lines[1], published_at=day)
    for at in range(0, len(lines), PER_ARTICLE):
        field = [" ".join(lines[place : place + 4]) or lines[0] for place in range(at, at + PER_ARTICLE, 4)]
        yield Draft(
            article_id=f"hostile-{at}",
            text=f"{field[0]}\nNothing to see.",
            title=field[0],
            source=field[1],
            authors=(field[2], field[3]),
            section=field[4],
            correction=field[5],
            language='en"><script>hit(1)</script>',
            url=numbered(ADDRESSES, 0)[at // PER_ARTICLE % len(ADDRESSES)],
            published_at=day,
        )
    for at, address in enumerate(numbered(ADDRESSES, 0)):
        yield Draft(
            article_id=f"address-{at}", title="Far", text="Far\nNothing to see.", url=address, published_at=day
        )


@needs_browser
def test_nothing_an_article_says_runs_or_is_fetched(browser: Browser, real: Real) -> None:
    """Every attack as a line, headline, outlet, author, section, correction; every address; and in the query."""
    watch = Watch(browser, {urlsplit(real.origin).netloc})
    pages = ["/articles/hostile?lines=1-5", "/demo", "/"]
    pages += [f"/articles/hostile-{at}" for at in range(0, len(ATTACKS), PER_ARTICLE)]
    pages += [
        "/articles/hostile?"
        + watch.page.evaluate(
            "q => String(new URLSearchParams(q))",
            dict(zip(("lines", "rev", "diff", "quote", "start"), numbered(ATTACKS, 0)[at : at + 5], strict=False)),
        )
        for at in range(0, len(ATTACKS), 24)
    ]
    kinds = set()
    for path in pages:
        watch.page.goto(real.origin + path)
        told = watch.page.evaluate(
            """() => ({
              kinds: [...document.querySelectorAll("main *, header *")].map(one => one.localName),
              handlers: [...document.querySelectorAll("*")]
                .flatMap(one => [...one.attributes].map(a => a.name)).filter(name => name.startsWith("on")),
              styled: [...document.querySelectorAll("[style]:not(dateline-chat)")].map(one => one.outerHTML),
              links: [...document.links].map(one => one.protocol),
              scripts: [...document.scripts].map(one => one.getAttribute("src") ?? "inline"),
            })"""
        )
        kinds |= set(told["kinds"])
        assert told["handlers"] + told["styled"] == []
        assert set(told["links"]) <= {"http:", "https:"}
        assert all(re.match(r"/(static|widget)", script) for script in told["scripts"]), told["scripts"]
        assert watch.page.evaluate("window.hits") == []
    links = watch.page.evaluate(
        """async paths => {
          const found = [];
          for (const path of paths) {
            const page = new DOMParser().parseFromString(await (await fetch(path)).text(), "text/html");
            found.push(...[...page.links].map(one => new URL(one.getAttribute("href"), location).protocol));
          }
          return found;
        }""",
        [f"/articles/address-{at}" for at in range(len(ADDRESSES))],
    )
    assert len(links) >= len(ADDRESSES)
    assert set(links) <= {"http:", "https:"}
    assert not kinds & {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "style",
        "svg",
        "math",
        "form",
        "video",
        "input",
    }
    watch.clean()
    watch.context.close()


# ---- what is shipped


def test_the_built_files_name_no_other_place() -> None:
    """No address of a third party in what is shipped, nothing that evaluates text, and no innerHTML."""
    for path in BUILT.glob("*.js"):
        text = path.read_text("utf-8")
        assert set(re.findall(r"https?://[^\s\"'`)]+", text)) <= {"http://www.w3.org/2000/svg"}, path.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text), (
            path.name
        )


@pytest.mark.skipif(which("node") is None or not AXE.exists(), reason="needs Node and: npm ci --prefix api/widget")
def test_the_built_files_are_what_the_source_builds() -> None:
    """Byte for byte, and not larger than promised: 3 KB and 25 KB gzipped."""
    built = subprocess.run(["node", "build.mjs", "--check"], cwd=WIDGET, capture_output=True, text=True, timeout=120)
    assert built.returncode == 0, built.stdout + built.stderr
