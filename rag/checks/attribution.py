"""Attribution: what a source says, claims, denies, expects or hopes is told as that, and as said by the same one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from rag.answer import Support
from rag.checks.align import Source, closest, sources
from rag.checks.claim import Claim, Finding
from rag.checks.names import Name, names, same_name
from rag.checks.tables import (
    ATTRIBUTIONS,
    CAUSES,
    DISPUTES,
    DOUBTFUL,
    JUDGING,
    OPINION_PIECES,
    PARTISAN,
    PRONOUNS,
    SAYING,
    SOURCES_OF,
    VOUCHING,
)
from rag.normal import STOP, Word, content, is_english, listed, stem, words

_ALIGNED = 0.38  # share of the sentence's words that a sentence of the lines must have to be its source
_INSIDE = 0.6  # share of the shared words that must be in what is told
_DENYING = frozenset(stem(word) for word in ("deny", "dispute", "dismiss", "reject", "refute", "rebut"))
_RELAYING = frozenset(stem(word) for word in ("report", "show", "find", "cite", "note", "quote"))
_REFUSING = frozenset(stem(word) for word in ("reject", "dismiss", "dispute"))
_CLAIMED = frozenset(
    listed(
        "claim claims allegation allegations accusation accusations suggestion suggestions report "
        "reports idea notion that it criticism charge charges figure figures"
    )
)
_SOURCE = re.compile(SOURCES_OF, re.IGNORECASE)
_ATTRIBUTED = tuple(re.compile(pattern, re.IGNORECASE) for pattern in ATTRIBUTIONS)
_QUOTED = re.compile(r"[“\"]([^“”\"]{12,})[”\"]")
_PUT_AT = re.compile(r"(?<!is )(?<!are )(?<!was )(?<!now )\bputs?\s+(?:\w+\s+){1,8}at\s+(?:\w+\s+)?[$€£]?\d")
_ACCORDING = re.compile(r"\b(?:according to|in the (?:words|view|opinion) of)\s+(?P<who>[^,.;]+)", re.IGNORECASE)


class _Sure(IntEnum):
    """How far a clause commits itself."""

    POSSIBLE = 0  # may, might, could, possibly
    EXPECTED = 1  # expected, planned, hoped, likely
    FUTURE = 2  # will
    FACT = 3


_POSSIBLE = re.compile(
    r"\b(?:may|might|could|possibl[ey]|perhaps|potential(?:ly)?|maybe|considering|weighing|if|"
    r"unless|risks?|appears?|seems?|suggests?)\b",
    re.IGNORECASE,
)
_MAY_MONTH = re.compile(r"\b(?:in|of|since|on|last|until|by|\d)\s+May\b|\bMay\s+\d")
_EXPECTED = re.compile(
    r"\b(?:expect(?:s|ed)?|likely|plan(?:s|ned|ning)?|hop(?:es?|ed|ing)|aim(?:s|ed|ing)?|intend(?:s|ed)?|want(?:s|"
    r"ed)?|propos(?:es?|ed|al)|probabl[ey]|"
    r"due|set|scheduled|slated|poised|forecast|project(?:s|ed)|predict(?:s|ed)?|threaten(?:s|ed)?|vow(?:s|ed)?|"
    r"pledg(?:es?|ed)|promis(?:es?|ed)|"
    r"offer(?:s|ed)?|seek(?:s|ing)?|sought|try(?:ing)?|tried|tries|on course|on track)\s+(?:to|for|that|a|an|the|"
    r"it)\b|\b(?:likely|probably|presumably|should)\b",
    re.IGNORECASE,
)
_GUESSED = re.compile(
    r"\b(?:probabl[ey]|likely|possibl[ey]|perhaps|appears?|seems?|suggests?|may have|might have|could have)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:was|were|has|have|had|did|already|[a-z]{3,}ed|became|began|went|took|won|lost|left|came|fell|rose)\b"
)
_OPINION = re.compile(OPINION_PIECES, re.IGNORECASE)
_DISPUTE = re.compile("|".join(DISPUTES), re.IGNORECASE)
_FORETELLING = frozenset(
    stem(word)
    for word in ("predict", "forecast", "warn", "vow", "pledge", "promise", "threaten", "expect", "hope", "fear")
)
_FUTURE = re.compile(r"\b(?:will|won['’]t|shall|going to|would)\b", re.IGNORECASE)


_SURENESS = ((_Sure.POSSIBLE, _POSSIBLE), (_Sure.EXPECTED, _EXPECTED), (_Sure.FUTURE, _FUTURE))


@dataclass(frozen=True, slots=True)
class _Told:
    """One attribution in a text: by whom, with which verb, and which part of the text it covers."""

    verb: str  # stem; "" for "according to" and bare quotes
    speaker: Name | None
    who: tuple[str, ...]  # folded words of the subject, whether or not it has a name
    spans: tuple[tuple[int, int], ...]
    denied: bool = False  # what is told is a "no"
    own: bool = False  # the speaker's own doing or thinking: "said she would …"


class Attribution:
    """Who said it stays in the sentence; opinion, denial and prediction are told as such."""

    name = "attribution"

    def __call__(self, claim: Claim) -> list[Finding]:
        """Findings for a dropped, changed or strengthened attribution and for a hedge told as fact."""
        if not is_english(claim.lines):
            return []
        said = words(claim.sentence)
        mine = attributions(claim.sentence)
        carried = bool(mine) or any(pattern.search(claim.sentence) for pattern in (*_ATTRIBUTED, _SOURCE))
        if not carried and (view := self._view(claim, said)) is not None:
            return [view]
        ranked = [(share, source) for share, source in closest(said, claim.lines) if share >= _ALIGNED]
        if not ranked:
            return []
        best = ranked[0][0]
        near = [source for share, source in ranked[:4] if share >= best - 0.1]
        stems = frozenset(word.stem for word in content(said))
        views = [(stems & source.stems, self._against(claim, said, source, carried, mine)) for source in near]
        # If another sentence of the lines has as much of it and tells it plainly, so may the answer.
        standing = [
            found
            for have, found in views
            if found and not any(not other and have <= theirs for theirs, other in views)
        ]
        return min(standing, key=_weight, default=[])

    def _view(self, claim: Claim, said: Sequence[Word]) -> Finding | None:
        """A judgement or a prediction out of a comment piece, or out of somebody's quoted words, told as fact."""
        judging = [word for word in said if word.stem in JUDGING]
        if _OPINION.search("\n".join((*claim.lines, *claim.context))) and (judging or _FUTURE.search(claim.sentence)):
            return Finding(self.name, Support.UNSUPPORTED, "a comment piece's view told as fact")
        for word in judging:
            found = [
                m
                for text in claim.lines
                for m in re.finditer(rf"\b{re.escape(word.text[:5])}\w*", text, re.IGNORECASE)
            ]
            if found and all(any(q.start() < m.start() < q.end() for q in _QUOTED.finditer(m.string)) for m in found):
                why = f"“{word.text}” is somebody's word, quoted in the lines"
                return Finding(self.name, Support.UNSUPPORTED, why, (word.start, word.end))
        return None

    def _against(
        self, claim: Claim, said: Sequence[Word], source: Source, carried: bool, mine: Sequence[_Told]
    ) -> list[Finding]:
        sentence = claim.sentence
        theirs = attributions(source.text)
        findings: list[Finding] = []
        theirs += tuple(_Told("", None, ("someone",), (span,)) for span in source.quoted)
        covering = [told for told in theirs if _covers(told, said, source)]
        plain = [pattern.search(source.text) for pattern in _ATTRIBUTED[3:]]
        if covering and not carried:
            finding = self._dropped(claim, said, source, covering[0])
            findings += [finding] if finding else []
        elif not carried and any(_governs(m, said, source) for m in plain if m):
            cue = next(m[0] for m in plain if m and _governs(m, said, source))
            findings.append(Finding(self.name, Support.PARTIAL, f"told as fact; the lines say “{cue}”"))
        if mine:
            findings += self._speakers(claim, mine, covering, said)
        findings += self._sureness(sentence, said, source, covering)
        return findings

    def _dropped(self, claim: Claim, said: Sequence[Word], source: Source, told: _Told) -> Finding | None:
        """What is wrong with telling as fact what the lines have as told; None where a reader would agree.

        What an office reports of its field or a person of their own acts may be told plainly. A claim by someone with
        a side, a cause, a judgement, a belief or an estimate may not; nor anything the lines show to be disputed.
        """
        who = told.speaker.text if told.speaker else " ".join(told.who[-3:]) or "someone"
        subject = next(iter(names(claim.sentence)), None)
        if told.speaker and subject and subject.start < 5 and same_name(told.speaker, subject):
            return None  # the sentence is about what the speaker does and says
        first = next((word for word in said if word.lower not in STOP), None)
        if first is not None and first.lower in told.who and told.verb not in _DENYING:
            return None  # "the hackers want …" where the hackers demand it
        if told.verb in _DENYING:
            return Finding(self.name, Support.UNSUPPORTED, f"the lines say {who} denied it")
        if _disputed(claim, source):
            return Finding(
                self.name, Support.UNSUPPORTED, f"told as fact; {who} says so and the lines show it disputed"
            )
        stems = {word.stem for word in said}
        partisan = any(stem(word) in PARTISAN for word in told.who)
        ahead = _FUTURE.search(claim.sentence) is not None or told.verb in _FORETELLING
        quoted = any(low <= span[0] and span[1] <= high for span in _views(claim, source) for low, high in told.spans)
        if quoted and not told.own:
            return Finding(self.name, Support.UNSUPPORTED, f"{who}'s own words, told as fact")
        if ahead and not told.own and told.verb not in _DECIDING and not _is_its_own(said, told):
            why = f"a prediction told as fact; in the lines {who} says so"
            return Finding(self.name, Support.UNSUPPORTED, why)
        if told.verb in _FORETELLING or (partisan and ahead):
            return Finding(self.name, Support.UNSUPPORTED, f"told as fact; {who} only says it will be so")
        if told.own and told.verb not in DOUBTFUL and not partisan:
            return None  # "said she saw no reason to resign"
        if told.verb in DOUBTFUL or partisan or stems & CAUSES or stems & JUDGING:
            return Finding(self.name, Support.PARTIAL, f"told as fact; in the lines {who} says so")
        return None

    def _speakers(
        self, claim: Claim, mine: Sequence[_Told], theirs: Sequence[_Told], said: Sequence[Word]
    ) -> list[Finding]:
        """Whether the one who says it is the same, and says it no more surely."""
        findings: list[Finding] = []
        speakers = [told.speaker for told in mine if told.speaker]
        everyone = [told for one in sources(claim.lines) for told in attributions(one.text)]
        others = [told.speaker for told in theirs if told.speaker and told.verb not in _RELAYING]
        unnamed = any(set(told.who) & PRONOUNS for told in theirs)
        heard = theirs if others else everyone
        known = any(told.speaker and same_name(one, told.speaker) for one in speakers for told in heard)
        if speakers and others and not known and not unnamed:
            why = f"in the lines it is {others[0].text} who says so, not {speakers[0].text}"
            findings.append(Finding(self.name, Support.UNSUPPORTED, why, (speakers[0].start, speakers[0].end)))
        verbs, their_verbs = {told.verb for told in mine}, {told.verb for told in theirs}
        every = {word.stem for text in claim.lines for word in words(text)}
        if verbs & VOUCHING and their_verbs & DOUBTFUL and not verbs & VOUCHING & every:
            used = next(word for word in said if word.stem in VOUCHING)
            why = f"“{used.text}” vouches for what the lines only have as claimed"
            findings.append(Finding(self.name, Support.UNSUPPORTED, why, (used.start, used.end)))
        if their_verbs & _DENYING and not verbs & _DENYING and not _negates(said):
            findings.append(Finding(self.name, Support.UNSUPPORTED, "the lines say it was denied"))
        if verbs & _DENYING and theirs and not their_verbs & _DENYING and speakers and _says_it(speakers, theirs):
            why = f"the lines say {speakers[0].text} said so, not denied"
            findings.append(Finding(self.name, Support.UNSUPPORTED, why))
        return findings

    def _sureness(
        self, sentence: str, said: Sequence[Word], source: Source, covering: Sequence[_Told]
    ) -> list[Finding]:
        """Whether the sentence commits itself further than the lines."""
        mine, theirs = _sure(sentence), _least_sure(said, source)
        if theirs is _Sure.FUTURE and covering:
            return []  # "said it would": the future of a told past
        if mine <= theirs or theirs is _Sure.FACT:
            return []
        if theirs is _Sure.FUTURE and not _PAST.search(sentence):
            return []  # "runs the ministry until …": the plan of then may be the state of now
        guessed = theirs is not _Sure.FUTURE and _GUESSED.search(source.text) is not None
        verdict = Support.PARTIAL if guessed and mine is _Sure.FACT else Support.UNSUPPORTED
        have = {
            _Sure.POSSIBLE: "that it may be",
            _Sure.EXPECTED: "that it is planned, expected or probable",
            _Sure.FUTURE: "that it will be",
        }
        tells = {_Sure.EXPECTED: "expected", _Sure.FUTURE: "certain to come", _Sure.FACT: "done"}
        return [Finding(self.name, verdict, f"told as {tells[mine]}; the lines say {have[theirs]}")]


