"""Verify, then show: every sentence is held against the lines it cites before anyone sees it.

A pipeline of independent checks, each with a finding that the trace shows. A sentence that fails is repaired once, by
pointing at the lines that do bear it out; measured, that alone turns .53 right-and-cited into .75 with the embedded
model, whose answers are better than its pointing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rag import words
from rag.answer import Support
from rag.lines import Embedder, EvidenceLine

# Share of a sentence's own content words (those not in the question) that must stand in its lines.
WORDS_NEEDED = 0.75
# Cosine of a sentence and its lines, MiniLM. Below it a sentence speaks of something else.
ALIKE_NEEDED = 0.35
MAX_LINES = 3  # citations of one sentence; more would prove nothing to a reader


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, the lines said to bear it out, and the question it answers."""

    text: str
    lines: tuple[EvidenceLine, ...]
    question: str

    @property
    def cited(self) -> str:
        """The text of the lines."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    passed: bool
    detail: str = ""


class Check(Protocol):
    """One way in which a sentence can say more than its lines."""

    @property
    def name(self) -> str:
        """For the trace."""
        ...

    def __call__(self, claim: Claim) -> Finding:
        """Look at one claim; raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all checks found of one sentence with these lines."""

    support: Support
    lines: tuple[EvidenceLine, ...]
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether the sentence may be shown."""
        return self.support is Support.SUPPORTED

    @property
    def failed(self) -> tuple[Finding, ...]:
        """The findings that say no."""
        return tuple(finding for finding in self.findings if not finding.passed)


_URL = re.compile(
    r"(?:https?|ftp|data|javascript|file|mailto):\S+|\bwww\.\S+|\b[\w-]+\.(?:com|org|net|io|ru|xyz|info)\b\S*",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"!?\[[^\]]*\]\s*[(\[:]|<\s*/?\s*[a-zA-Z!][^>]*>?|\]\(|`{3}|&#?\w+;|\x1b|\[\s*\d+\s*\]")


class Markup:
    """No link, image, tag or hidden character reaches the reader in a sentence.

    A plain address may be said if the cited lines say it too; markup may not be said at all, since some client would
    render it. Quotes keep whatever the article has: they are shown as quotes.
    """

    name = "markup"

    def __call__(self, claim: Claim) -> Finding:
        hidden = [c for c in claim.text if unicodedata.category(c) in {"Cc", "Cf", "Co", "Cs", "Cn"}]
        if hidden:
            return Finding(self.name, False, f"invisible character U+{ord(hidden[0]):04X}")
        if found := _MARKUP.search(claim.text):
            return Finding(self.name, False, f"markup {found[0]!r}")
        for found in _URL.finditer(claim.text):
            if found[0].rstrip(".,;:!?)") not in claim.cited:
                return Finding(self.name, False, f"an address that is not in the lines: {found[0]!r}")
        return Finding(self.name, True)


class Numbers:
    """Every number of the sentence stands in its lines."""

    name = "numbers"

    def __call__(self, claim: Claim) -> Finding:
        absent = words.numbers(claim.text) - words.numbers(_with_dates(claim))
        return Finding(self.name, not absent, f"not in the lines: {', '.join(sorted(absent))}" if absent else "")


class Names:
    """Every capitalised word of the sentence stands in its lines, in any of its forms.

    The first word counts too: it may be a name, and if it is not, the lines' own words can be used for it.
    """

    name = "names"

    def __call__(self, claim: Claim) -> Finding:
        stand = frozenset(words.tokens(claim.cited))
        absent = [name for name in sorted(words.names(claim.text)) if not words.covered(name, stand)]
        return Finding(self.name, not absent, f"not in the lines: {', '.join(absent)}" if absent else "")


class OwnWords:
    """What the sentence says beyond the question stands in its lines, in the lines' words."""

    name = "words"

    def __call__(self, claim: Claim) -> Finding:
        share, absent = own_words(claim.text, claim.question, claim.lines)
        return Finding(self.name, share >= WORDS_NEEDED, f"{share:.2f} of its own words; not: {', '.join(absent)}")


