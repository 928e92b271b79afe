"""The language of a question that is not English.

The word lists of this package are English, and so is the default embedder. A question in another language finds lines
by its names and numbers at most, and its reader is told so.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from index.language import SURE, language_and_share

# One of these and nobody need ask: of 2,800 English questions, gold and real, 21 have none. "Was", "in" and "is" are
# German or Dutch words too.
_ENGLISH: Final = frozenset(
    [
        *("who", "whom", "whose", "what", "when", "where", "why", "how", "which"),
        *("the", "did", "does", "are", "were", "have", "had", "of", "and", "from", "this", "that", "there"),
        *("list", "name"),
    ]
)
_LETTERS: Final = 12  # fewer are hardly more than a name
_NAMES: Final = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "es": "Spanish",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sr": "Serbian",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}


def foreign(question: str) -> str | None:
    """The English name of the language of a question; None where it is English or cannot be told.

    "another language" where it is only sure that it is not English.
    """
    words = frozenset(re.findall(r"[^\W\d_]+", question.casefold()))
    if words & _ENGLISH:
        return None
    letters = [character for character in question if character.isalpha()]
    latin = sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    other_script = latin < len(letters) / 2
    if not letters or (len(letters) < _LETTERS and not other_script):
        return None
    language, share = language_and_share(question)
    if share >= SURE and language != "en":
        return _NAMES.get(language, "another language")
    return "another language" if other_script else None
