"""Countries, American states and cities: which kind of them a question asks for, and where a text names one.

"Which country halted all trade?" is answered by a country. In "Turkish officials met the Emir in Doha" that is
Turkey: neither the officials nor Doha. The names are those of `places.tsv`, which `bench/make_places.py` makes (from
GeoNames, CC BY 4.0); of countries and states it has all, of cities those with more than 150,000 people, in the United
States 25,000.
"""

# ruff: noqa: SIM905  (word lists are easier to read as text)

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Final, Literal, TypeAlias

PlaceKind: TypeAlias = Literal["country", "state", "city"]


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the world."""

    kind: PlaceKind
    name: str
    country: str  # ISO 3166 alpha-2, of the parts of the United Kingdom with theirs: "GB-SCT"
    within: frozenset[str]  # continents of a country; the postal code of a state, or of that in which a city lies


@dataclass(frozen=True, slots=True)
class Named:
    """Where a text names a place."""

    start: int
    end: int
    places: tuple[Place, ...]  # all of that name: Georgia is two
    says: str  # what to call it: as written, or of "Turkish" the country's name


@dataclass(frozen=True, slots=True)
class Sought:
    """What kind of place is asked for, and of which those must be."""

    kind: PlaceKind
    countries: frozenset[str] = frozenset()  # a city of these, or one of these; any where empty
    within: frozenset[str] = frozenset()  # continents, or states or countries a city lies in; any where empty

    @property
    def all_known(self) -> bool:
        """Whether all that it may be is known here: an American state, but no small city, nor a land of a novel."""
        return self.kind == "state" and bool(self.countries)

    def fits(self, place: Place) -> bool:
        """Whether a place is of that kind, and lies there."""
        within = place.within
        if place.kind == "city":
            within = within | _continents().get(place.country, frozenset()) | {_in(place.country)}
        return (
            place.kind == self.kind
            and (not self.countries or place.country[:2] in self.countries)
            and (not self.within or not self.within.isdisjoint(within))
        )


@dataclass(frozen=True, slots=True)
class _Table:
    by_first: Mapping[str, Sequence[tuple[tuple[str, ...], Place, str]]]  # first word → all words, place, its name
    demonyms: Mapping[str, str]  # "Thai" → "Thailand", word by word


_WORD = re.compile(r"(?:[A-Z]\.){2,}|[^\W\d_]+(?:[’'-](?!s\b)[^\W\d_]+)*")
# Of two countries, or of a people of several.
_SHARED: Final = frozenset(
    "Congolese Dominican Dominicans Guinean Samoan Georgian Georgians British Britons American Americans".split()
)


@cache
def _table() -> _Table:
    by_first: dict[str, list[tuple[tuple[str, ...], Place, str]]] = {}
    demonyms: dict[str, str] = {}
    for row in files("rag").joinpath("places.tsv").read_text(encoding="utf-8").splitlines():
        kind, name, country, within, others, peoples = row.split("\t")
        place = Place(_KINDS[kind], name, country, frozenset(within.split("|")) - {""})
        for spelled in (name, *filter(None, others.split("|"))):
            by_first.setdefault(_WORD.findall(spelled)[0], []).append((tuple(_WORD.findall(spelled)), place, spelled))
        for people in filter(None, peoples.split("|")):
            parts = tuple(_WORD.findall(people))
            by_first.setdefault(parts[0], []).append((parts, place, name))
            if parts[-1] not in _SHARED:
                own = name.split()
                demonyms[parts[-1]] = next((word for word in own if word[:4] == parts[-1][:4]), own[-1])
    for spellings in by_first.values():
        spellings.sort(key=lambda one: -len(one[0]))
    return _Table(by_first, demonyms)


@cache
def _continents() -> Mapping[str, frozenset[str]]:
    """Country → where it lies."""
    held = [place for spellings in _table().by_first.values() for _, place, _ in spellings]
    return {place.country: place.within for place in held if place.kind == "country"}


def demonyms() -> Mapping[str, str]:
    """What a people is called, in one word → that of its country's name: "Thai" → "Thailand", "Korean" → "Korea"."""
    return _table().demonyms


def _in(country: str) -> str:
    """A country as one of `Sought.within`; state and country codes are the same letters."""
    return f"in {country}"


