"""A shallow reading of English news sentences: who does what to whom, by word order and small words alone.

No parser can be had here that is small enough to ship, and none is needed: what counts is only whether two sentences
tell the same deed of the same ones. So every verb gets the groups of nouns right before and behind it, turned round
where it is passive. Where the order does not tell, a side stays empty, and an empty side contradicts nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.checks.synonyms import verb_stems
from rag.checks.tables import AXES, NEGATORS, ROLE_VERBS, SAYING
from rag.normal import Word, listed, stem, words
from rag.number_words import is_number

_BE = frozenset(listed("is are was were be been being am 's 're"))
_HAVE = frozenset(listed("has have had having"))
_DO = frozenset(listed("do does did"))
_MODAL = frozenset(listed("will would can could may might must shall should ca wo cannot"))
_DETERMINERS = frozenset(
    listed(
        """the a an this that these those his her its their our my your no any some all both each every another such
        more most many few several other"""
    )
)
_PREPOSITIONS = frozenset(
    listed(
        """of in on at by for with from to into onto over under about against between among through during without
        within off near since until till after before behind beyond across along around toward towards
        despite upon per via as than like except amid out up down above below inside outside because due"""
    )
)
_CONJUNCTIONS = frozenset(listed("and or but nor while whereas though although because if unless when where once so"))
_RELATIVES = frozenset(listed("who which that whom whose"))
_PRONOUNS = frozenset(listed("he she it they we you i him them us me one who someone nobody everyone"))
_ADVERBS = frozenset(
    listed(
        """also already still yet again now then later earlier ago too only just even never always often soon here
        there therefore however instead meanwhile not back away together first early late far almost
        nearly today tomorrow yesterday once twice ever further abroad ashore alive"""
    )
)
_PARTICLES = frozenset(listed("up down out off back over in on away through"))
_SUBORDINATING = frozenset(listed("after before since until as because than"))
_ALSO_NOUNS = frozenset(listed("cut put set hit cost split spread let bid read"))
_PASSING = frozenset(listed("appear seem expect want allow plan intend need hav like due able"))
# Who has somebody else do it: "asked Ukraine to host".
_CONTROLLING = frozenset(
    stem(word)
    for word in listed(
        "ask order tell allow want expect force urge invite require help persuade permit call like need"
    )
)
_DENY = stem("deny")
_NEVER_PASSIVE = frozenset(
    stem(word)
    for word in listed("last go come fall rise die arrive remain stay happen occur begin end resign escape")
)
_TIME = frozenset(
    listed(
        """monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
        september october november december week month year day night morning evening afternoon today yesterday"""
    )
)
_PAST = re.compile(r"(?:[^e]ed|eed(?<!need))$|[^aeiou]ed$")
_IRREGULAR_PAST = frozenset(
    listed(
        """was were had did said told took taken went gone came made gave given found got gotten saw seen left lost
        won led held kept meant met paid put cut hit hurt let set shut split spread cost rose risen fell
        fallen grew grown drew drawn drove driven flew flown fought fed fled sold sent spent built
        bought brought caught taught thought sought struck stole stolen spoke spoken broke broken chose
        chosen wrote written wore worn swore sworn threw thrown knew known began begun became sank sunk
        sang sung ran swam shot shook shaken stood sat slid beat beaten bled bred burnt dealt dug drank
        drunk ate eaten forbade forbidden forgot forgotten froze frozen hid hidden laid lay lain lent
        lit quit read ridden rode rang rung sawn shown slept smelt split stuck swept tore torn
        understood withdrew withdrawn wound bet bid bit bitten overtook overtaken oversaw foresaw
        foreseen upheld"""
    )
)


@dataclass(frozen=True, slots=True)
class Deed:
    """One verb of a text with what stands around it. Groups are sets of stems; an empty one is not known."""

    verb: Word
    agent: frozenset[str]
    patient: frozenset[str]
    rest: frozenset[str]  # what hangs on prepositions, and times
    passive: bool
    negated: bool
    modal: bool  # will, may, to …: not told as done
    pronoun: bool  # somebody unnamed does it, or it is done to them
    clause: tuple[int, int]  # offsets of the verb with its groups

    @property
    def every(self) -> frozenset[str]:
        """All stems of its groups."""
        return self.agent | self.patient | self.rest


@dataclass(frozen=True, slots=True)
class _Token:
    word: Word
    tag: str  # V, N, P, D, C, R, B (pronoun), X (auxiliary), M (modal), T (to), A (adverb), ! (negator)
    gap: str  # what stands between it and the word before: "", ",", "|"


def _tagged(text: str) -> list[_Token]:
    found = words(text)
    tokens: list[_Token] = []
    for i, word in enumerate(found):
        between = text[found[i - 1].end : word.start] if i else "|"
        gap = "|" if not i or re.search(r"[.;:!?()“”\"–—]", between) else "," if "," in between else ""
        tokens.append(_Token(word, _tag(text, found, i, tokens, gap, between), gap))
    return tokens


def _tag(text: str, found: Sequence[Word], i: int, tokens: Sequence[_Token], gap: str, between: str) -> str:
    word = found[i]
    low = word.lower
    following = found[i + 1] if i + 1 < len(found) else None
    if low == "to":
        return "T" if following is not None and _may_be_verb(following) and not following.is_capital else "P"
    if low in NEGATORS - {"fail", "failed", "fails", "failing", "lack", "lacked", "lacks", "lacking", "no"}:
        return "!"
    if low == "no":
        return "D"
    if (low == "least" and i and found[i - 1].lower == "at") or (
        low == "at" and following is not None and following.lower == "least"
    ):
        return "A"
    if low in _BE | _HAVE | _DO or low.endswith("n't"):
        return "X"
    if low in _MODAL and not (word.is_capital and i):
        return "M"
    if low in _RELATIVES:
        return "R"
    if low in _PRONOUNS:
        return "B"
    if low in _DETERMINERS:
        return "D"
    if low in _CONJUNCTIONS:
        return "C"
    previous = next((one for one in reversed(tokens) if one.tag not in {"A", "!"}), None)
    if low in _PARTICLES and previous is not None and previous.tag == "V" and not gap and (
        following is None or following.lower in _PREPOSITIONS or text[word.end : word.end + 1] in {".", ",", ";"}
    ):  # fmt: skip
        return "A"
    if low in _PREPOSITIONS:
        return "P"
    if low in _ADVERBS or (low.endswith("ly") and len(low) > 4 and not word.is_capital):
        return "A"
    if word.text[0].isdecimal() or is_number(word) or (word.is_capital and i):
        return "N"
    if between == "-" or text[word.end : word.end + 1] == "-":
        return "N"  # part of a compound: "night-shift"
    return "V" if _is_verb(found, i, previous, following, gap, tokens) else "N"


def _may_be_verb(word: Word) -> bool:
    return word.stem in verb_stems() or word.stem in ROLE_VERBS or word.stem in SAYING or word.stem in AXES


def is_past(word: Word) -> bool:
    """Whether a word has the form of a past tense or of a participle."""
    return word.lower in _IRREGULAR_PAST or bool(_PAST.search(word.lower))


def _is_verb(
    found: Sequence[Word],
    i: int,
    previous: _Token | None,
    following: Word | None,
    gap: str,
    tokens: Sequence[_Token],
) -> bool:
    word, low = found[i], found[i].lower
    before = previous.tag if previous is not None else "|"
    if gap == "|" and not low.endswith("ing"):
        before = "|"
    known = _may_be_verb(word)
    if low.endswith("ing"):
        return known and (before in {"X", "P", "C", "T"} or gap in {",", "|"} or before == "V")
    if is_past(word):
        if before in {"D", "P"}:
            return False
        if low in _ALSO_NOUNS and following is not None and (is_past(following) or following.lower in _BE | _HAVE):
            return False  # "the price cut came"
        return known or low.endswith("ed")
    if not known:
        return False
    if before in {"M", "T"} or (before == "X" and previous is not None and previous.word.lower in _DO):
        return True
    if before == "X":
        return False  # "is work", "was open": what is said of it
    if before == "B":
        return True
    if before == "R":
        return True
    if gap == "," and low.endswith("s") and before == "N" and following is not None:
        return following.lower in _DETERMINERS or following.is_capital or is_number(following)
    if before != "N" or previous is None or gap:
        return before == "C" and not low.endswith("s") and any(one.tag == "V" for one in tokens)
    told = any(one.tag in {"V", "X", "M"} for one in _since_boundary(tokens))
    next_low = following.lower if following is not None else ""
    opens = (
        following is None
        or following.is_capital
        or following.text[0].isdecimal()
        or next_low in _DETERMINERS | _PREPOSITIONS | _RELATIVES | _PRONOUNS | _ADVERBS
        or next_low.endswith("ly")
        or is_number(following)
    )
    if low.endswith("s") and not low.endswith("ss"):
        singular = not previous.word.lower.endswith("s") or previous.word.is_capital
        return singular and not told and (opens or following is None or not is_past(following))
    behind = next((one for one in found[i + 1 :] if one.lower not in _ADVERBS and not one.lower.endswith("ly")), None)
    if behind is not None and (is_past(behind) or behind.lower in _BE | _HAVE | _MODAL):
        return False  # "the Hessel Lines board meanwhile rejected"
    plural = previous.word.lower.endswith("s") and not previous.word.lower.endswith("ss")
    plural = plural or previous.word.stem in {"person", "police", "man", "woman", "child"}
    return plural and not told


def _since_boundary(tokens: Sequence[_Token]) -> list[_Token]:
    kept: list[_Token] = []
    for token in reversed(tokens):
        kept.append(token)
        if token.gap == "|" or token.tag in {"R", "C"}:
            break
    return kept


@dataclass(frozen=True, slots=True)
class _Group:
    first: int
    after: int
    stems: frozenset[str]
    preposition: str  # "" where it stands free


def _groups(tokens: Sequence[_Token], first: int, after: int) -> list[_Group]:
    """The groups of nouns among tokens[first:after]; "of" joins its group to the one before."""
    groups: list[_Group] = []
    at = first
    preposition = ""
    while at < after:
        token = tokens[at]
        if token.tag in {"P", "T"}:
            preposition = token.word.lower
            at += 1
            continue
        if token.tag not in {"N", "D"}:
            if token.word.lower in {"and", "or"} and groups and at and tokens[at - 1].tag == "N":
                preposition = groups[-1].preposition  # "between Rubio and Lavrov"
            elif token.tag in {"C", "R", "V"}:
                preposition = ""
            at += 1
            continue
        end = at
        while end < after and tokens[end].tag in {"N", "D"} and (end == at or not tokens[end].gap):
            end += 1
        stems = frozenset(
            token.word.stem for token in tokens[at:end] if token.tag == "N" and len(token.word.text) > 1
        ) | frozenset(token.word.lower for token in tokens[at:end] if token.word.text[0].isdecimal())
        if stems:
            if preposition == "of" and groups:
                last = groups[-1]
                groups[-1] = _Group(last.first, end, last.stems | stems, last.preposition)
            else:
                timed = all(token.word.lower in _TIME for token in tokens[at:end] if token.tag == "N")
                groups.append(_Group(at, end, stems, preposition or ("on" if timed else "")))
        preposition = ""
        at = end
    return groups


@lru_cache(maxsize=1024)
def deeds(text: str) -> tuple[Deed, ...]:
    """The verbs of one sentence, in order, each with its groups. "Is worth", "was open" count as deeds of being."""
    tokens = _tagged(text)
    found: list[Deed] = []
    subjects: dict[int, tuple[frozenset[str], bool]] = {}
    verbs = [i for i in range(len(tokens)) if tokens[i].tag == "V" or _is_copula(tokens, i)]
    for number, i in enumerate(verbs):
        token = tokens[i]
        floor = verbs[number - 1] + 1 if number else 0
        low = i
        while low > floor and tokens[low - 1].tag in {"X", "M", "A", "!", "T"} and tokens[low].gap != "|":
            low -= 1
        helpers = [one.word.lower for one in tokens[low:i]]
        being = any(one in _BE for one in helpers)
        past = is_past(token.word)
        behind = tokens[i + 1].word.lower if i + 1 < len(tokens) else ""
        subject, pronoun, alone = _subject(tokens, verbs, number, low, floor, subjects)
        reduced = alone and past and behind in {"by", "on", "in", "at", "from", "near"} and not helpers
        passive = token.tag == "V" and past and (being or (reduced and behind == "by"))
        joined = (
            i > 0 and tokens[i - 1].tag in {"C", "A"} and number > 0 and tokens[i - 1].word.lower in {"and", "or"}
        )
        if joined and past and found and found[-1].passive and not helpers and token.word.stem not in _NEVER_PASSIVE:
            passive = True  # "was shot and injured"
        subjects[i] = (subject, pronoun)
        end = _end(tokens, i, verbs)
        groups = _groups(tokens, i + 1, end)
        objects = frozenset(stem for group in groups if not group.preposition for stem in group.stems)
        by = frozenset(stem for group in groups if group.preposition == "by" for stem in group.stems)
        rest = frozenset(stem for group in groups if group.preposition for stem in group.stems)
        by = frozenset() if any(one.word.lower in _TIME | {"dawn", "noon"} or is_number(one.word) for one in (
            token for token in tokens[i + 1 : end] if token.word.stem in by
        )) else by  # fmt: skip
        agent, patient = (by, subject | objects) if passive else (subject, objects)
        pronoun = pronoun or any(one.tag == "B" for one in tokens[i + 1 : end])
        negated = any(one.tag == "!" or one.word.lower.endswith("n't") for one in tokens[low : i + 1])
        negated = negated or any(one.word.lower == "no" for one in tokens[floor:end])
        negated = negated or (end > i + 1 and tokens[i + 1].tag == "!")
        if found and low > 0 and any(one.tag == "T" for one in tokens[low:i]) and found[-1].negated:
            negated = negated or found[-1].verb.stem in _PASSING  # "does not appear to have been stolen"
        if found and found[-1].verb.stem == _DENY and not any(one.gap == "|" for one in tokens[floor : i + 1]):
            negated = negated != (not found[-1].negated)  # "denied that he had seen it"
        modal = any(one.tag in {"M", "T"} for one in tokens[low:i])
        found.append(
            Deed(
                token.word, agent, patient, rest - by if passive else rest, passive, negated, modal, pronoun,
                (tokens[low].word.start, tokens[end - 1].word.end),
            )
        )  # fmt: skip
    return tuple(found)


def _is_copula(tokens: Sequence[_Token], i: int) -> bool:
    """Whether a form of "be" or "have" is the verb itself: no other verb follows in its group."""
    if tokens[i].tag != "X" or tokens[i].word.lower not in _BE | _HAVE:
        return False
    for one in tokens[i + 1 :]:
        if one.gap == "|" or one.tag in {"X", "V"}:
            return one.gap == "|"
        if one.tag not in {"A", "!"}:
            return True
    return True


def _end(tokens: Sequence[_Token], i: int, verbs: Sequence[int]) -> int:
    """Where the objects of the verb at `i` end, exclusive."""
    at = i + 1
    while at < len(tokens):
        token = tokens[at]
        if token.gap == "|" or token.tag in {"R", "X", "M", "T"} or at in verbs:
            break
        if token.tag == "C" and (
            token.word.lower not in {"and", "or"}
            or any(one.tag in {"V", "X", "M"} for one in tokens[at + 1 : at + 4])
        ):
            break
        if token.gap == "," and token.tag not in {"N", "D"}:
            break
        at += 1
    # Nouns right before the next verb are its subject, not this one's object: "said | the bank will close".
    if at < len(tokens) and tokens[at].tag in {"V", "X", "M"} and tokens[at].gap != "|":
        back = at
        while back > i + 1 and tokens[back - 1].tag in {"N", "D", "A", "!", "B"}:
            back -= 1
            if tokens[back].gap:
                break
        if back > i + 1 and tokens[back - 1].tag == "P":
            return at  # "…, the bridge over the river | opened": keeps what hangs on it
        return max(i + 1, back)
    return at


def _subject(
    tokens: Sequence[_Token],
    verbs: Sequence[int],
    number: int,
    low: int,
    floor: int,
    subjects: dict[int, tuple[frozenset[str], bool]],
) -> tuple[frozenset[str], bool, bool]:
    """Who stands before the verb: stems, whether it is a pronoun, whether nothing but nouns lies between."""
    between = tokens[floor:low]
    start = floor
    relative = None
    for at in range(low - 1, floor - 1, -1):
        token = tokens[at]
        if token.tag == "R":
            relative = at
            break
        if token.gap == "|" or (token.tag == "C" and (number or token.word.lower not in {"and", "or"})):
            start = at if token.tag != "C" else at + 1
            break
    if relative is not None and relative + 1 >= low:  # "the minister who resigned"
        back = relative
        while back > 0 and tokens[back - 1].tag in {"N", "D"} and not (tokens[back].gap == "," and back != relative):
            back -= 1
        groups = _groups(tokens, back, relative)
        return (groups[-1].stems, False, True) if groups else (frozenset(), True, True)
    if relative is not None:
        start = relative + 1
    if number and start == floor and relative is None:
        last = verbs[number - 1]
        opened = any(one.tag == "R" for one in tokens[max(0, last - 4) : last])
        apart = any(one.gap == "," for one in tokens[last + 1 : low])
        ends = tokens[low].tag in {"X", "M"} or (
            is_past(tokens[verbs[number]].word) and tokens[last].word.stem not in SAYING
        )
        if opened and (tokens[low].gap == "," or (ends and not apart)):
            return *subjects.get(last, (frozenset(), False)), False  # "X, who has been mayor for years, denies"
    verb = tokens[verbs[number]]
    if number and low == verbs[number] and verb.gap == "," and verb.word.lower.endswith("ing"):
        return *subjects.get(verbs[number - 1], (frozenset(), False)), False  # "has been elected …, beating"
    if any(one.tag == "B" for one in tokens[start:low]):
        return frozenset(), True, False
    groups = _groups(tokens, start, low)
    free = [group for group in groups if not group.preposition]
    if number and tokens[low].tag == "T" and tokens[verbs[number - 1]].word.stem not in _CONTROLLING:
        return *subjects.get(verbs[number - 1], (frozenset(), False)), False  # "ran two hours to win"
    if groups and groups[-1].preposition in _SUBORDINATING:
        free = groups[-1:]  # "after the two clubs agreed"
    joined = start > floor and tokens[start - 1].word.lower in {"and", "or", "but"}
    if not free and number and (joined or not between or all(one.tag in {"C", "A", "T", "!"} for one in between) or (
        between and between[0].gap == ","
    ) or tokens[low].tag == "T"):  # fmt: skip
        # "… and left", ", saying", "agreed to meet": the one before does this too.
        return *subjects.get(verbs[number - 1], (frozenset(), False)), False
    if not free:
        return frozenset(), False, False
    # "The company, Brask Paper, employs": both. "On Monday, Brill said": the one next to the verb.
    closed = tokens[low].gap == ","
    if closed and len(free) > 1:
        return frozenset().union(*(group.stems for group in free[-3:])), False, True
    return free[-1].stems if len(free) == 1 else _joined(tokens, free), False, True


def _joined(tokens: Sequence[_Token], free: Sequence[_Group]) -> frozenset[str]:
    """The last group and those joined to it without a comma that closes them off."""
    kept = set(free[-1].stems)
    for group, after in zip(reversed(free[:-1]), reversed(free), strict=False):
        if tokens[after.first].gap == "," or tokens[group.after].tag == "A" or group.after == after.first:
            kept |= group.stems
        else:
            break
    return frozenset(kept)


def all_deeds(texts: Iterable[str]) -> list[Deed]:
    """The deeds of several sentences, in order."""
    return [deed for text in texts for deed in deeds(text)]
