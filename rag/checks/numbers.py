"""Numbers: every quantity of the sentence stands in its lines with its bound, its unit and what it counts."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from rag.answer import Support
from rag.checks.claim import Claim, Finding
from rag.checks.openers import OPENERS
from rag.checks.tables import AXES
from rag.dates.calendar import Grain
from rag.dates.find import Impossible, find_dates
from rag.normal import STOP, is_english, words
from rag.quantities import Bound, Quantity, quantities

_ANY_DAY = dt.datetime(2000, 1, 5, 12, tzinfo=dt.UTC)
# How far a number may be rounded where the sentence says so ("about", "nearly", "more than").
_ROUNDED = 0.1
_UPWARD = {Bound.OVER, Bound.AT_LEAST}
_DOWNWARD = {Bound.UNDER, Bound.ALMOST, Bound.AT_MOST}


class Numbers:
    """Quantities agree: value, bound ("over four hours" is not "four hours"), unit, and what is counted."""

    name = "numbers"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding for each quantity of the sentence that its lines do not bear out.

        A number in the place of another one of the lines is unsupported; one that is merely added is partial.
        """
        said = [one for one in _quantities(claim.sentence) if not one.is_year]  # the dates check reads bare years
        if not said:
            return []
        lines = [one for text in claim.lines for one in _quantities(text)]
        english = is_english(claim.lines)
        findings = []
        for one in said:
            at = (one.start, one.end)
            phrase = claim.sentence[one.start : one.end]
            best = _best(one, lines)
            if best is not None:
                if best[0] is not None:
                    findings.append(Finding(self.name, best[0], best[1], at))
                continue
            if not english and not phrase[0].isdecimal():
                continue
            rival = _rival(one, said, lines)
            compared = _COMPARED.search(
                claim.sentence, max(0, one.start - 14), min(len(claim.sentence), one.end + 24)
            )
            led_astray = rival is not None and not compared and len(_company(one) & _company(rival)) >= 2
            if (_is_worked_out(one, lines) and not led_astray) or (_is_loose(one) and rival is None):
                continue
            beside = _best(one, [other for text in claim.context for other in _quantities(text)])
            if beside is not None and beside[0] is None:
                findings.append(
                    Finding(self.name, Support.PARTIAL, f"{phrase} stands only beside the cited lines", at)
                )
            elif rival is not None:
                why = f"{phrase} is not in the lines, which have {_shown(rival)}"
                findings.append(Finding(self.name, Support.UNSUPPORTED, why, at))
            else:
                findings.append(Finding(self.name, Support.PARTIAL, f"{phrase} is not in the lines", at))
        findings += _misplaced(claim, said, self.name)
        findings += _turned(claim, self.name)
        findings += _rates(claim, self.name)
        return findings


def _is_loose(one: Quantity) -> bool:
    """Small counts and ordinals that often sum up what is listed: "two ministers", "the third offer", "one of"."""
    return one.dimension is None and one.bound is Bound.EXACT and (one.ordinal or one.value <= 4)


def _is_worked_out(one: Quantity, lines: Sequence[Quantity]) -> bool:
    """Whether a number is the sum or the difference of two in the lines: two counts and three others are five."""
    dimension = "percent" if one.noun == "point" or one.dimension == "points" else one.dimension
    alike = [other for other in lines if _summable(other, dimension)]
    values = [other.base for other in alike][:12]
    return not one.ordinal and any(
        math.isclose(one.base, result, rel_tol=1e-6)
        for i, a in enumerate(values)
        for b in values[i + 1 :]
        for result in (a + b, abs(a - b))
        if result
    )


def _summable(other: Quantity, dimension: str | None) -> bool:
    """Whether a number of the lines can be added to others of that dimension; points are a difference of percent."""
    if other.dimension == dimension or other.is_year or other.value >= 1e5:
        return True
    return dimension == "percent" and (other.dimension == "points" or other.noun == "point")


def _rival(one: Quantity, said: Sequence[Quantity], lines: Sequence[Quantity]) -> Quantity | None:
    """A number of the lines in whose place this one stands: same unit or same noun, and nowhere in the sentence."""
    for other in lines:
        if other.ordinal != one.ordinal or other.is_year:
            continue
        if any(math.isclose(other.base, third.base, rel_tol=1e-6) for third in said):
            continue
        same_unit = one.dimension is not None and one.dimension == other.dimension
        same_unit = same_unit and (one.factor == other.factor or bool(one.near & other.near))
        counts = one.dimension is None and other.dimension is None
        same_noun = one.noun is not None and one.noun == other.noun
        same_noun = same_noun or (not one.ordinal and bool((_fates(one) & _fates(other)) | (one.near & other.near)))
        if same_unit or (counts and same_noun):
            return other
    return None