# Stands before no noun that is asked for: "Which head of state", "What did the country", "Which storm hit the state".
_ELSE = (
    "who|whom|whose|when|where|why|how|which|of|on|for|about|to|in|at|with|by|from|did|does|do|has|have|had|will"
    "|would|can|could|should|may|might|and|or|say|says|said|the|a|an|this|that|its|their|his|her|our|another|every"
    "|each|no"
)
_SUPERLATIVE = r"(?:\w+est|most|least|first|second|third|next|last|only|new|current|other)"
_ASKED = re.compile(
    rf"\b(?:which|what)\s+(?:(?:is|was)\s+(?:the\s+)?(?=(?:[\w.’'-]+\s+){{0,3}}?{_SUPERLATIVE}\b)|of\s+these\s+)?"
    rf"(?P<of>(?:(?!(?:{_ELSE})\b)[\w.’'-]+\s+){{0,5}}?)"
    r"(?P<kind>country|nation|state|city|town)(?![\w-])(?P<whose>['’]s)?(?:\s+(?P<next>[\w’'-]+))?"
    r"(?:(?<= in)\s+(?:the\s+)?(?P<where>(?-i:(?:[A-Z][\w.]+\s*){1,3})))?",
    re.IGNORECASE,
)
# "When will it be announced which country …": that is not what is asked.
_ASKED_BEFORE = re.compile(r"\b(?:who|whom|when|where|why|how)\b", re.IGNORECASE)
# Behind the kind stands what it does, or nothing: "Which state trooper", "Which country singer" ask for somebody.
_GOES_ON: Final = frozenset(
    """is are was were did does do has have had will would can could should may might must in on of at to from with by
    near that which who where this last next after before during and or not be become became been recently soon now
    currently just first also officially only won lost hit held said sent took got gave made left led met put set cut
    ran began went came paid fell rose grew saw beat built bought chose drew fought found kept knew let sold shot shut
    spent stood struck swept told thought threw withdrew broke brought caught dealt drove fed flew hosted quit rebuilt
    sank sought spoke stole swore taught tore woke wrote elected""".split()
)
_NOUNS: Final = frozenset(
    """officials senators lawmakers laws courts leaders employees workers residents schools programs companies banks
    secrets prices services troopers police news buses troops voters students players authorities bus elections taxes
    funds limits records games sources assets politics affairs finances visits prisons parks""".split()
)
_KINDS: Final[Mapping[str, PlaceKind]] = {
    "country": "country", "nation": "country", "state": "state", "city": "city", "town": "city",
}  # fmt: skip
_CONTINENTS: Final[Mapping[str, str]] = {
    "europe": "EU", "asia": "AS", "africa": "AF", "south america": "SA",
}  # fmt: skip
_REGIONS: Final[Mapping[str, str]] = {
    "central america": "GT HN SV NI CR PA BZ",
    "latin america": "AR BO BR CL CO CR CU DO EC GT HN HT MX NI PA PE PR PY SV UY VE",
    "caribbean": "AG BS BB CU DM DO GD GY HT JM KN LC PR TT VC",
    "middle east": "AE BH CY EG IL IQ IR JO KW LB OM PS QA SA SY TR YE",
    "nordic": "DK FI IS NO SE",
    "scandinavian": "DK NO SE FI IS",
    "baltic": "EE LT LV",
    "balkan": "AL BA BG HR ME MK RO RS SI XK GR",
    "gulf(?! coast)": "AE BH KW OM QA SA",
    "southeast asia": "BN ID KH LA MM MY PH SG TH TL VN",
}


def asks_beside(question: str) -> bool:
    """Whether "country", "state" or "city" only stands before what is asked for: "Which city bus crashed?"."""
    asked = _ASKED.search(question)
    return asked is not None and (asked["kind"][0].isupper() or not _goes_on(asked))


def _goes_on(asked: re.Match[str]) -> bool:
    """Whether behind the kind stands what such a place does, or nothing."""
    following = (asked["next"] or "").casefold()
    verb = not following or following in _GOES_ON or following.endswith(("ed", "s", "ing", "ly"))
    return bool(asked["whose"]) or (verb and following not in _NOUNS)


