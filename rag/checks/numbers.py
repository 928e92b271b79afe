"""Numbers: every quantity of the sentence stands in its lines with its bound, its unit and what it counts."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence

from rag.answer import Support
from rag.checks.claim import Claim, Finding
from rag.dates import Grain, Impossible, find_dates
from rag.normal import Bound, Quantity, quantities

_ANY_DAY = dt.datetime(2000, 1, 5, 12, tzinfo=dt.UTC)
# How far a number may be rounded where the sentence says so ("about", "nearly", "more than").
_ROUNDED = 0.1
_UPWARD = {Bound.OVER, Bound.AT_LEAST}
_DOWNWARD = {Bound.UNDER, Bound.ALMOST, Bound.AT_MOST}


class Numbers:
    """Quantities agree: value, bound ("over four hours" is not "four hours"), unit, and what is counted."""

    name = "numbers"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding for each quantity of the sentence that its lines do not bear out."""
        said = _quantities(claim.sentence)
        if not said:
            return []
        lines = [one for text in claim.lines for one in _quantities(text)]
        findings = []
        for one in said:
            if one.is_year:
                continue  # the dates check reads bare years
            phrase = claim.sentence[one.start : one.end]
            best = _best(one, lines)
            if best is not None and best[0] is None:
                continue
            if best is not None and best[0] is not None:
                findings.append(Finding(self.name, best[0], best[1], (one.start, one.end)))
                continue
            if one.ordinal and one.value == 1 or _counts_a_list(claim, one):
                continue  # "the first talks": a word of many uses; other checks hold the words
            if one.value == 1 and not one.dimension and _has_one(claim, one):
                continue
            context = [other for text in claim.context for other in _quantities(text)]
            beside = _best(one, context)
            if beside is not None and beside[0] is None:
                findings.append(
                    Finding(
                        self.name,
                        Support.PARTIAL,
                        f"{phrase} stands only beside the cited lines",
                        (one.start, one.end),
                    )
                )
                continue
            findings.append(
                Finding(self.name, Support.UNSUPPORTED, f"{phrase} is not in the lines", (one.start, one.end))
            )
        findings += _turned(claim, self.name)
        return findings


def _quantities(text: str) -> list[Quantity]:
    # "The past 48 hours" names no day, so its number is checked here.
    dates = find_dates(text, _ANY_DAY)
    masked = [(one.start, one.end) for one in dates if isinstance(one, Impossible) or one.grain is not Grain.MOMENT]
    return quantities(text, masked)


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
    if one.ordinal != other.ordinal or other.is_year:
        return None
    if other.high is not None or one.high is not None:
        return _reach(one, other)
    same_unit = one.dimension == other.dimension
    if not same_unit and one.dimension and other.dimension:
        if math.isclose(one.value, other.value, rel_tol=1e-9):
            return Support.UNSUPPORTED, f"the lines give {_shown(other)}, the sentence {_shown(one)}"
        return None
    value, theirs = (one.base, other.base) if same_unit else (one.value, other.value)
    if not math.isclose(value, theirs, rel_tol=1e-6):
        return _rounded(one, value, other, theirs)
    wrong = _bounds(one.bound, other.bound)
    if wrong is not None:
        return wrong, f"the lines say {_shown(other)}, the sentence {_shown(one)}"
    return _counted(one, other, others)


def _rounded(one: Quantity, value: float, other: Quantity, theirs: float) -> tuple[Support | None, str] | None:
    """A number that is not in the lines but says something true, and close, of one that is."""
    if one.dimension is None and other.dimension is None and one.noun and other.noun and one.noun != other.noun:
        return None
    if not theirs or abs(value - theirs) > _ROUNDED * abs(theirs) or theirs < 10 and one.dimension is None:
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
    if said is Bound.EXACT:
        return Support.PARTIAL if lines is Bound.ALMOST else Support.UNSUPPORTED
    if lines is Bound.EXACT:
        return Support.PARTIAL if said in {Bound.AT_LEAST, Bound.AT_MOST} else Support.UNSUPPORTED
    return Support.UNSUPPORTED


def _counted(one: Quantity, other: Quantity, others: Sequence[Quantity]) -> tuple[Support | None, str]:
    """The same number, but of something else: "17 injured" where the lines have 17 killed and 40 injured."""
    if one.near & other.near or not one.near:
        return None, ""
    elsewhere = [third for third in others if third is not other and one.near & third.near]
    if any(math.isclose(third.value, one.value, rel_tol=1e-9) for third in elsewhere):
        return None, ""
    # Only where what the sentence counts is counted in the lines by another number of the same kind.
    rivals = [third for third in elsewhere if third.dimension == one.dimension and not third.is_year]
    if rivals and other.near:
        words = ", ".join(sorted(one.near & rivals[0].near))
        return Support.UNSUPPORTED, f"in the lines {_shown(rivals[0])} goes with “{words}”, not {_shown(one)}"
    return None, ""


def _has_one(claim: Claim, one: Quantity) -> bool:
    """Whether the lines have "a man" for "one man"."""
    noun = claim.sentence[one.end :].split()[:1]
    return bool(noun) and any(
        re.search(
            rf"\b(?:a|an|the|one|single|another)\s+(?:\w+\s+){{0,2}}{re.escape(noun[0].rstrip('.,;:'))}",
            text,
            re.IGNORECASE,
        )
        for text in claim.lines
    )


def _counts_a_list(claim: Claim, one: Quantity) -> bool:
    """Whether a small number only counts what the lines list: "two ministers", named one by one."""
    if one.dimension or one.bound is not Bound.EXACT or not 2 <= one.value <= 4:
        return False
    behind = claim.sentence[one.end : one.end + 40]
    listing = re.match(
        r"\s+(?:countries|sides|nations|leaders|men|women|parties|governments|ministers|teams|states)\b", behind
    )
    return listing is not None and not any(
        quantity.noun == one.noun for text in claim.lines for quantity in _quantities(text)
    )


_FROM_TO = re.compile(r"\bfrom\s+(\S*\d\S*)(?:\s+\w+)?\s+to\s+(\S*\d\S*)", re.IGNORECASE)


def _turned(claim: Claim, name: str) -> list[Finding]:
    """ "From 5 to 7" where the lines have from 7 to 5."""
    pairs = [
        tuple(part.strip(".,;%") for part in m.groups()) for text in claim.lines for m in _FROM_TO.finditer(text)
    ]
    return [
        Finding(name, Support.UNSUPPORTED, f"the lines say from {m[2].strip('.,;')} to {m[1]}", m.span())
        for m in _FROM_TO.finditer(claim.sentence)
        if (m[2].strip(".,;%"), m[1].strip(".,;%")) in pairs
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
