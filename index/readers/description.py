"""What is said about an article apart from its text: read from any format's fields, merged, made into a draft.

The names of the fields are the same in JSONL, in front matter and in side files; docs/readers.md lists them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit

from tld import get_fld

from index.article import Draft, Json, Status
from index.dates import Stated, UnusableDate, find_dates, read_date
from index.errors import UnreadableInput
from index.readers.canonical import check_text
from index.readers.item import Source

_NAMES = {  # documented name, then the other spellings that are taken for it
    "id": ("article_id",),
    "url": ("canonical_url",),
    "title": ("headline",),
    "source": (),
    "authors": ("author", "byline"),
    "section": (),
    "language": ("lang",),
    "published_at": ("published", "date"),
    "updated_at": ("updated", "modified"),
    "observed_at": ("observed",),
    "accessible_for_free": ("isAccessibleForFree",),
    "embargo_until": ("embargoed",),
    "status": (),
    "correction": (),
}
_TEXT_NAMES = ("text", "paragraphs")
_KNOWN = {spelling for name, others in _NAMES.items() for spelling in (name, *others)} | set(_TEXT_NAMES)
_SAFE_ID = re.compile(r"[\w.~:@,+-]{1,128}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_STATUSES = {
    "usable": Status.USABLE, "published": Status.USABLE,
    "withdrawn": Status.WITHDRAWN, "withheld": Status.WITHDRAWN, "retracted": Status.WITHDRAWN,
    "canceled": Status.WITHDRAWN, "cancelled": Status.WITHDRAWN,
    "deleted": Status.DELETED,
}  # fmt: skip
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|cmpid", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """Everything about an article but its text. None and empty mean: not said."""

    id: str | None = None
    url: str | None = None
    title: str | None = None
    source: str | None = None
    authors: tuple[str, ...] = ()
    section: str | None = None
    language: str | None = None
    published: tuple[Stated, ...] = ()  # surest first
    updated: tuple[Stated, ...] = ()
    observed_at: dt.datetime | None = None
    accessible_for_free: bool | None = None
    embargo_until: dt.datetime | None = None
    status: Status | None = None
    correction: str | None = None
    metadata: Mapping[str, Json] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()  # fields that could not be used, and why

    def over(self, other: Description) -> Description:
        """Both, this one's word first. Dates of both are kept, to fall back on; so is all metadata."""
        merged: dict[str, object] = {}
        for name in (one.name for one in fields(self)):
            mine, theirs = getattr(self, name), getattr(other, name)
            if name in {"published", "updated", "ignored"}:
                merged[name] = mine + theirs
            elif name == "metadata":
                merged[name] = {**theirs, **mine}
            else:
                merged[name] = theirs if mine is None or mine == () else mine
        return Description(**merged)  # type: ignore[arg-type]


def describe(given: Mapping[str, Json], *, depth: int) -> Description:
    """Read the documented fields; what else there is becomes metadata, `depth` levels deep at most.

    A field that cannot be used is left out and named in `ignored`. Raises UnreadableInput where leaving it out would
    do harm: a title that is not text, an embargo or a status that cannot be understood.
    """
    ignored: list[str] = []

    def value(name: str) -> Json:
        return next((given[one] for one in (name, *_NAMES[name]) if given.get(one) not in (None, "", [])), None)

    def text(name: str) -> str | None:
        found = value(name)
        if isinstance(found, str):
            return found.strip() or None
        if isinstance(found, int) and not isinstance(found, bool) and name == "id":
            return str(found)
        if found is not None:
            ignored.append(f"{name}: is not text")
        return None

    if value("title") is not None and not isinstance(value("title"), str):
        raise UnreadableInput("its title is not text; give it as a string")
    url = text("url")
    if url is not None and (problem := _why_not_a_link(url)):
        ignored.append(f"url: {problem}")
        url = None
    language = text("language")
    if language is not None and not _LANGUAGE.fullmatch(language):
        ignored.append("language: is not a BCP 47 tag such as en or pt-BR")
        language = None
    observed_at = None
    try:
        observed_at = moment(value("observed_at"))
    except UnusableDate as error:
        ignored.append(f"observed_at: {error}")
    return Description(
        id=text("id"),
        url=url,
        title=text("title"),
        source=text("source"),
        authors=authors_of(value("authors")),
        section=text("section"),
        language=language and language.replace("_", "-"),
        published=tuple(
            Stated(name, given[name]) for name in ("published_at", *_NAMES["published_at"]) if name in given
        ),
        updated=tuple(Stated(name, given[name]) for name in ("updated_at", *_NAMES["updated_at"]) if name in given),
        observed_at=observed_at,
        accessible_for_free=yes_or_no(value("accessible_for_free")),
        embargo_until=embargo_of(value("embargo_until")),
        status=status_of(value("status")),
        correction=text("correction"),
        metadata={key: plain(given[key], depth) for key in given if key not in _KNOWN},
        ignored=tuple(ignored),
    )