@lru_cache(maxsize=2_000)
def sought(question: str) -> Sought | None:
    """The kind of place that a question asks for one of; None where it asks for something else, or for several."""
    asked = _ASKED.search(question)
    if asked is None or asks_beside(question) or _ASKED_BEFORE.search(question, 0, asked.start()):
        return None
    kind = _KINDS[asked["kind"].casefold()]
    of = f"{asked['of']} {asked['where'] or ''}".strip()
    if re.search(r"\b(?:two|three|four|five|other two)\b", asked["of"], re.IGNORECASE):
        return None
    countries: frozenset[str] = frozenset()
    within: frozenset[str] = frozenset()
    for one in named(of):
        codes = frozenset(place.country[:2] for place in one.places if place.kind == "country")
        states = frozenset(code for place in one.places if place.kind == "state" for code in place.within)
        within |= states | (frozenset(map(_in, codes)) if states else frozenset())  # Georgia may be either
        countries |= codes if not states else frozenset()
    folded = of.casefold()
    for region, held in _REGIONS.items():
        if re.search(rf"\b{region}", folded):
            countries |= frozenset(held.split())
    if kind == "state":
        return Sought("state", countries) if countries <= {"US"} and not within and not _NO_STATE.search(of) else None
    for words, code in _CONTINENTS.items():
        if not countries and re.search(rf"(?<!southeast )(?<!latin )(?<!central )\b{words}", folded):
            within |= {code}
    if kind == "country":
        within &= frozenset(_CONTINENTS.values())
    # "Which British city": of the United Kingdom, whatever its parts are called.
    return Sought(kind, countries, within)


