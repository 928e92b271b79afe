"""Names: who and what the sentence names stands in its lines, in any of the forms a newsroom writes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.answer import Support
from rag.checks.claim import Claim, Finding
from rag.checks.openers import OPENERS
from rag.checks.tables import LOCATIVE, NOT_NAMES, PARTICLES, PLACES, PRONOUNS, TITLES
from rag.normal import STOP, Word, fold, is_english, listed, stem, words
from rag.number_words import is_number


@dataclass(frozen=True, slots=True)
class Name:
    """A run of capitalised words. `parts` are its folded words without titles and small words."""

    text: str
    start: int
    end: int
    parts: tuple[str, ...]
    before: str = ""  # the word before it, folded
    titled: bool = False


_ROMAN_OR_INITIAL = re.compile(r"[A-Z]$")
_POSSESSIVE = re.compile(r"['’]s\b")
_OPENING = re.compile(r"[.!?:;“\"\n]\s*[“\"'‘]?$")
_DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}")


def _undotted(text: str) -> str:
    """Write "U.S." as "US", padded to the same length, so that offsets stay."""
    return _DOTTED.sub(lambda m: m[0].replace(".", "").ljust(len(m[0])), text)


@lru_cache(maxsize=512)
def names(text: str) -> tuple[Name, ...]:
    """The names of a text, in order. The first word of a sentence is one only if it is no common opener."""
    plain = _undotted(text)
    found: list[Name] = []
    run: list[Word] = []
    all_words = words(plain)

    def close() -> None:
        while run and run[-1].lower in PARTICLES | STOP:
            run.pop()
        if run:
            found.extend(_named(text, run, all_words))
        run.clear()

    for i, word in enumerate(all_words):
        gap = plain[all_words[i - 1].end : word.start] if i else ""
        opens = i == 0 or (bool(_OPENING.search(gap)) and not _abbreviated(all_words[i - 1]))
        joined = not gap.strip(" -’'.\u00a0s&") and "\n" not in gap
        if run and (not joined or _POSSESSIVE.match(plain, run[-1].end)):
            close()
        if opens and run and not _abbreviated(all_words[i - 1]):
            close()
        if word.is_capital and word.text[0].isalpha():
            common = word.lower in STOP or (opens and (word.lower in OPENERS or _is_plain(word)))
            if common and not run and not _is_acronym(word) and not _starts_name(plain, all_words, i):
                continue
            run.append(word)
        elif run and word.lower in PARTICLES and _capital_follows(all_words, i):
            if word.lower == "and":
                close()
            else:
                run.append(word)
        else:
            close()
    close()
    return tuple(found)


_PLAIN = re.compile(r".{3,}(?:ing|ed|ly|ous|ists|ness|ment|ments|ful|less|tion|tions|ees|ors|ers)$")


def _is_plain(word: Word) -> bool:
    """Whether the first word of a sentence has the form of a common one: "Conservationists", "Eleven"."""
    return is_number(word) or word.lower == "non" or bool(_PLAIN.match(word.lower))


def _is_acronym(word: Word) -> bool:
    return len(word.text) > 1 and word.text == word.text.upper() and word.lower not in {"a", "i"}


def _capital_follows(all_words: Sequence[Word], i: int) -> bool:
    """Whether small words lead to another capital: "von der Leyen"."""
    following = next((word for word in all_words[i + 1 : i + 4] if word.lower not in PARTICLES), None)
    return following is not None and following.is_capital


def _abbreviated(word: Word) -> bool:
    return word.lower in TITLES or bool(_ROMAN_OR_INITIAL.match(word.text))


def _starts_name(text: str, all_words: Sequence[Word], i: int) -> bool:
    """Whether a common opener begins a name of several words: "Black Sea", "White House"."""
    if i + 1 >= len(all_words) or (all_words[i].lower in STOP and all_words[i].lower not in _NAMING):
        return False
    return all_words[i + 1].is_capital and text[all_words[i].end : all_words[i + 1].start] in {" ", "-"} and (
        all_words[i].lower in TITLES or all_words[i].lower in _NAMING
    )  # fmt: skip


# Openers that often begin a name of several words.
_NAMING = frozenset(
    listed(
        """white black new south north west east united great red green supreme high world royal national air big bank
        central"""
    )
)


def _named(text: str, run: Sequence[Word], all_words: Sequence[Word]) -> Iterable[Name]:
    """One name, or two where a place stands before a person: "Ukrainian President Volodymyr Zelensky"."""
    pieces: list[list[Word]] = [[]]
    whole = 0  # words that still belong to a place of several words: European Union
    for i, word in enumerate(run):
        whole = max(whole - 1, *(size for size in (0, 2, 3, 4) if not size or _is_place(run[i : i + size])))
        if word.lower in TITLES and word.lower not in PARTICLES and pieces[-1] and _is_place(pieces[-1]):
            pieces.append([])
        pieces[-1].append(word)
        if whole <= 1 and _is_place(pieces[-1]) and word.stem in _demonym_stems() | _country_stems():
            pieces.append([])
    for piece in pieces:
        parts = [word for word in piece if word.lower not in TITLES and word.lower not in PARTICLES]
        if not parts and piece and all(word.lower in TITLES | PARTICLES for word in piece):
            continue  # a title alone: "the President"
        kept = tuple(fold(word.text) for word in parts if fold(word.text) not in NOT_NAMES)
        if not kept:
            continue
        index = all_words.index(piece[0])
        before = all_words[index - 1].lower if index else ""
        start, end = parts[0].start, parts[-1].end
        if dotted := _DOTTED.match(text, parts[-1].start):
            end = dotted.end()
        yield Name(text[start:end], start, end, kept, before, titled=len(parts) < len(piece))


def _is_place(piece: Sequence[Word]) -> bool:
    return " ".join(fold(word.text) for word in piece) in gazetteer()


@lru_cache(maxsize=1)
def _demonym_stems() -> frozenset[str]:
    return frozenset(stem(word) for _, _, people, _ in PLACES for word in people.split())


@lru_cache(maxsize=1)
def _country_stems() -> frozenset[str]:
    return frozenset(stem(word) for word in ("us", "uk", "eu", "un", "union", "states", "kingdom", "nations"))


@lru_cache(maxsize=1)
def gazetteer() -> dict[str, tuple[str, bool]]:
    """Folded name → (country or body, whether it only stands for its government)."""
    table: dict[str, tuple[str, bool]] = {}
    for country, others, people, capitals in PLACES:
        for name in (country, *(word.replace("-", " ") for word in (*others.split(), *people.split()))):
            table[fold(name).replace(".", "")] = (country, False)
        for name in capitals.split():
            table[fold(name.replace("-", " "))] = (country, True)
    return table


@dataclass(frozen=True, slots=True)
class _Known:
    """What a text names, ready to be asked."""

    names: tuple[Name, ...]
    words: frozenset[str]  # folded
    stems: frozenset[str]
    places: dict[str, list[tuple[str, bool, str]]]  # country → (as named, stands for its government, word before)
    initials: frozenset[str]


def _known(texts: Sequence[str]) -> _Known:
    return _known_of(tuple(texts))


@lru_cache(maxsize=500)
def _known_of(texts: tuple[str, ...]) -> _Known:
    found = tuple(name for text in texts for name in names(text))
    all_words = [word for text in texts for word in words(_undotted(text))]
    places: dict[str, list[tuple[str, bool, str]]] = {}
    table = gazetteer()
    for text in texts:
        its = words(_undotted(text))
        for i, word in enumerate(its):
            if not word.is_capital:
                continue
            for size in (4, 3, 2, 1):
                key = " ".join(fold(one.text) for one in its[i : i + size])
                if key in table and len(its[i : i + size]) == size:
                    country, stands_for = table[key]
                    places.setdefault(country, []).append((key, stands_for, its[i - 1].lower if i else ""))
                    break
    initials = frozenset(letters for name in found if (letters := _initials(name)))
    folded = frozenset(fold(word.text) for word in all_words)
    return _Known(found, folded, frozenset(word.stem for word in all_words), places, initials)


def _initials(name: Name) -> str:
    """The first letters of several words: "European Union" → "eu"; nothing for one word."""
    return "".join(part[0] for part in name.parts) if len(name.parts) > 1 else ""


class Names:
    """Names agree: titles, initials, possessives, accents, acronyms, demonyms and a country for its government."""

    name = "names"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding for each name of the sentence that its lines do not have."""
        if not is_english(claim.lines):
            return []
        lines, around = _known(claim.lines), _known((*claim.lines, *claim.context))
        mine = names(claim.sentence)
        findings = []
        for name in mine:
            at = (name.start, name.end)
            how = _stands(name, lines, around)
            if how is Support.SUPPORTED:
                continue
            if how is Support.PARTIAL:
                findings.append(
                    Finding(self.name, how, f"only a part or the government of {name.text} is in the lines", at)
                )
            elif _stands(name, around, around) is not Support.UNSUPPORTED:
                pronoun = bool(PRONOUNS & lines.words)
                why = (
                    "the lines only say “he”, “she” or “they”" if pronoun else "it stands only beside the cited lines"
                )
                findings.append(Finding(self.name, Support.PARTIAL, f"{name.text}: {why}", at))
            elif (rival := _rival(name, mine, claim, lines)) is not None:
                why = f"{name.text} is not in the lines" + (f", which have {rival.text}" if rival is not name else "")
                findings.append(Finding(self.name, Support.UNSUPPORTED, why, at))
            else:
                findings.append(Finding(self.name, Support.PARTIAL, f"{name.text} is not in the lines", at))
        return findings