# What such a speaker says of the time to come is decided, not guessed.
_DECIDING = frozenset(stem(word) for word in ("announce", "decide", "confirm", "agree", "declare", "order", "rule"))


def _is_its_own(said: Sequence[Word], told: _Told) -> bool:
    """Whether the sentence tells what the speaker's own house will do: "the museum will …, its director said"."""
    subject = {word.lower for word in said[:5] if word.lower not in STOP}
    return bool(subject & set(told.who)) or bool(_OFFICE & set(told.who))


_OFFICE = frozenset(
    listed(
        """company operator maker minister ministry government council court authority agency police president office
        mayor"""
    )
)


def _disputed(claim: Claim, source: Source) -> bool:
    """Whether a sentence right before or behind, or one on the same matter, says that somebody does not agree."""
    every = list(sources(claim.lines))
    at = next((i for i, one in enumerate(every) if one.text == source.text), 0)
    for i, one in enumerate(every):
        if i == at or not _DISPUTE.search(one.text):
            continue
        pointing = re.match(
            r"(?:The|A|An)?\s*[\w ]{2,30}(?:disputes?|den(?:y|ies|ied)|rejects?)\s+(?:that|this|it)\b", one.text
        )
        if i == at + 1 or (not pointing and len(one.stems & source.stems) >= 2) or (i == at - 1 and not pointing):
            return True
    return False


