"""What a quoted sentence leaves to its neighbours: who "she" is, whose opinion it is, how it ends.

"Who called the reports fiction?" is proved by "She called reports of an agreement “fiction”.", which tells a reader
nobody. News names a speaker before the pronoun, a column its writer under the headline; and "An earlier version gave
13,400." goes on "It is 1,340.", "It will not open in November after all." goes on with the new date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.asked import DATE, Asked, seeks_somebody
from rag.checks.names import gazetteer, names
from rag.fitting import not_then
from rag.lines import EvidenceLine, LinesOf
from rag.normal import fold
from rag.planted import orders
from rag.sentences import Placed, split

BEFORE = 6  # sentences back; a pronoun further from its name is rare in news
LABEL = 3  # words of a line in capitals that is no sentence
SHORT = 14  # words of a sentence that finishes the one before it
BYLINE = 3  # lines from the top among which a writer signs
_SIGNED = r"(?:By )?(?:[A-Z][\w.’'-]+ ){1,3}?[A-Z][\w’'-]+"
_BYLINE = re.compile(rf"{_SIGNED}(?:, [\w ]{{3,30}})?")
_SIGNED_OFF = re.compile(rf"[-–—] ?{_SIGNED}(?:, [\w ]{{3,30}})?\.?")  # under a piece of a live page
_OPINION = re.compile(
    rf"{_SIGNED}, (?:[\w ]{{3,20}} )?(?:comment|columnist|commentator|opinion|editorial|analysis|critic)"
)
_TAKES_BACK = re.compile(
    r"\bwe (?:were wrong|withdraw|retract|apologi[sz]e|regret)\b|^(?:correction|retraction)\b"
    r"|\b(?:retract|withdraw)(?:s|ed|n|ing)? (?:the |its |our )?(?:report|story|article|claim)\b"
    r"|\b(?:report|story|article|claim)s?\b.*\b(?:was|were|is) (?:wrong|false|untrue)\b"
    r"|\bis an? (?:copy|fake|forgery|hoax)\b",
    re.IGNORECASE,
)
_INVITES = re.compile(
    r"(?:want more\b.{0,40})?(?:sign up (?:for|to|here)\b|subscribe (?:to|here|now)\b|click (?:here|on)\b"
    r"|(?:follow|like) us on\b|get the latest\b.*\binbox\b|read (?:more|the full (?:story|article))\b"
    r"|[\W_]{0,3}(?:faqs?|related|(?:see|read) also|opinion|watch|video|photos|gallery|more (?:on|from) [^:.]{2,40}):"
    r"|(?:here(?:['’]s| is| are) )?(?:what|everything)(?: you(?: need| should)?| we)? (?:to )?know\b(?! is\b)"
    r"|here(?:['’]s| is) how to\b|here are the (?:results|latest|live)\b"
    r"|follow (?:the |our |along )?(?:latest|live|here|with)\b"
    r"|this is an? (?:updated|developing|breaking|shortened|edited) (?:version|story|news|article)\b"
    r"|(?:previous |live |latest )?updates?:\S"
    r"|editor['’]s note: (?:for|find|sign up|this (?:article|story|post) (?:was|is|has been) updated))",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"(?:it|its|he|his|she|her|they|their|both|neither|none|all|that|this|these|those)\b", re.IGNORECASE
)
_I = re.compile(r"\b(?:I|my|me)\b")
_QUOTATION = re.compile(r"“[^”]*”|\"[^\"]*\"")


def of(about: Asked, line: EvidenceLine, lines_of: LinesOf) -> EvidenceLine | None:
    """The nearest sentence that names somebody for a line that names nobody new; None where none is needed or found.

    Only of use where a person is asked for.
    """
    if not seeks_somebody(about) or _names(about, line.text):
        return None
    for number, placed in _around(line, lines_of):
        if _names(about, placed.text) and not orders(placed.text) and not is_label(placed.text):
            return line.elsewhere(number, placed)
    return None


def signature(line: EvidenceLine, lines_of: LinesOf) -> EvidenceLine | None:
    """The byline of a column that a line is quoted from: whose opinion it is. None for a report, and for itself."""
    for number, placed in _top(line, lines_of):
        if number != line.line and _OPINION.fullmatch(placed.text):
            return line.elsewhere(number, placed)
    return None


def withdrawal(line: EvidenceLine, lines_of: LinesOf) -> EvidenceLine | None:
    """The headline of an article that takes back what a line of it tells: "Our report was wrong". None for others.

    A line tells the story before it says that the story is false; quoted alone it would tell it anew.
    """
    headline = lines_of(line.article.article_id, line.revision)[1]
    if line.line == 1 or _TAKES_BACK.search(headline.text) is None:
        return None
    return line.elsewhere(1, Placed(headline.start, headline.end, headline.text))


def continuation(line: EvidenceLine, lines_of: LinesOf) -> EvidenceLine | None:
    """The next sentence of a line, where it is short and goes on about the same: "She should go." None for others.

    Of one that tells only when something is not, the next that has a date.
    """
    stored = lines_of(line.article.article_id, line.revision)[line.line]
    for placed in split(stored, line.article.language or "en"):
        if placed.start >= line.end:
            goes_on = _GOES_ON.match(placed.text) is not None and len(placed.text.split()) <= SHORT
            then = not_then(line.text) and DATE.search(placed.text) is not None and not not_then(placed.text)
            return line.elsewhere(line.line, placed) if (goes_on or then) and not orders(placed.text) else None
    return None


def is_label(text: str) -> bool:
    """Whether a line is the page's and not the article's: "READ MORE:", an outlet's name, "Sign up here"."""
    return (text.isupper() and len(text.split()) <= LABEL) or _INVITES.match(text) is not None


def is_byline(line: EvidenceLine) -> bool:
    """Whether a line is a byline ("Ada Moore, comment", "– Ada Moore"): it says only who does."""
    return (1 < line.line <= BYLINE and _BYLINE.fullmatch(line.text) is not None) or _SIGNED_OFF.fullmatch(
        line.text
    ) is not None


def _top(line: EvidenceLine, lines_of: LinesOf) -> Iterator[tuple[int, Placed]]:
    """The sentences of the lines under the headline, where a writer signs."""
    lines = lines_of(line.article.article_id, line.revision)
    for number in range(2, min(BYLINE, len(lines)) + 1):
        yield from ((number, placed) for placed in split(lines[number], line.article.language or "en"))


def _names(about: Asked, text: str) -> bool:
    """Whether a text names somebody that the question does not; whom a speaker speaks of is not who speaks."""
    known = frozenset(fold(word) for word in re.findall(r"[^\W_]+", about.question))
    return any(
        not known.issuperset(name.parts) and " ".join(name.parts) not in gazetteer()
        for name in names(_QUOTATION.sub(" ", text))
    )


def _around(line: EvidenceLine, lines_of: LinesOf) -> Iterator[tuple[int, Placed]]:
    """Where to look, nearest first: for "I" the byline, else the sentences before, then what else the line says."""
    lines = lines_of(line.article.article_id, line.revision)
    language = line.article.language or "en"
    if _I.search(_QUOTATION.sub(" ", line.text)):
        yield from _top(line, lines_of)
    before: list[tuple[int, Placed]] = []
    number = line.line
    while number > 1 and len(before) < BEFORE:
        found = [placed for placed in split(lines[number], language) if placed.end <= line.start]
        before += [(number, placed) for placed in reversed(found)]
        number -= 1
    yield from before[:BEFORE]
    yield from ((line.line, placed) for placed in split(lines[line.line], language) if placed.start >= line.end)
