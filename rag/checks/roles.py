"""Roles: who did it and to whom it was done are not turned round."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.answer import Support
from rag.checks.align import Source, closest
from rag.checks.claim import Claim, Finding
from rag.checks.names import Name, names, same_name
from rag.checks.tables import LOCATIVE, ROLE_VERBS
from rag.normal import Word, is_english, words

_ALIGNED = 0.45
_REACH = 4  # words on either side of a name that tell its place
_MARGIN = 3  # how many more of them must speak for the other place
_BEING = frozenset({"is", "are", "was", "were", "be", "been", "being", "got", "gets"})
_PREPOSITIONS = LOCATIVE | {
    "of",
    "with",
    "by",
    "for",
    "against",
    "about",
    "between",
    "among",
    "than",
    "after",
    "before",
}


@dataclass(frozen=True, slots=True)
class _Deed:
    """A verb with the names right before and behind it."""

    word: Word
    doer: Name | None
    done_to: Name | None
    passive: bool


class Roles:
    """Around a verb that the sentence shares with its lines, the same names stand on the same side."""

    name = "roles"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding where the lines have the names the other way round."""
        if not is_english(claim.lines):
            return []
        mine = _deeds(claim.sentence)
        said = names(claim.sentence)
        if not said:
            return []
        near = [source for share, source in closest(words(claim.sentence), claim.lines) if share >= _ALIGNED][:2]
        crossed = [_crossed(claim.sentence, said, source) for source in near]
        if crossed and all(crossed):
            one, other = crossed[0] or said[:2]
            why = f"in the lines {one.text} and {other.text} stand the other way round"
            return [Finding(self.name, Support.UNSUPPORTED, why, (one.start, one.end))]
        for deed in mine:
            views = [view for source in near if (view := _against(deed, source)) is not None]
            if views and all(views):
                return [Finding(self.name, Support.UNSUPPORTED, views[0], (deed.word.start, deed.word.end))]
        return []


def _crossed(sentence: str, said: Sequence[Name], source: Source) -> tuple[Name, Name] | None:
    """Two names of the sentence that stand among each other's words in the lines, as if they had changed places."""
    theirs = names(source.text)
    placed = [(name, found) for name in said if (found := [one for one in theirs if same_name(name, one)])]
    for i, (one, ones) in enumerate(placed):
        for other, others in placed[i + 1 :]:
            if same_name(one, other) or max(name.start for name in ones) < min(name.start for name in others):
                continue  # one and the same, or in the same order
            here, there = _around(sentence, one), _around(sentence, other)
            straight = max(len(here & _around(source.text, name)) for name in ones) + max(
                len(there & _around(source.text, name)) for name in others
            )
            across = max(len(here & _around(source.text, name)) for name in others) + max(
                len(there & _around(source.text, name)) for name in ones
            )
            beside = any(_beside(sentence, one) & _beside(source.text, name) for name in others)
            beside = beside and any(_beside(sentence, other) & _beside(source.text, name) for name in ones)
            if across >= straight + _MARGIN and beside:
                return one, other
    return None


def _around(text: str, name: Name) -> frozenset[tuple[str, str]]:
    """The words right before and behind a name, with the side on which they stand; other names left out."""
    found = words(text)
    own = [word for word in found if not word.is_capital]
    before = [("before", word.stem) for word in own if word.end <= name.start][-_REACH:]
    behind = [("behind", word.stem) for word in own if word.start >= name.end][:_REACH]
    return frozenset(before + behind)


def _beside(text: str, name: Name) -> frozenset[tuple[str, str]]:
    """The very next word on either side."""
    found = words(text)
    before = [("before", word.stem) for word in found if word.end <= name.start][-1:]
    return frozenset(before + [("behind", word.stem) for word in found if word.start >= name.end][:1])


def _against(deed: _Deed, source: Source) -> str | None:
    """Why the lines have it the other way round; "" if they have it this way, None if they do not tell."""
    if deed.doer is None:
        return None
    views = []
    for other in _deeds(source.text):
        if other.word.stem != deed.word.stem:
            continue
        if other.passive == deed.passive:
            if other.doer and same_name(deed.doer, other.doer):
                return ""
            elsewhere = any(same_name(deed.doer, name) for name in names(source.text))
            turned = other.done_to is not None and same_name(deed.doer, other.done_to)
            if turned or (other.doer and elsewhere):
                whose = other.doer.text if other.doer else "someone else"
                views.append(f"in the lines “{other.word.text}” goes with {whose}, not {deed.doer.text}")
        elif other.doer and same_name(deed.doer, other.doer) and deed.done_to is not None:
            views.append(f"“{deed.word.text}”: the lines have {deed.doer.text} on the other side of it")
    return views[0] if views else None


@lru_cache(maxsize=256)
def _deeds(text: str) -> list[_Deed]:
    found = words(text)
    people = names(text)
    deeds = []
    for i, word in enumerate(found):
        if word.is_capital or word.stem not in ROLE_VERBS or not _is_verb(text, found, i):
            continue
        passive = any(one.lower in _BEING for one in found[max(0, i - 2) : i]) and not word.lower.endswith("ing")
        before = [
            name for name in people if name.end <= word.start and not _under(name, found) and not _owns(text, name)
        ]
        before = [] if before and _joined(text, before[-1]) else before
        doer = before[-1] if before and not _cut(text, before[-1].end, word.start) else None
        behind = next((name for name in people if word.end <= name.start <= word.end + 30), None)
        if behind and (_under(behind, found) or _cut(text, word.end, behind.start)):
            behind = None
        deeds.append(_Deed(word, doer, behind, passive))
    return deeds


_BEFORE_VERBS = _BEING | {
    "has",
    "have",
    "had",
    "will",
    "would",
    "could",
    "may",
    "might",
    "to",
    "not",
    "he",
    "she",
    "they",
    "who",
    "which",
}


def _is_verb(text: str, found: Sequence[Word], i: int) -> bool:
    """Whether a word that may be a noun ("win", "offer") is a verb here: behind a name, an auxiliary or an adverb."""
    if not i:
        return False
    before = found[i - 1]
    if before.lower in _BEFORE_VERBS or before.lower.endswith("ly"):
        return True
    behind_mark = text[before.end : found[i].start].strip() == ","
    return before.is_capital or (behind_mark and found[i].lower.endswith("ing"))


def _owns(text: str, name: Name) -> bool:
    """Whether something of the name's is meant: "Zelensky's government"."""
    return text[name.end : name.end + 2] in {"'s", "’s", "s'", "s’"} or text[name.end : name.end + 1] in {"'", "’"}


def _under(name: Name, found: Sequence[Word]) -> bool:
    """Whether a name hangs on a preposition: "of the Green Alliance"."""
    before = [word.lower for word in found if word.end <= name.start][-4:]
    for word in reversed(before):
        if word in _PREPOSITIONS:
            return True
        if word not in {"the", "a", "an", "its", "his", "her", "their"}:
            return False
    return False


def _joined(text: str, name: Name) -> bool:
    """Whether a name is one of several with "and" or commas: then it alone is not who did it."""
    return re.search(r"(?:\band|,)\s+$", text[: name.start]) is not None


def _cut(text: str, start: int, end: int) -> bool:
    """Whether a mark or another clause stands between."""
    between = text[start:end]
    return any(mark in between for mark in '.;:“”"()') or f" {between} ".count(" and ") > 0