def make_draft(described: Description, *, text: str, title: str, source: Source, origin: str) -> Draft:
    """The draft of one article, with its dates found, its id derived and its oddities named in the metadata.

    `text` is canonical. Raises UnreadableInput when no article can have this text.
    """
    flags = check_text(text, source.limits)
    url = described.url
    dates = find_dates(published=described.published, updated=described.updated, url=url, text=text, now=source.now)
    ignored = [*described.ignored, *dates.ignored]
    observed_at = described.observed_at
    if observed_at is not None and observed_at > source.now:
        ignored.append(f"observed_at: {observed_at:%Y-%m-%d} is in the future")
        observed_at = None
    named_by = described.id or url
    article_id = article_id_of(named_by) if named_by else source.name
    metadata = dict(described.metadata)
    if described.id and article_id != described.id:
        metadata["source_id"] = plain(described.id, 1)
    if flags:
        metadata["text_flags"] = list(flags)
    if dates.in_future:
        metadata["date_in_future"] = True
    if ignored:
        metadata["ignored"] = list(ignored)
    return Draft(
        article_id=article_id,
        text=text,
        title=title,
        url=url,
        source=described.source or (outlet_of(url) if url else None),
        authors=described.authors,
        section=described.section,
        language=described.language or (source.language_of(text) if source.language_of else None),
        published_at=dates.published_at,
        updated_at=dates.updated_at,
        observed_at=observed_at,
        accessible_for_free=described.accessible_for_free,
        embargo_until=described.embargo_until,
        status=described.status or Status.USABLE,
        correction=described.correction,
        metadata=metadata,
        origin=origin,
    )


def article_id_of(name: str) -> str:
    """An id that can stand in an address, from a guid, an address or any other name; the same name, the same id.

    A name of letters, digits and `. ~ : @ , + - _` is kept. Any other becomes a digest; that of a web address begins
    with its outlet and does not depend on http or https, on tracking parameters or on the fragment.
    """
    name = name.strip()
    if _SAFE_ID.fullmatch(name):
        return name
    outlet = None
    if re.match(r"https?://", name, re.IGNORECASE):
        outlet, name = outlet_of(name), _address(name)
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{outlet}-{digest}" if outlet else digest


def article_id_of_path(relative: str) -> str:
    """The id of an article that only has a file name: its path below the folder, without the ending.

    `2025/02/talks.txt` → `2025.02.talks`.
    """
    stem = re.sub(r"(?:\.gz)?$", "", relative, flags=re.IGNORECASE)
    stem = re.sub(r"\.[A-Za-z]{2,8}$", "", stem)
    return re.sub(r"[^\w.~+-]+", "-", stem.replace("/", ".")).strip("-.")[:128] or article_id_of(relative)


def _address(url: str) -> str:
    """An address without what does not tell articles apart."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host = (parts.hostname or "").removeprefix("www.")
    query = urlencode([pair for pair in parse_qsl(parts.query) if not _TRACKING.fullmatch(pair[0])])
    return f"{host}{parts.path.rstrip('/')}{'?' + query if query else ''}"


def outlet_of(url: str) -> str | None:
    """The outlet behind an address: its registrable domain by the public suffix list, else the host.

    `https://www.bbc.co.uk/news/…` → `bbc.co.uk`.
    """
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return _registrable(host) if host else None


@lru_cache(maxsize=4096)
def _registrable(host: str) -> str:
    return get_fld(host, fail_silently=True, fix_protocol=True) or host.removeprefix("www.")


def _why_not_a_link(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        fits = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        fits = False
    if not fits:
        return "is not an http or https address"
    if len(url) > 2048 or not url.isprintable() or " " in url:
        return "is too long, or has characters no address has"
    return None


def authors_of(value: Json) -> tuple[str, ...]:
    """Names, from a string, an object with a `name`, or a list of either; each once, in order."""
    names: list[str] = []
    for one in value if isinstance(value, list) else [value]:
        name = one.get("name") if isinstance(one, dict) else one
        for single in name if isinstance(name, list) else [name]:
            if isinstance(single, str) and (tidy := " ".join(single.split())[:200]):
                names += [re.sub(r"^[Bb]y\s+", "", tidy)]
    return tuple(dict.fromkeys(names))


def yes_or_no(value: Json) -> bool | None:
    """True, False, or None when it says neither: schema.org pages write "True", "False" and even addresses."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower().rpartition("/")[2]
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(word)


def embargo_of(value: Json) -> dt.datetime | None:
    """The end of an embargo. Raises UnreadableInput when it cannot be read: then it would be broken unknowingly."""
    try:
        return moment(value)
    except UnusableDate as error:
        raise UnreadableInput(f"its embargo cannot be read ({error}); write it as 2025-02-18T10:00:00Z") from error


def status_of(value: Json) -> Status | None:
    """Whether it may be used. Raises UnreadableInput on an unknown word: it might mean that it may not."""
    if value is None:
        return None
    known = _STATUSES.get(value.strip().lower()) if isinstance(value, str) else None
    if known is None:
        raise UnreadableInput(f"its status {str(value)[:40]!r} is unknown; write usable, withdrawn or deleted")
    return known


def moment(value: Json) -> dt.datetime | None:
    """A date as a moment in UTC; a day alone is its 00:00. Raises UnusableDate."""
    return None if value is None or value == "" else read_date(value).moment


def plain(value: Json, depth: int) -> Json:
    """`value` as JSON that any reader takes: no NaN, no broken characters. Raises UnreadableInput below `depth`."""
    if depth <= 0:
        raise UnreadableInput("its JSON is nested too deep; flatten it")
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [plain(one, depth - 1) for one in value]
    if isinstance(value, dict):
        return {str(plain(key, 1)): plain(one, depth - 1) for key, one in value.items()}
    return value


def words(values: Iterable[Json]) -> list[str]:
    """Those of `values` that are text with something in it."""
    return [one.strip() for one in values if isinstance(one, str) and one.strip()]