# "Which member state", "Which Arab state": a country, or what is no American state.
_NO_STATE: Final = re.compile(
    r"\b(?:member|arab|eu|european|nato|island|rogue|neighbou?ring|baltic|african|asian|city|client|pariah|breakaway"
    r"|nuclear|failed|gulf(?! coast))\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4_000)
def answering(question: str, text: str) -> tuple[Named, ...]:
    """Where a text names a place of the kind asked for that the question does not; () where none is asked for."""
    wanted = sought(question)
    if wanted is None:
        return ()
    asked = _ASKED.search(question)
    # In "which city in New York state" it is the state that is named.
    rest = question if asked is None else f"{question[: asked.start()]} | {question[asked.end() :]}"
    known = {place.name for one in named(rest) for place in one.places if place.kind == wanted.kind}
    return tuple(
        one for one in named(text) if any(wanted.fits(place) and place.name not in known for place in one.places)
    )


_WHERE: Final = r"\b(?:in|at|near|to|from|into|outside|around|across|through|within)\s+(?:the\s+)?"


def led(question: str, text: str, at: int) -> bool:
    """Whether a place in a text stands behind an "in" or the like, if the question asks "in which city"."""
    asked = _ASKED.search(question)
    where = asked is not None and re.search(rf"{_WHERE}$", question[: asked.start()], re.IGNORECASE)
    return not where or re.search(rf"{_WHERE}$", text[max(0, at - 16) : at], re.IGNORECASE) is not None


def unplaced(text: str) -> str:
    """A text without the places that it names: of another city than those known here, its name is left."""
    for one in reversed(named(text)):
        text = text[: one.start] + text[one.end :]
    return text


# Names of people as well: no place beside another name.
_PEOPLE: Final = frozenset(
    "Jordan Chad Israel Georgia Virginia Montana Cuba Malta India Kenya Ireland Indiana England".split()
)
# Stand before a place, or behind it, without being part of a longer name.
_BESIDE: Final = frozenset(
    """North South East West Northern Southern Eastern Western Central Northeast Northwest Southeast Southwest Upstate
    Downtown Greater Mainland Neighboring The In At Near From For And Of But As With To On After Before When While
    Where Since Gov Governor Sen Senator Rep Mayor President Prime Attorney General State Supreme Court Police Senate
    House Republican Republicans Democrat Democrats Democratic Legislature Secretary Department Lt Minister Chancellor
    Foreign Parliament King Queen Embassy Government Monday Tuesday Wednesday Thursday Friday Saturday Sunday
    Fire County Council City Metro Public Unified Deputy Chief Former Ex District Judge""".split()
)
# "Gulf of Mexico", "South American": part of another name.
_NOT_BEHIND: Final = re.compile(
    r"\b(?:Gulf of|Latin|Native|African|Asian|Central|Mexican|South|North|Bank of|University of|Captain|Miss|Air"
    r"|New) $"
)
_NOT_BEFORE: Final = re.compile(
    r"\s(?:Times|Post|Globe|Tribune|Journal|Herald|Chronicle|Star|Daily|News|Magazine|Airlines?|Airways|Express"
    r"|Ocean|Samoa|Idol|Eagle|Dream|Bowl|Open|University|College|Giants|Jets|Yankees|Mets|Knicks|Rangers|Red Sox)\b"
)
_CITY_OF: Final = re.compile(r"\b(?:in|near|of|from|at|to|outside) (?:[A-Z]\w+ ){0,2}[A-Z]\w+, $")


@lru_cache(maxsize=8_000)
def named(text: str) -> tuple[Named, ...]:
    """Where a text names places, in order; the longest name where several begin."""
    by_first = _table().by_first
    words = list(_WORD.finditer(text))
    shouts = sum(word[0][0].isupper() for word in words) > 0.75 * len(words)  # a headline: capitals say nothing
    found: list[Named] = []
    at = 0
    while at < len(words):
        spelled, places = _longest(text, words, at, by_first.get(words[at][0], ()))
        if places and (one := _read(text, words, at, len(spelled), places, shouts=shouts)) is not None:
            found.append(one)
            at += len(spelled)
        else:
            at += max(1, len(spelled))
    return tuple(found)


_JOINED, _JOINED_ST = re.compile(r"\s+|-"), re.compile(r"\.?\s+|-")


def _longest(
    text: str, words: Sequence[re.Match[str]], at: int, spellings: Sequence[tuple[tuple[str, ...], Place, str]]
) -> tuple[tuple[str, ...], list[tuple[Place, str]]]:
    """The longest spelling that stands at a word, and all that are spelled so."""
    for spelled, _, _ in spellings:
        stand = words[at : at + len(spelled)]
        # "out West. Virginia officials" is no West Virginia.
        if tuple(word[0] for word in stand) == spelled and all(
            (_JOINED_ST if one[0] == "St" else _JOINED).fullmatch(text, one.end(), other.start())
            for one, other in pairwise(stand)
        ):
            return spelled, [(place, says) for other, place, says in spellings if other == spelled]
    return (), []


def _read(
    text: str,
    words: Sequence[re.Match[str]],
    at: int,
    length: int,
    places: Sequence[tuple[Place, str]],
    *,
    shouts: bool,
) -> Named | None:
    """The place that is meant by some words, or None where they are part of another name."""
    first, last = words[at], words[at + length - 1]
    if _NOT_BEHIND.search(text[max(0, first.start() - 20) : first.start()]) or _NOT_BEFORE.match(text, last.end()):
        return None
    kinds = {place.kind for place, _ in places}
    if not shouts and length == 1 and ("city" in kinds or first[0] in _PEOPLE):
        before = words[at - 1] if at and text[words[at - 1].end() : first.start()] == " " else None
        after = words[at + 1] if at + 1 < len(words) and text[last.end() : words[at + 1].start()] == " " else None
        if any(other is not None and _is_name(other[0]) for other in (before, after)):
            return None
    meant = [place for place, _ in places]
    if "state" in kinds and _CITY_OF.search(text[max(0, first.start() - 80) : first.start()]):
        meant = [place for place in meant if place.kind == "state"]  # the one of "Vancouver, Washington"
    elif first[0] == "Washington" and not re.match(r" [Ss]tate\b", text[last.end() :]):
        meant = [place for place in meant if place.kind != "state"]
    within = _behind(text[last.end() : last.end() + 40])
    meant = [place for place in meant if place.within & within] or meant
    return Named(first.start(), last.end(), tuple(meant), places[0][1]) if meant else None


def _behind(text: str) -> frozenset[str]:
    """The postal code of an American state that stands behind a name: "Vancouver, Washington"."""
    told = re.match(r", ([A-Z]\w+(?: [A-Z]\w+)?)", text)
    if told is None:
        return frozenset()
    spellings = _table().by_first.get(told[1].split()[0], ())
    return frozenset(
        code
        for spelled, place, _ in spellings
        for code in place.within
        if place.kind == "state" and told[1].startswith(" ".join(spelled))
    )


def _is_name(word: str) -> bool:
    alone = any(len(spelled) == 1 for spelled, _, _ in _table().by_first.get(word, ()))
    return word[0].isupper() and word not in _BESIDE and not alone and len(word) > 1
