"""What the reader of lines (`rag.selector`) is taught: questions and lines, which of them answer, and in what words.

Of a quarter of the weeks of RealTime QA no question is taught, and none of our own gold, so that those can judge
(`unseen`).
"""

from __future__ import annotations

import datetime as dt
import html
import math
import random
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.corpus import rows
from bench.lessons import Report
from bench.made_questions import Told, made
from bench.weeks import held_out, is_week
from eval.retrieval import SHORTEST_ANSWER, holds, week_of
from index.article import Article, NewsDate, Status
from index.lines import Lines
from index.readers.canonical import canonical, paragraphs_of
from rag import words
from rag.line_ranking import at_once, blend, learned
from rag.lines import MAX_SENTENCE, EvidenceLine
from rag.planted import orders
from rag.sentences import split

LINES = 48  # of a question, best first
LISTED = 12  # of those in one list
LISTED_INVENTED = 9  # of a question on invented news
LISTED_MADE = 6  # of a made question
RIGHT = 3  # right ones among them, at most
NO_HEADLINE = 0.25  # of the lines are shown without theirs
NONE_RIGHT = 0.12  # of the made questions lose what answers them
READ_CHARACTERS = 20_000  # of an article
MADE_OF = 9_000, 60  # characters and lines of an article that questions are made of
MADE = 6  # questions of the articles that were found for one
UNTOLD = frozenset({"true", "false", "all of the above", "none of the above"})
Line = tuple[str, str]  # headline, text


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question with its lines, best first, which of them hold the answer, and the sentences it was taken from."""

    group: str  # the week it was asked in, or the invented story it is about
    question: str
    lines: Sequence[Line]
    right: Sequence[bool]
    answers: Sequence[str] = ()  # the expected one, and others that are as good
    snippet: Sequence[str] = ()
    snippet_right: Sequence[bool] = ()
    none_counts: float = 0.5  # how much it counts where no line is right


@dataclass(frozen=True, slots=True)
class List:
    """One list: the first `right` of its lines answer, with any of these words."""

    question: str
    lines: Sequence[Line]
    right: int
    answers: Sequence[str]
    weight: float


def unseen(lesson: Lesson) -> bool:
    """Whether its week is one of those that are never learned from."""
    return is_week(lesson.group) and held_out(lesson.group)


def lessons(data: Path) -> list[Lesson]:
    """Every development question with the lines of its articles, as far as they were out by then."""
    asked = [one for one in rows(data / "questions-dev.jsonl") if _can_be_told(one["answer"])]
    wanted = {name for one in asked for name in (*one["answer_articles"], *one["retrieved"])}
    articles: dict[str, list[EvidenceLine]] = {}
    for row in rows(data / "articles.jsonl.gz"):
        if row["id"] in wanted:
            title, text = canonical(row["title"] or "", paragraphs_of(row["text"][:READ_CHARACTERS]))
            articles[row["id"]] = _sentences(_article(row["id"], title, row.get("published")), text)
    found = []
    for done, one in enumerate(asked, start=1):
        found.append(_lesson(one, articles))
        if done % 300 == 0:
            print(f"{done} of {len(asked)} questions", file=sys.stderr, flush=True)
    return found


def invented_lessons(every: Iterable[Report]) -> list[Lesson]:
    """Questions on invented news with all lines of their story, those first that share most words with the question.

    What another article of the story says with the answer's words is left out: it may state it or not. Other values
    that it gives count as wrong, and so does all of it where the question's own article has no answer.
    """
    told = list(every)
    stories: dict[str, list[Report]] = {}
    for report in told:
        stories.setdefault(report.story, []).append(report)
    found = []
    for report in told:
        for one in report.questions:
            asked, answer = frozenset(words.content(one.text)), (one.answer or "").casefold()
            lines = [
                (len(asked & frozenset(words.content(text))), (other.lines[0], text), right)
                for other in stories[report.story]
                for number, text in enumerate(other.lines, start=1)
                if (right := other is report and number in one.lines)
                or other is report
                or not answer
                or answer not in text.casefold()
            ]
            lines.sort(key=lambda line: -line[0])
            answers = [one.answer] if one.answer else []
            found.append(
                Lesson(
                    report.story, one.text, [line for _, line, _ in lines], [right for *_, right in lines], answers,
                    none_counts=1.0,
                )
            )  # fmt: skip
    return found


def _article(name: str, title: str, published: str | None) -> Article:
    date = None
    if published:
        date = NewsDate(dt.datetime.combine(dt.date.fromisoformat(published), dt.time(), dt.UTC), day_only=True)
    return Article(
        article_id=name, revision=None, title=title, url=None, source=None, authors=(), section=None, language="en",
        published_at=date, updated_at=None, ingested_at=dt.datetime.now(dt.UTC), accessible_for_free=None,
        embargo_until=None, status=Status.USABLE, correction=None, metadata={},
    )  # fmt: skip


def _sentences(article: Article, text: str) -> list[EvidenceLine]:
    """What an answer would take for the lines of an article that was found."""
    lines = Lines(text)
    return [
        EvidenceLine(
            label=0, article=article, revision="", line=number, start=placed.start, end=placed.end, text=placed.text,
            hit_rank=1,
        )
        for number in range(1, len(lines) + 1)
        for placed in split(lines[number], "en")
        if len(placed.text) <= MAX_SENTENCE and not orders(placed.text)
    ]  # fmt: skip


def _can_be_told(answer: str) -> bool:
    """Whether a line with the words of an answer says it."""
    return len(answer) >= SHORTEST_ANSWER and answer.casefold() not in UNTOLD


def _lesson(one: Mapping[str, Any], articles: Mapping[str, Sequence[EvidenceLine]]) -> Lesson:
    day = dt.date.fromisoformat(one["date"])
    end = dt.datetime.combine(day + dt.timedelta(days=2), dt.time(), dt.UTC)
    pool: list[EvidenceLine] = []
    for name in dict.fromkeys((*one["answer_articles"], *one["retrieved"])):
        for line in articles.get(name, ()):
            if line.moment < end:
                age = max(0.0, (end - line.moment).days - 1) if line.article.published_at else 365.0
                pool.append(replace(line, hit_recent=math.exp2(-age / 30)))
    found: dict[str, EvidenceLine] = {}
    if pool:
        scores = blend(at_once(one["question"], pool), learned().first)
        for at in np.argsort(-scores, kind="stable").tolist():
            found.setdefault(pool[at].text, pool[at])
            if len(found) == LINES:
                break
    told = _plain(one.get("evidence") or "")
    snippet = [placed.text for placed in split(Lines(told)[1], "en")] if told else []
    return Lesson(
        week_of(day),
        one["question"],
        [(line.article.title, line.text) for line in found.values()],
        [holds(text, one["answer"]) for text in found],
        [one["answer"]],
        snippet,
        [holds(text, one["answer"]) for text in snippet],
    )


def _plain(snippet: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", snippet)).split())


def drawn(lesson: Lesson, dice: random.Random, listed: int = LISTED) -> List | None:
    """A list to learn from; None where nothing would be learned, or by chance, of questions that nothing answers."""
    if not lesson.lines:
        return None
    right = [line for line, holds_it in zip(lesson.lines, lesson.right, strict=True) if holds_it]
    wrong = [line for line, holds_it in zip(lesson.lines, lesson.right, strict=True) if not holds_it]
    told = [text for text, holds_it in zip(lesson.snippet, lesson.snippet_right, strict=True) if holds_it]
    untold = [text for text, holds_it in zip(lesson.snippet, lesson.snippet_right, strict=True) if not holds_it]
    if told and dice.random() < (0.5 if right else 0.7):
        headline = dice.choice(lesson.lines)[0] if dice.random() < 0.5 else ""
        right = [(headline, dice.choice(told)), *dice.sample(right, min(len(right), RIGHT - 1))]
    elif untold:
        wrong = [*wrong[:20], ("", dice.choice(untold)), *wrong[20:]]
    if not right and is_week(lesson.group) and dice.random() < 0.5:
        return None
    right = dice.sample(right, min(len(right), RIGHT))
    chosen = _near_the_top(wrong, listed - len(right), dice)
    if not chosen:
        return None
    lines = [("" if dice.random() < NO_HEADLINE else headline, text) for headline, text in (*right, *chosen)]
    return List(lesson.question, lines, len(right), lesson.answers, 1.0 if right else lesson.none_counts)


def made_lists(data: Path, most: int, dice: random.Random) -> list[List]:
    """Lists of questions made of the articles that were found for questions of the weeks that are taught.

    No article is among them that was found for a question of another week.
    """
    asked = list(rows(data / "questions-dev.jsonl"))
    untaught = [one for one in asked if held_out(week_of(dt.date.fromisoformat(one["date"])))]
    kept_back = {name for one in untaught for name in (*one["retrieved"], *one["answer_articles"])}
    pools = [[name for name in dict.fromkeys(one["retrieved"]) if name not in kept_back] for one in asked]
    dice.shuffle(pools)
    wanted = {name for pool in pools for name in pool}
    told = {row["id"]: _told(row) for row in rows(data / "articles.jsonl.gz") if row["id"] in wanted}
    found: list[List] = []
    for pool in pools:
        lines = {line.text: line for name in pool for line in told.get(name, ())}
        for one in made(list(lines.values()), dice, MADE):
            right = list(one.right[: RIGHT - 1]) if dice.random() > NONE_RIGHT else []
            wrong = dice.sample(one.wrong[:LISTED], min(len(one.wrong), LISTED, LISTED_MADE - len(right)))
            pairs = [("" if dice.random() < NO_HEADLINE else line.headline, line.text) for line in (*right, *wrong)]
            found.append(List(one.question, pairs, len(right), (one.answer,), 1.0 if right else 0.5))
        if len(found) >= most:
            break
    dice.shuffle(found)
    return found[:most]


def _told(row: Mapping[str, Any]) -> list[Told]:
    characters, count = MADE_OF
    title, text = canonical(row["title"] or "", paragraphs_of(row["text"][:characters]))
    lines = Lines(text)
    found = [
        Told(row["id"], title, placed.text)
        for number in range(2, len(lines) + 1)
        for placed in split(lines[number], "en")
        if not orders(placed.text)
    ]
    return [Told(row["id"], title, title), *found[:count]]


def _near_the_top(lines: Sequence[Line], count: int, dice: random.Random) -> list[Line]:
    """So many of the lines, the first ones likelier."""
    left = list(enumerate(lines))
    found: list[Line] = []
    while left and len(found) < count:
        at = dice.choices(range(len(left)), weights=[1 / (1 + place / 8) for place, _ in left])[0]
        found.append(left.pop(at)[1])
    return found
