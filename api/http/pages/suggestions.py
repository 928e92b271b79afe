"""Questions that the articles can really answer: made from their own lines, asked, and kept if they are answered.

A question is made from a sentence by its form ("The talks, which lasted over four hours" → "How long did the talks
last?"), asked without a language model, and suggested only if the answer cites the very line it was made from. So it
never promises what the index cannot keep, and a language model is not troubled for it.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from index.article import Article
from index.errors import UnknownArticle
from index.lines import Lines
from index.newest import newest
from rag.answer import Outcome
from rag.ask import Asker
from rag.build import Dateline
from rag.errors import BadQuestion

ARTICLES = 60  # the latest, looked at for questions
TRIED = 16  # questions asked at most: each takes as long as an answer without a model
SUGGESTED = 4
PER_FORM = 2  # questions of one form, so that they differ
LINES = 40  # of an article
MOST_LINE = 1_000  # characters of a line

# What stands before a name is no part of it.
_TITLE = (
    r"(?:Mayor|Judge|Chair|Inspector|Governor|Lawyer|Prosecutor|President|Prime|Minister|Senator|General|Secretary|"
    r"Director|Commissioner|CEO|Actor|Actress|Dr|Mr|Mrs|Ms|Sir)"
)
_NAME = rf"(?:{_TITLE} )*(?P<name>[A-Z][\w’'-]+(?: (?:de|van|von|der|al|bin))?(?: [A-Z][\w’'-]+){{1,2}})"
_TITLES = re.compile(rf"^(?:{_TITLE} )+")
_NUMBER = (
    r"(?:\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty|dozens of|hundreds of)"
)
_THINGS = r"(?P<things>people|homes|houses|schools|workers|soldiers|residents|passengers|families|jobs|trains)"
_SAYING = r"(?:said|told|warned|announced)"
_ROLE = r"(?!(?:in|on|at|to|of|by|for|with|from|as|that|during|and|when|after)\b)[a-z]+"

# Form, pattern in a sentence, question. The most telling first.
_FORMS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("long", re.compile(r"\b(?P<what>[Tt]he (?:\w+ )?\w+),?(?: which| that)? lasted\b"), "How long did {what} last?"),
    ("sentence", re.compile(rf"\b{_NAME} (?:was|has been) sentenced to\b"), "What was {name} sentenced to?"),
    (
        "many",
        re.compile(rf"\b{_NUMBER} {_THINGS} (?P<be>were|have been|had been) (?P<done>\w+ed|hurt|without power)\b"),
        "How many {things} {be} {done} in {place}?",
    ),
    (
        "when",
        re.compile(
            r"^(?P<what>The (?:\w+ ){1,3})will (?P<do>(?:re)?open|begin|start|close|vote|meet)\b.* (?:on|in) "
        ),
        "When will {what}{do}?",
    ),
    (
        "whom",
        re.compile(
            r"\b(?:was|were|been) (?P<done>excluded|left out|arrested|charged|elected|appointed|rescued) "
            r"(?P<rest>(?:from|of|as|with|in) the (?:[a-z]+ )?[a-z]+)\b"
        ),
        "Who was {done} {rest}?",
    ),
    ("said", re.compile(rf"\b(?:said|warned) (?:{_ROLE} ){{0,3}}{_NAME}\b"), "What did {name} say about {topic}?"),
    ("said", re.compile(rf"\b{_NAME} {_SAYING}\b"), "What did {name} say about {topic}?"),
    ("who", re.compile(rf"\b{_NAME}, (?:a|an|the|its|their|who) [a-z]"), "Who is {name}?"),
)
_PLACE = re.compile(r"\b(?:in|near) (?P<place>[A-Z]\w{2,}(?: [A-Z]\w+)?)\b")
_CAPITALS = re.compile(r"[A-Z][\w’'-]{2,}(?: [A-Z][\w’'-]{2,}){0,2}")
# Words in capitals that begin a sentence, and those of whoever is no person.
_NO_NAME = frozenset(
    """
    The A An This That He She It They We In On At But And For After When What Who How Why As If So Yet Monday
    Tuesday Wednesday Thursday Friday Saturday Sunday University Act Post Times Magazine Press Association
    Society Institute Agency Ministry Office Group House Company Flag Study Square Garden City New North South
    East West United Union Council Committee Court Party Bank Authority Administration Department School
    College Church Street Bridge Radio News Media
    """.split()  # noqa: SIM905  (a list of words is easier to read as text)
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question, and the line that answers it."""

    question: str
    article_id: str
    revision: str
    line: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A suggestion that was not tried yet."""

    form: str
    suggestion: Suggestion


class Suggestions:
    """The suggestions of one index, made anew when it changed and somebody asks."""

    def __init__(self, dateline: Dateline) -> None:
        self._dateline = dateline
        # No model: the articles' own sentences must do.
        self._asker = Asker(
            dateline.retriever, None, dateline.index.embedder, dateline.lines_of, selector=dateline.selector
        )
        self._lock = threading.Lock()
        self._made: tuple[int, tuple[Suggestion, ...]] | None = None

    def current(self) -> tuple[Suggestion, ...]:
        """What to suggest. Whoever asks while they are being made gets the earlier ones, or none."""
        commit = self._dateline.index.store.commit_number()
        made = self._made
        if (made is None or made[0] != commit) and self._lock.acquire(blocking=False):
            try:
                made = self._made = (commit, tuple(self._make()))
            finally:
                self._lock.release()
        return () if made is None else made[1]

    def _make(self) -> Iterator[Suggestion]:
        store, now = self._dateline.index.store, self._dateline.index.clock()
        waiting = [list(self._candidates(article)) for article in newest(store, now, ARTICLES)]
        forms: Counter[str] = Counter()
        tried = given = 0
        # The best question of each article, then the second best of each; one of an article is enough.
        for rank in range(max(map(len, waiting), default=0)):
            for candidates in waiting:
                if rank >= len(candidates) or forms[candidates[rank].form] >= PER_FORM:
                    continue
                if tried == TRIED or given == SUGGESTED:
                    return
                tried += 1
                if self._answered(candidates[rank].suggestion):
                    forms[candidates[rank].form] += 1
                    given += 1
                    yield candidates[rank].suggestion
                    candidates.clear()

    def _candidates(self, article: Article) -> Iterator[Candidate]:
        if article.revision is None or not (article.language or "en").startswith("en"):
            return
        try:
            lines = self._dateline.lines_of(article.article_id, article.revision)
        except UnknownArticle:  # deleted just now
            return
        asked = set()
        for form, question, line in questions(lines):
            if question not in asked:
                asked.add(question)
                yield Candidate(form, Suggestion(question, article.article_id, article.revision, line))

    def _answered(self, suggestion: Suggestion) -> bool:
        try:
            answer = self._asker.ask(suggestion.question, as_of=self._dateline.index.clock())
        except BadQuestion:
            return False
        return answer.outcome is Outcome.ANSWERED and any(
            citation.article_id == suggestion.article_id
            and citation.first_line <= suggestion.line <= citation.last_line
            for citation in answer.citations
        )


def questions(lines: Lines) -> Iterator[tuple[str, str, int]]:
    """Questions that the forms of a text's sentences suggest, the most telling form first: form, question, line."""
    topic = _topic(lines)
    found = []
    for number in range(2, min(len(lines), LINES) + 1):
        text = lines[number].text[:MOST_LINE]
        for place, (form, pattern, template) in enumerate(_FORMS):
            match = pattern.search(text)
            if match is not None and (question := _filled(template, match, text, topic)) is not None:
                found.append((place, number, form, question))
    yield from ((form, question, number) for _, number, form, question in sorted(found))


