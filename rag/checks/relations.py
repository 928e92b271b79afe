"""Relations: the deeds of a sentence, by the same ones to the same ones, stand in its lines.

"Rubio will lead the negotiating team" beside a line that has all those words, but in which somebody else picks the
team, is borne out word by word and still not said. So each verb of the sentence is looked for in the lines, as
itself, as another word for the same, as its noun, or as its opposite; and where it is found, who does it and to whom
is compared.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rag.answer import Support
from rag.checks.align import sources
from rag.checks.claim import Claim, Finding
from rag.checks.clauses import Deed, deeds
from rag.checks.names import gazetteer, names
from rag.checks.synonyms import exclude, synonyms
from rag.checks.tables import AXES, DOUBTFUL, LIGHT, SAYING, TITLES
from rag.normal import STOP, Word, content, is_english, listed, stem, words
from rag.number_words import is_number
from rag.quantities import is_unit
from rag.words import kin, unify


@lru_cache(maxsize=100_000)
def alike(one: str, other: str) -> bool:
    """Whether two stems are one word, forms of one, other words for the same, or names of one country."""
    if one == other or kin(one, other) >= 0.8 or _derived(one, other) or synonyms(one, other):
        return True
    mine, theirs = gazetteer().get(one), gazetteer().get(other)
    return mine is not None and theirs is not None and mine[0] == theirs[0]


_ENDINGS = frozenset(
    listed(
        """er or ment al ance ence ant ent ist ian ness ful less able ive ity y ly th ur ure age ation ition at s e ee
        ers ors"""
    )
)


def _derived(one: str, other: str) -> bool:
    """Whether a stem is the other with an ending: "govern" and "governor", "fish" and "fisher"."""
    short, long = sorted((one, other), key=len)
    if len(short) < 3:
        return False
    root = short[:-1] if short[-1] in "ey" and len(short) > 4 else short
    return long.startswith(root) and long[len(root) :].lstrip(short[-1]) in _ENDINGS


def stands(one: str, among: Collection[str]) -> bool:
    """Whether a stem, or one that is alike, is among the others."""
    return one in among or any(alike(one, other) for other in among)


class How(StrEnum):
    """How the verb of a sentence stands in the lines."""

    SAME = "same"
    LIKE = "like"  # by another word for it
    NOUN = "noun"  # its noun or another form, without telling who and whom
    OPPOSITE = "opposite"
    LIGHT = "light"  # a verb that says nothing by itself
    MISSING = "missing"


class Side(StrEnum):
    """How the doer, or the one it is done to, agrees."""

    SAME = "same"
    OPEN = "open"  # one of the two does not tell
    OTHER = "other"
    TURNED = "turned"  # stands on the other side of the verb


@dataclass(frozen=True, slots=True)
class Link:
    """One deed of the sentence beside the deed of the lines that comes closest."""

    deed: Deed
    how: How
    agent: Side
    patient: Side
    negated: bool  # one of the two is negated, the other not
    stronger: bool  # told as done where the lines only have that it will, may or should be
    theirs: Deed | None


def links(sentence: str, lines: tuple[str, ...]) -> list[Link]:
    """The deeds of a sentence, each with the best it finds in the lines."""
    plain = tuple(unify(text) for text in lines)  # one spelling for "the European Union" and "the EU"
    return [_link(deed, plain) for deed in deeds(" ".join(unify(sentence).split()))]


@lru_cache(maxsize=256)
def _all_deeds(lines: tuple[str, ...]) -> tuple[Deed, ...]:
    return tuple(deed for source in sources(lines) for deed in deeds(source.text))


@lru_cache(maxsize=256)
def stems_of(lines: tuple[str, ...]) -> frozenset[str]:
    """The stems of all words of the lines that carry meaning."""
    return frozenset(word.stem for text in lines for word in content(words(text)))


def opposite(one: str, other: str) -> bool:
    """Whether two stems point opposite ways on some axis."""
    mine, theirs = AXES.get(one, {}), AXES.get(other, {})
    return any(sign and theirs.get(axis) == -sign for axis, sign in mine.items())


def _verb(mine: Deed, other: Deed) -> How | None:
    one, two = mine.verb.stem, other.verb.stem
    if one == two:
        return How.SAME
    if opposite(one, two):
        return How.OPPOSITE
    if one in SAYING and two in SAYING and not {one, two} & DOUBTFUL:
        return How.LIKE
    return How.LIKE if alike(one, two) else None


def _share(mine: frozenset[str], theirs: frozenset[str]) -> float:
    kept = [stem for stem in mine if not stem[0].isdigit()] or list(mine)
    return sum(stands(stem, theirs) for stem in kept) / len(kept) if kept else 0.0


def _side(mine: frozenset[str], theirs: frozenset[str], others: frozenset[str], open_: bool) -> Side:
    if mine & others and not mine & theirs and not others & theirs and not open_:
        return Side.TURNED
    if not mine or not theirs:
        return Side.TURNED if mine and others and not open_ and _share(mine, others) > 0.6 else Side.OPEN
    if _share(mine, theirs) > 0 or _share(theirs, mine) > 0:
        return Side.SAME
    if others and _share(mine, others) > 0:
        return Side.TURNED
    return Side.OPEN if open_ else Side.OTHER


_RANK = {Side.SAME: 2.0, Side.OPEN: 0.5, Side.OTHER: -1.0, Side.TURNED: -1.5}


def _link(deed: Deed, lines: tuple[str, ...]) -> Link:
    best: tuple[float, Link] | None = None
    for other in _all_deeds(lines):
        how = _verb(deed, other)
        if how is None:
            continue
        open_ = deed.pronoun or other.pronoun
        agent = _side(deed.agent, other.agent, other.patient, open_)
        patient = _side(deed.patient, other.patient, other.agent, open_)
        if agent is Side.OTHER and _share(deed.agent, other.rest) > 0 and _share(other.agent, deed.every) > 0:
            agent = Side.TURNED  # "the museum returns it to the king", "the king returns it to the museum"
        if other.patient and not other.agent and not other.passive and agent is Side.TURNED:
            agent = Side.OPEN
        link = Link(deed, how, agent, patient, deed.negated != other.negated, other.modal and not deed.modal, other)
        merit = _RANK[agent] + _RANK[patient] + (how is How.SAME) * 1.2 - (how is How.OPPOSITE) * 0.4
        merit += _share(deed.rest, other.every) if deed.rest else 0.0
        merit -= 0.5 * (link.negated != (how is How.OPPOSITE))
        if best is None or merit > best[0]:
            best = (merit, link)
    if best is not None and deed.verb.stem not in _EMPTY:
        return best[1]
    if deed.verb.stem in LIGHT | _VACUOUS | SAYING or deed.verb.stem in _EMPTY:
        return Link(deed, How.LIGHT, Side.OPEN, Side.OPEN, False, False, best[1].theirs if best else None)
    told = stems_of(lines)
    if stands(deed.verb.stem, told):
        return Link(deed, How.NOUN, Side.OPEN, Side.OPEN, False, False, None)
    if any(opposite(deed.verb.stem, stem) for stem in told):
        return Link(deed, How.OPPOSITE, Side.OPEN, Side.OPEN, False, False, None)
    return Link(deed, How.MISSING, Side.OPEN, Side.OPEN, False, False, None)


_EMPTY = frozenset({"is", "are", "was", "were", "be", "been", "being", "has", "have", "had", "am"})


# Words that add nothing that could be wrong by itself: what they are said of is checked.
_VACUOUS = frozenset(
    stem(word)
    for word in listed(
        """among against between inside outside far forward down back behind sign case use used using know known
        express piece stand stood last reach reached longer unless so far exact exactly roughly total
        cost record recorded own rest call called several various certain current present former
        previous next new old away due set run lie remain remained stay look seem appear become turn
        become spare different same besides regard regarding according respectively namely thus hence
        whole entire entirely own finally move moved work working need needed fact issue matter case
        cases scene area site side group groups member members part event situation result reason
        purpose expected expect intend intends plan plans want wants forbidden allowed allow refuse
        refuses able unable likely fall fell rise rose draw drew number numbers describe described
        describing mention mentioned report reported government country state office despite although
        however since ago until whose whom where people person persons home live living lives"""
    )
)


def absent(sentence: str, lines: tuple[str, ...]) -> list[Word]:
    """The words of a sentence that carry meaning and stand in its lines in no form; names and numbers left out."""
    told = stems_of(lines)
    named = [(name.start, name.end) for name in names(sentence)]
    return [
        word
        for word in content(words(sentence))
        if not any(low <= word.start < high for low, high in named)
        and not (word.is_capital and word.start > 0)
        and not is_number(word)
        and not is_unit(word)
        and word.stem not in LIGHT | _VACUOUS | SAYING
        and not stands(word.stem, told)
    ]


def rivals(sentence: str, lines: tuple[str, ...]) -> list[tuple[Word, str]]:
    """Words that the lines do not have, each with another thing of its kind that only the lines have."""
    said = {word.stem for word in words(sentence)}
    told = {word.stem: word.text for text in lines for word in words(text)}
    found = []
    for word in words(sentence):
        if word.stem in told or word.lower in STOP:
            continue
        other = next((text for stem, text in told.items() if stem not in said and exclude(word.stem, stem)), None)
        if other is not None and not any(alike(word.stem, stem) for stem in told):
            found.append((word, other))
    return found


class Relations:
    """Who does what to whom agrees, and every deed of the sentence is one that its lines tell."""

    name = "relations"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding for a deed turned round, done by another, not told, and for another thing of the same kind."""
        if not is_english(claim.lines) or not is_english((claim.sentence,)):
            return []
        findings: list[Finding] = []
        for word, other in rivals(claim.sentence, claim.lines):
            why = f"“{word.text}” is not in the lines, which have “{other}”"
            findings.append(Finding(self.name, Support.UNSUPPORTED, why, (word.start, word.end)))
        for start, end, why in modifiers(claim.sentence, claim.lines):
            findings.append(Finding(self.name, Support.UNSUPPORTED, why, (start, end)))
        for link in links(claim.sentence, claim.lines) if is_english([*claim.lines, claim.sentence]) else ():
            found = _fault(link) or _said_by_another(claim, link)
            if found is not None:
                findings.append(Finding(self.name, *found))
        return findings


