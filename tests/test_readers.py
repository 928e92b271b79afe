"""Readers: what newsrooms have becomes articles, and what cannot is refused with what to do about it."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import DateOrigin, Draft, Status
from index.errors import UnreadableInput
from index.fetch import Fetched
from index.inflate import gunzip
from index.lines import Lines
from index.readers import Item, Limits, Position, Skipped, Source, read_path, read_reply, size_of_path, walk
from index.readers.content import lines_of
from index.readers.description import article_id_of, article_id_of_path, outlet_of
from index.readers.markup import html_paragraphs
from index.readers.text import read_text

NOW = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)


def clock() -> dt.datetime:
    """The tests' clock."""
    return NOW


def items(path: Path, **options: Any) -> list[Item]:
    """Everything that reading `path` gives, without guessing languages."""
    return list(read_path(path, clock=clock, detect_language=None, **options))


def one(path: Path, **options: Any) -> Draft:
    """The only article of `path`."""
    (item,) = items(path, **options)
    assert item.draft is not None, item.skipped
    return item.draft


def why(path: Path, **options: Any) -> str:
    """Why `path` gives no article."""
    (item,) = items(path, **options)
    assert item.skipped is not None
    assert item.skipped.origin == str(path)
    return item.skipped.reason


def write(path: Path, content: str | bytes) -> Path:
    """A file with exactly this content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def records(path: Path, *each: object) -> Path:
    """A JSONL file."""
    return write(path, "".join(json.dumps(record) + "\n" for record in each))


# Plain text ----------------------------------------------------------------------------------------------------


def test_a_text_file_is_its_canonical_text(tmp_path: Path) -> None:
    """Byte for byte, with its line ends and its byte order mark; the headline is its first words."""
    content = "\ufeffFerry returns\r\n\r\nThe ferry is back.\x0cNow.\n\n"
    draft = one(write(tmp_path / "ferry.txt", content))
    assert draft.text == content
    assert draft.title == "Ferry returns"
    assert draft.article_id == "ferry"
    assert Lines(draft.text)[3].text == "The ferry is back.\x0cNow."
    assert (draft.published_at, draft.updated_at, draft.observed_at, draft.source) == (None, None, None, None)


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_no_text_is_changed_on_its_way(text: str) -> None:
    """Whatever a text file holds, the canonical text encodes back to its bytes, or it is refused."""
    source = Source(origin="x", name="x", pieces=iter([text.encode()]), now=NOW)
    try:
        ((_, draft),) = read_text(source)
    except UnreadableInput:
        assert not text.removeprefix("\ufeff").strip() or text.startswith(("%PDF", "PK\x03\x04", "{\\rtf"))
        return
    assert isinstance(draft, Draft)
    assert draft.text == text


def test_a_side_file_says_what_the_text_does_not(tmp_path: Path) -> None:
    """Its fields describe the article; what is not known becomes metadata."""
    path = write(tmp_path / "a.txt", "Ferry returns\n\nText.\n")
    side = {
        "id": "ferry-1", "title": "The ferry returns", "source": "Quay Courier", "published_at": "2025-02-18",
        "updated_at": "2025-02-19T08:00:00+01:00", "url": "https://quaycourier.example/ferry",
        "authors": ["Ada Quill"], "section": "Local", "language": "en-GB", "accessible_for_free": False,
        "embargo_until": "2025-04-01T00:00:00Z", "correction": "The date was wrong.",
        "desk": {"name": "harbour"}, "observed_at": "2025-02-20",
    }  # fmt: skip
    write(tmp_path / "a.txt.meta.json", json.dumps(side))
    draft = one(path)
    assert draft.text == "Ferry returns\n\nText.\n"
    assert draft.title == "The ferry returns"
    assert (draft.article_id, draft.source, draft.authors) == ("ferry-1", "Quay Courier", ("Ada Quill",))
    assert (str(draft.published_at), str(draft.updated_at)) == ("2025-02-18", "2025-02-19T07:00:00Z")
    assert (draft.section, draft.language, draft.accessible_for_free) == ("Local", "en-GB", False)
    assert draft.embargo_until == dt.datetime(2025, 4, 1, tzinfo=dt.UTC)
    assert draft.observed_at == dt.datetime(2025, 2, 20, tzinfo=dt.UTC)
    assert (draft.correction, draft.metadata) == ("The date was wrong.", {"desk": {"name": "harbour"}})


@pytest.mark.parametrize(
    ("side", "reason"),
    [
        ("{", "its side file a.txt.meta.json is not JSON"),
        ("[]", "is not a JSON object"),
        ("", "is empty"),
        ('{"embargo_until": "next week"}', "its embargo cannot be read"),
        ('{"status": "maybe"}', "its status 'maybe' is unknown"),
        ('{"title": 5}', "its title is not text"),
    ],
)
def test_a_broken_side_file_holds_its_article_back(tmp_path: Path, side: str, reason: str) -> None:
    """An embargo or a withdrawal might stand in it, so the article is not taken without it."""
    path = write(tmp_path / "a.txt", "Ferry returns\n")
    write(tmp_path / "a.txt.meta.json", side)
    assert reason in why(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty; put the article in it"),
        (b"\n \n\t\n", "has no words in it"),
        (b"\xef\xbb\xbf", "has no words in it"),
        (b"\n" * 1_000_000, "has no words in it"),
        (b"News\n" + b"\n" * 1_000_000, "1,000,001 lines, more than the 200,000 of an article; split it"),
        (b"News\0more", "is binary: it has a NUL byte at offset 4"),
        (bytes(range(256)), "is binary"),
        (b"%PDF-1.7\n%\xe2\xe3", "is a PDF, not text; export its text"),
        (b"PK\x03\x04rest", "is a ZIP archive or an Office document"),
        ("News".encode("utf-16"), "is UTF-16, not text; save it as UTF-8"),
        (gzip.compress(b"News", mtime=0), "is gzip, not text; give its name the ending .gz"),
        ("Zürich\nGenève\n".encode("latin-1"), "is not UTF-8 from line 1 on (byte 0xfc at offset 1)"),
        ("Zürich\n".encode() + "Genève\n".encode("latin-1"), "is not UTF-8 from line 2 on (byte 0xe8 at offset 11)"),
        (b"\xed\xa0\x80 half a pair", "is not UTF-8"),
        (b"x" * 10_000_001, "10 MB is larger than the 10 MB allowed; split it, or raise the limit"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_refused_by_name(tmp_path: Path, content: bytes, reason: str) -> None:
    """Empty, binary, wrongly encoded and oversized files each say what they are and what to do."""
    assert reason in why(write(tmp_path / "a.txt", content))


@pytest.mark.parametrize("size", [100_000_000, 1_000_000_000])
def test_a_huge_file_is_refused_without_being_read(tmp_path: Path, size: int) -> None:
    """A line of 100 MB and a file of 1 GB are refused by their size."""
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(size)
    heard: list[int] = []
    assert "is larger than the 10 MB allowed" in why(path, on_bytes=heard.append)
    assert heard == []


def test_the_size_of_an_article_can_be_set(tmp_path: Path) -> None:
    """Limits are settings."""
    path = write(tmp_path / "a.txt", "News " * 100)
    assert "500 bytes is larger than the 100 bytes allowed" in why(path, limits=Limits(article_bytes=100))


def test_characters_that_deceive_are_kept_and_named(tmp_path: Path) -> None:
    """The text stays what it is; the metadata says what is odd about it."""
    text = "News\x1b[31m\nof \u202egnp.exe\u202c\nand \U000e0041\ufffd\n"
    draft = one(write(tmp_path / "a.txt", text))
    assert draft.text == text
    assert draft.metadata["text_flags"] == [
        "control characters", "bidirectional overrides", "invisible tag characters", "replacement characters",
    ]  # fmt: skip


def test_the_day_of_a_text_comes_from_its_dateline(tmp_path: Path) -> None:
    """With where it was found; a text without one has no day."""
    dated = one(write(tmp_path / "a.txt", "Talks end\n\nRIYADH, Feb. 18, 2025 (AP) — Talks ended.\n"))
    assert dated.published_at is not None
    assert (str(dated.published_at), dated.published_at.origin) == ("2025-02-18", DateOrigin.DATELINE)


# Markdown ------------------------------------------------------------------------------------------------------


def test_markdown_without_front_matter_is_its_canonical_text(tmp_path: Path) -> None:
    """Line numbers are those of the file; the headline is the words of the heading."""
    content = "# Ferry returns #\n\nThe *ferry* is back.\n\n---\n\nMore.\n"
    draft = one(write(tmp_path / "a.md", content))
    assert (draft.text, draft.title, draft.metadata) == (content, "Ferry returns", {})


def test_front_matter_describes_and_is_not_quoted(tmp_path: Path) -> None:
    """The body is the canonical text, and the offset leads back to the lines of the file."""
    content = (
        "---\ntitle: Ferry returns\ndate: 2025-02-18\nlanguage: no\nauthor: [Ada Quill, Ben Tern]\n"
        "tags: [sea, 2025]\ndraft: false\n---\n\nThe ferry is back.\nIt sails.\n"
    )
    draft = one(write(tmp_path / "a.md", content))
    assert draft.text == "Ferry returns\nThe ferry is back.\nIt sails.\n"
    assert (str(draft.published_at), draft.language, draft.authors) == ("2025-02-18", "no", ("Ada Quill", "Ben Tern"))
    assert draft.metadata == {"tags": ["sea", "2025"], "draft": "false", "file_line_offset": 8}
    in_file = content.split("\n")
    for number in (2, 3):
        assert Lines(draft.text)[number].text == in_file[number + 8 - 1]


def test_a_body_that_begins_with_its_title_is_not_given_it_twice(tmp_path: Path) -> None:
    """Front matter and heading agree: the body stands as it is."""
    content = "---\ntitle: Ferry returns\n---\n# Ferry returns\n\nBack.\n"
    draft = one(write(tmp_path / "a.md", content))
    assert (draft.text, draft.title) == ("# Ferry returns\n\nBack.\n", "Ferry returns")
    assert draft.metadata["file_line_offset"] == 3
    assert Lines(draft.text)[3].text == content.split("\n")[3 + 3 - 1]


@pytest.mark.parametrize(
    ("matter", "reason"),
    [
        ("a: [1", "its front matter is not YAML"),
        ("- a\n- b", "is not a list of `name: value`"),
        ("a: &x [1]\nb: [*x, *x]", "has YAML aliases"),
        ("a: " + "[" * 5000, "its front matter"),
        ("a: !!python/object/apply:os.system [id]\nembargo_until: soon", "its embargo cannot be read"),
    ],
)
def test_broken_front_matter_is_refused(tmp_path: Path, matter: str, reason: str) -> None:
    """Bad YAML, aliases that could explode, deep nesting; tags that would run code are only text."""
    assert reason in why(write(tmp_path / "a.md", f"---\n{matter}\n---\nText.\n"))


def test_a_rule_at_the_top_is_not_front_matter(tmp_path: Path) -> None:
    """A file that begins with --- and never closes it is taken as it stands."""
    assert one(write(tmp_path / "a.md", "---\nFerry returns\n")).text == "---\nFerry returns\n"


# JSONL and JSON ------------------------------------------------------------------------------------------------


def test_a_record_becomes_the_headline_and_a_line_for_each_paragraph(tmp_path: Path) -> None:
    """Blank lines separate paragraphs, breaks inside one become a space, a repeated headline stays out."""
    record = {
        "id": "bb671f15c831", "url": "https://edition.quay.example.co.uk/2025/02/18/ferry",
        "title": " Ferry  returns", "authors": ["Ada Quill"], "published": "2025-02-18", "observed": "2025-02-20",
        "text": "\nFERRY RETURNS\n\nThe ferry\r\nis back.  \n \n\n\nIt sails\u2028at nine. \n\nEnd.\n\n",
    }  # fmt: skip
    draft = one(records(tmp_path / "a.jsonl", record))
    assert draft.text == "Ferry  returns\nThe ferry is back.\nIt sails at nine.\nEnd."
    assert (draft.article_id, draft.title) == ("bb671f15c831", "Ferry  returns")
    assert (draft.source, draft.url) == ("example.co.uk", record["url"])
    assert (str(draft.published_at), draft.observed_at) == ("2025-02-18", dt.datetime(2025, 2, 20, tzinfo=dt.UTC))
    assert draft.origin == f"{tmp_path / 'a.jsonl'}, line 1"
    assert draft.metadata == {}


def test_a_text_without_blank_lines_has_a_paragraph_on_each_line(tmp_path: Path) -> None:
    """And `paragraphs` may be given as a list, `title` left out."""
    path = records(
        tmp_path / "a.jsonl",
        {"id": "1", "title": "Ferry", "text": "One.\nTwo."},
        {"id": "2", "title": "Ferry", "paragraphs": ["One\nmore.", " ", "Two."]},
        {"id": "3", "text": "Ferry returns\n\nOne."},
    )
    drafts = [item.draft for item in items(path) if item.draft]
    assert [draft.text for draft in drafts] == ["Ferry\nOne.\nTwo.", "Ferry\nOne more.\nTwo.", "Ferry returns\nOne."]
    assert drafts[2].title == "Ferry returns"


PARAGRAPH = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1).filter(
    lambda text: text.strip() == text
)


@given(title=PARAGRAPH, paragraphs=st.lists(PARAGRAPH, min_size=1, max_size=6))
def test_lines_of_a_record_are_its_paragraphs(title: str, paragraphs: list[str]) -> None:
    """Every paragraph is one line, unchanged and in order, below the headline."""
    from index.readers.canonical import canonical, paragraphs_of

    same = " ".join(paragraphs[0].split()).casefold() == " ".join(title.split()).casefold()
    expected = [title, *paragraphs[same:]]
    assert canonical(title, paragraphs)[1].split("\n") == expected
    assert canonical(title, paragraphs_of("\n\n".join(paragraphs)))[1].split("\n") == expected


def test_each_broken_line_is_skipped_with_its_number(tmp_path: Path) -> None:
    """The sound lines around them are taken."""
    good = json.dumps({"id": "1", "title": "Ferry", "text": "One."})
    lines = [
        (good, None),
        ("", None),
        ("{", "is not JSON"),
        ("[1, 2]", "is not a JSON object"),
        ('"text"', "is not a JSON object"),
        (json.dumps({"title": "no id", "text": "x"}), "has neither an id nor a url"),
        (json.dumps({"id": "2", "title": "Ferry"}), "has no text"),
        (json.dumps({"id": "2", "title": "Ferry", "text": " \n "}), "has no text"),
        (json.dumps({"id": "2", "title": "Ferry", "text": 5}), "its text is not text"),
        (json.dumps({"id": "2", "title": ["x"], "text": "x"}), "its title is not text"),
        (json.dumps({"id": "2", "title": "x", "text": "a\0b"}), "has NUL characters"),
        ('{"id": "2", "title": "x", "text": "\\ud800"}', "half of a surrogate pair"),
        (
            json.dumps({"id": "2", "title": "x", "text": "x", "embargo_until": "tomorrow"}),
            "its embargo cannot be read",
        ),
        (json.dumps({"id": "2", "title": "x", "text": "x", "status": "hidden"}), "its status 'hidden' is unknown"),
        ("[" * 100_000, "nested too deep"),
        ('{"id": "2", "title": "x", "text": "x", "more": ' + "[" * 100 + "]" * 100 + "}", "nested too deep"),
        ('{"id": "2", "title": "x", "text": "x", "more": ' + "9" * 5000 + "}", "is not JSON that can be read"),
        (good.replace('"1"', '"3"'), None),
    ]
    path = write(tmp_path / "a.jsonl", "\n".join(line for line, _ in lines) + '\n{"id": "\xff\n'.replace("\xff", ""))
    with path.open("ab") as file:
        file.write(b'{"id": "4", "title": "\xff"}\n')
    found = {item.position.entry: item for item in items(path)}
    for number, (_, reason) in enumerate(lines, start=1):
        if number == 2:  # a blank line is nothing
            assert number not in found
        elif reason is None:
            assert found[number].draft is not None
        else:
            skipped = found[number].skipped
            assert skipped is not None
            assert reason in skipped.reason
            assert skipped.origin == f"{path}, line {number}"
    last = found[len(lines) + 2].skipped
    assert last is not None
    assert "is not UTF-8" in last.reason


def test_a_line_that_is_too_long_is_passed_over_without_being_held(tmp_path: Path) -> None:
    """The lines before and behind a giant one are taken."""
    good = json.dumps({"id": "1", "title": "Ferry", "text": "One."}).encode()
    content = good + b"\n" + b'{"text": "' + b"x" * 3_000_000 + b'"}\n' + good.replace(b'"1"', b'"2"') + b"\n"
    path = write(tmp_path / "a.jsonl", content)
    found = items(path, limits=Limits(record_bytes=1_000_000))
    assert [bool(item.draft) for item in found] == [True, False, True]
    assert found[1].skipped == Skipped(
        f"{path}, line 2", "is longer than the 1 MB of one article; split it, or raise the limit"
    )


@given(st.lists(st.binary(max_size=30)), st.integers(1, 40), st.integers(1, 20))
def test_lines_are_split_alike_however_they_arrive(parts: list[bytes], limit: int, step: int) -> None:
    """The pieces of a stream do not matter; only lines longer than the limit are withheld."""
    content = b"\n".join(parts)
    pieces = [content[at : at + step] for at in range(0, len(content), step)]
    expected = content.split(b"\n")
    if expected[-1] == b"":
        expected.pop()
    found = list(lines_of(pieces, limit))
    assert [line for _, line in found] == [line if len(line) <= limit else None for line in expected]
    assert [number for number, _ in found] == list(range(1, len(expected) + 1))


def test_what_is_not_documented_is_kept_as_metadata(tmp_path: Path) -> None:
    """With NaN and broken characters made harmless, and fields that cannot be used named."""
    line = (
        '{"id": 7, "title": "x", "text": "y", "score": NaN, "big": 1e999, "desk": {"a": [1, null, "\\ud800"]}, '
        '"url": "javascript:alert(1)", "language": "English!", "published_at": "03/04/2025", "section": 5}\n'
    )
    draft = one(write(tmp_path / "a.jsonl", line))
    assert (draft.article_id, draft.url, draft.language, draft.published_at) == ("7", None, None, None)
    ignored = draft.metadata["ignored"]
    assert isinstance(ignored, list)
    assert [str(reason).split(":")[0] for reason in ignored] == ["url", "language", "section", "published_at"]
    assert {key: draft.metadata[key] for key in ("score", "big", "desk")} == {
        "score": None, "big": None, "desk": {"a": [1, None, "?"]},
    }  # fmt: skip


def test_an_id_that_comes_twice_is_a_revision_only_when_it_says_when(tmp_path: Path) -> None:
    """The same article again is nothing to do; another text without a time is a slip."""
    path = records(
        tmp_path / "a.jsonl",
        {"id": "1", "title": "Ferry", "text": "One."},
        {"id": "1", "title": "Ferry", "text": "One."},
        {"id": "1", "title": "Ferry", "text": "Two."},
        {"id": "1", "title": "Ferry", "text": "Three.", "observed_at": "2025-02-20"},
        {"id": "1", "title": "Ferry", "text": "Four.", "updated_at": "2025-02-21"},
        {"id": "1", "status": "withdrawn"},
    )
    found = items(path)
    assert [bool(item.draft) for item in found] == [True, False, False, True, True, True]
    reasons = [item.skipped.reason for item in found if item.skipped]
    assert reasons[0] == "is the same article as line 1; nothing to do"
    assert reasons[1].startswith("has the id 1 of line 1 with another text; give each article its own id")


def test_a_withdrawal_needs_no_text(tmp_path: Path) -> None:
    """A status alone is news about an article: its text is left empty, to keep the one that is stored."""
    found = items(records(tmp_path / "a.jsonl", {"id": "1", "status": "withdrawn"}, {"id": "2", "status": "deleted"}))
    assert [(item.draft.text, item.draft.status) for item in found if item.draft] == [
        ("", Status.WITHDRAWN), ("", Status.DELETED),
    ]  # fmt: skip


def test_dates_are_flagged_when_they_are_in_the_future(tmp_path: Path) -> None:
    """A date after the clock is kept and flagged; a moment of observation after it cannot be."""
    record = {"id": "1", "title": "x", "text": "y", "published_at": "2031-01-01", "observed_at": "2031-01-01"}
    draft = one(records(tmp_path / "a.jsonl", record))
    assert (str(draft.published_at), draft.observed_at) == ("2031-01-01", None)
    assert draft.metadata["date_in_future"] is True
    assert draft.metadata["ignored"] == ["observed_at: 2031-01-01 is in the future"]


def test_reading_is_lazy(tmp_path: Path) -> None:
    """The first article comes before the file has been read to its end."""
    path = records(tmp_path / "a.jsonl", *({"id": str(n), "title": "x", "text": "y" * 1000} for n in range(2000)))
    heard: list[int] = []
    first = next(read_path(path, on_bytes=heard.append, detect_language=None))
    assert first.draft is not None
    assert sum(heard) < path.stat().st_size / 4


def test_a_json_document_holds_one_article_or_a_list(tmp_path: Path) -> None:
    """An object, a list, or a list under `items`; each entry that cannot be used is named."""
    article = {"id": "1", "title": "Ferry", "text": "One."}
    assert one(write(tmp_path / "a.json", json.dumps(article))).text == "Ferry\nOne."
    path = write(tmp_path / "b.json", json.dumps({"items": [article, 5, {**article, "id": "2"}]}))
    found = items(path)
    assert [item.draft.article_id if item.draft else None for item in found] == ["1", None, "2"]
    assert found[1].skipped == Skipped(f"{path}, entry 2", "is not a JSON object; write one object for each article")
    assert "has no article" in why(write(tmp_path / "c.json", "[]"))
    assert "nested too deep" in why(write(tmp_path / "d.json", "[" * 100_000))


# gzip ----------------------------------------------------------------------------------------------------------


def test_a_packed_file_is_read_as_what_it_holds(tmp_path: Path) -> None:
    """`.gz` after any known ending, in one member or several."""
    first, second = (json.dumps({"id": n, "title": "Ferry", "text": "One."}).encode() + b"\n" for n in ("1", "2"))
    path = write(tmp_path / "a.jsonl.gz", gzip.compress(first) + gzip.compress(second) + b"\0" * 512)
    heard: list[int] = []
    assert [item.draft.article_id for item in items(path, on_bytes=heard.append) if item.draft] == ["1", "2"]
    assert sum(heard) == size_of_path(path)
    assert one(write(tmp_path / "ferry.txt.gz", gzip.compress(b"Ferry\n"))).article_id == "ferry"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(b"News") * 3000 + b"garbage", "is not sound gzip"),
        (gzip.compress(os.urandom(9000))[:-5000], "ends early; fetch or pack it again"),
        (b"plain", "is not sound gzip"),
        (b"", "is empty"),
    ],
)
def test_damaged_and_hostile_gzip_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    """Rubbish behind the end, and files cut short each say what they are."""
    assert reason in why(write(tmp_path / "a.txt.gz", content))


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.json.gz", "a.xml.gz"])
def test_a_zip_bomb_is_refused(tmp_path: Path, name: str) -> None:
    """Long before it has unpacked."""
    bomb = write(tmp_path / name, gzip.compress(b" " * 50_000_000))
    assert "unpacks to more than 200 times its size, as a zip bomb does" in why(bomb)


def test_articles_before_a_break_are_kept(tmp_path: Path) -> None:
    """A packed file cut short gives its sound lines, then the reason."""
    lines = b"".join(
        json.dumps({"id": str(n), "title": "x", "text": os.urandom(2000).hex()}).encode() + b"\n" for n in range(200)
    )
    packed = gzip.compress(lines)
    found = items(write(tmp_path / "a.jsonl.gz", packed[: len(packed) // 2]))
    assert len(found) > 50
    assert all(item.draft for item in found[:-2])
    assert found[-1].skipped is not None
    assert "ends early" in found[-1].skipped.reason


def test_the_unpacked_size_is_bounded(tmp_path: Path) -> None:
    """Even a modest ratio does not pass the limit."""
    path = write(tmp_path / "a.txt.gz", gzip.compress(os.urandom(1000).hex().encode()))
    assert "unpacks to more than the 1 kB allowed" in why(path, limits=Limits(unpacked_bytes=1000))


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 50))
def test_gzip_unpacks_to_what_was_packed(members: list[bytes], step: int) -> None:
    """However many members, and however they arrive."""
    packed = b"".join(map(gzip.compress, members))
    pieces = (packed[at : at + step] for at in range(0, len(packed), step))
    assert b"".join(gunzip(pieces, what="x", max_bytes=10_000, max_ratio=200)) == b"".join(members)


# Going on ------------------------------------------------------------------------------------------------------


def test_an_interrupted_reading_goes_on_where_it_was(tmp_path: Path) -> None:
    """From every place: what came before and what comes after are together everything, once."""
    write(tmp_path / "news" / "a.txt", "Ferry\n")
    write(tmp_path / "news" / "z" / "b.md", "# Bridge\n")
    records(tmp_path / "news" / "c.jsonl", *({"id": str(n), "title": "x", "text": "y"} for n in range(5)))
    everything = [item.draft.article_id for item in items(tmp_path / "news") if item.draft]
    assert everything == ["a", "0", "1", "2", "3", "4", "z.b"]
    for stop in range(len(everything) + 1):
        reading = read_path(tmp_path / "news", detect_language=None)
        before = [item for item, _ in zip(reading, range(stop), strict=False)]
        after = items(tmp_path / "news", after=[item.position for item in before])
        assert [item.draft.article_id for item in (*before, *after) if item.draft] == everything


def test_a_file_that_changed_is_read_from_its_beginning(tmp_path: Path) -> None:
    """A position holds only for the state of the file, and of its side file, that it was reached in."""
    path = records(tmp_path / "a.jsonl", {"id": "1", "title": "x", "text": "y"})
    text = write(tmp_path / "b.txt", "Ferry\n")
    reached = [item.position for item in items(tmp_path)]
    assert items(tmp_path, after=reached) == []
    records(path, {"id": "1", "title": "x", "text": "y!"}, {"id": "2", "title": "x", "text": "y"})
    write(tmp_path / "b.txt.meta.json", '{"title": "Bridge"}')
    again = [item.draft for item in items(tmp_path, after=reached) if item.draft]
    assert [(draft.article_id, draft.title) for draft in again] == [("1", "x"), ("2", "x"), ("b", "Bridge")]
    assert text.read_text() == "Ferry\n"


def test_what_broke_is_told_again(tmp_path: Path) -> None:
    """Going on behind the end of a broken file repeats the reason, and nothing else."""
    lines = "".join(
        json.dumps({"id": str(n), "title": "x", "text": os.urandom(2000).hex()}) + "\n" for n in range(200)
    )
    write(tmp_path / "a.jsonl.gz", gzip.compress(lines.encode())[:-300_000])
    write(tmp_path / "b.txt", b"Gen\xe8ve")
    first = items(tmp_path)
    assert any(item.draft for item in first)
    again = items(tmp_path, after=[item.position for item in first])
    assert [item.skipped for item in again] == [item.skipped for item in first if item.skipped]
    assert [item.draft for item in again] == [None, None]


def test_progress_adds_up(tmp_path: Path) -> None:
    """The bytes heard of are the bytes announced, whether files are read or passed over."""
    write(tmp_path / "a.txt", "Ferry\n")
    records(tmp_path / "b.jsonl", *({"id": str(n), "title": "x", "text": "y"} for n in range(5)))
    for after in ([], [item.position for item in items(tmp_path)]):
        heard: list[int] = []
        items(tmp_path, on_bytes=heard.append, after=after)
        assert sum(heard) == size_of_path(tmp_path)


def test_a_position_is_plain_data(tmp_path: Path) -> None:
    """It can be written down and made again."""
    (item,) = items(write(tmp_path / "a.txt", "Ferry\n"))
    position = item.position
    assert Position(position.file, position.stamp, position.entry) == position
    assert position.file == str((tmp_path / "a.txt").resolve())


# Folders -------------------------------------------------------------------------------------------------------


def test_a_folder_is_read_in_one_order_with_everything_accounted_for(tmp_path: Path) -> None:
    """Files by name, then folders; what is not read says why; hidden files are passed over."""
    outside = write(tmp_path / "secret.txt", "secret\n")
    news = tmp_path / "news"
    for name in ("b.txt", "a.txt", "sub/c.txt", "sub/deeper/d.txt", ".hidden.txt", ".git/e.txt", "f.pdf", "noending"):
        write(news / name, f"Article {name}\n")
    write(news / "README.md", "# About\n")
    write(news / "lost.txt.meta.json", "{}")
    (news / "out.txt").symlink_to(outside)
    (news / "up").symlink_to(tmp_path)
    (news / "in.txt").symlink_to(news / "a.txt")
    found = items(news)
    assert [item.draft.article_id for item in found if item.draft] == ["a", "b", "sub.c", "sub.deeper.d"]
    reasons = {Path(item.skipped.origin).name: item.skipped.reason for item in found if item.skipped}
    assert reasons.keys() == {"README.md", "f.pdf", "noending", "lost.txt.meta.json", "out.txt", "up", "in.txt"}
    assert "leads outside" in reasons["out.txt"]
    assert "leads outside" in reasons["up"]
    assert reasons["in.txt"] == "is a link to a.txt, which is read in its own place"
    assert "a kind that is not read (.pdf)" in reasons["f.pdf"]
    assert "side file without its article" in reasons["lost.txt.meta.json"]
    assert [str(one) for one in walk(news) if isinstance(one, Path)] == [
        str(news / name) for name in ("a.txt", "b.txt", "f.pdf", "noending", "sub/c.txt", "sub/deeper/d.txt")
    ]


def test_files_named_directly(tmp_path: Path) -> None:
    """An unknown ending is tried by how it begins; hidden, missing and outside files are refused."""
    assert one(write(tmp_path / "story", "Ferry\n")).text == "Ferry\n"
    assert one(write(tmp_path / "feed.bin", RSS)).article_id == "tag:quay,2025:1"
    assert one(write(tmp_path / "README.md", "# About\n")).title == "About"
    assert "is a hidden file" in why(write(tmp_path / ".a.txt", "Ferry\n"))
    assert "there is no such file or folder" in why(tmp_path / "missing.txt")
    outside = write(tmp_path / "b.txt", "Ferry\n")
    (tmp_path / "news").mkdir()
    assert "leads outside" in why(outside, root=tmp_path / "news")
    assert "a FIFO, not a plain file" in why(_fifo(tmp_path / "pipe.txt"))


def _fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def test_two_files_with_one_name_are_not_one_article(tmp_path: Path) -> None:
    """The second is skipped with both names; an id in a side file tells them apart."""
    write(tmp_path / "a.md", "# Ferry\n")
    second = write(tmp_path / "a.txt", "Bridge\n")
    skipped = [item.skipped for item in items(tmp_path) if item.skipped]
    assert skipped == [
        Skipped(str(second), f"gets the same id from its name as {tmp_path / 'a.md'}; rename it, or give it an id")
    ]
    write(tmp_path / "a.txt.meta.json", '{"id": "bridge"}')
    assert [item.draft.article_id for item in items(tmp_path) if item.draft] == ["a", "bridge"]


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other folders are still read."""
    write(tmp_path / "a" / "x.txt", "Ferry\n")
    write(tmp_path / "b" / "y.txt", "Bridge\n")
    real = os.scandir

    def denied(path: Path) -> Any:
        if Path(path).name == "a":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr("index.readers.folder.os.scandir", denied)
    found = items(tmp_path)
    assert [item.draft.article_id for item in found if item.draft] == ["b.y"]
    assert [item.skipped.reason for item in found if item.skipped] == [
        "this folder cannot be listed (Permission denied); check its permissions"
    ]


