"""Re-resolve every citation of an answer against the articles, trusting nothing the answer says about itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eval.articles import Articles
from eval.errors import UnknownLines
from eval.gold import moment
from index.article import revision_name
from index.lines import Lines

CONTEXT = 2  # lines shown before and after the cited ones in a report


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """One citation, read back. `problem` says the first thing that is wrong with the pointer, None when it holds."""

    marker: int
    article: str
    revision: str
    first_line: int
    last_line: int
    problem: str | None
    exact: bool  # the quote is a substring of the cited lines, whatever its offsets say
    cited: str  # the text of the cited lines; empty when they do not exist
    published_at: dt.datetime | None  # or last updated; by the corpus, else as the answer says
    expected_revision: str | None  # the one that was current as of the question's moment
    context: tuple[tuple[int, str], ...]  # (number, text) of the cited lines and a few around them


def resolve(citation: Mapping[str, Any], articles: Articles, as_of: dt.datetime | None) -> Resolved:
    """Read one citation of the wire (design §4) back from the articles.

    The pointer holds when the revision exists and its name is the SHA-256 of its text, the lines exist, the quote is
    `text[start:end]` byte for byte and lies inside the lines, and prefix and suffix stand right before and after it.
    """
    marker = _whole(citation.get("marker"))
    article = _mapping(citation.get("article"))
    lines, quote = _mapping(citation.get("lines")), _mapping(citation.get("quote"))
    article_id, revision = str(article.get("id") or ""), str(article.get("revision") or "")
    first, last = _whole(lines.get("first")), _whole(lines.get("last"))

    found = expected = None
    problem: str | None = None
    exact, cited = False, ""
    context: tuple[tuple[int, str], ...] = ()
    try:
        found = articles.text(article_id, revision or None)
        if as_of is not None:
            current = articles.at(article_id, as_of)
            expected = current.revision if current else None
        else:
            expected = articles.text(article_id).revision
    except UnknownLines as error:
        problem = str(error)
    if found is not None:
        text_lines = Lines(found.text)
        if not 1 <= first <= last <= len(text_lines):
            problem = f"lines {first}–{last} of a text of {len(text_lines)} lines"
        else:
            start, end = text_lines.span(first, last)
            cited = found.text[start:end]
            exact = bool(quote.get("exact")) and str(quote.get("exact")) in cited
            shown = range(max(1, first - CONTEXT), min(len(text_lines), last + CONTEXT) + 1)
            context = tuple((number, text_lines[number].text) for number in shown)
            problem = _quote_problem(quote, found.text, start, end)
        if problem is None and (not revision or revision_name(found.text) != revision):
            problem = f"the revision {revision[:12] or '(none)'} is not the name of this text"
    return Resolved(
        marker=marker,
        article=article_id,
        revision=revision,
        first_line=first,
        last_line=last,
        problem=problem,
        exact=exact,
        cited=cited,
        published_at=(found.published_at if found else None) or _dated(article),
        expected_revision=expected,
        context=context,
    )


def _quote_problem(quote: Mapping[str, Any], text: str, first: int, last: int) -> str | None:
    """What is wrong with a quote that should lie in `text[first:last]`."""
    exact = quote.get("exact")
    start, end = quote.get("start"), quote.get("end")
    if not isinstance(exact, str) or not exact:
        return "no quote"
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= len(text):
        return f"offsets {start}–{end} of a text of {len(text)} characters"
    if text[start:end] != exact:
        return f"the text at {start}–{end} is not the quote"
    if not first <= start <= end <= last:
        return "the quote lies outside the cited lines"
    if not text[:start].endswith(str(quote.get("prefix") or "")):
        return "the prefix does not stand before the quote"
    if not text[end:].startswith(str(quote.get("suffix") or "")):
        return "the suffix does not stand after the quote"
    return None


def _dated(article: Mapping[str, Any]) -> dt.datetime | None:
    return _date(article.get("updated_at")) or _date(article.get("published_at"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _date(value: object) -> dt.datetime | None:
    """A date of the wire. A day alone is its start: an article of a day may have come out at any hour of it."""
    if not isinstance(value, str):
        return None
    try:
        parsed = moment(value)
    except ValueError:
        return None
    return parsed.replace(hour=0, minute=0, second=0) if len(value.strip()) <= 10 else parsed
