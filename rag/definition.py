"""Who or what something is, where that is asked: "What is monkeypox?", "Who is Ketanji Brown Jackson?".

News says it by the way, where the name is first met: "Monkeypox is a rare disease", "Jackson, a federal judge, …",
"Prime Minister Boris Johnson". A line that does so answers, whatever else it tells; and of what no line names in
these letters ("Threads") nothing is known, although lines tell of thread.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag import words

LONGEST = 4  # words of content in a name
_ASKS = re.compile(
    r"^\W*(?:and |so |but )*(?:who|what)(?:['’]s|\s+is|\s+are|\s+was|\s+were)\s+(?:(?:an?|the)\s+)?"
    r"(?P<name>[^?,;:]{2,80}?)\W*$",
    re.IGNORECASE,
)
# "What is the capital of Orle", "Casper Wendel's wife called", "who is leading": something of it, no name alone.
_MORE = re.compile(
    r"\b(?:of|in|on|at|for|from|with|about|by|to|as|called|named|worth|like|doing|new|current|latest|first|last"
    r"|best|next|main|top|biggest|largest|going|happening|it|he|she|they|this|that|you|there)\b|['’]s\b|\d"
    r"|^\w+ing\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=2_000)
def defined(question: str) -> str | None:
    """The name of which it is asked who or what it is; None of any other question.

    It begins with a capital, or is one word: of "the price" more is asked than what a price is.
    """
    found = _ASKS.match(question)
    if found is None or _MORE.search(found["name"]):
        return None
    name = found["name"].strip()
    named = all(word[0].isupper() for word in name.split()) or (" " not in name and not _article(question, found))
    return name if named and 0 < len(words.content(name)) <= LONGEST else None


def _article(question: str, found: re.Match[str]) -> bool:
    return question[: found.start("name")].rstrip().lower().endswith(" the")


def defines(name: str, text: str) -> bool:
    """Whether a text says who or what that is: "X is a …", "X, the …", "Prime Minister X"."""
    return _telling(name).search(text) is not None


def names(name: str, text: str) -> bool:
    """Whether a text names it, a name with its capitals."""
    return _naming(name).search(text) is not None


# What stands right before a name and says what it is of.
_KIND = (
    "minister|president|secretary|leader|chief|ceo|founder|director|mayor|judge|justice|senator|governor|king|queen"
    "|prince|princess|pope|coach|actor|actress|singer|rapper|author|billionaire|entrepreneur|player|journalist|host"
    "|scientist|professor|chancellor|boss|owner|chair(?:man|woman)?|exchange|company|firm|app|platform|agency"
    "|organi[sz]ation|disease|virus|party|network|website|startup|novel|film|movie|series"
)


@lru_cache(maxsize=500)
def _naming(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b{_written(name)}\b")


@lru_cache(maxsize=500)
def _telling(name: str) -> re.Pattern[str]:
    return re.compile(
        rf"\b(?i:{_KIND}),?\s+{_written(name)}\b"
        # Of "testing for X, a crucial part" X is no part.
        r"|(?<!for )(?<!of )(?<!against )(?<!about )(?<!on )(?<!with )(?<!in )"
        rf"\b{_written(name)}(?:\s+\([^)]*\)|,\s+[^,.]{{1,60}},)?"
        r"\s*(?:,?\s+(?:is|are|was|were)\s+(?:an?|the|one\s+of)\s+|,\s+(?:an?|the|one\s+of)\s+)\w"
    )


def _written(name: str) -> str:
    return re.escape(name) if name[0].isupper() else f"(?i:{re.escape(name)})"