# Names ---------------------------------------------------------------------------------------------------------


def test_ids_come_from_guids_addresses_and_file_names() -> None:
    """Plain names are kept; addresses do not depend on protocol, www, tracking or fragment."""
    assert article_id_of("tag:quay,2025:1") != article_id_of("tag:quay,2025:2")
    assert article_id_of("bb671f15c831") == "bb671f15c831"
    address = article_id_of("https://www.quay.example/a/b")
    assert address.startswith("quay.example-")
    for same in ("http://quay.example/a/b/", "HTTPS://WWW.quay.example/a/b?utm_source=x&fbclid=1#top"):
        assert article_id_of(same) == address
    assert article_id_of("https://www.quay.example/a/b?id=2") != address
    assert article_id_of_path("2025/02/The talks.txt") == "2025.02.The-talks"
    assert article_id_of_path("a.jsonl.gz") == "a"


@given(st.text(min_size=1, max_size=80))
def test_every_id_can_stand_in_an_address(name: str) -> None:
    """No id has a slash, a space, a question mark or a hash in it."""
    for found in (article_id_of(name), article_id_of_path(name)):
        assert found
        assert not set(found) & set("/ ?#%\n\0\\")


def test_outlets_are_registrable_domains() -> None:
    """www, editions and mobile hosts are one outlet; a public suffix of two parts is one suffix."""
    hosts = {
        "https://www.cnn.com/x": "cnn.com", "https://edition.cnn.com/x": "cnn.com",
        "https://www.bbc.co.uk/news": "bbc.co.uk", "http://localhost:8000/": "localhost",
        "http://192.0.2.1/x": "192.0.2.1", "nonsense": None, "http://[bad": None,
    }  # fmt: skip
    assert {url: outlet_of(url) for url in hosts} == hosts