def _views(claim: Claim, source: Source) -> list[tuple[int, int]]:
    """Where a source quotes words that the sentence repeats as its own."""
    mine = {word.stem for word in content(words(claim.sentence))}
    found = []
    for m in _QUOTED.finditer(source.text):
        inside = {word.stem for word in content(words(m[1]))}
        if inside and len(inside & mine) >= 0.6 * len(inside):
            found.append(m.span(1))
    return found


def _says_it(speakers: Sequence[Name], theirs: Sequence[_Told]) -> bool:
    return any(
        told.speaker and same_name(one, told.speaker) and not told.denied for one in speakers for told in theirs
    )


def _weight(findings: Sequence[Finding]) -> int:
    return sum(2 if finding.verdict is Support.UNSUPPORTED else 1 for finding in findings)


def _negates(said: Sequence[Word]) -> bool:
    return any(
        word.lower in {"not", "no", "never", "without", "false"} or word.lower.endswith("n't") for word in said
    )


def _sure(text: str) -> _Sure:
    """The least sure word of a text."""
    text = _MAY_MONTH.sub(lambda m: " " * len(m[0]), text)
    return next((sure for sure, pattern in _SURENESS if pattern.search(text)), _Sure.FACT)


def _least_sure(said: Sequence[Word], source: Source) -> _Sure:
    """How sure a source is of what it shares with the sentence: by the hedges right before a shared word."""
    stems = {word.stem for i, word in enumerate(said) if not i or said[i - 1].lower != "to"}
    text = _MAY_MONTH.sub(lambda m: " " * len(m[0]), source.text)
    for sure, pattern in _SURENESS:
        for m in pattern.finditer(text):
            governed = next((word for word in content(source.words) if word.start >= m.end()), None)
            if governed is None or re.search(r"[,;:.]", text[m.end() : governed.start]):
                continue
            if governed.stem in stems and not governed.is_capital:
                return sure
    return _Sure.FACT