def modifiers(sentence: str, lines: tuple[str, ...]) -> list[tuple[int, int, str]]:
    """Where a noun has another noun before it than everywhere in the lines: "train driver" for "lorry driver"."""
    theirs: dict[str, set[str]] = {}
    for text in lines:
        for before, noun, free in _pairs(text):
            theirs.setdefault(noun.stem, set()).add(before.stem if before is not None and not free else "")
    found = []
    for before, noun, free in _pairs(sentence):
        have = theirs.get(noun.stem, set())
        if before is None or free or not have or "" in have or before.stem == noun.stem:
            continue
        if any(alike(before.stem, other) for other in have):
            continue
        other = next((one for one in sorted(have) if exclude(before.stem, one)), None)
        if other is not None and not any(_within(text, before.stem, noun.stem) for text in lines):
            found.append((before.start, noun.end, f"the lines have “{other} {noun.text}”, not “{before.text}”"))
    return found


def _within(text: str, one: str, other: str, reach: int = 5) -> bool:
    """Whether two stems stand within a few words of each other."""
    stems = [word.stem for word in words(text)]
    places = [i for i, stem_ in enumerate(stems) if stem_ == one]
    return any(stems[j] == other for i in places for j in range(max(0, i - reach), min(len(stems), i + reach + 1)))