# Pages ---------------------------------------------------------------------------------------------------------

BODY = """<article><h1>Harbour bridge closes for a year</h1>
<p>The harbour bridge of Port Lindow will close on Monday for a year of repairs, the council said on Tuesday.</p>
<p>Engineers found cracks in four of the 1,912 rivets<br>that hold the western span, a report says.</p>
<ul><li>Bus 4 stops at the fish market</li></ul>
<p>“We had no choice,” said the mayor, Tova Lind, who had promised to keep it open until the new one is built.</p>
</article>"""
LD = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "WebSite", "name": "Quay"},
        {
            "@type": ["NewsArticle"], "headline": "Harbour bridge closes &amp; stays closed",
            "datePublished": "2025-02-18T10:30:00+01:00", "dateModified": "2025-02-19T08:00:00Z",
            "author": [{"@type": "Person", "name": "Ada Quill"}, {"name": ["Ben Tern"]}],
            "publisher": {"@type": "NewsMediaOrganization", "name": "The Quay Courier"},
            "isAccessibleForFree": "False", "correction": {"@type": "Comment", "text": "The year was wrong."},
            "inLanguage": "en-GB", "articleSection": ["Local", "Transport"],
            "mainEntityOfPage": {"@type": "WebPage", "@id": "https://www.quaycourier.example/bridge#main"},
        },
    ],
}  # fmt: skip
META = """<meta property="article:published_time" content="2025-02-17">
<meta property="og:site_name" content="Quay Meta">
<meta property="og:title" content="Bridge closes"><meta name="author" content="Meta Writer">
<link rel="canonical" href="https://www.quaycourier.example/2025/02/16/bridge">"""