def usurped(sentence: str, line: str) -> str | None:
    """Whose place the subject of a sentence takes in the line that the rest of it comes from; None if nobody's.

    "Sorley will be sworn in" is not borne out by "Adair will be sworn in", whatever another line says of Sorley.
    """
    mine, theirs = names(sentence), names(line)
    if not mine or not theirs or sentence[: mine[0].start].count(" ") > 1 or line[: theirs[0].start].count(" ") > 1:
        return None
    told, known = _known((sentence,)), _known((line,))
    if _stands(mine[0], known, known) is not Support.UNSUPPORTED:
        return None
    taken = _stands(theirs[0], told, told) is Support.UNSUPPORTED
    return theirs[0].text if taken and mine[0].before not in LOCATIVE else None


def _rival(name: Name, mine: Sequence[Name], claim: Claim, lines: _Known) -> Name | None:
    """A name of the lines in whose place this one stands: placed alike in the sentence, and not told itself.

    Without any name to take the place of, the subject of a sentence is still no mere addition.
    """
    told = _known((claim.sentence,))
    free = [other for other in lines.names if _stands(other, told, told) is Support.UNSUPPORTED]
    is_place = name.before in LOCATIVE
    facing = [other for other in free if (other.before in LOCATIVE) == is_place]
    mine_near = _near(claim.sentence, name)
    for text in claim.lines:
        for other in names(text):
            if any(other.parts == one.parts for one in facing) and mine_near & _near(text, other):
                return other
    if facing and name is mine[0] and name.start < 5:
        return facing[0]
    if name is mine[0] and not claim.sentence[: name.start].strip().count(" ") > 2 and not is_place:
        return name
    return None


