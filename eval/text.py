"""How answers are compared as text: SQuAD's normalisation, and whole-word search for required terms."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable

# Newsrooms set “curly” quotes and dashes; the script of SQuAD knows ASCII only, so both sides are mapped.
_TYPOGRAPHY = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": ".", "\u00a0": " "}
)
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_MARKERS = re.compile(r"\s*\[\d{1,4}\]")
_ABBREVIATION = re.compile(r"\b(?:[^\W\d_]\.){2,}")  # U.S. and e.g., letter by letter
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}\b)")  # 1,200 is 1200


def without_markers(text: str) -> str:
    """The text without its citation markers: `Left out.[1][2]` becomes `Left out.` and so on."""
    return _MARKERS.sub("", text).strip()


def squad(text: str) -> str:
    """Lower case, no punctuation, no articles, single spaces (`normalize_answer` of the SQuAD v1.1 script).

    One addition, made on both sides alike: typographic quotes and dashes count as the ASCII ones.
    """
    text = text.lower().translate(_TYPOGRAPHY).translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", text).split())


def words(text: str) -> list[str]:
    """The words of a text for whole-word search.

    Case, accents, possessives and punctuation are dropped, `n't` becomes `not`, `U.S.` becomes `us`, and `1,200`
    becomes `1200`; a decimal point and a percent sign stay, for 3.5% is not 35.
    """
    text = unicodedata.normalize("NFKD", text.translate(_TYPOGRAPHY)).casefold()
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = _ABBREVIATION.sub(lambda found: found.group().replace(".", ""), text)
    text = _GROUPED.sub("", text)
    text = re.sub(r"n't\b", " not", text).replace("cannot", "can not")
    text = re.sub(r"'s\b|s'(?=\s|$)", lambda found: "s" if found.group().startswith("s") else "", text)
    return re.findall(r"\d+(?:\.\d+)*%?|[^\W\d_]+", text)


def contains(text: str | list[str], phrase: str) -> bool:
    """Whether the words of `phrase` stand in `text`, in order and next to each other."""
    within = words(text) if isinstance(text, str) else text
    wanted = words(phrase)
    if not wanted:
        return False
    return any(within[at : at + len(wanted)] == wanted for at in range(len(within) - len(wanted) + 1))


def contains_any(text: str | list[str], term: str) -> bool:
    """Whether one of the alternatives of a term stands in the text: `Kyiv|Ukraine` is either."""
    within = words(text) if isinstance(text, str) else text
    return any(contains(within, alternative) for alternative in term.split("|"))


def share_contained(text: str, terms: Iterable[str]) -> float:
    """The share, 0…1, of the terms that stand in the text. Raises ValueError without terms."""
    found = [contains_any(words(text), term) for term in terms]
    if not found:
        raise ValueError("no terms to look for")
    return sum(found) / len(found)


def spoken(term: str, most: int = 3) -> str:
    """A term for a reader: `Kyiv|Ukraine` is "Kyiv or Ukraine"; of many ways to write a date, the first few."""
    ways = term.split("|")
    return " or ".join(ways[:most]) + (", or the like" if len(ways) > most else "")
