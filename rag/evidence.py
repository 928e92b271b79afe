"""Is there enough evidence? One number, 0 … 1, and what is missing.

Not the model's business: measured, the models that run here almost never refuse, and the top similarity score does
not separate questions with an answer from those without one (AUC .52). What does: whether the line speaks of all that
the question does (its names, its dates, and above all what is to be said of them), whether it holds something of the
kind asked for, and whether it reports or only announces. A logistic model blends them; `eval/learn_confidence.py`
learns it, `confidence.json` holds its weights and what it was learned from.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from index.article import NewsDate
from rag import asked, blocks, definition, fitting, words
from rag.checks.attribution import attributions
from rag.checks.patient import presumes_other
from rag.dates.find import DateSpan, find_dates
from rag.line_ranking import Lexicon
from rag.lines import ANSWERS, FARTHEST, Embedder, EvidenceLine
from rag.meaning import Meaning
from rag.when import TimeKind, TimeReading, read_time, resolve_relative

ANY = ("kind", "date", "relation", "said", "near")  # features of which an answer's best line has its say
# What speaks against an answer, in logits. Set by hand: on the gold each is wrong of one or two answers in ten that
# it doubts, but occurs too seldom (4 to 12 of 421 questions) to be learned.
DOUBTS: Mapping[str, float] = {
    "announced": 1.2,
    "misfit": 1.5,
    "presumed": 1.2,
    "apart": 2.0,
    "bystander": 1.2,
    "unassigned": 1.2,
    "unchosen": 1.5,
    "scattered": 2.0,
    "stale": 2.0,
}
MISFIT = 0.25
OF_THAT = 0.8  # of what is asked about them, by rarity, that one without their names must say
NAMED = 0.5  # of the question's names, by rarity, that a line with a figure must have, or what stands about it
FAR = 0.3  # nothing as near as this stands for a word of the question
UNSAID = 0.3  # how near a word must stand for the line to say it
OF_ANOTHER = 2.5  # doubts of that kind in one: lines tell of somebody else what the question presumes
APART = 8  # words between "capital" and "moon" in a line beyond which it tells of one and of the other
TELLING = 0.75  # how sure it is, at least, that a line which says what something is answers what it is
READ_MOST = 6.0  # log-odds of a selector beyond which more means nothing
CROWD = 10  # hits, as many as an answer reads
LOOKED_AT = 16  # lines judged closely; the first 20 hold the proving line of .97 of 307 gold questions
_OF_NOW = frozenset({TimeKind.LATEST, TimeKind.CURRENT})
# How much it says against a line that it is so old, where what else was found is new: asked what happened "recently",
# how things are, and where no time is named. Of 286 unseen real questions, each with its articles and without, due
# refusals rise from .615 to .66, and .61 instead of .64 of the others are answered.
STALE: Mapping[str, tuple[dt.timedelta, float]] = {
    "latest": (dt.timedelta(days=60), 1.0),
    "now": (dt.timedelta(days=200), 1.0),
    "ever": (dt.timedelta(days=200), 0.5),
}
WEEK, MONTH = dt.timedelta(days=7), dt.timedelta(days=31)
_PRONOUN = re.compile(
    r"\b(?:he|she|they|it|we|I|his|her|their|its|him|them|the company|the bank|the party)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Missing:
    """Words of the question, as the reader wrote them, that the article of the best line does not have."""

    names: tuple[str, ...]
    other: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """How sure it is that the given lines answer the question, and why."""

    confidence: float  # 0 … 1
    features: Mapping[str, float]
    missing: Missing
    line: float = 0.0  # 0 … 1: how likely the line is the one that answers, before calibration


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Weights of the two logistic models: does a line answer, and is an answer made of such lines right."""

    line: Mapping[str, float]  # by feature; and `bias`
    answer: Mapping[str, float]  # by what `Evidence.together` tells; and `bias`
    enough: float = 0.5  # the confidence at and above which an answer is given
    answers: float = 0.0  # weight of what a selector says of a line in how likely the line is one that answers
    # Weights of what is known before and what another voice adds, `bias`, `before`, `said`: of a selector that reads
    # the lines, and of a language model that was taught to.
    read: Mapping[str, float] | None = None
    taught: Mapping[str, float] | None = None