def _pairs(text: str) -> list[tuple[Word | None, Word, bool]]:
    """Nouns with the word right before them: that word, the noun, and whether the word modifies nothing."""
    found = words(text)
    verbs = {deed.verb.start for source in sources((text,)) for deed in deeds(source.text)}
    pairs: list[tuple[Word | None, Word, bool]] = []
    for i, word in enumerate(found):
        if word.lower in STOP or is_number(word) or (word.is_capital and i and word.lower not in TITLES):
            continue
        following = found[i + 1] if i + 1 < len(found) else None
        closes = following is None or text[word.end : following.start] != " " or following.lower in STOP or (
            following.is_capital or following.start in verbs
        )  # fmt: skip
        if not closes:
            continue
        before = found[i - 1] if i and text[found[i - 1].end : word.start] in {" ", "'s ", "’s "} else None
        if before is not None and (before.lower in STOP or is_number(before) or before.start in verbs):
            before = None
        plain = before is not None and not before.is_capital and before.lower.endswith(("ly", "ed", "ing"))
        pairs.append((before, word, plain))
    return pairs


def _said_by_another(claim: Claim, link: Link) -> tuple[Support, str] | None:
    """Whether what the sentence has somebody say is, in the lines, said by somebody else."""
    deed = link.deed
    if deed.verb.stem not in SAYING or not deed.agent or deed.passive:
        return None
    sentence = " ".join(unify(claim.sentence).split())
    told = [word.stem for word in content(words(sentence[deed.verb.end :])) if word.stem not in SAYING]
    if not told or not deed.agent & stems_of(claim.lines):
        return None
    ranked = sorted(sources(claim.lines), key=lambda one: -sum(stem_ in one.stems for stem_ in told))
    best = ranked[0]
    if sum(stem_ in best.stems for stem_ in told) < 0.6 * len(told):
        return None
    speaking = [other for other in deeds(best.text) if other.verb.stem in SAYING and not other.passive]
    if not speaking or any(
        not other.agent or _share(deed.agent, other.agent | other.patient) > 0 for other in speaking
    ):
        return None
    elsewhere = [
        other
        for source in sources(claim.lines)
        if source is not best
        for other in deeds(source.text)
        if other.verb.stem in SAYING and deed.agent & other.agent
    ]
    if not elsewhere or any(stem_ in best.every for stem_ in deed.agent):
        return None
    return Support.UNSUPPORTED, f"in the lines it is not {' '.join(sorted(deed.agent))} who says so"


