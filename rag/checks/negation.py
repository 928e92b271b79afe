"""Negation and direction: what the lines deny is not told as so, what rose did not fall."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.answer import Support
from rag.checks.align import Source, shared, sources
from rag.checks.claim import Claim, Finding
from rag.checks.tables import AXES, CLAUSE_ENDS, NEGATORS, NOT_NEGATING, REFUSALS, STOPPING, WEAK_AXES
from rag.normal import STOP, Word, content, is_english, stem, words
from rag.quantities import quantities

# Below this share of common words two sentences speak of different things, and an opposite proves nothing.
_ALIGNED = 0.3
_DENY = stem("deny")
_MOVING = frozenset(
    stem(word) for word in ("go", "went", "move", "moved", "were", "was", "is", "are", "be", "edge", "tick")
)
# "Not held until January", "no later than": what is denied is only that it is sooner, later or more.
_POSITIVE = re.compile(r"\b(?:until|till|unless|only|merely|later than|sooner|alone)\b", re.IGNORECASE)
_SCOPE = 7  # words that a negator reaches at most


@dataclass(frozen=True, slots=True)
class _Turn:
    """A content word and whether it stands under a negation."""

    word: Word
    negated: bool | None  # None: too far behind a negation to tell, or one that only sets a limit
    axes: dict[str, int]  # direction on each axis, negation applied
    weak: bool = False  # says it only beside what it compares: "up", "before"


class Negation:
    """Negation and opposites agree around the words that the sentence shares with its lines."""

    name = "negation"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding for each word of the sentence that its lines turn the other way round."""
        if not is_english(claim.lines):
            return []
        said = words(claim.sentence)
        ranked = _aligned(said, claim.lines)
        near = [source for share, source in ranked if share >= _ALIGNED][:3]
        near = _bearing(claim.sentence, near)
        if not near:
            return []
        turns = _turns(claim.sentence)
        findings: list[Finding] = []
        for turn in turns:
            views = [view for source in near if (view := _against(turn, turns, source)) is not None]
            # One sentence of the lines that agrees is enough.
            if views and all(views):
                findings.append(Finding(self.name, Support.UNSUPPORTED, views[0], (turn.word.start, turn.word.end)))
        return findings[:2]


def _aligned(said: Sequence[Word], lines: tuple[str, ...]) -> list[tuple[float, Source]]:
    """Sentences of the lines by what they share, seen from either side: a short one may be wholly about it."""
    stems = frozenset(word.stem for word in content(said))
    ranked = [
        (max(shared(stems, source.stems), 0.5 * shared(source.stems, stems)), source) for source in sources(lines)
    ]
    return sorted(ranked, key=lambda pair: -pair[0])


def _bearing(sentence: str, near: Sequence[Source]) -> list[Source]:
    """Of several sentences, those that have the numbers of this one, if any has."""
    numbers = {one.value for one in quantities(sentence)}
    if not numbers:
        return list(near)
    having = [source for source in near if numbers & {one.value for one in quantities(source.text)}]
    return having or list(near)


def _against(turn: _Turn, turns: Sequence[_Turn], source: Source) -> str | None:
    """Why a word of the sentence and a sentence of the lines contradict; "" if they agree, None otherwise."""
    theirs = _turns(source.text)
    same = [other for other in theirs if other.word.stem == turn.word.stem]
    if same:
        if turn.word.is_capital or turn.word.text[0].isdecimal():
            return None
        met = max(len(_company(turn, turns, 4) & _company(other, theirs, 4)) for other in same)
        if met < _needed(turns, theirs) or turn.negated is None or any(other.negated is None for other in same):
            return None  # the same word, but not about the same
        if turn.negated and "first" in source.every:
            return ""  # "had never won before" where the lines have "the first time"
        if all(other.negated != turn.negated for other in same) and not _answered(turn, turns, theirs):
            which = "without" if turn.negated else "with"
            return f"the lines have “{same[0].word.text}” {which} a negation"
        return ""
    for axis, sign in turn.axes.items():
        if not sign or any(other.axes.get(axis) == -sign for other in turns):
            continue  # "guilty on two counts and acquitted on three" says both
        facing = [other for other in theirs if other.axes.get(axis)]
        # "Raised its rate and said inflation had fallen": what has the same company is what is meant.
        mine = _company(turn, turns, 4)
        most = max((len(mine & _company(other, theirs, 4)) for other in facing), default=0)
        facing = [other for other in facing if len(mine & _company(other, theirs, 4)) == most]
        if facing and all(other.axes[axis] == -sign for other in facing):
            strong = [other for other in facing if not other.weak]
            if turn.weak or not strong:
                if not _beside_the_same(turn, facing, turns, theirs):
                    continue
            elif not _shares_company(turn, strong, turns, theirs):
                continue
            return f"“{turn.word.text}” against “{facing[0].word.text}” in the lines"
        if any(other.axes[axis] == sign for other in facing):
            return ""
    return None