@cache
def learned() -> Coefficients:
    """The weights beside this module."""
    held: dict[str, Any] = json.loads(files("rag").joinpath("confidence.json").read_text(encoding="utf-8"))
    parts = (held["read"].get("voice", {}), held.get("taught", {}))
    voices = (part.get("weights") for part in parts)
    return Coefficients(held["line"], held["answer"], held["enough"], held["read"]["answers"], *voices)


def _odds(share: float) -> float:
    """A share in logits."""
    share = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(share / (1 - share))


def with_voice(confidence: float, said: float | None, weights: Mapping[str, float] | None) -> float:
    """A confidence with the log-odds of another voice weighed in, if there are any."""
    if said is None or weights is None:
        return confidence
    return _share(weights["bias"] + weights["before"] * _odds(confidence) + weights["said"] * said)


def doubted(confidence: float, doubt: float) -> float:
    """A confidence less what speaks against it, in logits."""
    return with_voice(confidence, -doubt, {"bias": 0.0, "before": 1.0, "said": 1.0})


def read_of(lines: Iterable[EvidenceLine]) -> float | None:
    """Log-odds, -6 … 6, that the surest of the lines answers, of those that were read; None where none was."""
    read = [line.parts[ANSWERS] for line in lines if ANSWERS in line.parts]
    return min(max(*read, -READ_MOST), READ_MOST) if read else None