def _governs(m: re.Match[str], said: Sequence[Word], source: Source) -> bool:
    """Whether a cue such as "allegedly" or "is believed" stands right before or behind a word the sentence shares."""
    stems = {word.stem for word in said}
    behind = next((word for word in content(source.words) if word.start >= m.end()), None)
    return behind is not None and behind.stem in stems and not behind.is_capital


def _covers(told: _Told, said: Sequence[Word], source: Source) -> bool:
    """Whether most of what the sentence shares with a source lies in what is told there."""
    speaker = set(told.speaker.parts) if told.speaker else set()
    stems = {word.stem for word in content(said) if word.stem not in SAYING}
    inside = outside = 0
    for word in content(source.words):
        if word.stem not in stems or word.lower in speaker:
            continue
        if any(low <= word.start < high for low, high in told.spans):
            inside += 1
        else:
            outside += 1
    return inside >= 2 and inside >= _INSIDE * (inside + outside)


@lru_cache(maxsize=5_000)
def attributions(text: str) -> tuple[_Told, ...]:
    """The attributions of one sentence."""
    found = words(text)
    people = names(text)
    told: list[_Told] = []
    for i, word in enumerate(found):
        if word.stem in SAYING and _is_verb(text, found, i):
            told.append(_by_verb(text, found, i, people))
    for m in _ACCORDING.finditer(text):
        speaker = next((name for name in people if m.start("who") <= name.start < m.end("who")), None)
        who = tuple(word.lower for word in words(m["who"]))
        spans = ((m.end(), len(text)),) if m.start() < 3 else ((_sentence_start(text, m.start()), m.start()),)
        told.append(_Told("", speaker, who, spans))
    if put := _PUT_AT.search(text):
        speaker = next((name for name in people if name.end <= put.start()), None)
        who = tuple(word.lower for word in found if word.end <= put.start())
        told.append(_Told(stem("estimate"), speaker, who, ((put.start(), len(text)),)))
    if not told:
        told += [_Told("", None, ("someone",), (m.span(1),)) for m in _QUOTED.finditer(text)]
    return tuple(told)