def page(head: str = "", body: str = BODY) -> str:
    """A whole page."""
    menu = '<nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>'
    return (
        f'<!doctype html><html lang="en"><head>{head}</head><body>{menu}{body}<footer>© Quay</footer></body></html>'
    )


def ld(value: object) -> str:
    """A JSON-LD block."""
    return f'<script type="application/ld+json">{value if isinstance(value, str) else json.dumps(value)}</script>'


def test_what_the_publisher_states_goes_before_guesses(tmp_path: Path) -> None:
    """JSON-LD wins over <meta>, and gives headline, dates, people, rights and correction."""
    draft = one(write(tmp_path / "a.html", page(META + ld("{broken") + ld(LD))))
    assert draft.title == "Harbour bridge closes & stays closed"
    assert (str(draft.published_at), str(draft.updated_at)) == ("2025-02-18T09:30:00Z", "2025-02-19T08:00:00Z")
    assert draft.published_at is not None
    assert draft.published_at.origin is DateOrigin.MARKUP
    assert (draft.authors, draft.source) == (("Ada Quill", "Ben Tern"), "The Quay Courier")
    assert (draft.accessible_for_free, draft.correction) == (False, "The year was wrong.")
    assert (draft.language, draft.section) == ("en-GB", "Local")
    assert draft.url == "https://www.quaycourier.example/bridge"
    assert draft.article_id == article_id_of("https://quaycourier.example/bridge")


