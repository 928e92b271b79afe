"""Words of a text in the forms in which two texts can be compared, each with its place.

Offsets are 0-based, end exclusive. Numbers: `rag.number_words`; what they count: `rag.quantities`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.words import stem as _stem


def listed(text: str) -> tuple[str, ...]:
    """The words of a table written as prose."""
    return tuple(text.split())


_WORD = re.compile(r"\d+(?:st|nd|rd|th)\b|\d+(?:[.,:]\d+)*|[^\W\d_]+(?:[’'][^\W\d_]+)*|[^\W_]+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word or number of a text, split at hyphens. `text[start:end]` is how it was written."""

    text: str
    start: int
    end: int
    stem: str  # folded, without accents and endings
    lower: str  # case-folded, with a straight apostrophe
    is_capital: bool  # written with a capital


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """Without case, accents and curly apostrophes: "Erdoğan" → "erdogan"."""
    plain = unicodedata.normalize(
        "NFKD", text.replace("ı", "i").replace("’", "'").replace("ø", "o").replace("ł", "l")
    )
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word's comparable form. Irregular pasts join their verb, so that "fell" meets "fall"."""
    folded = fold(word)
    return _IRREGULAR.get(folded) or _stem(folded)


_IRREGULAR = {
    form: verb
    for verb, forms in {
        "rise": "rose risen rises rising", "fall": "fell fallen falls falling", "win": "won wins winning winner",
        "lose": "lost loses losing loser", "say": "said says saying", "tell": "told tells telling",
        "think": "thought thinks thinking", "hold": "held holds holding", "keep": "kept keeps keeping",
        "leave": "left leaves leaving", "meet": "met meets meeting", "send": "sent sends sending",
        "buy": "bought buys buying", "sell": "sold sells selling", "grow": "grew grown grows growing",
        "shrink": "shrank shrunk shrinks shrinking", "begin": "began begun begins beginning",
        "become": "became becomes",
        "take": "took taken takes taking", "give": "gave given gives giving", "find": "found finds finding",
        "make": "made makes making", "pay": "paid pays paying", "strike": "struck strikes striking",
        "shoot": "shot shoots shooting", "die": "died dies dying dead death deaths", "kill": "killed kills killing",
        "steal": "stole stolen steals stealing", "write": "wrote written writes writing",
        "speak": "spoke spoken speaks",
        "come": "came comes coming", "go": "went gone goes going", "build": "built builds building",
        "lead": "led leads leading", "beat": "beaten beats beating", "draw": "drew drawn draws drawing",
        "break": "broke broken breaks breaking", "drop": "dropped drops dropping",
        "deny": "denied denies denying denial",
        "reject": "rejected rejects rejecting rejection", "accept": "accepted accepts accepting acceptance",
        "exceed": "exceeds exceeded exceeding", "succeed": "succeeds succeeded succeeding",
        "proceed": "proceeds proceeded proceeding", "flee": "fled",
        "drink": "drank drunk", "eat": "ate eaten",
        "forbid": "forbade forbidden", "wear": "wore worn",
        "choose": "chose chosen chooses choosing choice", "swear": "swore sworn", "throw": "threw thrown",
        "seek": "sought seeks seeking", "spend": "spent spends spending", "bring": "brought brings bringing",
        "catch": "caught catches", "teach": "taught", "fight": "fought", "fly": "flew flown flies flying",
        "drive": "drove driven", "withdraw": "withdrew withdrawn withdraws withdrawing", "know": "knew known",
        "see": "saw seen sees", "read": "reads", "hide": "hid hidden", "lend": "lent", "swim": "swam",
        "foresee": "foresaw foreseen foresees", "overtake": "overtook overtaken", "shake": "shook shaken",
        "bear": "bore", "feel": "felt", "hear": "heard hears", "sleep": "slept", "sweep": "swept", "bind": "bound",
        "injury": "injury injuries injured injures injuring", "free": "freed freeing",
        "vote": "voted votes voting voter voters",
        "person": "people persons", "man": "men", "woman": "women", "child": "children",
    }.items()
    for form in [verb, *forms.split()]
}  # fmt: skip


# Lines are asked for by every check in turn; a line holds hundreds of words, so only the latest few are kept.
@lru_cache(maxsize=256)
def words(text: str) -> tuple[Word, ...]:
    """The words and numbers of a text, in order. "Kyiv's" is "Kyiv"."""
    found = []
    for m in _WORD.finditer(text):
        token, end = m[0], m.end()
        if token[-2:] in {"'s", "’s"}:
            token, end = token[:-2], end - 2
        lower = token.casefold().replace("’", "'")
        found.append(Word(token, m.start(), end, stem(token), lower, token[0].isupper()))
    return tuple(found)


# Words that carry no claim of their own.
STOP = frozenset(
    listed(
        """a about after again all also although am an and any are as at be because been before being both but by can
        could did do does doing during each even ever every few for from further get gets getting got had
        has have having he her here hers him his how i if in into is it its itself just let like made make
        makes many may me might more most much must my near new no nor not now of off on once one only onto
        or other our ours out over own per same say said says saying she should since so some still such
        than that the their theirs them then there these they this those though through to too toward
        towards under until up upon us very via was we were what when where whether which while who whom
        whose why will with within without would yet you your according nobody nothing none mr mrs ms dr"""
    )
)


def content(found: Sequence[Word]) -> list[Word]:
    """The words that carry meaning."""
    return [word for word in found if word.lower not in STOP and (len(word.text) > 1 or word.text.isdigit())]


_ENGLISH = frozenset(
    listed("the of and to was is were are said that for with on by at from has had have it its as not be will")
)


# Small words of other languages that English does not have.
_FOREIGN = frozenset(
    listed(
        "el los las una del por para con que der die das und ist von mit den le les des une du est dans pour il la de"
    )
)


def is_english(texts: Sequence[str]) -> bool:
    """Whether texts read as English, by the share of its commonest words; short ones do unless a letter says no."""
    found = [word.lower for text in texts for word in words(text)]
    if len(found) < 16:
        plain = all(ord(c) < 0x250 for text in texts for c in text if c.isalpha())
        return plain and sum(word in _FOREIGN for word in found) < 2
    return sum(word in _ENGLISH for word in found) >= 0.08 * len(found)