class Evidence:
    """Judges lines of one question's pool. Built once a question; cheap to ask again."""

    def __init__(
        self,
        question: str,
        pool: Sequence[EvidenceLine],
        embedder: Embedder | None = None,
        coefficients: Coefficients | None = None,
        *,
        as_of: dt.datetime | None = None,
        meaning: Meaning | None = None,
    ) -> None:
        """`pool` best first. Without an embedder likeness is not judged, without `as_of` neither are relative
        dates.
        """
        self.question = question
        self.asked = asked.read(question)
        self.terms = self.asked.terms
        self.stems = frozenset(words.tokens(question))
        self.pool = pool
        self.embedder = embedder
        self.meaning = meaning or (Meaning(embedder) if embedder is not None else None)
        self.coefficients = coefficients or learned()
        self.reading = read_time(question, as_of) if as_of is not None else TimeReading()
        self.crowd = crowd(pool)
        newest = max((line.moment for line in pool), default=None)
        # An archive that ended long ago has nothing newer to say.
        self._asked_at = as_of if as_of is not None and newest is not None and as_of - newest <= MONTH else None
        self._least = min((line.parts[ANSWERS] for line in pool if ANSWERS in line.parts), default=0.0)
        lexicon = Lexicon([line.text for line in pool])
        self.weights = {t.stem: lexicon.weight(t.stem) for t in self.terms}
        self._rarity: dict[str, float] = {}  # of stems among the articles; filled when articles are compared
        self._by_article: dict[tuple[str, str], list[EvidenceLine]] = {}
        for line in pool:
            self._by_article.setdefault(line.key[:2], []).append(line)
        dates = sorted({line.article.published_at.moment for line in pool if line.article.published_at is not None})
        self._of_another = presumes_other(question, [line.text for line in pool])
        self._newness = {date: at / max(1, len(dates) - 1) for at, date in enumerate(dates)}
        self._features: dict[tuple[tuple[str, str, int, int], str], dict[str, float]] = {}
        self._stems: dict[tuple[str, str], frozenset[str]] = {}  # of all that was found of an article
        self._soft: dict[str, dict[str, float]] = {}  # stem of the question → how near words of the pool are

    def judge(self, lines: Sequence[EvidenceLine], answer: str = "") -> Judgement:
        """How well `lines` (of one article or several) bear an answer; with none, there is no confidence.

        Without `answer` the lines themselves are what is said.
        """
        if not lines:
            return Judgement(0.0, {}, self._missing(frozenset()))
        main = self._main(lines, answer)
        weighed = self.together([main, *(line for line in lines if line is not main)], answer)
        doubt = sum(DOUBTS[name] * weighed[name] for name in DOUBTS)
        confidence = _share(_logit(self.coefficients.answer, weighed) - doubt)
        confidence = with_voice(confidence, read_of(lines), self.coefficients.read)
        stand = frozenset(stem for given in lines for stem in self.article(given))
        features = {
            **self.features(main, answer),
            **{f"any_{name}": weighed[name] for name in ANY},
            **{name: weighed[name] for name in ("crowd", "logit")},
        }
        return Judgement(confidence, features, self._missing(stand), _share(self._line(main, answer)))

    def together(self, lines: Sequence[EvidenceLine], answer: str = "") -> dict[str, float]:
        """What an answer is judged by: the first line's standing, the most that any line offers, and the others."""
        found = [self.features(line, answer) for line in lines]
        most = {name: max(features[name] for features in found) for name in ANY}
        logit = _logit(self.coefficients.line, found[0])
        return {**most, **doubts(found), "crowd": self.crowd, "logit": logit}

    def ranked(self, limit: int = LOOKED_AT) -> list[tuple[float, EvidenceLine]]:
        """The first lines of the pool by how likely each answers, surest first; what asks answers nothing.

        Where it is asked what something is, those that say so come first.
        """
        stating = [line for line in self.pool if not fitting.asks(line.text)]
        name = definition.defined(self.question)
        telling = [line for line in stating if name is not None and definition.defines(name, line.text)][:limit]
        told = [(max(TELLING, sure), line) for sure, line in self.sure(telling)]
        return [*told, *self.sure([line for line in stating[:limit] if line not in telling])]

    def sure(self, lines: Sequence[EvidenceLine]) -> list[tuple[float, EvidenceLine]]:
        """Lines of the pool by how likely each answers, 0 … 1, surest first."""
        self._compare(word for line in lines for word in words.plain(line.text))
        found = [(_share(self._line(line)), line) for line in lines]
        return sorted(found, key=lambda item: -item[0])

    def _line(self, line: EvidenceLine, answer: str = "") -> float:
        """How likely a line is one that answers, in logits.

        A line that was not read beside the question counts as the one that answers least.
        """
        before = _logit(self.coefficients.line, self.features(line, answer))
        return before + self.coefficients.answers * line.parts.get(ANSWERS, self._least)

    def features(self, line: EvidenceLine, answer: str = "") -> dict[str, float]:
        """The numbers that a line is judged by, each 0 … 1. With `answer`, of what is said instead of what it
        holds.
        """
        key = (line.key, answer)
        if key not in self._features:
            self._features[key] = self._measured(line, answer)
        return self._features[key]

    def _measured(self, line: EvidenceLine, answer: str) -> dict[str, float]:
        about = self.asked
        own = frozenset(words.content(line.text))
        around = own | _headline_and_date(line)
        context = around | frozenset(words.content(self.before(line)))
        article = self.article(line)
        best = self.pool[0].score if self.pool else 0.0
        said = answer or line.text
        soft = {t.stem: self._nearness(t, line.text, own) for t in self.terms}
        there = {
            t.stem: max(soft[t.stem], 0.9 * words.covered(t.stem, around), 0.6 * words.covered(t.stem, context))
            for t in self.terms
        }
        names = [t for t in self.terms if t in about.names]
        relation = list(about.relation)
        dated = self._dated(line)
        named = self._share_of({t.stem: there[t.stem] for t in names})
        kind = fitting.fits(about, said, self.kin)
        in_line = self._share_of({t.stem: soft[t.stem] for t in relation})
        return {
            "lexical": line.parts.get("lexical", 0.0),
            "dense": line.parts.get("alike", 0.0),
            "alike_passage": line.hit_alike,
            "behind": 1 - line.hit_behind / FARTHEST,
            "rank": math.exp(min(0.0, line.score - best)),
            "agreed": line.parts.get("agreed", 0.0),
            "context": line.parts.get("context", 0.0),
            "said": self._share_of(there),
            "relation": self._share_of({t.stem: there[t.stem] for t in relation}),
            "relation_least": min((there[t.stem] for t in relation), default=1.0),
            "relation_line": in_line,
            "names": named,
            "names_article": self._share_of({t.stem: words.covered(t.stem, article) for t in names}),
            "kind": kind,
            "near": self._close(line),
            "focus": self._focus(line, around, context),
            "role": self._role(line, context),
            "date": dated,
            "undue": float(about.happened and fitting.ahead(line.text)),
            "unsaid": float(fitting.unsaid(line.text)),
            "former": float(
                (self.reading.kind is not TimeKind.FIRST and fitting.former(line.text))
                or fitting.left(about, line.text)
                or fitting.earlier(about, line.text)
            ),
            "newness": self._new(line),
            "stale": self._stale(line),
            "newest": self._new(line) if self.reading.kind in _OF_NOW else 0.5,
            "headline": float(line.line == 1),
            "short": float(len(own) < 5),
            "opens_list": float(blocks.opens(line.text) and not self._has_items(line)),
            "few_terms": 1.0 / (1 + len(self.terms)),
            "presumed": OF_ANOTHER
            if self._of_another
            else float(about.kind == "reason" and any(there[t.stem] < UNSAID for t in relation)),
            "apart": self._apart(line),
            "unassigned": float(about.task is not None and there.get(about.task, 1.0) < UNSAID),
            "unchosen": float(bool(about.choices) and not any(words.covered(one, article) for one in about.choices)),
            "unnamed": float(
                about.kind in {"number", "time"} and kind > MISFIT and named < NAMED and in_line < OF_THAT
            ),
            "bystander": float(self._bystander(line, context if _PRONOUN.search(line.text) else around)),
        }

    def _bystander(self, line: EvidenceLine, told: Collection[str]) -> bool:
        """Whether a line, or where it says "he" what stands before it, does not name whom it is asked of.

        Asked what somebody said, what another says of them is told by a bystander too.
        """
        if self.asked.subject and asked.wants_statement(self.question) and self._said_by_others(line.text):
            return True
        named = [t.text for t in self.terms if t.stem in self.asked.subject]
        return bool(self.asked.subject) and not (
            any(words.covered(stem, told) for stem in self.asked.subject)
            or any(
                difflib.get_close_matches(name.casefold(), words.plain(line.text), n=1, cutoff=0.8) for name in named
            )
        )

    def _said_by_others(self, text: str) -> bool:
        speakers = [told.speaker for told in attributions(text) if told.speaker is not None]
        return bool(speakers) and not any(
            words.covered(stem, words.content(" ".join(speaker.parts)))
            for speaker in speakers
            for stem in self.asked.subject
        )

    def _apart(self, line: EvidenceLine) -> float:
        """1 where a line has both "capital" and "moon" of "the capital of the moon", far from each other; else 0."""
        if self.asked.parts is None:
            return 0.0
        what, whose = self.asked.parts
        told = words.tokens(line.text)
        ends = [[at for at, one in enumerate(told) if words.covered(one, part)] for part in (what, whose)]
        gaps = [abs(one - other) for one in ends[0] for other in ends[1]]
        return float(bool(gaps) and min(gaps) > APART)

    def _close(self, line: EvidenceLine) -> float:
        """How close together what could be the answer and what was asked about it stand in the line: 0 … 1."""
        places = fitting.candidates(self.asked, line.text)
        if places is None:
            return 1.0
        anchors = (
            [t.text for t in self.asked.relation] or list(self.asked.focus) or [t.text for t in self.asked.names]
        )
        spoken = fitting.spoken(line.text)
        stand = [
            at
            for at, token in enumerate(spoken)
            if words.plain(token) and any(self.kin(anchor, token.casefold()) >= 0.5 for anchor in anchors)
        ]
        gaps = [abs(one - other) for one in places for other in stand if one != other]
        return math.exp(-max(0, min(gaps) - 2) / 8) if gaps else 0.0

    def _role(self, line: EvidenceLine, context: Collection[str]) -> float:
        """Whether anybody in or about a line is what the one asked for is; 1 where nothing of the kind is asked."""
        role = self.asked.role
        if role is None:
            return 1.0
        return max(words.covered(words.stem(role), context), self._near(role, line.text))

    def _focus(self, line: EvidenceLine, around: Collection[str], context: Collection[str]) -> float:
        """How surely the noun asked for stands in a line or about it; the best of its words."""
        found = [
            max(
                words.covered(words.stem(f), around),
                0.7 * words.covered(words.stem(f), context),
                self._near(f, line.text),
            )
            for f in self.asked.focus
        ]
        return max(found, default=1.0)

    def _nearness(self, term: words.Term, text: str, stems: frozenset[str]) -> float:
        """How surely a term of the question stands in a line: as itself, as kin, or by meaning."""
        plain = words.covered(term.stem, stems)
        if term in self.asked.names and plain == 0.0:
            return self._misspelt(term, text)
        if plain == 1.0 or term in self.asked.names or self.meaning is None:
            return plain
        return max(plain, self._near(term.text, text))

    def _misspelt(self, term: words.Term, text: str) -> float:
        """Whether a name stands there in nearly the same letters: readers write "Zelenskiy"."""
        if len(term.text) < 6 or term.is_number:
            return 0.0
        near = difflib.get_close_matches(
            term.text.casefold(), [w for w in words.plain(text) if w[0] == term.text[0].casefold()], n=1, cutoff=0.8
        )
        return 0.85 if near else 0.0

    def _near(self, word: str, text: str) -> float:
        """How near in meaning a text comes to a word of the question."""
        if self.meaning is None:
            return 0.0
        known, others = self._soft.get(word.casefold(), {}), words.plain(text)
        if any(other not in known for other in others):
            self._compare(others, [word])
            known = self._soft[word.casefold()]
        return max((known[other] for other in others), default=0.0)

    def _compare(self, others: Iterable[str], wanted: Sequence[str] = ()) -> None:
        """Make the likeness of the question's words to others at once, which is quicker than one by one."""
        if self.meaning is None:
            return
        # Names are compared by their letters.
        asks = wanted or [*self.asked.focus, *(t.text for t in self.terms if t not in self.asked.names)]
        for word, found in self.meaning.likeness([word.casefold() for word in asks], others).items():
            self._soft.setdefault(word, {}).update(found)

    def kin(self, one: str, other: str) -> float:
        """Of two words as written: their kinship as stems, else by meaning."""
        return words.kin(words.stem(one), words.stem(other)) or self._near(one, other)

    def _share_of(self, there: Mapping[str, float]) -> float:
        """The share of terms that stand there, each weighed by its rarity; 1 where there is none."""
        total = sum(self.weights[stem] for stem in there)
        return sum(self.weights[stem] * held for stem, held in there.items()) / total if total > 0 else 1.0

    def before(self, line: EvidenceLine) -> str:
        """What stands just before a line in its article: whom "he" means."""
        before = [
            other for other in self._by_article.get(line.key[:2], ()) if other.line > 1 and other.start < line.start
        ]
        near = sorted(before, key=lambda other: -other.start)[:2]
        return " ".join(other.text for other in near)

    def _has_items(self, line: EvidenceLine) -> bool:
        """Whether the list that a line opens was found too: the two are shown together."""
        siblings = self._by_article.get(line.key[:2], ())
        return any(other.line == line.line + 1 and blocks.is_item(other.text) for other in siblings)

    def article(self, line: EvidenceLine) -> frozenset[str]:
        """Stems of all that was found of a line's article."""
        key = line.key[:2]
        if key not in self._stems:
            bags = (words.content(other.text) for other in self._by_article.get(key, ()))
            self._stems[key] = frozenset(_headline_and_date(line)).union(*bags)
        return self._stems[key].union(words.content(line.text))

    def alike(self, one: EvidenceLine, other: EvidenceLine) -> float:
        """Cosine, 0 … 1, of two articles as far as they were found, stems weighed by their rarity among articles.

        Weights are inverse document frequencies (Spärck Jones 1972): two that tell one story share what is rare.
        """
        if not self._rarity:
            held = Counter(stem for lines in self._by_article.values() for stem in self.article(lines[0]))
            self._rarity = {stem: math.log(1 + len(self._by_article) / count) ** 2 for stem, count in held.items()}
        first, second = self.article(one), self.article(other)
        sizes = [sum(self._rarity.get(stem, 0.0) for stem in stems) for stems in (first & second, first, second)]
        return sizes[0] / math.sqrt(sizes[1] * sizes[2]) if sizes[1] * sizes[2] else 0.0

    def _dated(self, line: EvidenceLine) -> float:
        """How well a line fits the time asked about: 1 where none is, or where it tells that day; 0 far from it."""
        if not self.asked.dates:
            return 1.0
        published = line.article.published_at
        start, end = self.asked.dates[0]
        wanted = [stem for stem in words.tokens(self.question[start:end]) if stem != "the"]
        if self._of_another_month(line, wanted):
            return 0.0  # September's figure, although it was published in October
        said = _all_covered(wanted, frozenset(words.tokens(line.text)) | _headline_and_date(line))
        since, until = self.reading.since, self.reading.until
        if said or since is None or until is None or published is None:
            return float(said)
        for date in resolve_relative(line.text, published):
            if date.first <= (until - dt.timedelta(microseconds=1)).date() and date.last >= since.date():
                return 1.0
        moment = published.moment
        away = max(since - moment, moment - until, dt.timedelta())
        return 0.7 * math.exp2(-away / dt.timedelta(days=2)) if away.days < 60 else 0.0

    def _of_another_month(self, line: EvidenceLine, wanted: Sequence[str]) -> bool:
        """Whether a line, its dateline aside, writes out dates, and none of the month or days asked about."""
        published, since, until = line.article.published_at, self.reading.since, self.reading.until
        if published is None or since is None or until is None or until - since > MONTH:
            return False
        text = _DATELINE.sub("", line.text)
        told = _months(text, published)
        asked_of = {since.month, (until - dt.timedelta(microseconds=1)).month}
        return bool(told) and told.isdisjoint(asked_of) and not _all_covered(wanted, frozenset(words.tokens(text)))

    def _new(self, line: EvidenceLine) -> float:
        """Place of a line's article among those found by date, 1 the newest; 0.5 where the question is about a
        day.
        """
        date = line.article.published_at
        if self.asked.dates or date is None:
            return 0.5
        return self._newness.get(date.moment, 0.5)

    def _stale(self, line: EvidenceLine) -> float:
        """How much speaks against a line because it is old, though there is news: 0 … 1."""
        published = line.article.published_at
        if self._asked_at is None or published is None or self.asked.dates:
            return 0.0
        if self.reading.kind in _OF_NOW:
            old, weight = STALE["latest"]
        elif self.reading.kind is TimeKind.NONE:
            old, weight = STALE["now" if self.asked.of_now else "ever"]
        else:
            return 0.0
        return weight if self._asked_at - published.moment > old else 0.0

    def _main(self, lines: Sequence[EvidenceLine], answer: str) -> EvidenceLine:
        """The line that bears most of the answer: several may hold all its words together and still not say it."""
        own = [stem for stem in dict.fromkeys(words.content(answer)) if not words.covered(stem, self.stems)]
        return max(lines, key=lambda given: (_held(own, given), self._line(given)))

    def _missing(self, stems: Collection[str]) -> Missing:
        absent = [t for t in self.terms if words.covered(t.stem, stems) == 0 and self._far(t)]
        return Missing(
            (*(t.text for t in absent if t in self.asked.names), *self._unsaid_dates(stems)),
            tuple(t.text for t in absent if t not in self.asked.names),
        )

    def _unsaid_dates(self, stems: Collection[str]) -> tuple[str, ...]:
        """The years asked about that the article neither names nor was published in."""
        found = [self.question[start:end] for start, end in self.asked.dates]
        return tuple(date for date in found if date.isdigit() and date not in stems)

    def _far(self, term: words.Term) -> bool:
        """Whether no word of the lines that were looked at comes near a term in meaning."""
        known = self._soft.get(term.text.casefold(), {})
        return term in self.asked.names or max(known.values(), default=0.0) < FAR