def _near(text: str, name: Name) -> frozenset[str]:
    """Stems of the words that carry meaning right around a name, two on each side."""
    found = [word for word in words(text) if word.lower not in STOP and not word.is_capital]
    before = [word.stem for word in found if word.end <= name.start][-2:]
    return frozenset(before + [word.stem for word in found if word.start >= name.end][:2])


def _stands(name: Name, known: _Known, around: _Known) -> Support:
    """How far a text has a name. `around` may supply the rest of a name the text has in part."""
    place = _place(name, known)
    if place is not None:
        return place
    if all(_has(part, known) for part in name.parts):
        return Support.SUPPORTED
    joined = "".join(name.parts)
    if len(name.parts) == 1 and joined in known.initials:
        return Support.SUPPORTED
    if (letters := _initials(name)) and letters in known.words:
        return Support.SUPPORTED
    if len(name.parts) > 1:
        last = name.parts[-1]
        # "Volodymyr Zelensky" where the lines have "Zelensky" and the article the whole name.
        if _has(last, known):
            whole = any(set(name.parts) <= set(other.parts) for other in around.names)
            rivals = [other for other in known.names if last in other.parts and len(other.parts) > 1]
            if whole:
                return Support.SUPPORTED
            given = name.parts[0]
            if any(
                given[0] == other.parts[0][0] and (len(given) == 1 or len(other.parts[0]) == 1) for other in rivals
            ):
                return Support.SUPPORTED  # "J. Smith", "John Smith"
            return Support.UNSUPPORTED if rivals else Support.SUPPORTED
        if any(part in other.parts for part in name.parts for other in known.names if len(other.parts) == 1):
            return Support.SUPPORTED  # "the Herald" for the Tolvane Herald
        # A place or a body in front: "Ukrainian President Zelensky", "Riyadh Talks".
        missing = [part for part in name.parts if not _has(part, known)]
        if all((key := gazetteer().get(part)) is not None and key[0] in known.places for part in missing):
            return Support.SUPPORTED
    return Support.UNSUPPORTED