_FATES = {
    "die": "dead", "kill": "dead", "toll": "dead", "body": "dead", "victim": "dead", "fatal": "dead",
    "injur": "hurt", "injury": "hurt", "wound": "hurt", "hurt": "hurt", "miss": "missing", "arrest": "held",
    "detain": "held", "evacuat": "moved", "rescu": "saved",
}  # fmt: skip


def _fates(one: Quantity) -> frozenset[str]:
    """What became of those counted."""
    return frozenset(_FATES[stem] for stem in one.near if stem in _FATES)


@lru_cache(maxsize=256)
def _quantities(text: str) -> tuple[Quantity, ...]:
    # "The past 48 hours" names no day, so its number is checked here.
    dates = find_dates(text, _ANY_DAY)
    masked = [(one.start, one.end) for one in dates if isinstance(one, Impossible) or one.grain is not Grain.MOMENT]
    return tuple(quantities(text, masked))


def _best(one: Quantity, others: Sequence[Quantity]) -> tuple[Support | None, str] | None:
    """The kindest reading of `one` among the others: (None, "") agrees, (verdict, why) disagrees, None: not there."""
    found: tuple[Support | None, str] | None = None
    rank = {None: 3, Support.PARTIAL: 2, Support.UNSUPPORTED: 1}
    for other in others:
        judged = _judge(one, other, others)
        if judged is not None and (found is None or rank[judged[0]] > rank[found[0]]):
            found = judged
    return found


def _judge(one: Quantity, other: Quantity, others: Sequence[Quantity]) -> tuple[Support | None, str] | None:
    """Whether `other`, of the lines, bears out `one`, of the sentence. None: they speak of different numbers."""
    if other.is_year or (one.ordinal != other.ordinal and one.noun != other.noun):
        return None  # "the 71st minute" is 71 minutes in, "the third offer" is not three
    if other.high is not None or one.high is not None:
        return _reach(one, other)
    same_unit = one.dimension == other.dimension
    if one.dimension is None and other.dimension in _MEASURES and one.noun and one.noun not in other.near:
        return None  # six flights are not six hours
    if not same_unit and one.dimension and other.dimension:
        if math.isclose(one.value, other.value, rel_tol=1e-9):
            return Support.UNSUPPORTED, f"the lines give {_shown(other)}, the sentence {_shown(one)}"
        return None
    value, theirs = (one.base, other.base) if same_unit else (one.value, other.value)
    if not math.isclose(value, theirs, rel_tol=1e-6):
        if same_unit and one.factor != other.factor and one.value == other.value:
            return Support.UNSUPPORTED, "the lines have the number with another unit"  # metres for kilometres
        return _rounded(one, value, other, theirs)
    wrong = _bounds(one.bound, other.bound)
    if wrong is not None:
        return wrong, f"the lines say {_shown(other)}, the sentence {_shown(one)}"
    return _counted(one, other, others)


_MEASURES = frozenset({"time", "months", "percent", "points", "length", "mass", "volume"})


def _rounded(one: Quantity, value: float, other: Quantity, theirs: float) -> tuple[Support | None, str] | None:
    """A number that is not in the lines but says something true, and close, of one that is."""
    if one.dimension is None and other.dimension is None and one.noun and other.noun and one.noun != other.noun:
        return None
    if not theirs or abs(value - theirs) > _ROUNDED * abs(theirs) or (theirs < 10 and one.dimension is None):
        return None
    up = one.bound in _UPWARD and theirs > value and other.bound not in _DOWNWARD
    down = one.bound in _DOWNWARD and theirs < value and other.bound not in _UPWARD
    if up or down or (one.bound is Bound.ABOUT and abs(value - theirs) <= _ROUNDED / 2 * abs(theirs)):
        return None, ""
    digits = len(str(int(abs(one.value))).rstrip("0")) if abs(one.value) >= 10 else 2
    scale = 10 ** (math.floor(math.log10(abs(theirs))) - max(0, digits - 1))
    if one.bound is Bound.EXACT and digits >= 2 and math.isclose(round(theirs / scale) * scale, value, rel_tol=1e-6):
        return Support.PARTIAL, f"the lines say {_shown(other)}; {_shown(one)} is rounded"
    return None


def _reach(one: Quantity, other: Quantity) -> tuple[Support | None, str] | None:
    """Dozens, hundreds, thousands."""
    if one.high is not None and other.high is not None:
        return (None, "") if (one.value, one.high) == (other.value, other.high) else None
    if one.high is not None:
        return (None, "") if one.value <= other.value <= one.high else None
    return None