def test_the_text_of_a_page_is_its_headline_and_paragraphs(tmp_path: Path) -> None:
    """One paragraph a line, a line break inside one is a space, and no menu and no footer."""
    draft = one(write(tmp_path / "a.html", page()))
    lines = draft.text.split("\n")
    assert lines[0] == draft.title == "Harbour bridge closes for a year"
    assert lines[1].startswith("The harbour bridge of Port Lindow will close")
    assert "Engineers found cracks in four of the 1,912 rivets that hold the western span, a report says." in lines
    assert "Bus 4 stops at the fish market" in lines
    assert "Sport" not in draft.text
    assert "© Quay" not in draft.text
    assert (draft.published_at, draft.article_id) == (None, "a")


def test_meta_and_time_are_asked_when_there_is_no_json_ld(tmp_path: Path) -> None:
    """Then the address; each date with where it came from."""
    draft = one(write(tmp_path / "a.html", page(META)))
    assert (draft.title, draft.source, draft.authors) == ("Bridge closes", "Quay Meta", ("Meta Writer",))
    assert (str(draft.published_at), draft.language) == ("2025-02-17", "en")
    timed = BODY.replace("<h1>", '<time datetime="2025-02-15T07:00:00Z">Saturday</time><h1>')
    assert str(one(write(tmp_path / "b.html", page(body=timed))).published_at) == "2025-02-15T07:00:00Z"
    link = '<link rel="canonical" href="https://www.quaycourier.example/2025/02/16/bridge">'
    linked = one(write(tmp_path / "c.html", page(link)))
    assert linked.published_at is not None
    assert (str(linked.published_at), linked.published_at.origin) == ("2025-02-16", DateOrigin.URL)


