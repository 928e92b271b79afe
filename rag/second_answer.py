"""The short answer that the lines give by themselves, beside what a model says or what is quoted.

Lines that are sure of another answer than a small model's overrule it, the same answer makes it surer, and a short
answer is told only where it stands in what is cited (see docs/checks.md, "A second answer").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag import asked, brief, definition, extractive, fitting, taught, words
from rag.age import too_old
from rag.asked import Asked
from rag.evidence import doubted
from rag.lines import EvidenceLine
from rag.offer import tells_otherwise
from rag.resolve import Markers
from rag.run import Run
from rag.short import Vote, agree, votes
from rag.verify import own_words, unshowable
from rag.worked_out import with_dates

AGREED = 0.1  # share of the votes that a short answer which lines give by themselves needs
DECISIVE = 0.4  # share of the votes by which lines overrule a small model that gives another short answer
# What it is worth, in logits, that the lines give the one that the model gave, or surely another one.
AGREEING = 0.5


def read_off(run: Run, quoted: extractive.Quoted) -> tuple[Vote, ...]:
    """The short answers that the lines give by themselves, the likeliest first.

    None to yes or no, nor where what is quoted stands in no one line.
    """
    if quoted.whole or run.readings.whole.asked.kind == "yes_no":
        return ()
    whole = run.readings.whole
    due = [line for line in whole.pool if line.read is not None and not too_old(run, [line])]
    found = votes(run.question, [line for line in due if not _denied(whole.asked, line)])
    name = definition.defined(run.question)
    if name is not None:  # "Who is Lavrov?" is not answered by somebody who is named beside him
        found = [
            one
            for one in found
            if not brief.only_names(one.short)
            or any(re.search(rf"{re.escape(one.short)}(?: \w+){{0,2}} {re.escape(name)}", line.text) for line in due)
        ]
    voted = tuple(one for one in found if one.share >= AGREED and fitting.holds(run.question, one.short))
    run.steps["read_off"] = {one.short: round(one.share, 3) for one in voted}
    return voted


def none_fits(run: Run, told: Sequence[Vote], quoted: extractive.Quoted) -> bool:
    """Whether words were read off lines for a number or a place, and none of them can be one."""
    whole = run.readings.whole
    due = whole.asked.kind in {"number", "place"} and not quoted.whole and not run.readings.parts
    return due and not told and any(line.read is not None and line.read.short for line in whole.pool)


def _denied(about: Asked, line: EvidenceLine) -> bool:
    return line.read is not None and tells_otherwise(about, line.text, line.read.short)


def compare(run: Run, short: str) -> None:
    """Enter whether the lines give the short answer that the model gave, or surely another one."""
    if run.agreed is None and run.read_off and words.content(short):
        first = run.read_off[0]
        run.agreed = agree(short, first.short) or (False if first.share >= DECISIVE else None)


def support(run: Run, told: taught.Read) -> None:
    """Enter the short answer of a taught model, and the lines it points at, where they hold it and can be quoted.

    It is right more often than what the lines give by themselves, which do not overrule it: where they give the same
    it is surer. Words of the question are no answer to it.
    """
    run.offered = told.short
    if run.read_off and agree(told.short, run.read_off[0].short):
        run.agreed = True
    pointed: dict[object, EvidenceLine] = {}
    for one in told.parts or (told,):
        about, said = asked.read(one.question), frozenset(words.content(one.question))
        due = [
            line
            for line in one.lines
            if extractive.quotable(line)
            and not too_old(run, [line])
            and not tells_otherwise(about, line.text, one.short)
        ]
        new = any(not words.covered(stem, said) for stem in words.content(one.short))
        stands = own_words(one.short, one.question, [with_dates(line.text, [line]) for line in due])[0] == 1.0
        if new and stands:
            pointed |= {line.key: line for line in due}
    run.pointed = tuple(pointed.values())


def weighed(run: Run, confidence: float) -> float:
    """A confidence with whether the model's short answer is the one that the lines give, where that is known."""
    return confidence if run.agreed is None else doubted(confidence, -AGREEING if run.agreed else AGREEING)


def stands(run: Run, short: str, markers: Markers) -> bool:
    """Whether a short answer stands in what is cited, and can be shown."""
    about = run.readings.whole.asked
    quotes = [citation.quote.exact for citation in markers.citations]
    holding = [quote for quote in quotes if own_words(short, run.question, [quote])[0] == 1.0]
    if any(fitting.left(about, quote) for quote in holding):
        return False
    if holding and all(tells_otherwise(about, quote, short) for quote in holding):
        return False
    told = bool(words.content(short)) and unshowable(short, "") is None
    return told and own_words(short, run.question, quotes)[0] == 1.0
