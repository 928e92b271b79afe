"""Verify, then show: every sentence is held against the lines it cites before anyone sees it.

A pipeline of independent checks, each with a finding that the trace shows. A sentence that fails is repaired once, by
pointing at the lines that do bear it out; measured, that alone turns .53 right-and-cited into .75 with the embedded
model, whose answers are better than its pointing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.lines import Line
from rag import words
from rag.answer import Support
from rag.checks import CHECKS, Check, Claim, Finding, verdict
from rag.checks.circle import Circle
from rag.checks.names import usurped
from rag.checks.quotation import Quotation
from rag.checks.relations import absent, stands, stems_of
from rag.checks.support import Reader, judge
from rag.lines import Embedder, EvidenceLine
from rag.normal import content, is_english
from rag.normal import words as words_of
from rag.sentences import split

# Share of a sentence's own content words (those not in the question) that must stand in its lines, other words for
# the same counted; the rest is weighed by `rag.checks.support`.
WORDS_NEEDED = 0.5
# Words without their like in the lines, however well the rest agrees: one may be a synonym unknown. More of them, or
# the first, need a reader of sentence and lines together that is so sure they are other words for what the lines say.
MAX_ABSENT = 1
KNOWN_WORDS = 0.8
FEW = 4  # own words that one line must have together: "two" from one line and "hours" from another are not two hours
# How much more of a sentence other lines must hold to be cited instead of those that were pointed at.
BETTER = 0.1
# Cosine of a sentence and its lines, MiniLM. Below it a sentence speaks of something else.
ALIKE_NEEDED = 0.35
MAX_LINES = 3  # citations of one sentence; more would prove nothing to a reader


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all checks found of one sentence with these lines."""

    support: Support
    lines: tuple[EvidenceLine, ...]
    findings: tuple[Finding, ...]  # faults only

    @property
    def passed(self) -> bool:
        """Whether the sentence may be shown. Partial support is not enough: the line itself can be quoted instead."""
        return self.support is Support.SUPPORTED


_URL = re.compile(
    r"(?:https?|ftp|data|javascript|file|mailto):\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/\S*|\bwww\.\S+|\b[\w-]+\.(?:com|org|net|io|ru|xyz|info)\b\S*",
    re.IGNORECASE,
)
# A bare name of a site may be told; what leads somewhere, or runs, may not.
# "… four hours. and so on": something hung on to a sentence.
_HUNG_ON = re.compile(r"\b(?!(?:approx|corp|dept|sept|capt|govt|prof|assn|bros)\b)[a-z]{4,}[.!?]\s+[a-z]")
_LEADING = re.compile(r"[/?:@]")
_MARKUP = re.compile(r"!?\[[^\]]*\]\s*[(\[:]|<\s*/?\s*[a-zA-Z!][^>]*>?|\]\(|`{3}|&#?\w+;|\x1b|\[\s*\d+\s*\]")


class Markup:
    """No link, image, tag or hidden character reaches the reader in a sentence.

    The name of a site may be said if the cited lines say it too, an address that leads somewhere only in a whole line
    that is quoted; markup may not be said at all, since some client would render it. Quotes keep whatever the article
    has: they are shown as quotes.
    """

    name = "markup"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding for the first thing that must not be shown."""
        why = unshowable(claim.sentence, "\n".join(claim.lines))
        return [Finding(self.name, Support.UNSUPPORTED, why)] if why else []


_SELF = re.compile(r"\b(?:I|me|my|you|your)\b")


class Voice:
    """Nobody in an answer speaks of themselves or to the reader, unless the lines do."""

    name = "voice"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding for "I" or "you" outside quotation marks that no line has."""
        m = _SELF.search(_QUOTATION.sub(lambda quoted: " " * len(quoted[0]), claim.sentence))
        if m is None or any(re.search(rf"\b{m[0]}\b", text) for text in claim.lines):
            return []
        return [Finding(self.name, Support.UNSUPPORTED, f"“{m[0]}” is nobody in the lines", m.span())]


_QUOTATION = re.compile(r"“[^”]*”|\"[^\"]*\"")


