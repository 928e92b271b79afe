"""False premises: what a question takes for granted and the lines deny is named and put right from them.

"Why did the dam crack?" takes for granted that it did. Where a line that speaks of just that denies it ("inspectors
found no crack"), that line is the answer, and the reader is told that the premise does not hold. Only questions that
presuppose something can have a false premise: "did the dam crack?" asks. Deterministic, and careful: the denial must
stand at the very words that the question takes for granted.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from rag import definition, places, words
from rag.asked import Asked
from rag.evidence import Evidence
from rag.lines import EvidenceLine

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
REACH = 4  # words between a denial and what it denies
_CLAUSE = re.compile(r"[,;:“”\"()–—]|\b(?:but|though|although|while)\b")
_TOKEN = re.compile(r"[^\W_]+(?:[’'][^\W_]+)*")
_DENIES = frozenset(
    """no not never none nobody nothing neither nor cannot didn't wasn't weren't isn't aren't doesn't won't hasn't
    haven't hadn't wouldn't denied denies deny denial denying false untrue wrong cleared acquitted withdrawn withdraw
    withdrew goalless unrelated""".split()  # noqa: SIM905
)
_BEHIND = frozenset(("denied", "false", "untrue", "wrong", "withdrawn", "withdraw", "goalless", "unrelated"))
_LIGHT = frozenset(
    ("come", "com", "go", "take", "tak", "mak", "get", "put", "have", "use", "us", "new")
)  # stems that say little alone
_SPOKEN_OF = 0.5  # more of the question's words than this stand in the clause that denies
TOLD_TOGETHER = dt.timedelta(days=3)
# "No gymnast has won more than she", "agreed not to take part", "never confirmed the talks", "may not move it",
# "those who haven't been paying attention" deny nothing that was.
_NO_DENIAL = re.compile(
    r"\bno\b.*\bmore\b.*\bthan\b|\b(?:warn|tell|told|urg|ask|order|advis|pledg|vow|promis|agree)\w*\b[^.]*\bnot to\b"
    r"|(?:\b(?:not|never|neither|nobody|no one)\b|n['’]t\b)[^.]{0,20}\bconfirm"
    r"|\b(?:may|might) not\b|\bwhether or not\b"
    r"|\b(?:those|anyone|everyone|people) (?:that|who) (?:\w+n['’]t|(?:\w+ )?not)\b",
    re.IGNORECASE,
)
_COMMANDS = re.compile(r"^\W*(?:do not|don['’]t|never|if you)\b", re.IGNORECASE)
_ASKS = re.compile(
    r"\b(?:say|says|said|tell|told|answer\w*|claim\w*|not|no|never|n['’]t|deny|denied|without|refus\w+|reject\w*"
    r"|excluded?|oppos\w+)\b",
    re.IGNORECASE,
)
_PRESUPPOSES = re.compile(
    r"^(?:why|when|where|how|who|whom|what|which|on|in|at|by|from|to|for|of|tell)\b", re.IGNORECASE
)


def denial(asked: Asked, evidence: Evidence, lines: Sequence[EvidenceLine]) -> EvidenceLine | None:
    """The first of the lines that denies what the question takes for granted; None where none does.

    A question that itself says no, or asks whether, who, which country or what was said, has no such premise. What a
    later report among the lines tells again is not denied: the denial must be of the newest of them.
    """
    if asked.kind in {"yes_no", "person"} or places.sought(asked.question) or _ASKS.search(asked.question):
        return None
    if not _PRESUPPOSES.match(asked.question.strip()) or definition.defined(asked.question) is not None:
        return None
    newest = max((line.moment for line in lines[:3]), default=dt.datetime.min.replace(tzinfo=dt.UTC))
    for line in lines:
        found = evidence.features(line)
        # It must speak of nearly all that the question does, and deny it in a statement, not forbid something.
        if found["names_article"] < 0.99 or found["relation"] < 0.6 or _COMMANDS.match(line.text):
            continue
        if line.moment + TOLD_TOGETHER < newest or _of_another_year(asked, line):
            continue
        if _denies(asked, line) or _refuses(asked, line, evidence.before(line)):
            return line
    return None


def _of_another_year(asked: Asked, line: EvidenceLine) -> bool:
    """Whether a line tells of other years than the one asked about: "in 1932 no tournament was held"."""
    wanted, told = (frozenset(_YEAR.findall(text)) for text in (asked.question, line.text))
    return bool(wanted and told) and wanted.isdisjoint(told)


def _denies(asked: Asked, line: EvidenceLine) -> bool:
    """Whether a word of denial stands close to a word of what is presupposed."""
    return any(_denies_here(asked, clause) for clause in _CLAUSE.split(line.text))


# "The union called for him to resign. Grieve said he would not."
_WOULD_NOT = re.compile(
    r"\b(?:said|says|insisted|replied|answered)\s+(?:that\s+)?(?:he|she|it|they)\s+"
    r"(?:(?:would|will|did|had|has|was|is) not|(?:would|did|had|has|was|is)n['’]t|won['’]t)(?:\s+do so)?\W*$"
)


def _refuses(asked: Asked, line: EvidenceLine, before: str) -> bool:
    """Whether a line says only "he said he would not", and what stands before it all that is presupposed."""
    presupposed = [term for term in asked.relation if len(term.text) > 2 and term.stem not in _LIGHT]
    told = words.tokens(before)
    return _WOULD_NOT.search(line.text) is not None and all(words.covered(term.stem, told) for term in presupposed)


def _denies_here(asked: Asked, clause: str) -> bool:
    spoken = [token.casefold().replace("’", "'") for token in _TOKEN.findall(clause)]
    at = [i for i, token in enumerate(spoken) if token in _DENIES]
    if not at or _NO_DENIAL.search(clause):
        return False
    presupposed = [term for term in asked.relation if len(term.text) > 2 and term.stem not in _LIGHT]
    stems = [words.stem(token) for token in spoken]
    told = [term for term in presupposed if words.covered(term.stem, stems)]
    # A denial of something beside it, as most are: "the park, which does not charge entrance fees".
    if len(told) <= _SPOKEN_OF * len(presupposed):
        return False
    for i in at:
        before = stems[max(0, i - REACH) : i] if spoken[i] in _BEHIND else []
        near = [*before, *stems[i + 1 : i + 1 + REACH]]
        if any(words.kin(term.stem, stem) for term in told for stem in near):
            return True
    return False