def test_a_page_filled_in_by_scripts_gives_its_stated_body(tmp_path: Path) -> None:
    """`articleBody` is read when the page itself shows hardly any text."""
    stated = {
        "@type": "NewsArticle",
        "headline": "Ferry",
        "articleBody": "The ferry is back.\n\nIt sails at nine. " * 9,
    }
    draft = one(write(tmp_path / "a.html", page(ld(stated), "<div id=app></div>")))
    assert draft.text.startswith("Ferry\nThe ferry is back.\nIt sails at nine.")


def test_pages_in_other_encodings(tmp_path: Path) -> None:
    """The byte order mark and the declared charset are believed; a page that is neither is refused."""
    text = BODY.replace("Tova Lind", "Zoë Lindström")
    for name, content in {
        "utf8": page("<meta charset=utf-8>", text).encode(),
        "latin": page("<meta charset='iso-8859-1'>", text).encode("cp1252"),
        "utf16": page("", text).encode("utf-16"),
    }.items():
        assert "Zoë Lindström" in one(write(tmp_path / f"{name}.html", content)).text
    reason = why(write(tmp_path / "x.html", page("<meta charset=utf-8>", text).encode("cp1252")))
    assert "is not utf-8 as it should be" in reason
    assert "is binary" in why(write(tmp_path / "y.html", page().encode() + b"\0"))
    assert "is empty" in why(write(tmp_path / "z.html", b" \n"))


@pytest.mark.parametrize(
    "content",
    [
        "<html><body><nav><a href='/'>Home</a></nav></body></html>",
        "<",
        "<html>",
        "<!doctype html>",
        "<div>" * 50_000,
        "<a href='" + "x" * 100_000,
        page(ld("[" * 50_000), "<p></p>"),
        page(ld({"@graph": [[[[[[[[[[[[[[[{"@type": "NewsArticle"}]]]]]]]]]]]]]]]}), ""),
    ],
)
def test_a_page_without_an_article_is_refused(tmp_path: Path, content: str) -> None:
    """Menus, fragments, and towers of tags and brackets are no article and no crash."""
    assert "save" in why(write(tmp_path / "a.html", content))


def test_a_page_of_too_many_elements_is_refused(tmp_path: Path) -> None:
    """A bound on the tree, not only on the bytes."""
    assert "more than 200,000 elements" in why(write(tmp_path / "a.html", page(body="<b>x</b>" * 210_000)))


# Feeds ---------------------------------------------------------------------------------------------------------

RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Quay Courier</title><language>en-gb</language>
<item><guid isPermaLink="false">tag:quay,2025:1</guid><title>Ferry &amp; bridge</title>
<link>https://www.quaycourier.example/ferry</link><pubDate>Tue, 18 Feb 2025 10:30:00 +0100</pubDate>
<dc:creator>Ada Quill</dc:creator><category>sea</category><description>Short.</description>
<content:encoded><![CDATA[<p>The ferry<br/>is <b>back</b>.</p><script>x()</script><ul><li>At nine</li></ul>
<figure><figcaption>A picture</figcaption></figure><p>It sails.</p>]]></content:encoded></item>
</channel></rss>"""

ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<title>Quay</title><id>urn:quay</id><updated>2025-02-20T00:00:00Z</updated>
<entry><id>urn:uuid:1225c695</id><title type="html">Ferry &lt;i&gt;late&lt;/i&gt;</title>
<link href="https://www.quaycourier.example/late"/><published>2025-02-18</published>
<updated>2025-02-19T08:00:00+01:00</updated><author><name>Ben Tern</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>The ferry is late.</p><p>Again.</p></div></content>
</entry><entry><id>urn:uuid:2</id><title>Only a summary</title><updated>2025-02-19T08:00:00Z</updated>
<summary>The ferry sank.</summary></entry>
<entry><title>Nothing</title></entry></feed>"""


def test_an_rss_entry_is_an_article(tmp_path: Path) -> None:
    """Its content before its summary, its guid the id, its date and people read."""
    draft = one(write(tmp_path / "a.xml", RSS))
    assert draft.text == "Ferry & bridge\nThe ferry is back.\nAt nine\nIt sails."
    assert (draft.article_id, draft.metadata) == ("tag:quay,2025:1", {"tags": ["sea"]})
    assert (draft.url, draft.source) == ("https://www.quaycourier.example/ferry", "quaycourier.example")
    assert (str(draft.published_at), draft.updated_at) == ("2025-02-18T09:30:00Z", None)
    assert (draft.authors, draft.language) == (("Ada Quill",), "en-gb")


def test_an_atom_entry_is_an_article(tmp_path: Path) -> None:
    """Both dates stay apart, a bare day stays a day, and a summary is marked as one."""
    path = write(tmp_path / "a.atom", ATOM)
    found = items(path)
    full, summary = (item.draft for item in found[:2])
    assert full is not None
    assert summary is not None
    assert full.text == "Ferry late\nThe ferry is late.\nAgain."
    assert (str(full.published_at), str(full.updated_at)) == ("2025-02-18", "2025-02-19T07:00:00Z")
    assert (full.article_id, full.authors, full.language) == ("urn:uuid:1225c695", ("Ben Tern",), "en")
    assert (summary.text, summary.published_at) == ("Only a summary\nThe ferry sank.", None)
    assert summary.metadata["summary_only"] is True
    assert found[2].skipped == Skipped(
        f"{path}, entry 3", "has neither an id nor a url; give it one, so that its next version is recognised"
    )


def test_a_broken_feed_gives_what_came_before_the_break(tmp_path: Path) -> None:
    """And says that it is broken."""
    cut = RSS[: RSS.index("</channel>")] + "<item><guid>2</guid><title>Cut"
    found = items(write(tmp_path / "a.rss", cut))
    assert found[0].draft is not None
    assert found[0].draft.title == "Ferry & bridge"
    last = found[-1].skipped
    assert last is not None
    assert "is not sound XML" in last.reason


def test_entities_in_a_feed_neither_explode_nor_read_files(tmp_path: Path) -> None:
    """Billion laughs stay unlaughed, and an external entity is not opened."""
    secret = write(tmp_path / "secret.txt", "s3cret")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    dtd = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    hostile = RSS.replace("<rss", dtd + "<rss", 1).replace("Short.", "&l11;&x;").replace("It sails.", "&l11;&x;")
    hostile = hostile.replace("Ferry &amp; bridge", "Ferry &l11; &x;")
    for item in items(write(tmp_path / "a.xml", hostile)):
        if item.draft:
            assert "s3cret" not in item.draft.text
            assert len(item.draft.text) < 10_000


def test_a_feed_without_end_is_cut(tmp_path: Path) -> None:
    """By its size, and by the number of its entries."""
    entry = "<item><guid>g{}</guid><title>Ferry</title><description>Back.</description></item>"
    many = f"<rss version='2.0'><channel>{''.join(entry.format(n) for n in range(50))}</channel></rss>"
    path = write(tmp_path / "a.xml", many)
    found = items(path, limits=Limits(feed_entries=10))
    assert len([item for item in found if item.draft]) == 10
    assert found[-1].skipped == Skipped(str(path), "has 50 entries; only the first 10 are read")
    assert "larger than the 1 kB allowed" in why(path, limits=Limits(feed_bytes=1000))


@pytest.mark.parametrize(
    "content", ["<html></html>", "plain", "<a><b/></a>", "https://quay.example/feed", "/etc/passwd"]
)
def test_what_is_no_feed_is_refused(tmp_path: Path, content: str) -> None:
    """Above all, its content is never taken for an address or a path to open."""
    assert "is not an RSS or Atom feed" in why(write(tmp_path / "a.xml", content))


def test_a_fetched_reply_is_read_by_how_it_begins() -> None:
    """A page's address is its own unless it says otherwise; a feed's is not its entries'."""
    url = "https://www.quaycourier.example/2025/02/18/bridge"
    (fetched,) = read_reply(Fetched(url=url, status=200, body=page().encode()), clock=clock, detect_language=None)
    assert isinstance(fetched, Draft)
    assert (fetched.url, str(fetched.published_at), fetched.source) == (url, "2025-02-18", "quaycourier.example")
    feed = Fetched(url="https://feeds.example/rss", status=200, body=ATOM.encode())
    drafts = [one for one in read_reply(feed, clock=clock) if isinstance(one, Draft)]
    assert [draft.url for draft in drafts] == ["https://www.quaycourier.example/late", None]
    (empty,) = read_reply(Fetched(url=url, status=200), clock=clock)
    assert empty == Skipped(url, "is empty; put the article in it, or remove it")


@pytest.mark.parametrize(
    ("fragment", "paragraphs"),
    [
        ("plain", ["plain"]),
        ("a &amp; b", ["a & b"]),
        ("<p>One</p>loose<p>Two</p>", ["One", "loose", "Two"]),
        ("one<br>line", ["one line"]),
        ("one<br><br>two", ["one", "two"]),
        ("<p>an <b>old</b> <i>ferry</i>, back</p>", ["an old ferry, back"]),
        ("<table><tr><th>Year</th><th>Cars</th></tr><tr><td>20</td><td>14</td></table>", ["Year | Cars", "20 | 14"]),
        ("<p>a<script>b</script>c</p><style>d</style>", ["ac"]),
        ("<p>un<p>closed", ["un", "closed"]),
    ],
)  # fmt: skip
def test_fragments_become_paragraphs(fragment: str, paragraphs: list[str]) -> None:
    """Blocks and double breaks end a paragraph; scripts and styles are not text."""
    assert html_paragraphs(fragment) == paragraphs