def unshowable(text: str, cited: str) -> str | None:
    """Why a sentence may not be shown whatever supports it; None if it may."""
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Cn"}:
            return f"invisible character U+{ord(character):04X}"
    if (found := _HUNG_ON.search(text)) and text not in cited:
        return f"a second sentence that begins small: {found[0]!r}"
    if found := _MARKUP.search(text):
        return f"markup {found[0][:40]!r}"
    for found in _URL.finditer(text):
        address = found[0].rstrip(".,;:!?)")
        if address not in cited or (_LEADING.search(address) and text not in cited):
            return f"an address that is not in the lines: {found[0][:40]!r}"
    return None


class OwnWords:
    """What the sentence says stands in its lines, in the lines' words; above all what the question did not say."""

    name = "words"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding when too few of the sentence's own words, or of all its words, stand there."""
        if not claim.question:
            return []
        share, absent = own_words(claim.sentence, claim.question, claim.lines)
        if share == 1.0 and not _together(claim):
            return [Finding(self.name, Support.UNSUPPORTED, "the answer's words stand in no one line")]
        told = stems_of(claim.lines)
        heavy = words.names(claim.sentence) | words.numbers(claim.sentence)
        gone = [stem for stem in absent if stem in heavy or not stands(stem, told)]
        if absent and 1 - (1 - share) * len(gone) / len(absent) < WORDS_NEEDED:
            return [Finding(self.name, Support.UNSUPPORTED, f"not in the lines: {', '.join(gone[:8])}")]
        asked = frozenset(words.tokens(claim.question))
        # A word of the question that the sentence repeats is what was asked about: "will lead the team" is no more
        # borne out by a line without "lead" than by one without the name.
        _, absent = own_words(claim.sentence, "", claim.lines)
        echoed = [stem for stem in absent if words.covered(stem, asked) and not stands(stem, told)]
        if echoed:
            why = f"only in the question, not in the lines: {', '.join(echoed[:8])}"
            return [Finding(self.name, Support.PARTIAL, why)]
        return []


def _together(claim: Claim) -> bool:
    """Whether few own words stand in one line; of many (a comparison, a list) each line may give its part."""
    asked = frozenset(words.tokens(claim.question))
    own = {stem for stem in words.content(claim.sentence) if not words.covered(stem, asked)}
    if not 0 < len(own) <= FEW:
        return True
    return any(own_words(claim.sentence, claim.question, [line])[0] == 1.0 for line in claim.lines)


class Subject:
    """What is told of somebody is told of them by the line that tells it, not pieced together from two lines."""

    name = "subject"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding where the line with most of the answer's words tells them of somebody else."""
        if len(claim.lines) < 2 or not claim.question or not is_english(claim.lines):
            return []
        plain = set(words.content(claim.sentence)) - words.names(claim.sentence)  # what is told, not of whom

        def told(line: str) -> tuple[float, float]:
            stand = frozenset(words.tokens(line))
            own, _ = own_words(claim.sentence, claim.question, [line])
            return own, sum(words.covered(stem, stand) for stem in plain)

        main = max(claim.lines, key=told)
        other = usurped(claim.sentence, main)
        if other:
            return [Finding(self.name, Support.UNSUPPORTED, f"the line tells it of {other}")]
        # "The talks lasted four hours" beside "Zelensky met Erdogan" is no meeting of four hours; but a headline says
        # whom all of its article is about.
        asked = frozenset(words.tokens(claim.question))
        of_whom = [name for name in words.names(claim.sentence) if words.covered(name, asked)]
        telling = [main, *(line for line in claim.lines if line in claim.context)]
        told_of = frozenset(stem for line in telling for stem in words.tokens(line))
        unsaid = main in claim.context or _PRONOUN.search(main) is not None  # it need not say of whom
        if of_whom and not unsaid and not any(words.covered(name, told_of) for name in of_whom):
            return [Finding(self.name, Support.UNSUPPORTED, "the line that tells it names nobody it is told of")]
        return []


