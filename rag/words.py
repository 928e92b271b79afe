"""Words, names and numbers of a question or a sentence, in the forms in which they can be compared.

Nothing here is for show: these forms only decide whether two texts speak of the same thing. What a reader sees is
always the text itself.
"""

# ruff: noqa: SIM905  (word lists are easier to read as text)

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from rag import places

# One thing, many spellings; case matters here, "us" is not "US". The name on the left is what gets compared.
_SPELLINGS = {
    "Usa": r"\b(?:the )?United States(?: of America)?\b|\bU\.S\.(?:A\.)?|\bUSA?\b|\bAmericans?\b|\bAmerica\b"
    r"|(?<!George )(?<!Denzel )(?<!Kerry )\bWashington\b(?! (?:Post|Times|State|state|Wizards|Commanders|Capitals))",
    "Uk": r"\b(?:the )?United Kingdom\b|\bU\.K\.|\bUK\b|\bBritain\b|\bBritish\b|\bBritons?\b",
    "Eu": r"\b(?:the )?European Union\b|\bE\.U\.|\bEU\b",
    "Un": r"\b(?:the )?United Nations\b|\bU\.N\.|\bUN\b",
    "Ukraine": r"\bKyiv\b|\bKiev\b|\bUkrain\w*\b",
    "Russia": r"\bMoscow\b|\bKremlin\b",
    "China": r"\bBeijing\b",
    "Northkorea": r"\bPyongyang\b|\bNorth Korea(?:ns?)?\b",
    "Iran": r"\bTehran\b",
    "Turkey": r"\bAnkara\b|\bTürkiye\b",
}
# All begin with a capital, or with "the" before one: sought first, that passes over most of a text at once.
_SPELLING = re.compile(
    r"\b(?=[A-Z]|the )(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _SPELLINGS.items()) + ")"
)
# Where one of these begins a run of letters a spelling may stand; where none does, none can, and no search is needed.
_RUN = re.compile(r"\w+")
_OF_A_SPELLING = frozenset(
    """United U US USA American Americans America Washington UK Britain British Briton Britons European E EU UN Kyiv
    Kiev Moscow Kremlin Beijing Pyongyang North Tehran Ankara Türkiye""".split()
)
_WRITTEN = {"Usa": "US", "Uk": "UK", "Eu": "EU", "Un": "UN", "Northkorea": "North Korea"}

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:[’'][^\W\d_]+)*|[^\W_]+", re.UNICODE)
# The same for text in ASCII, in sets of characters that are looked up instead of classified: twice as fast.
_ASCII_TOKEN = re.compile(r"[0-9]+(?:[.,:][0-9]+)*|[A-Za-z]+(?:'[A-Za-z]+)*|[A-Za-z0-9]+")

_STOP = frozenset(
    """a about above after again all also am an and any are as at be because been before being below between both but
    by can could did do does doing done down during each either else ever few for from further get gets getting give
    given go goes got had has have having he her here hers herself him himself his how however i if in into is it its
    itself just let lets like made make makes many may me might more most much must my myself near nor not now of
    off on once only onto or other our ours out over own per please same say says said she should since so some such
    tell than that the their theirs them themselves then there these they thing things this those though through to
    too under until up upon us very via was we were what whatever when where whether which while who whom whose why
    will with within without would yet you your yours according happen happened happens
    don't doesn't didn't isn't aren't wasn't weren't hasn't haven't hadn't won't wouldn't can't couldn't shouldn't
    it's that's what's who's he's she's they're we're you're i'm""".split()
)

# Words of a question that name the kind of answer, not its subject, and words of time that the news leaves unsaid.
_KIND = frozenset(
    """week month year today yesterday recently recent latest current currently newly day time
    kind type sort name named called person people number amount true false following statement""".split()
)

_NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen twenty""".split()
    )
} | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90"}


# Past forms of the verbs that news is told in; their endings cannot tell them.
_IRREGULAR = {
    form: verb
    for verb, forms in (
        pair.split("=")
        for pair in """meet=met hold=held win=won lose=lost rise=rose,risen fall=fell,fallen begin=began,begun
        become=became leave=left bring=brought buy=bought sell=sold send=sent spend=spent build=built lead=led
        find=found pay=paid keep=kept break=broke,broken speak=spoke,spoken steal=stole,stolen write=wrote,written
        shoot=shot strike=struck grow=grew,grown know=knew,known think=thought catch=caught fight=fought seek=sought
        die=died,dies,dying take=took,taken see=saw,seen choose=chose,chosen drive=drove,driven fly=flew,flown
        withdraw=withdrew,withdrawn run=ran sit=sat wear=wore,worn""".split()
    )
    for form in forms.split(",")
}


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A case-folded word without its plural, past and -ing endings. Crude on purpose: both sides get the same."""
    word = word.casefold().replace("’", "'")
    word = word.removesuffix("'s").removesuffix("'")
    word = _IRREGULAR.get(word, word)
    if len(word) <= 3 or not word.isascii() or word[0].isdigit():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "xes", "ches", "shes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and re.search(r"[aeiouy]", word[: -len(ending)]):
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    if word.endswith("ion") and len(word) >= 8:
        return word[:-3]  # election, elect; exclusion is kin to exclude
    return word.removesuffix("e") if len(word) > 4 else word


def kin(one: str, other: str) -> float:
    """How sure two stems are the same word: 1 equal, 0.8 a long common beginning ("exclud", "exclus"), else 0."""
    if one == other:
        return 1.0
    longest = max(len(one), len(other))
    if min(len(one), len(other)) < 5 or one[:4] != other[:4]:
        return 0.0
    common = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return 0.8 if common >= 5 and common >= 0.65 * longest else 0.0


def unify(text: str) -> str:
    """The text with one spelling for things that have many ("U.S.", "United States" → "Usa"); only for comparison."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _unified(text) if _has_spellings(text, _RUN.findall(text)) else text


def _has_spellings(text: str, runs: Collection[str]) -> bool:
    """Whether any of `_SPELLINGS` may stand in a text of these words."""
    return not _OF_A_SPELLING.isdisjoint(runs) or "Ukrain" in text


def _unified(text: str) -> str:
    return _SPELLING.sub(lambda found: f" {found.lastgroup} ", text)


@lru_cache(maxsize=20_000)
def tokens(text: str) -> tuple[str, ...]:
    """Stems of all words and numbers of a text, in order. Numbers lose their thousands commas."""
    return tuple(map(_form, written(text)))


@lru_cache(maxsize=20_000)
def content(text: str) -> tuple[str, ...]:
    """Stems of the words that carry meaning, in order: no function words, no single letters."""
    return tuple(filter(None, map(_meant, written(text))))


@lru_cache(maxsize=4_000)  # the lines of a few questions: each is taken apart once for all that is asked of it
def written(text: str) -> tuple[str, ...]:
    """The words and numbers of a text as they are written, but for what `unify` changes."""
    if not text.isascii():
        return tuple(_TOKEN.findall(unify(text)))
    found = _ASCII_TOKEN.findall(text)
    # Without apostrophes its words are the runs of letters that `unify` looks at.
    if _has_spellings(text, found if "'" not in text else _RUN.findall(text)):
        found = _ASCII_TOKEN.findall(_unified(text))
    return tuple(found)


@lru_cache(maxsize=20_000)
def plain(text: str) -> tuple[str, ...]:
    """The words that carry meaning, each once, in lower case and otherwise as written, without numbers and "'s"."""
    return tuple(dict.fromkeys(filter(None, map(_plain, (_ASCII_TOKEN if text.isascii() else _TOKEN).findall(text)))))


@lru_cache(maxsize=50_000)
def _plain(token: str) -> str:
    """A word that carries meaning in lower case; nothing of any other, or of a number."""
    word = token.casefold().replace("’", "'").removesuffix("'s")
    return word if _means(token) and not word[0].isdigit() else ""


@lru_cache(maxsize=50_000)
def _meant(token: str) -> str:
    """The form of a word that carries meaning; nothing of any other."""
    return _form(token) if _means(token) else ""


@lru_cache(maxsize=50_000)
def _form(token: str) -> str:
    if token[0].isdigit():
        return re.sub(r",(?=\d{3}\b)", "", token)
    bare = token.replace("’", "'").removesuffix("'s")
    folded = places.demonyms().get(bare, token).casefold().replace("’", "'")
    return _NUMBER_WORDS.get(folded) or stem(folded)


@lru_cache(maxsize=50_000)
def _means(token: str) -> bool:
    return token.casefold().replace("’", "'") not in _STOP and (len(token) > 1 or token.isdigit())


@dataclass(frozen=True, slots=True)
class Term:
    """One content word of a question, and how much it pins the answer down."""

    stem: str
    text: str  # as it was written
    is_name: bool  # written with a capital inside a sentence
    is_number: bool
    is_kind: bool  # names the kind of answer or a time the news leaves unsaid: "week", "person"


def terms(question: str) -> tuple[Term, ...]:
    """The content words of a question, each once, in order of appearance."""
    unified = unify(question)
    headed = _like_a_headline(_TOKEN.findall(unified))
    seen: dict[str, Term] = {}
    starts_sentence = True
    for match in _TOKEN.finditer(unified):
        token, folded = match[0], match[0].casefold().replace("’", "'")
        begins, starts_sentence = starts_sentence, unified[match.end() :].lstrip()[:1] in {".", "?", "!", ":"}
        if not _means(token):
            continue
        stemmed = _form(token)
        is_number = token[0].isdigit() or folded in _NUMBER_WORDS
        # A capital at the start of a sentence says nothing, and neither does one where every word has it.
        is_name = token[0].isupper() and not headed and not (begins and match.start() > 0)
        # "How long", "how many": the word after "how" asks, it is not asked about.
        measures = re.search(r"\bhow\s+$", unified[: match.start()], re.IGNORECASE) is not None
        is_kind = measures or folded in _KIND or stem(folded) in _KIND
        if stemmed not in seen or (is_name and not seen[stemmed].is_name):
            seen[stemmed] = Term(stemmed, _WRITTEN.get(token, token), is_name and not is_number, is_number, is_kind)
    return tuple(seen.values())


def _like_a_headline(tokens: Sequence[str]) -> bool:
    """Whether nearly every word has a capital, so that it says nothing: "Who Is Rishi Sunak?", "WHO WON"."""
    capitals = sum(token[0].isupper() for token in tokens)
    return capitals > 0.6 * len(tokens) and not any(
        token[0].islower() and token not in _SMALL for token in tokens[1:]
    )


_SMALL = frozenset("a an the of in on at to for by from with and or as vs v".split())


@lru_cache(maxsize=20_000)
def numbers(text: str) -> frozenset[str]:
    """The numbers of a text, digits and small number words alike, without signs and thousands commas."""
    return frozenset(token for token in tokens(text) if token[0].isdigit())


@lru_cache(maxsize=20_000)
def names(text: str) -> frozenset[str]:
    """Stems of the capitalised words of a sentence; its first word counts unless it is a function word."""
    return frozenset(_form(token) for token in written(text) if token[0].isupper() and _means(token))


def covered(stemmed: str, others: Collection[str]) -> float:
    """The best kinship of one stem with any of the others, 0 … 1. Quickest with a set."""
    if stemmed in others:
        return 1.0
    if len(stemmed) < 5:  # too short to be kin to any other
        return 0.0
    begins = stemmed[:4]
    return max([kin(stemmed, other) for other in others if other.startswith(begins)], default=0.0)


_CAPITAL = re.compile(r"\b[A-Z][\w’'-]+")
_FEW = 4  # words: a short answer, whose first one may be the name; that of a sentence has a capital anyhow


def _names_unlisted(text: str, asked: Collection[str]) -> bool:
    """Whether a text has a name that may be that of a place which is not known here."""
    first = 1 if len(text.split()) > _FEW else 0
    found = _CAPITAL.finditer(places.unplaced(text), first)
    return any(
        _means(one[0]) and _TIME.fullmatch(one[0]) is None and not covered(_form(one[0]), asked) for one in found
    )


AnswerKind: TypeAlias = Literal["number", "time", "person", "place", "reason", "yes_no", "thing"]

NO_NOUN = (  # what stands before no noun that is asked for
    "who|whom|whose|when|where|why|how|which|of|on|for|about|to|in|at|with|by|from|is|was|are|were|do|does|did|has"
    "|have|had|will|would|can|could|should|may|might|and|or"
)
# Of a storm or an earthquake; "how strong is the case?" asks for no figure.
HOW_STRONG = (
    r"\bhow (?:strong|powerful) (?:is|was|were|are|will)\b[^?]*\b(?:storm|hurricane|typhoon|cyclone|tornado|winds?"
    r"|gusts?|(?:earth)?quake|tremor)\b|\bwhat magnitude\b"
)
_KIND_PATTERNS: tuple[tuple[str, AnswerKind], ...] = (
    (
        r"\bhow (?:many|much|old|long|far|tall|large|big|often|high|fast|hot|cold|warm|heavy|deep|wide)\b"
        rf"|{HOW_STRONG}"
        r"|\bwhat (?:percentage|percent|share|number|age)\b"
        r"|\bwhich (?:year|number)\b|\bby what percentage\b",
        "number",
    ),
    # "What was the main interest rate before …", "Death toll of the flood?"
    (
        rf"^(?:what(?:['’]s| is| was| are| were)? )?(?:(?!(?:{NO_NOUN})\b)[\w’'-]+ ){{0,6}}"
        r"(?:toll|rates?|price|cost|margin|turnout|proportion|odds|temperature|population|figure|total|estimate|tally)"
        r"\b(?!['’-])",
        "number",
    ),
    (r"\bwhen\b|\bwhat (?:year|day|date|month|time)\b|\bon which (?:day|date)\b|\bin (?:which|what) year\b", "time"),
    (r"\bwho(?:m|se)?\b|\bwhich (?:person|politician|actor|actress|singer|player|president|leader)\b", "person"),
    (
        r"\bwhere\b|\b(?:which|what) (?:\w+ )?(?:countr(?:y|ies)|cit(?:y|ies)|states?|towns?|places?|nations?"
        r"|count(?:y|ies)|continents?)\b",
        "place",
    ),
    (
        r"\bwhy\b|\bhow come\b|\bfor what reason\b"
        r"|\bwhat (?:has |have |had )?(?:caused|led to|prompted|triggered|sparked|provoked)\b"
        r"|\bwhat (?:is|was|are|were) (?:behind|(?:the )?(?:causes?|reasons?) (?:of|for|behind))\b",
        "reason",
    ),
    (
        r"^(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|should|may|might)\b|^true or false",
        "yes_no",
    ),
)
_KINDS = tuple((re.compile(pattern, re.IGNORECASE), kind) for pattern, kind in _KIND_PATTERNS)  # fmt: skip


def answer_kind(question: str) -> AnswerKind:
    """What the question asks for, by its question word; `thing` where nothing tells."""
    question = question.strip()
    if places.sought(question) is not None:
        return "place"
    kinds = (kind for pattern, kind in _KINDS if pattern.search(question))
    return next((kind for kind in kinds if kind != "place" or not places.asks_beside(question)), "thing")


_TIME = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:january|february|march|april|may|june|july|august|september"
    r"|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b|\b(?:1[89]|20)\d\d\b|\b(?:yesterday"
    r"|today|tomorrow|week|month|year|night|morning|evening|afternoon|century|decade|noon|midnight|spring|summer"
    r"|autumn|fall|winter)s?\b|\b\d{1,2}(?::\d\d)?\s*[ap]\.?m\b",
    re.IGNORECASE,
)


_QUANTITY = re.compile(
    r"\b(?:half|dozens?|hundreds?|thousands?|millions?|billions?|once|twice|thirds?|quarters?|first|second|both|pair|few"
    r"|many|most|none?|several|all)\b",
    re.IGNORECASE,
)


def answers(question: str, text: str) -> bool:
    """Whether a text holds something of the kind asked for that the question itself does not.

    "Who": a name; "which country": a country; "how many": a quantity; "when": a time; else any word of content. What
    repeats the question answers nothing ("In which Turkish city did they meet?" – "Turkey"). A question that offers
    its answers ("the US or Russia") or takes a yes or no is content with any words.
    """
    return answering(question)(text)


def answering(question: str) -> Callable[[str], bool]:
    """`answers` for one question and many texts: what is to be known of the question is looked at once."""
    kind = answer_kind(question)
    asked = frozenset(tokens(question))
    if (wanted := places.sought(question)) is not None:
        return lambda text: (
            bool(places.answering(question, text)) or (not wanted.all_known and _names_unlisted(text, asked))
        )
    if kind in {"yes_no", "reason"} or re.search(r"\bor\b", question):
        return lambda text: bool(tokens(text))
    if kind == "number":
        said = numbers(question)
        return lambda text: bool(numbers(text) - said) or bool(_QUANTITY.search(text))
    if kind == "time":
        return lambda text: bool(_TIME.search(text)) and not asked.issuperset(tokens(text))
    if kind in {"person", "place"}:
        return lambda text: any(not covered(name, asked) for name in names(text))
    return lambda text: any(not covered(stem, asked) for stem in content(text))
