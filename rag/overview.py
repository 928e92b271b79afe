"""Questions for a whole story: "What is the latest on Gaza?", "What happened in Riyadh?", "Tell me about the flood".

No line states the answer to such a question. But news tells what matters most first (the inverted pyramid), so the
first sentences on the story in the articles that are on it are its summary: those of up to three articles are quoted,
of one article alone its first three.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag import antecedent, words
from rag.evidence import Evidence, Judgement
from rag.lines import EvidenceLine, LinesOf
from rag.planted import orders
from rag.sentences import Placed, split
from rag.verify import unshowable
from rag.when import TimeReading

MOST = 3  # articles of an overview, or sentences of one alone
FIRST = 2  # sentences of the first of several
TOP = 30  # lines from the top of an article among which its first sentences are: a round-up comes to it further down
OPENING = 2  # sentences in which an article says what it is about, where its headline does not
SPEAKS = 0.45  # of what is asked about, by rarity, that a sentence must name to be on it
ABOUT = 0.8  # of what is asked about, by rarity, that an article's headline and first sentences must speak of
SAME = 0.7  # of a lead's words in another one's: the two tell the same
BEGINNING = 6  # sentences of an article that with its headline hold every word of what is asked about
ONE_STORY = 0.115  # how alike two articles of one story are, as in `rag.disagreement`
LEAST = 6  # words of a sentence
LONGEST = 4  # words of content in the name of a story; in more it is told what of it is asked
ON_STORY = 0.75  # how sure it is, at least, that such sentences tell of the story

_ASKS = re.compile(
    r"^\W*(?:so |and |but |please |can you |could you )*(?:"
    # what is the latest on …; any news of …; give me an update on …
    r"(?:(?:what(?:['’]s|\s+is|\s+are)?|any|give\s+me|tell\s+me|show\s+me)\s+)?(?:an?\s+|the\s+)?(?:current\s+|latest\s+)?"
    r"(?:latest|news|updates?|status|situation|state\s+of\s+play|developments?|background|overview|summary|story)"
    r"(?:\s+(?:news|updates?|developments?))?(?:\s+now)?\s+(?:on|about|with|of|in|at|for|from|regarding|around|behind)\s+"
    # what is happening in …, what happened to …
    r"|what(?:['’]s|\s+is|\s+are|\s+was|\s+has\s+been)?\s+(?:happen(?:ing|ed)|going\s+on|new|the\s+matter)"
    r"(?:\s+(?:now|lately|recently))?\s+(?:in|with|at|to|on|during|around)\s+"
    r"|(?:tell\s+me|what\s+do\s+(?:we|you)\s+know|what\s+is\s+(?:there\s+to\s+know|known|being\s+said))\s+"
    r"(?:more\s+|something\s+|everything\s+|all\s+)?about\s+"
    r"|(?:catch\s+me\s+up|bring\s+me\s+up\s+to\s+(?:date|speed)|brief\s+me)\s+(?:on|about|with)\s+"
    r"|summari[sz]e\s+(?:what\s+happened\s+(?:in|at|to|with|on|during)\s+)?"
    r")(?P<topic>[^?;]{2,200}?)\W*$",
    re.IGNORECASE,
)
# "What's new?", "What are today's headlines?"
_NEWS = re.compile(
    r"^\W*(?:what(?:['’]s|\s+is|\s+are|\s+has|\s+have)?|any|give\s+me|tell\s+me|show\s+me)\s+(?:the\s+)?(?:today['’]s\s+)?"
    r"(?:(?:latest|top|main|most\s+important|newest|big(?:gest)?)\s+)?"
    r"(?:new|news|headlines|stories|happening|happened|going\s+on|in\s+the\s+(?:news|headlines|paper))"
    r"(?:\s+(?:today|now|lately|recently|this\s+week))?\W*$",
    re.IGNORECASE,
)
# "What happened to the price of bread?" asks for a figure, "the story of which band" for a band.
_NO_STORY = re.compile(
    r"\b(?:which|what|who|whose|number|price|cost|toll|rate|figures?|share|value|level|count|poll|score|temperature|odds|results?)s?\b",
    re.IGNORECASE,
)
# "The Wendel case" is told of without the word.
_SAYS_LITTLE = frozenset(
    words.stem(word)
    for word in "case affair story issue matter saga situation crisis row scandal events topic".split()  # noqa: SIM905
)
_ENDS = re.compile(r"[.!][”\"'’)]*$")
_BEFORE_TEXT = re.compile(
    r"^(?:\W*(?:video|photos?|watch|listen|by|copyright|source|file|image|getty|updated|published|editor|embargoed"
    r"|\d{1,2}:\d\d|for (?:the )?(?:latest|more)|plus,|this (?:page|story|article) "
    r"|we will (?:now )?(?:report|update|bring) |on [^:]{3,40}\bepisode of)|[\w .]{2,30}:)",
    re.IGNORECASE,
)


# "What happened …?", "Any news …?" beside a time.
_HAPPENED = re.compile(
    r"\W*(?:what(?:['’]s|\s+is|\s+was|\s+were|\s+are|\s+else)?\s+(?:happen(?:ed|ing)|(?:in\s+)?(?:the\s+)?(?:news|headlines))"
    r"|(?:any\s+|the\s+)?(?:news|headlines)|what\s+(?:took\s+place|went\s+on))(?:\s+(?:on|in|during|from|of|for))?\W*",
    re.IGNORECASE,
)


def time_alone(question: str, reading: TimeReading) -> bool:
    """Whether the news of a time is asked for, and of nothing else: "What happened on 2 October?"."""
    if reading.phrase is None or reading.since is None or reading.until is None:
        return False
    start, end = reading.phrase
    return _HAPPENED.fullmatch(f"{question[:start].rstrip()} {question[end:].lstrip()}") is not None


@dataclass(frozen=True, slots=True)
class Overview:
    """The first sentences of what tells of a story, in the order in which they are told."""

    lines: tuple[EvidenceLine, ...]
    judged: Judgement  # how sure it is that they tell of the story

    def holds(self, lines: Sequence[EvidenceLine]) -> bool:
        """Whether lines are all of its sentences."""
        keys = {line.key for line in self.lines}
        return bool(lines) and all(line.key in keys for line in lines)


def topic(question: str) -> str | None:
    """What a question wants told as a whole, "" of the news; None of a question for something about it."""
    if _NEWS.match(question):
        return ""
    found = _ASKS.match(question.strip())
    if found is None or _NO_STORY.search(found["topic"]) or not 0 < len(words.content(found["topic"])) <= LONGEST:
        return None
    return found["topic"]


def overview(about: str, evidence: Evidence, lines_of: LinesOf, *, newest_first: bool) -> Overview | None:
    """The overview of a topic, "" of the news; None where no article is on the story.

    Articles count, and are told, as the hits rank them; with `newest_first` from the newest on; the news of a time,
    which no hit is nearer to than another, as many tell of a story. Where no article is about it, what others tell by
    the way counts.
    """
    articles = _articles(evidence.pool)
    if newest_first:
        articles.sort(key=lambda line: line.moment, reverse=True)
    elif not about:
        articles = _by_weight(articles, evidence)
    stories = [story for one in articles if (story := _on(about, evidence, one, lines_of)) is not None]
    kept: list[tuple[EvidenceLine, ...]] = []
    for story in [one for one in stories if one.is_about] or stories:
        if len(kept) < MOST and not any(_tells_the_same(story.lines[0], line) for other in kept for line in other):
            kept.append(story.lines)
    if not kept:
        return None
    of_first = max(FIRST, MOST - len(kept) + 1)
    told = [story[: of_first if at == 0 else 1] for at, story in enumerate(kept)]
    lines = tuple(line for story in told for line in sorted(story, key=lambda line: line.start))
    judged = evidence.judge(lines)
    return Overview(lines, replace(judged, confidence=max(ON_STORY, judged.confidence)))


def _articles(pool: Sequence[EvidenceLine]) -> list[EvidenceLine]:
    """A line of each article, in the order of the hits."""
    first: dict[tuple[str, str], EvidenceLine] = {}
    for line in sorted(pool, key=lambda line: line.hit_rank):
        first.setdefault(line.key[:2], line)
    return list(first.values())


def _by_weight(articles: Sequence[EvidenceLine], evidence: Evidence) -> list[EvidenceLine]:
    """One article of each story, that of which most others tell first; copies tell of it too."""
    near = {
        one.key: [other for other in articles if other is not one and evidence.alike(one, other) >= ONE_STORY]
        for one in articles
    }
    weight = {one.key: sum(1 + len(other.carried_by) for other in (one, *near[one.key])) for one in articles}
    told: set[tuple[str, str, int, int]] = set()
    found: list[EvidenceLine] = []
    for one in sorted(articles, key=lambda one: -weight[one.key]):
        if one.key not in told:
            found.append(one)
            told.update(other.key for other in near[one.key])
    return found


@dataclass(frozen=True, slots=True)
class _Story:
    """The first sentences of an article on what is asked about."""

    lines: tuple[EvidenceLine, ...]
    is_about: bool  # from the headline or the first sentences on, or in several; else it tells of it by the way


def _on(about: str, evidence: Evidence, of: EvidenceLine, lines_of: LinesOf) -> _Story | None:
    """What an article tells of what is asked about; None where it tells nothing."""
    asked = [term for term in words.terms(about) if not term.is_kind]
    asked = [term for term in asked if term.stem not in _SAYS_LITTLE] or asked
    names = [term for term in asked if term.is_name]
    weight = {term.stem: evidence.weights.get(term.stem, 1.0) for term in asked}

    def said(text: str) -> float:
        told = frozenset(words.content(text))
        held = sum(weight[term.stem] * words.covered(term.stem, told) for term in asked)
        return held / sum(weight.values()) if weight else 1.0

    def speaks(text: str) -> bool:
        told = frozenset(words.content(text))
        named = [term for term in names if term.stem in told and not _listed(term.text, text)]
        return bool(named) if names else said(text) >= SPEAKS

    first = [of.elsewhere(number, placed) for number, placed in _sentences(of, lines_of)]
    on_it = [line for line in first if speaks(line.text)][:MOST]
    told = "\n".join([of.article.title, *(line.text for line in (*on_it, *first[:BEGINNING]))])
    stems = frozenset(words.content(told))
    if not first or said(told) < ABOUT or not all(words.covered(term.stem, stems) for term in names):
        return None
    if said("\n".join(line.text for line in first[:OPENING])) >= ABOUT:
        return _Story(tuple(first[:MOST]), is_about=True)
    if on_it and said(of.article.title) >= ABOUT:
        # A round-up: what follows its first sentence on the story need not name it.
        at = first.index(on_it[0])
        return _Story(tuple(first[at : at + MOST]), is_about=True)
    return _Story(tuple(on_it), is_about=len(on_it) > 1) if on_it else None


def _listed(name: str, text: str) -> bool:
    """Whether a name is one of a list: "coups in Mali, Chad, Guinea, Sudan and Burkina Faso"."""
    return re.search(rf",\s+{re.escape(name)}(?:,| and\b| or\b)", text) is not None


def _sentences(of: EvidenceLine, lines_of: LinesOf) -> Iterator[tuple[int, Placed]]:
    """The sentences at the beginning of an article's text."""
    lines = lines_of(of.article.article_id, of.revision)
    for number in range(2, min(TOP, len(lines)) + 1):
        yield from (
            (number, placed) for placed in split(lines[number], of.article.language or "en") if _tells(placed.text)
        )


def _tells(text: str) -> bool:
    """Whether a sentence is one of the story's, and can be shown."""
    return (
        len(text.split()) >= LEAST
        and _ENDS.search(text) is not None
        and not (_BEFORE_TEXT.match(text) or antecedent.is_label(text) or orders(text))
        and unshowable(text, text) is None
    )


def _tells_the_same(one: EvidenceLine, other: EvidenceLine) -> bool:
    mine, theirs = (frozenset(words.content(line.text)) for line in (one, other))
    return len(mine & theirs) >= SAME * min(len(mine), len(theirs))