def _bounds(said: Bound, lines: Bound) -> Support | None:
    """What is wrong with telling `lines` as `said`, both of the same number."""
    if (
        said is lines
        or {said, lines} <= {Bound.OVER, Bound.AT_LEAST}
        or {said, lines} <= {Bound.UNDER, Bound.AT_MOST}
    ):
        return None
    if {said, lines} <= {Bound.UNDER, Bound.ALMOST}:
        return Support.PARTIAL
    if said is Bound.ABOUT:  # weaker than what is known
        return None if lines in {Bound.EXACT, Bound.ALMOST} else Support.PARTIAL
    if lines is Bound.ABOUT:
        return Support.PARTIAL if said in {Bound.EXACT, Bound.ALMOST} else Support.UNSUPPORTED
    if lines is Bound.EXACT and said is Bound.ALMOST:
        return Support.PARTIAL
    if said is Bound.EXACT:
        return Support.PARTIAL if lines is Bound.ALMOST else Support.UNSUPPORTED
    if lines is Bound.EXACT:
        return Support.PARTIAL if said in {Bound.AT_LEAST, Bound.AT_MOST} else Support.UNSUPPORTED
    return Support.UNSUPPORTED


def _counted(one: Quantity, other: Quantity, others: Sequence[Quantity]) -> tuple[Support | None, str]:
    """The same number, but of something else: "17 injured" where the lines have 17 killed and 40 injured."""
    mine, theirs = _fates(one), _fates(other)
    if mine and theirs and not mine & theirs:
        return Support.UNSUPPORTED, f"in the lines {_shown(other)} are {'/'.join(theirs)}, not {'/'.join(mine)}"
    if one.dimension is None and other.dimension is not None and one.noun and not other.near & {one.noun}:
        plural = one.noun  # "17.20 pesetas" beside "17.20 crowns"
        if not any(plural in third.near for third in others):
            return Support.UNSUPPORTED, f"the lines give {_shown(other)}, the sentence counts something else"
    return None, ""


def _misplaced(claim: Claim, said: Sequence[Quantity], name: str) -> list[Finding]:
    """Numbers given to the wrong one of two names, shares turned round, and a count of the wrong noun."""
    findings: list[Finding] = []
    mine = _owners(claim.sentence)
    theirs = [pair for text in claim.lines for pair in _owners(text)]
    for one, owner in mine:
        if owner is None or not any(whose == owner for _, whose in theirs):
            continue
        same = [
            whose
            for other, whose in theirs
            if math.isclose(other.base, one.base) and other.dimension == one.dimension
        ]
        own = [other for other, whose in theirs if whose == owner and other.dimension == one.dimension]
        if same and own and owner not in same and None not in same:
            why = f"in the lines {_shown(one)} goes with {same[0] or ''}, {_shown(own[0])} with {owner}"
            findings.append(Finding(name, Support.UNSUPPORTED, why, (one.start, one.end)))
    findings += _in_the_wrong_company(said, claim, name)
    shares = {pair for text in claim.lines for pair in _shares(text)}
    for part, whole in _shares(claim.sentence):
        if (whole, part) in shares and (part, whole) not in shares:
            findings.append(Finding(name, Support.UNSUPPORTED, f"the lines say {whole:g} of {part:g}"))
    stems = {word.stem for word in words(claim.sentence)}
    counted = [other for text in claim.lines for other in _quantities(text)]
    line_stems = {word.stem for text in claim.lines for word in words(text)}
    for one in said:
        same_value = [
            other for other in counted if math.isclose(other.base, one.base) and other.dimension == one.dimension
        ]
        nouns = {other.noun for other in same_value}
        if not one.noun or not same_value or one.dimension is not None or None in nouns or one.noun not in line_stems:
            continue
        if one.ordinal or one.value < 2 or one.noun in _ANYBODY:
            continue
        if one.noun not in nouns and not nouns & stems and not any(one.noun in other.near for other in same_value):
            why = f"the lines count {_shown(one)} of something else than the sentence"
            findings.append(Finding(name, Support.PARTIAL, why, (one.start, one.end)))
    return findings


def _in_the_wrong_company(said: Sequence[Quantity], claim: Claim, name: str) -> list[Finding]:
    """Numbers that stand among words which in the lines stand around another number of the same kind."""
    values = [one.value for one in said]
    lines = [one for text in claim.lines for one in _quantities(text)]
    shares = {pair for text in claim.lines for pair in _shares(text)}
    strayed = []
    for one in said:
        same = [other for other in lines if math.isclose(other.base, one.base) and other.dimension == one.dimension]
        if not same or not one.near or one.ordinal:
            continue
        company = _company(one)
        alike = [other for other in lines if other.dimension == one.dimension and not other.is_year]
        counted = [other for other in alike if other.noun == one.noun and one.noun and one.noun not in _ANYBODY]
        if counted and one.noun not in {other.noun for other in same} and all(other.noun for other in same):
            strayed.append((one, counted[0]))  # "21 goals in 21 matches" where the lines have 14 goals
            continue
        if any(company & _company(other) for other in same) or not all(_company(other) for other in same):
            continue
        rivals = [other for other in alike if not math.isclose(other.base, one.base) and _fits(company, other)]
        if rivals and (one.value, rivals[0].value) not in shares:  # of eight sirens five are sirens too
            strayed.append((one, rivals[0]))
    findings = []
    for one, third in strayed:
        swapped = any(math.isclose(third.value, value) for value in values)
        if swapped and not any(other is not one and math.isclose(other.base, third.base) for other, _ in strayed):
            continue  # both numbers are told; one of them stands right
        words_ = "/".join(sorted(_company(one) & _company(third)))
        why = f"in the lines {_shown(third)}, not {_shown(one)}, goes with “{words_}”"
        findings.append(Finding(name, Support.UNSUPPORTED, why, (one.start, one.end)))
    return findings