def _shares_company(turn: _Turn, strong: Sequence[_Turn], turns: Sequence[_Turn], theirs: Sequence[_Turn]) -> bool:
    """Whether two opposites stand near something they have in common: what rose and what fell is the same."""
    needed = _needed(turns, theirs)
    return any(len(_company(turn, turns, 6) & _company(other, theirs, 6)) >= needed for other in strong)


def _needed(turns: Sequence[_Turn], theirs: Sequence[_Turn]) -> int:
    """How many words two places must have in common before they can contradict; fewer in short sentences."""
    return max(0, min(2 if len(turns) > 4 else 1, len(turns) - 1, len(theirs) - 1))


def _company(one: _Turn, among: Sequence[_Turn], reach: int) -> set[str]:
    at = among.index(one)
    return {other.word.stem for other in among[max(0, at - reach) : at + reach + 1] if other is not one}


def _answered(turn: _Turn, turns: Sequence[_Turn], theirs: Sequence[_Turn]) -> bool:
    """Whether a difference in negation is made good by an opposite: "did not accept" and "rejected"."""
    mine = {pair for other in turns if other.negated == turn.negated for pair in other.axes.items()}
    back = {pair for other in theirs if other.negated != turn.negated for pair in other.axes.items()}
    return any(pair in back for pair in mine if pair[1])


def _beside_the_same(turn: _Turn, facing: Sequence[_Turn], turns: Sequence[_Turn], theirs: Sequence[_Turn]) -> bool:
    """Whether a weak word ("after") stands right beside the same content word on both sides."""

    def beside(one: _Turn, among: Sequence[_Turn]) -> set[str]:
        at = among.index(one)
        return {other.word.stem for other in among[at + 1 : at + 4]}

    return any(beside(turn, turns) & beside(other, theirs) for other in facing)


@lru_cache(maxsize=256)
def _turns(text: str) -> list[_Turn]:
    """The content words and opposites of a text, each with what the negations around it make of it."""
    found = words(text)
    turns: list[_Turn] = []
    reach = left = 0  # words still under a negation, and those of them that carry meaning
    denied = False  # by "deny", which leaves open which word of its clause is denied
    for i, word in enumerate(found):
        gap = text[found[i - 1].end : word.start] if i else ""
        # "Not satisfied that he knew": what follows "that" is denied too.
        if re.search(r"[,;:.!?()“”\"–—]", gap) or (
            word.lower in CLAUSE_ENDS and not (word.lower == "that" and reach)
        ):
            reach = 0
        following = found[i + 1].lower if i + 1 < len(found) else ""
        negator = (
            word.lower in NEGATORS or word.lower == "non" or word.lower.endswith("n't")
        ) and following not in NOT_NEGATING
        negator = negator or (word.lower in {"not", "no"} and following == "longer")
        negator = negator or (word.lower in REFUSALS and following == "to")
        negator = negator or (word.lower in STOPPING and following.endswith("ing"))
        if word.stem == _DENY and not negator:
            # "Denied that there was a deal" is "there was no deal", and a word of its own.
            turns.append(
                _Turn(word, reach > 0, {axis: -sign if reach else sign for axis, sign in AXES[_DENY].items()})
            )
            reach, left, denied = (0, 0, False) if reach else (_SCOPE, 0, True)
            continue
        if negator:
            denied = False
            # "Not … never": a second negation takes the first back.
            if turns and word.lower == "no" and found[i - 1] is turns[-1].word:
                turns[-1] = replace(turns[-1], negated=None, axes={})  # "expected no change": neither yes nor no
            reach, left = (0, 0) if reach else (_SCOPE, 0 if _POSITIVE.search(text, word.end, word.end + 60) else 1)
            if reach and word.lower in REFUSALS | {"fail", "failed", "fails", "failing", "unlikely", "unable"}:
                reach = 4
            continue
        negated = reach > 0
        if negated and not denied and left == 0 and word.lower in {"to", "that"}:
            left = 1  # "not allowed to touch", "not satisfied that he knew"
        axes = AXES.get(word.stem, {})
        is_content = word.lower not in STOP and len(word.text) > 1
        if axes or is_content:
            turned = {axis: -sign if negated else sign for axis, sign in axes.items()}
            moved = word.lower in {"up", "down"} and i > 0 and (found[i - 1].stem in _MOVING or following == "from")
            weak = word.stem in WEAK_AXES and not moved
            if weak and word.lower in {"up", "down"}:
                turned = {}  # "ramp up", "crack down": part of their verb
            how = (negated if left > 0 or not negated else None) if is_content and not word.is_capital else False
            turns.append(_Turn(word, how, turned if how is not None else {}, weak))
            if reach and is_content and not word.is_capital:
                left -= 1  # a "no" surely turns the next word that carries meaning, not the whole clause
        if reach:
            reach -= 1
    return turns