def _topic(lines: Lines) -> str | None:
    """The longest name of the headline that the text names too, in the middle of a sentence; a single word twice."""
    body = lines.text[lines[1].end :][: LINES * MOST_LINE]
    named = [
        name
        for name in _CAPITALS.findall(lines[1].text)
        if len(re.findall(rf"[a-z,] {re.escape(name)}(?! [A-Z])\b", body)) > (" " not in name)
    ]
    return max(named, key=len, default=None)


def _filled(template: str, match: re.Match[str], text: str, topic: str | None) -> str | None:
    """The question, or None where something that it needs is not there or is not what it seems."""
    values = {name: value or "" for name, value in match.groupdict().items()}
    name = values["name"] = _TITLES.sub("", values.get("name", ""))
    words = name.split()
    if words and (
        len(words) == 1 or any(one in _NO_NAME or one.isupper() or "’s" in one or "'s" in one for one in words)
    ):
        return None
    if "{topic}" in template and (topic is None or set(topic.split()) & set(name.split())):
        return None
    if "{place}" in template:
        place = _PLACE.search(text)
        if place is None:
            return None
        values["place"] = place["place"]
    if values.get("what", "").endswith((" had", " has", " have")):
        return None
    values["what"] = values.get("what", "")[:1].lower() + values.get("what", "")[1:]
    return template.format(**values, topic=topic)