_PRONOUN = re.compile(r"\b(?:he|she|it|they|we|I|his|her|its|their)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Alike:
    """The sentence and its lines speak of the same thing, by the embedder's cosine."""

    embedder: Embedder
    name: str = "alike"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding when neither any line nor all of them together are like the sentence."""
        vectors = self.embedder.encode_passages([claim.sentence, " ".join(claim.lines), *claim.lines])
        alike = float((vectors[1:] @ vectors[0]).max())
        if alike >= ALIKE_NEEDED:
            return []
        return [Finding(self.name, Support.UNSUPPORTED, f"cosine {alike:.2f} with its lines")]


def own_words(text: str, question: str, lines: Sequence[str]) -> tuple[float, list[str]]:
    """The share of the content words that are not the question's and stand in the lines, and those that do not."""
    asked = frozenset(words.tokens(question))
    own = [stem for stem in dict.fromkeys(words.content(text)) if not words.covered(stem, asked)]
    stand = frozenset(stem for line in lines for stem in words.tokens(line))
    stand |= {"2"} if "both" in stand else frozenset()
    absent = [stem for stem in own if not words.covered(stem, stand)]
    return (1 - len(absent) / len(own) if own else 1.0), absent


class Verifier:
    """Holds sentences against lines, and finds the lines that bear a sentence out."""

    def __init__(
        self, embedder: Embedder | None, checks: Sequence[Check] = CHECKS, *, reader: Reader | None = None
    ) -> None:
        """`reader` reads sentences beside lines, as one more voice."""
        self.embedder = embedder
        self.reader = reader
        # What no weighing can outweigh.
        self.needed: tuple[Check, ...] = (Markup(), Voice(), Quotation(), Circle(), OwnWords(), Subject())
        self.checks = tuple(checks)

    def findings(self, claim: Claim) -> list[Finding]:
        """What speaks against a claim: the faults that decide, and what all the others weigh together.

        Where they do not decide, the single findings are left out: the last one names their sum and the words that
        are missing.
        """
        pieces = split(Line(1, 0, len(claim.sentence), claim.sentence))
        if len(pieces) > 1:  # two sentences told as one: each must stand
            return [found for piece in pieces for found in self.findings(replace(claim, sentence=piece.text))]
        found = [finding for check in self.needed for finding in check(claim)]
        if any(finding.verdict is Support.UNSUPPORTED for finding in found):
            return found  # nothing can save it; the rest would only cost time
        weighed = [finding for check in self.checks for finding in check(claim)]
        # The nearness of English lines is weighed with the rest; what no rule can read has nothing else.
        if self.embedder is not None and not is_english(claim.lines) and (far := Alike(self.embedder)(claim)):
            return [*found, *weighed, *far]
        said, sure, why = judge(claim, weighed, self.embedder, self.reader)
        gone = absent(claim.sentence, claim.lines)
        said_first = next(iter(content(words_of(claim.sentence))), None)
        strange = len(gone) > MAX_ABSENT or bool(gone and gone[0] == said_first)
        if said is Support.SUPPORTED and strange and not self._sure(claim):
            why = f"not in the lines: {', '.join(word.text for word in gone[:6])}"
            return [*found, Finding("support", Support.PARTIAL, why)]
        if said is Support.SUPPORTED and any(one.verdict is Support.UNSUPPORTED for one in weighed):
            # The weighing may doubt a check, but not overrule it before a reader.
            return [*found, *weighed, Finding("support", Support.PARTIAL, why)]
        if said is Support.SUPPORTED:
            return found
        kept = [finding for finding in weighed if _severity(finding.verdict) <= _severity(said)]
        return [*found, *kept, Finding("support", said, f"{why} ({sure:.0%} sure)")]

    def _sure(self, claim: Claim) -> bool:
        """Whether the reader, who knows English, has no doubt that the lines bear it out, in other words."""
        if self.reader is None or self.embedder is None or not is_english(claim.lines):
            return False
        return self.reader.read(claim.sentence, claim.lines, claim.published_at)[0] >= KNOWN_WORDS

    def verify(
        self, text: str, lines: Sequence[EvidenceLine], question: str, context: Sequence[EvidenceLine] = ()
    ) -> Verdict:
        """The verdict on a sentence with exactly these lines. Without lines nothing is supported.

        `context` are lines that may lie around the cited ones; only those of the same articles count, and what
        stands only there makes the support partial.
        """
        kept = tuple(lines)[:MAX_LINES]
        if not kept:
            return Verdict(Support.UNSUPPORTED, (), (Finding("lines", Support.UNSUPPORTED, "no line is cited"),))
        if any(text == line.text for line in kept):  # its own words, cut from the article
            why = unshowable(text, text)
            quoted = (Finding("markup", Support.UNSUPPORTED, why),) if why else ()
            return Verdict(verdict(quoted), kept, quoted)
        articles = {line.key[:2] for line in kept}
        around = [line.text for line in context if line.key[:2] in articles and line not in kept]
        claim = Claim(
            sentence=text,
            lines=tuple(line.text for line in kept),
            published_at=kept[0].article.published_at,
            context=tuple(dict.fromkeys([*(line.article.title for line in kept), *around])),
            question=question,
        )
        findings = self.findings(claim)
        return Verdict(verdict(findings), kept, tuple(findings))

    def best(
        self, text: str, question: str, pointed: Sequence[EvidenceLine], pool: Sequence[EvidenceLine]
    ) -> Verdict:
        """The verdict with the lines that were pointed at, or with others that hold clearly more of the sentence."""
        first = self.verify(text, pointed, question, pool)
        if first.passed and share(text, pointed) > 1 - BETTER:
            return first
        second = self.repair(text, question, pointed, pool)
        if second.passed and (not first.passed or share(text, second.lines) >= share(text, pointed) + BETTER):
            return second
        return first

    def repair(
        self, text: str, question: str, pointed: Sequence[EvidenceLine], pool: Sequence[EvidenceLine]
    ) -> Verdict:
        """The verdict with the lines of the pool that best bear the sentence out, the pointed ones preferred.

        First the line with most of the sentence's own words; then, from the same article, lines for names and numbers
        that are still missing, at most three in all. Not for other words: out of enough lines anything can be pieced
        together.
        """
        if not pool or unshowable(text, "\n".join(line.text for line in pool)):
            return self.verify(text, pointed, question)
        marked = {line.key for line in pointed}
        heavy = words.names(text) | words.numbers(text)
        plain = [stem for stem in dict.fromkeys(words.content(text)) if stem not in heavy]

        def merit(line: EvidenceLine) -> tuple[float, float, float, bool, float]:
            stand = _stems([line])
            return (
                own_words(text, question, [line.text])[0],
                sum(words.covered(stem, stand) for stem in plain),  # what was done, before to whom: that can be added
                share(text, [line]),
                line.key in marked,
                line.score,
            )

        best = max(pool, key=merit)
        chosen = [best]
        siblings = [line for line in pool if line.key[:2] == best.key[:2] and line.key != best.key]
        while len(chosen) < MAX_LINES and siblings:
            missing = heavy - _stems(chosen)
            line = max(siblings, key=lambda line: len(missing & _stems([line])))
            if not missing & _stems([line]):
                break
            chosen.append(line)
            siblings.remove(line)
        # The shortest run that passes: a line that adds nothing needed would be a citation for show.
        for count in range(1, len(chosen) + 1):
            found = self.verify(text, chosen[:count], question, pool)
            if found.passed:
                break
        return found


def _severity(support: Support) -> int:
    return (Support.SUPPORTED, Support.PARTIAL, Support.UNSUPPORTED).index(support)


def _stems(lines: Sequence[EvidenceLine]) -> frozenset[str]:
    return frozenset(stem for line in lines for stem in words.tokens(line.text))


def share(text: str, lines: Sequence[EvidenceLine]) -> float:
    """The share of all content words of a text that stand in the lines, names and numbers twice as heavy."""
    stand = _stems(lines)
    heavy = words.names(text) | words.numbers(text)
    stems = dict.fromkeys(words.content(text))
    total = sum(2 if stem in heavy else 1 for stem in stems) or 1
    return sum((2 if stem in heavy else 1) * words.covered(stem, stand) for stem in stems) / total