def _place(name: Name, known: _Known) -> Support | None:
    """For a country, its people or its capital: whether the text names the same. None for any other name."""
    key = gazetteer().get(" ".join(name.parts)) or gazetteer().get("".join(name.parts))
    if key is None:
        return None
    country, stands_for = key
    theirs = known.places.get(country)
    if theirs is None:
        return Support.UNSUPPORTED if not all(_has(part, known) for part in name.parts) else Support.SUPPORTED
    spelled = " ".join(name.parts)
    if any(other == spelled or other_stands == stands_for for other, other_stands, _ in theirs):
        return Support.SUPPORTED
    # Only the capital on one side and the country on the other: the same where a government is meant, not a place.
    if name.before in LOCATIVE or all(before in LOCATIVE for _, _, before in theirs):
        return Support.SUPPORTED if "capital" in known.words else Support.PARTIAL
    return Support.SUPPORTED


def _has(part: str, known: _Known) -> bool:
    """Whether a word of a name stands in a text, transliteration and plural aside."""
    if part in known.words or stem(part) in known.stems:
        return True
    if len(part) > 3 and any(_is_people_of(part, other) or _is_people_of(other, part) for other in known.words):
        return True
    plain = _transliterated(part)
    return len(part) > 4 and any(_transliterated(other) == plain for other in known.words if other[:3] == part[:3])


def _is_people_of(people: str, place: str) -> bool:
    """Peruvian and Peru, Brazilian and Brazil: a place and the adjective made of it."""
    return len(place) > 3 and people.startswith(place) and people[len(place) :] in _PEOPLE


_PEOPLE = frozenset({"n", "an", "ian", "vian", "ese", "i", "ish", "ns", "ans", "ians", "er", "ers"})


@lru_cache(maxsize=50_000)
def _transliterated(word: str) -> str:
    """One spelling for endings that alphabets share out differently: Zelenskyy, Zelenskiy, Zelenski."""
    return re.sub(r"(?:yy|iy|ij|ii|yi|y|i)$", "y", re.sub(r"(?<=k)(?:yy|iy)", "y", word)).removesuffix("'")


def same_name(one: Name, other: Name) -> bool:
    """Whether two names may be one: a shared name part, or the same country."""
    table = gazetteer()
    mine, theirs = table.get(" ".join(one.parts)), table.get(" ".join(other.parts))
    if mine and theirs:
        return mine[0] == theirs[0]
    return bool({_transliterated(part) for part in one.parts} & {_transliterated(part) for part in other.parts})