def stale(judged: Judgement, enough: float) -> bool:
    """Whether lines would answer, were they not old."""
    doubt = DOUBTS["stale"] * judged.features.get("stale", 0.0)
    return doubt > 0 and doubted(judged.confidence, -doubt) >= enough


def crowd(pool: Sequence[EvidenceLine]) -> float:
    """How little the hits of the lines fall off behind the best: .1 where it stands alone, 1 where ten are as good.

    Many hits that are all as good are beside the question more often than one that stands out (the idea of normalised
    query commitment: Shtok et al., "Predicting query performance by query-drift estimation", TOIS 2012).
    """
    behind = {line.hit_rank: line.hit_behind for line in pool}
    near = sorted(behind.values())[:CROWD]
    return sum(1 - one / FARTHEST for one in near) / CROWD


# "SELLMARK, Oct 19 (Wire) - ": when it was written, not what it tells of.
_DATELINE = re.compile(r"^[A-Z][A-Za-z ,.]{2,40}(?:\d{1,2} )?(?:\([^)]{2,30}\)|\d) ?[-–—:] ?")


def _all_covered(stems: Iterable[str], told: Collection[str]) -> bool:
    return all(words.covered(stem, told) for stem in stems)


def _months(text: str, published: NewsDate) -> frozenset[int]:
    """The months, 1 … 12, of the dates that a text writes out; the year does not matter."""
    return frozenset(
        one.since.month
        for one in find_dates(text, published.moment)
        if isinstance(one, DateSpan) and not one.relative and one.until - one.since <= MONTH
    )