@dataclass(frozen=True, slots=True)
class Alike:
    """The sentence and its lines speak of the same thing, by the embedder's cosine."""

    embedder: Embedder
    name: str = "alike"

    def __call__(self, claim: Claim) -> Finding:
        if not claim.lines:
            return Finding(self.name, False, "no lines")
        vectors = self.embedder.encode_passages([claim.text, claim.cited, *(line.text for line in claim.lines)])
        alike = float((vectors[1:] @ vectors[0]).max())
        return Finding(self.name, alike >= ALIKE_NEEDED, f"cosine {alike:.2f}")


def _with_dates(claim: Claim) -> str:
    dates = [str(line.article.published_at) for line in claim.lines if line.article.published_at is not None]
    return claim.cited + "\n" + " ".join(re.sub(r"\D", " ", date) for date in dates)


def own_words(text: str, question: str, lines: Sequence[EvidenceLine]) -> tuple[float, list[str]]:
    """The share of the content words that are not the question's and stand in the lines, and those that do not."""
    asked = frozenset(words.tokens(question))
    own = [stem for stem in dict.fromkeys(words.content(text)) if not words.covered(stem, asked)]
    stand = frozenset(stem for line in lines for stem in words.tokens(line.text))
    absent = [stem for stem in own if not words.covered(stem, stand)]
    return (1 - len(absent) / len(own) if own else 1.0), absent


class Verifier:
    """Holds sentences against lines, and finds the lines that bear a sentence out."""

    def __init__(self, embedder: Embedder | None, checks: Sequence[Check] | None = None) -> None:
        given = (Markup(), Numbers(), Names(), OwnWords()) if checks is None else tuple(checks)
        self.checks: tuple[Check, ...] = (*given, Alike(embedder)) if embedder is not None else tuple(given)

    def verify(self, text: str, lines: Sequence[EvidenceLine], question: str) -> Verdict:
        """The verdict on a sentence with exactly these lines. Without lines nothing is supported."""
        kept = tuple(lines)[:MAX_LINES]
        if not kept:
            return Verdict(Support.UNSUPPORTED, (), (Finding("labels", False, "points at no line"),))
        claim = Claim(text, kept, question)
        findings = tuple(check(claim) for check in self.checks)
        passed = all(finding.passed for finding in findings)
        return Verdict(Support.SUPPORTED if passed else Support.UNSUPPORTED, kept, findings)

    def repair(
        self, text: str, short: str, question: str, pointed: Sequence[EvidenceLine], pool: Sequence[EvidenceLine]
    ) -> Verdict:
        """The verdict with the lines of the pool that best bear the sentence out, the pointed ones preferred.

        First the line with most of the sentence's own words (of the short answer's first); then, from the same
        article, lines for names, numbers and words that are still missing, at most three lines in all.
        """
        if not pool:
            return self.verify(text, (), question)
        marked = {line.key for line in pointed}

        def merit(line: EvidenceLine) -> tuple[float, float, float, bool, float]:
            bears_short = own_words(short, question, [line])[0] if short else 1.0
            return (
                float(bears_short == 1.0),
                own_words(text, question, [line])[0],
                _share(text, [line]),
                line.key in marked,
                line.score,
            )

        best = max(pool, key=merit)
        chosen = [best]
        siblings = [line for line in pool if line.key[:2] == best.key[:2] and line.key != best.key]
        while len(chosen) < MAX_LINES and siblings:
            now = _share(text, chosen)
            gain, line = max(
                ((_share(text, [*chosen, line]) - now, line) for line in siblings), key=lambda pair: pair[0]
            )
            if gain <= 0:
                break
            chosen.append(line)
            siblings.remove(line)
        # The shortest run that passes: a line that adds nothing needed would be a citation for show.
        for count in range(1, len(chosen) + 1):
            verdict = self.verify(text, chosen[:count], question)
            if verdict.passed:
                return verdict
        return verdict


def _share(text: str, lines: Sequence[EvidenceLine]) -> float:
    """The share of all content words of a text that stand in the lines, names and numbers twice as heavy."""
    stand = frozenset(stem for line in lines for stem in words.tokens(line.text))
    heavy = words.names(text) | words.numbers(text)
    stems = dict.fromkeys(words.content(text))
    total = sum(2 if stem in heavy else 1 for stem in stems) or 1
    return sum((2 if stem in heavy else 1) * words.covered(stem, stand) for stem in stems) / total