# ninjs ---------------------------------------------------------------------------------------------------------

NINJS = {
    "uri": "http://wire.example/items/20250218-42", "type": "text", "versioncreated": "2025-02-18T12:00:00Z",
    "firstcreated": "2025-02-18T10:00:00Z", "pubstatus": "usable", "language": "en", "headline": "Ferry returns",
    "byline": "By Ada Quill", "body_xhtml": "<p>The ferry is back.</p><p>It sails.</p>", "body_text": "The ferry",
    "infosource": [{"name": "Harbour Wire"}], "urgency": 4, "renditions": {"a": {}},
}  # fmt: skip


def test_a_ninjs_item_is_an_article(tmp_path: Path) -> None:
    """Its markup before its plain text, both dates, and its other fields as metadata."""
    draft = one(write(tmp_path / "a.json", json.dumps(NINJS)))
    assert draft.text == "Ferry returns\nThe ferry is back.\nIt sails."
    assert (draft.authors, draft.source, draft.status) == (("Ada Quill",), "Harbour Wire", Status.USABLE)
    assert (str(draft.published_at), str(draft.updated_at)) == ("2025-02-18T10:00:00Z", "2025-02-18T12:00:00Z")
    assert draft.article_id == article_id_of("http://wire.example/items/20250218-42")
    assert draft.metadata == {"type": "text", "urgency": 4, "source_id": NINJS["uri"]}


def test_ninjs_2_and_3_have_lists(tmp_path: Path) -> None:
    """Headlines and bodies with roles and content types."""
    item = {
        "uri": "urn:wire:43", "standard": {"name": "ninjs"}, "versioncreated": "2025-02-18T12:00:00Z",
        "headlines": [{"role": "short", "value": "Ferry"}, {"role": "main", "value": "Ferry returns"}],
        "bodies": [{"contenttype": "text/plain", "value": "One.\n\nTwo."}],
    }  # fmt: skip
    draft = one(records(tmp_path / "a.jsonl", item))
    assert (draft.text, draft.article_id) == ("Ferry returns\nOne.\nTwo.", "urn:wire:43")
    assert (str(draft.published_at), draft.updated_at) == ("2025-02-18T12:00:00Z", None)


def test_the_status_and_the_embargo_of_an_item_are_kept_to(tmp_path: Path) -> None:
    """Withheld and canceled are withdrawn, with or without a body; what is not understood is not taken."""
    no_body = {"uri": "u:3", "pubstatus": "canceled", "versioncreated": "2025-02-18T12:00:00Z"}
    path = records(
        tmp_path / "a.jsonl",
        {**NINJS, "uri": "u:1", "pubstatus": "withheld"},
        {**NINJS, "uri": "u:2", "embargoed": "2025-04-01T06:00:00+02:00"},
        no_body,
        {**NINJS, "uri": "u:4", "pubstatus": "mystery"},
        {**NINJS, "uri": "u:5", "embargoed": "after lunch"},
        {"uri": "u:6", "type": "picture", "pubstatus": "usable", "headline": "A boat"},
    )
    found = items(path)
    first, second, third = (item.draft for item in found[:3])
    assert first is not None
    assert second is not None
    assert third is not None
    assert (first.status, second.status, third.status) == (Status.WITHDRAWN, Status.USABLE, Status.WITHDRAWN)
    assert second.embargo_until == dt.datetime(2025, 4, 1, 4, tzinfo=dt.UTC)
    assert third.text == ""
    reasons = [item.skipped.reason for item in found[3:] if item.skipped]
    assert [reason.split(";")[0][:28] for reason in reasons] == [
        "its status 'mystery' is unkn", "its embargo cannot be read (", "is a picture, not a text",
    ]  # fmt: skip


# Languages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The minister said on Tuesday that the talks would go on in Geneva next week.", "en"),
        ("Le ministre a déclaré mardi que les discussions se poursuivraient à Genève la semaine prochaine.", "fr"),
        ("Міністр заявив у вівторок, що переговори триватимуть у Женеві наступного тижня.", "uk"),
        ("Ferry returns", None),
        ("Uhuru Kenyatta Raila Odinga William Ruto Martha Karua Kalonzo Musyoka Moses Wetangula", None),
        ("12345 " * 100, None),
        ("", None),
    ],
)
def test_a_language_is_told_or_left_open(tmp_path: Path, text: str, language: str | None) -> None:
    """Short texts, figures and lists of names have no language that could be told."""
    from index.language import language_of

    assert language_of(text) == language


def test_a_stated_language_is_not_second_guessed(tmp_path: Path) -> None:
    """Detection is asked only when the source does not say."""
    asked: list[str] = []

    def guess(text: str) -> str:
        asked.append(text)
        return "xx"

    path = records(
        tmp_path / "a.jsonl",
        {"id": "1", "title": "x", "text": "y", "language": "pt_BR"},
        {"id": "2", "title": "x", "text": "y"},
    )
    drafts = [item.draft for item in read_path(path, detect_language=guess) if item.draft]
    assert [draft.language for draft in drafts] == ["pt-BR", "xx"]
    assert asked == ["x\ny"]


# Real news -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real_news() -> Path:
    """A sample of real articles, where it lies: DATELINE_DATA, or beside the checkout."""
    folder = Path(os.environ.get("DATELINE_DATA") or Path(__file__).parents[2] / "shared" / "data")
    path = folder / "realtimeqa" / "sample-articles.jsonl.gz"
    if not path.is_file():
        pytest.skip("the real articles are not here: set DATELINE_DATA to the folder that holds realtimeqa/")
    return path


def test_real_articles_are_read_as_they_lie(real_news: Path) -> None:
    """Every one of them, with its day, its outlet, its headline as line 1 and no paragraph lost."""
    with gzip.open(real_news, "rt", encoding="utf-8") as file:
        records = {record["id"]: record for record in map(json.loads, file)}
    found = items(real_news)
    drafts = [item.draft for item in found if item.draft]
    assert [item.skipped for item in found if item.skipped] == []
    assert {draft.article_id for draft in drafts} == records.keys()
    for draft in drafts:
        record = records[draft.article_id]
        assert (str(draft.published_at), draft.url) == (record["published"], record["url"])
        assert draft.source is not None
        assert draft.source in record["url"]
        assert draft.text.startswith(draft.title)
        words = record["text"].split()
        kept = draft.text.split()
        title = draft.title.split()
        assert kept in (title + words, title + words[len(title) :])


# The documentation ---------------------------------------------------------------------------------------------


def test_the_documentation_names_every_field_and_ending() -> None:
    """docs/readers.md cannot fall behind the code."""
    from index.readers import description, formats

    text = (Path(__file__).parent.parent / "docs" / "readers.md").read_text(encoding="utf-8")
    fields = {name for names in description._NAMES.items() for name in (names[0], *names[1])}
    for name in (*fields, *description._TEXT_NAMES, *description._STATUSES, *formats._ENDINGS):
        assert f"`{name}`" in text, name