def _fault(link: Link) -> tuple[Support, str] | None:
    verb = link.deed.verb.text
    turned = link.agent is Side.TURNED or (link.patient is Side.TURNED and link.agent is not Side.SAME)
    # "Died" beside "were killed": with one side alone, another verb may put it elsewhere.
    turned = turned and (link.how is How.SAME or bool(link.deed.agent and link.deed.patient))
    if turned and link.how in {How.SAME, How.LIKE} and link.deed.verb.stem not in LIGHT | SAYING | _LOOSE:
        return Support.UNSUPPORTED, f"“{verb}” is told the other way round in the lines"
    sides = {link.agent, link.patient}
    if link.negated and link.how is How.SAME and not link.deed.verb.lower.endswith("ing"):
        nobody = link.deed.negated and link.deed.pronoun and not link.deed.agent | link.deed.patient
        if nobody or (Side.SAME in sides and not sides & {Side.OTHER, Side.TURNED}):
            which = "without" if link.deed.negated else "with"
            return Support.UNSUPPORTED, f"the lines have “{verb}” {which} a negation"
    plain = link.deed.verb.stem not in LIGHT | SAYING | _LOOSE and not link.deed.passive
    if link.how is How.SAME and link.agent is Side.OTHER and link.patient is Side.SAME and plain:
        return Support.UNSUPPORTED, f"in the lines “{verb}” is another one's doing"
    if link.how is How.MISSING:
        return Support.PARTIAL, f"nothing in the lines says “{verb}”"
    return None


# Verbs that go either way: "go back", "turn down", "get".
_LOOSE = frozenset(stem(word) for word in listed("go come get turn put take carry bring set fall leave"))


def described(found: Sequence[Link]) -> list[str]:
    """The links for the trace."""
    return [f"{link.deed.verb.text}: {link.how}, by {link.agent}, to {link.patient}" for link in found]