def _is_verb(text: str, found: Sequence[Word], i: int) -> bool:
    """Whether a form of saying is a verb with a speaker here, and no noun ("the report", "his claim") or passive."""
    word, before = found[i], found[i - 1].lower if i else ""
    after = found[i + 1].lower if i + 1 < len(found) else ""
    if word.stem == "report" and after not in {"that", "on"} and not text[word.end :].strip().startswith((",", ".")):
        return False  # "reported 4,300 cases"
    if word.stem in _REFUSING:  # a bid is rejected without a word said; claims are
        return any(one.lower in _CLAIMED for one in found[i + 1 : i + 5])
    if before in _DETERMINERS or (word.is_capital and i):
        return False
    if word.lower.endswith("ing") and before not in {"is", "are", "was", "were", "been"} and after != "that":
        return text[word.end - len(word.text) - 2 : word.start].strip() == ","  # "…, warning that"
    if before in {"is", "are", "was", "were", "been", "be", "being"} and word.lower.endswith(("ed", "id", "en")):
        return False  # "was accused": the passive names no speaker; the cue patterns see it
    if word.lower in {
        "show",
        "find",
        "found",
        "finds",
        "shows",
        "showed",
        "call",
        "note",
        "state",
        "states",
        "post",
        "agree",
        "agreed",
        "agrees",
        "rule",
        "brand",
        "label",
    }:
        return after in {"that", "for"} or before in {"study", "report", "survey", "poll", "data", "figures"}
    return not (
        word.lower
        in {
            "fear",
            "fears",
            "hopes",
            "claims",
            "reports",
            "warnings",
            "promises",
            "estimates",
            "forecasts",
            "reveals",
        }
        and i == 0
    )


