"""What the adapter of the language model (`rag.taught`) learns from: lines, questions about them, replies.

On invented news every question of an article is asked of some of its lines beside a few of another. Of lines that
hold its answer the reply points at the first and gives it; it is "no" where none states it, be it that no article
does or that the line was left out. On real news a question is asked of the lines that the first blend of
`rag.line_ranking` puts first, with those that hold the answer and without them.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.lessons import Report
from bench.selector_lessons import Lesson
from rag.taught import READ

NO = "no"
LEFT_OUT = 0.4  # of the questions whose line is not shown are asked all the same
STRANGE = 0.3  # of the articles that stand alone are shown beside one of another story
BEST = 10  # of the lines of a real question: a right one behind them is not what it would be shown
ONE_REAL_WITHOUT = 0.75, 0.35  # of real questions are asked without the right lines: of those with one, of others


@dataclass(frozen=True, slots=True)
class Shown:
    """Lines of one article: its head, outlet, date and title as far as they are shown, and texts."""

    head: str
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is shown at once, and what is asked of it: questions with their replies."""

    group: str  # the story or the week
    as_of: dt.date
    shown: Sequence[Shown]
    asked: Sequence[tuple[str, str]]

    @property
    def lines(self) -> str:
        """As `rag.prompt.numbered` writes them."""
        told, label = [], 0
        for one in self.shown:
            told.append(f"# {one.head}")
            for text in one.texts:
                label += 1
                told.append(f"[{label}] {text}")
        return "\n".join(told)


def invented(reports: Sequence[Report], dice: random.Random) -> list[Sheet]:
    """A sheet for each article that leaves something to ask."""
    stories: dict[str, list[Report]] = {}
    for report in reports:
        stories.setdefault(report.story, []).append(report)
    sheets = (_sheet(report, _beside(report, stories[report.story], reports, dice), dice) for report in reports)
    return [sheet for sheet in sheets if sheet.asked]


def _beside(report: Report, story: Sequence[Report], every: Sequence[Report], dice: random.Random) -> Report | None:
    others = [other for other in story if other is not report]
    if others:
        return dice.choice(others)
    strange = dice.choice(every) if dice.random() < STRANGE else None
    return None if strange is report else strange


def _sheet(report: Report, other: Report | None, dice: random.Random) -> Sheet:
    own = sorted(dice.sample(range(len(report.lines)), min(dice.choice([5, 5, 6, 7]), len(report.lines))))
    if dice.random() < 0.5:
        dice.shuffle(own)
    shown = [_shown(report, own)]
    if other is not None:
        shown.append(_shown(other, sorted(dice.sample(range(len(other.lines)), dice.choice([1, 2, 2])))))
    dice.shuffle(shown)
    texts = [text for one in shown for text in one.texts]
    asked = []
    for question in report.questions:
        proving = {report.lines[number - 1] for number in question.lines}
        if question.answer is None:
            asked.append((question.text, NO))
            continue
        holding = [text for text in texts if question.answer.casefold() in text.casefold()]
        first = next((text for text in holding if text in proving), None)
        if first is not None:
            asked.append((question.text, reply(texts.index(first) + 1, question.answer)))
        elif not holding and proving.isdisjoint(texts) and dice.random() < LEFT_OUT:
            asked.append((question.text, NO))
    dice.shuffle(asked)
    newest = max(one.published.moment.date() for one in (report, other) if one is not None)
    return Sheet(report.story, newest + dt.timedelta(days=dice.choice([0, 1, 2, 7])), shown, asked)


def _shown(report: Report, numbers: Sequence[int]) -> Shown:
    title = [] if 0 in numbers else [report.lines[0]]  # as a line of its own
    head = ", ".join([report.outlet, report.published.moment.date().isoformat(), *title])
    return Shown(head, [report.lines[number] for number in numbers])


def real(lessons: Sequence[Lesson], days: Mapping[str, dt.date], most: int, dice: random.Random) -> list[Sheet]:
    """At most so many sheets of one question each; `days` is when the questions of a week were asked."""
    found = []
    for one in lessons:
        right = [at for at, holds in enumerate(one.right) if holds]
        wrong = [at for at, holds in enumerate(one.right) if not holds]
        best = [at for at in right if at < BEST]
        if not wrong:
            continue
        if best:
            with_right = sorted(best[: dice.choice([1, 2, 2, 3])] + wrong[:4])[:READ]
            found += _real(one, with_right, days[one.group], dice, answered=True)
        if dice.random() < ONE_REAL_WITHOUT[not best]:
            found += _real(one, wrong[:READ], days[one.group], dice, answered=False)
    dice.shuffle(found)
    return found[:most]


def _real(one: Lesson, chosen: Sequence[int], day: dt.date, dice: random.Random, *, answered: bool) -> list[Sheet]:
    """A sheet; none where the answer is to be told and stands in no line just so."""
    order = list(chosen)
    if dice.random() < 0.4:
        dice.shuffle(order)
    of: dict[str, list[str]] = {}
    for at in order:
        title, text = one.lines[at]
        of.setdefault(title, []).append(text)
    shown = [
        Shown(f"{day - dt.timedelta(days=dice.choice([0, 1, 2, 4, 9]))}, {title[:160]}", texts)
        for title, texts in of.items()
    ]
    answer = one.answers[0]
    for number, text in enumerate((text for part in shown for text in part.texts), start=1):
        at = text.casefold().find(answer.casefold())
        if answered and at >= 0:
            return [Sheet(one.group, day, shown, [(one.question, reply(number, text[at : at + len(answer)]))])]
    return [] if answered else [Sheet(one.group, day, shown, [(one.question, NO)])]


def reply(number: int, answer: str) -> str:
    """As `rag.taught` reads it."""
    return f"yes [{number}] {answer}"
