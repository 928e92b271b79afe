"""The seed article: byte for byte as it was given, and read as it lies."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from index.article import revision_name
from index.lines import Lines
from index.readers import read_path

SEEDS = Path(__file__).parent.parent / "seeds"
ARTICLE = SEEDS / "us-russia-riyadh-talks.txt"
SHA256 = "19f5ad926857ed1d553d2d3a6fbc194e23bd8c843e7ab84c36c3463908acfa8c"


def test_the_seed_article_is_untouched() -> None:
    """Its bytes are those that were given, and so is the name of its revision."""
    assert hashlib.sha256(ARTICLE.read_bytes()).hexdigest() == SHA256
    (item,) = read_path(ARTICLE)
    assert item.draft is not None
    assert revision_name(item.draft.text) == SHA256


def test_the_seed_article_is_described_by_its_side_file() -> None:
    """Its id, headline, day and language are known; its outlet and address are not, and are not guessed."""
    (draft,) = [item.draft for item in read_path(SEEDS) if item.draft]
    assert draft.article_id == "us-russia-riyadh-talks"
    assert draft.title == Lines(draft.text)[1].text
    assert (str(draft.published_at), draft.updated_at, draft.language) == ("2025-02-18", None, "en")
    assert (draft.source, draft.url, dict(draft.metadata)) == (None, None, {})


def test_a_line_of_the_seed_article_is_what_sed_prints() -> None:
    """Line numbers are those of the file."""
    (item,) = read_path(ARTICLE)
    assert item.draft is not None
    lines = Lines(item.draft.text)
    for number in range(1, len(lines) + 1):
        printed = subprocess.run(["sed", "-n", f"{number}p", str(ARTICLE)], capture_output=True, check=True).stdout
        assert printed.decode().removesuffix("\n") == lines[number].text
    assert len(lines) == 9


def test_only_the_article_is_read_from_the_seeds() -> None:
    """The folder holds articles, their side files and one README, which is skipped with the reason."""
    skipped = [item.skipped for item in read_path(SEEDS) if item.skipped]
    assert [(Path(one.origin).name, one.reason) for one in skipped] == [
        ("README.md", "describes its folder; name it directly if it is an article")
    ]