def _fits(company: frozenset[str], other: Quantity) -> bool:
    """Whether another number stands among most of the same words."""
    return 2 * len(company & _company(other)) >= len(company) > 0


def _company(one: Quantity) -> frozenset[str]:
    kept = [stem for stem in one.near if stem in _FATES or (stem not in _EMPTY and stem not in AXES)]
    return frozenset(_FATES.get(stem, stem) for stem in kept)


_ANYBODY = frozenset({"person", "man", "woman", "child", "other", "thing", "time"})
_EMPTY = frozenset({"person", "final", "total", "number", "year", "day", "week", "month"})


def _owners(text: str) -> list[tuple[Quantity, str | None]]:
    """Each quantity with the name it is given to: the nearest one before it, no other number between; else behind."""
    found = words(text)
    numbers = _quantities(text)
    owned = []
    for one in numbers:
        before = [word for word in found if word.end <= one.start][-6:]
        owner = None
        for word in reversed(before):
            if word.text[0].isdecimal() or re.search(r"[;:]", text[word.end : one.start]):
                break
            if word.is_capital and word.lower not in STOP and not (word.start == 0 and word.lower in OPENERS):
                owner = word.lower
                break
        owned.append((one, owner))
    return owned


_SHARE_GAP = re.compile(r"\s+of\s+(?:[\w'’]+\s+){0,2}$")


def _shares(text: str) -> set[tuple[float, float]]:
    """Shares stated as such: "five of Aldern's eight sirens" as (5, 8)."""
    numbers = _quantities(text)
    return {
        (one.value, other.value)
        for one, other in pairwise(numbers)
        if _SHARE_GAP.fullmatch(text[one.end : other.start]) and one.value != other.value
    }


# Words beside a number that tell it as a difference.
_COMPARED = re.compile(
    r"\b(?:majority|more|less|fewer|higher|lower|above|below|ahead|behind|difference|gap|lead|leads|margin|later|earlier|past|up|down|by)\b",
    re.IGNORECASE,
)
_FROM_TO = re.compile(r"\bfrom\s+(\S*\d\S*)(?:\s+\w+)?\s+to\s+(\S*\d\S*)", re.IGNORECASE)


def _turned(claim: Claim, name: str) -> list[Finding]:
    """Changes told the other way round: "from 5 to 7" where the lines have from 7 to 5."""
    pairs = [
        tuple(part.strip(".,;%") for part in m.groups()) for text in claim.lines for m in _FROM_TO.finditer(text)
    ]
    return [
        Finding(name, Support.UNSUPPORTED, f"the lines say from {m[2].strip('.,;')} to {m[1]}", m.span())
        for m in _FROM_TO.finditer(claim.sentence)
        if (m[2].strip(".,;%"), m[1].strip(".,;%")) in pairs
    ]


_RATE = re.compile(
    r"\d[^.;]{0,24}?\s(?:a|an|per|each|every)\s+(second|minute|hour|day|week|month|year)\b", re.IGNORECASE
)


def _rates(claim: Claim, name: str) -> list[Finding]:
    """A number by the month where the lines have it by the year."""
    theirs = {m[1].lower() for text in claim.lines for m in _RATE.finditer(text)}
    every = {word.stem for text in claim.lines for word in words(text)}
    return [
        Finding(name, Support.UNSUPPORTED, f"the lines tell it by the {min(theirs)}", m.span())
        for m in _RATE.finditer(claim.sentence)
        if theirs and m[1].lower() not in theirs | every
    ]


def _shown(one: Quantity) -> str:
    """A quantity for a reader of the trace."""
    number = f"{one.value:,.10g}"
    unit = (one.dimension or "").removeprefix("money:")
    names = {1.0: "s", 60.0: "min", 3600.0: "h", 86400.0: "days", 604800.0: "weeks"}
    unit = (
        names.get(one.factor, unit)
        if unit == "time"
        else {"months": "months" if one.factor == 1 else "years"}.get(unit, unit)
    )
    bound = "" if one.bound is Bound.EXACT else f"{one.bound} "
    return f"{bound}{number}{' ' + unit if unit else ''}"