def doubts(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """What speaks against an answer however alike its lines are, of the features of its lines, the best first.

    `announced`: it tells of what is to come, and what came of it is asked; `misfit`: nothing of the kind asked
    for, or nobody who is what was asked for; `presumed`: it is asked why, and no line tells that it was so; `apart`:
    "the capital of the moon" in a line that tells of some capital and of the moon; `bystander`: it is asked what
    somebody did, and the line tells of others; `unassigned`: it is asked who will do something, and no line says that
    anybody will; `unchosen`: answers are offered, and no article has any of them; `scattered`: some lines name whom
    it is asked of, and others, which do not, have the figure or the day of something else; `stale`: all are
    old, though there is news.
    """
    first = found[0]
    return {
        "announced": first["undue"] * first["relation"],
        "misfit": float(
            max(features["kind"] for features in found) <= MISFIT or max(features["role"] for features in found) < 0.5
        ),
        "presumed": min(features["presumed"] for features in found),
        "apart": first["apart"],
        "unassigned": min(features["unassigned"] for features in found),
        "unchosen": min(features["unchosen"] for features in found),
        "bystander": first["bystander"],
        "stale": min(features["stale"] for features in found),
        "scattered": float(
            any(features["unnamed"] for features in found)
            and any(features["names"] >= NAMED for features in found)
            and all(features["unnamed"] or features["kind"] <= MISFIT for features in found)
        ),
    }


def _logit(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    return weights["bias"] + sum(weight * features[name] for name, weight in weights.items() if name != "bias")


def _share(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))


def _headline_and_date(line: EvidenceLine) -> frozenset[str]:
    """Stems of a line's headline, and year and month of publication: an article of 2025 need not name the year."""
    date = line.article.published_at
    dated = words.content(date.moment.strftime("%Y %B")) if date is not None else ()
    return frozenset((*words.content(line.article.title), *dated))


def _held(own: Sequence[str], line: EvidenceLine) -> float:
    """How many of the answer's own stems a line holds."""
    stems = frozenset(words.content(line.text))
    return sum(words.covered(stem, stems) for stem in own)