_DETERMINERS = frozenset(
    listed("the a an his her their its my our your this that these those no any some many several of to new such")
)


def _by_verb(text: str, found: Sequence[Word], i: int, people: Sequence[Name]) -> _Told:
    """The attribution made by the verb of saying at word `i`."""
    verb = found[i]
    end = _sentence_end(text, verb.end)
    after = re.sub(
        r"^\s*(?:on|in|to|late|early|last|this|by)\s+(?:\w+\s*){1,3}$", "", text[verb.end : end].strip(" ,”\"'")
    )
    denied = (
        re.search(r"\b(?:no|not|never|nobody|nothing|none)\b|n['’]t\b", text[verb.end : end], re.IGNORECASE)
        is not None
    )
    if _INVERTED.match(text[verb.end :]) and re.search(r"[,”\"]\s*$", text[: verb.start]):
        speaker = next((name for name in people if name.start >= verb.end), None)  # "…," said Rubio
        who = tuple(word.lower for word in found[i + 1 : i + 6])
        return _Told(verb.stem, speaker, who, ((_sentence_start(text, verb.start), verb.start),), denied)
    start = _clause_start(text, found, i)
    comma = text.rfind(",", start, verb.start)
    subject = [word for word in found[:i] if word.start > comma and word.start >= start and word.lower not in STOP]
    pronoun = [word for word in found[:i] if word.start > comma and word.start >= start and word.lower in PRONOUNS]
    # "Rolf Dannick, the member for Corrin, said", "the minister, who has been in office since May, said"
    apposed = (not subject and not pronoun) or _RELATIVE.match(text[comma + 1 : verb.start]) is not None
    low = start if apposed or comma < 0 else comma
    who = tuple(word.lower for word in found[:i] if word.start >= low)
    named = [name for name in people if low <= name.start < verb.start and name.before not in _OF]
    named = [name for name in named if text[name.end : name.end + 2] not in {"'s", "’s"}]
    # "The member for Corrin, Rolf Dannick, said": the name between the commas speaks.
    close = bool(named) and text[: named[-1].start].rstrip().endswith(",")
    speaker = (named[0] if apposed and not close else named[-1]) if named else None
    if not after and comma > 0 and not apposed and found[:i] and not _RELATIVE.match(text[comma + 1 : verb.start]):
        return _Told(verb.stem, speaker, who, ((_sentence_start(text, comma), comma),))
    spans = [(verb.end, end)]
    if re.match(r"\s*,", text[verb.end :]) and comma > 0:  # "…, X said, …"
        spans.append((_sentence_start(text, comma), comma))
    own = re.match(r"\s+(?:that\s+)?(?:he|she|they|it|we|I)\b", text[verb.end :]) is not None
    return _Told(verb.stem, speaker, who, tuple(spans), denied, own)


# "…," said its director, Maren Quill
_INVERTED = re.compile(
    r"\s+(?!(?:on|in|at|to|that|of|a|an)\b)(?:[a-z]+,?\s+){0,4}(?!(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)[A-Z]"
)
_RELATIVE = re.compile(r"\s*(?:which|who|that|whose|where|up|down|from|and|but|of|in)\b", re.IGNORECASE)
_OF = frozenset(listed("of in from with by to at for about against near on"))


def _clause_start(text: str, found: Sequence[Word], i: int) -> int:
    """Where the subject's clause begins: behind a mark, a quote, "that", "and" or another verb of saying."""
    for word in reversed(found[:i]):
        gap = text[word.end : word.end + 2]
        if re.match(r"[;:.!?”\"]|,[”\"]", gap):
            return word.end + 1
        if word.lower in {"that", "but", "while", "because", "although", "as"} or word.stem in SAYING:
            return word.end
    return 0


def _sentence_start(text: str, at: int) -> int:
    return max((m.end() for m in re.finditer(r"[.;!?]\s", text[:at])), default=0)


def _sentence_end(text: str, at: int) -> int:
    m = re.search(r"[.;!?](?:[”\"’')]|\s|$)", text[at:])
    return at + m.start() if m else len(text)
