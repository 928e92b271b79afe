"""The gold of the seed article, and the format of gold files."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.articles import CorpusLines, GivenArticles
from eval.errors import BadGold
from eval.gold import GoldQuestion, Relevant, Suite, examine, load, moment, parse
from eval.run import run
from eval.scripted import oracle
from index.lines import Lines

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "eval" / "gold" / "seeds.jsonl"
ARTICLE = "us-russia-riyadh-talks"
TEXT = (ROOT / "seeds" / f"{ARTICLE}.txt").read_text(encoding="utf-8")

GOOD = {
    "id": "q1",
    "question": "Who was left out?",
    "answer": "Ukraine",
    "aliases": ["Kyiv"],
    "must_include": ["Ukraine|Kyiv"],
    "must_not_include": ["Poland"],
    "relevant": [{"article": "a", "first_line": 1, "last_line": 2, "proves": "p"}],
    "as_of": "2025-02-20T00:00:00Z",
    "answerable": True,
    "kind": "single_fact",
    "tags": ["t"],
}


def given_seeds() -> GivenArticles:
    """The seed article, straight from its file."""
    return GivenArticles.of({ARTICLE: TEXT})


def test_seed_gold_is_large_and_tempting_enough() -> None:
    """The seed gold has at least 45 questions, 14 of them unanswerable, and every kind that one article can have."""
    questions = load(SEEDS).questions
    assert len(questions) >= 45
    assert sum(not question.answerable for question in questions) >= 14
    kinds = {question.kind for question in questions}
    assert kinds >= {
        "single_fact",
        "who_said",
        "number",
        "date",
        "list",
        "comparison",
        "attribution",
        "false_premise",
    }
    assert {"later-event", "world-knowledge", "near-miss"} <= {tag for question in questions for tag in question.tags}


def test_seed_gold_has_no_remark() -> None:
    """Every proving line of the seed gold is in the seed article and holds a word of the answer."""
    assert examine(load(SEEDS), CorpusLines(given_seeds())) == []


def test_seed_gold_is_fair() -> None:
    """The gold's own answers, citing the gold's own lines, are right on every question."""
    suite = load(SEEDS)
    done = run(suite, oracle(suite, given_seeds()), given_seeds())
    assert [case.question.id for case in done.cases if not case.correct] == []
    for name in ("correct", "line_f1", "citation_validity", "refusal_f1", "exact_match"):
        assert done.summary[name]["value"] == 1


def test_line_numbers_are_those_of_the_file() -> None:
    """Line n of the corpus is the n-th line of the file, as `sed -n np` prints it."""
    lines = CorpusLines(given_seeds()).lines(Relevant(ARTICLE, 4, 4), None)
    assert list(lines) == TEXT.split("\n")
    assert "Riyadh" in lines[3]
    assert lines[1] == ""


def test_a_good_record_round_trips() -> None:
    """A record that is read and written again is the same record."""
    question, problems = parse(GOOD)
    assert problems == []
    assert question is not None
    assert question.as_json() == GOOD


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": ""}, "`id` must be"),
        ({"id": "a b"}, "without spaces"),
        ({"question": "  "}, "`question` must be"),
        ({"question": 7}, "`question` must be"),
        ({"answer": ["Ukraine"]}, "`answer` must be"),
        ({"answer": ""}, "an answerable question needs an `answer`"),
        ({"answerable": "yes"}, "true or false"),
        ({"kind": "Single Fact"}, "`kind` must be"),
        ({"aliases": "Kyiv"}, "`aliases` must be a list"),
        ({"must_include": [""]}, "`must_include` must be a list"),
        ({"as_of": "yesterday"}, "`as_of` must be"),
        ({"as_of": 20250220}, "`as_of` must be"),
        ({"relevant": {"article": "a"}}, "`relevant` must be a list"),
        ({"relevant": [{"first_line": 1, "last_line": 1}]}, "with an `article`"),
        ({"relevant": [{"article": "a", "first_line": 3, "last_line": 2}]}, "not a range"),
        ({"relevant": [{"article": "a", "first_line": 0, "last_line": 2}]}, "not a range"),
        ({"relevant": [{"article": "a", "first_line": 1}]}, "must both be whole numbers"),
        ({"relevant": [{"article": "a", "first_line": True, "last_line": 1}]}, "must both be whole numbers"),
        ({"relevant": [{"article": "a", "firstline": 1}]}, "did you mean `first_line`?"),
        ({"relevant": [{"article": "a", "revision": "xyz"}]}, "hexadecimal"),
        ({"must_includes": ["x"]}, "did you mean `must_include`?"),
        ({"must_not_include": ["Ukraine"]}, "which `must_not_include` forbids"),
        ({"choices": ["Poland", "France"]}, "one of `choices`"),
    ],
)
def test_a_bad_field_is_named_with_its_remedy(change: dict[str, object], says: str) -> None:
    """Each wrong field is refused with a sentence that says what it must be."""
    _, problems = parse({**GOOD, **change})
    assert any(says in problem for problem in problems), problems


def test_missing_fields_are_named() -> None:
    """A record without its required fields names all that are missing."""
    assert parse({"id": "q"}) == (None, ["missing `question`, `answer`, `answerable`, `kind`"])


def test_every_fault_of_a_file_is_listed_with_its_line(tmp_path: Path) -> None:
    """One reading of a bad file tells all its faults, each with its line number."""
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(["{", json.dumps(GOOD), "[1]", json.dumps(GOOD), ""]), encoding="utf-8")
    with pytest.raises(BadGold) as caught:
        load(path)
    assert [problem.partition(":")[0] for problem in caught.value.problems] == ["line 1", "line 3", "line 4"]
    assert "already on line 2" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe\x00", b"[" * 100_000])
def test_what_is_no_gold_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty file, binary rubbish and deeply nested JSON are refused with BadGold."""
    path = tmp_path / "gold.jsonl"
    path.write_bytes(content)
    with pytest.raises(BadGold):
        load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A path that is not there is refused with the path in the message."""
    with pytest.raises(BadGold, match="nowhere"):
        load(tmp_path / "nowhere.jsonl")


def examined(change: dict[str, object], texts: dict[str, str]) -> list[tuple[str, str]]:
    """Level and text of the findings on one changed record."""
    question, problems = parse({**GOOD, **change})
    assert question is not None, problems
    suite = Suite("s", Path("s.jsonl"), "0", (question,))
    return [(f.level, f.text) for f in examine(suite, CorpusLines(GivenArticles.of(texts)))]


def test_lines_beyond_the_article_are_an_error() -> None:
    """A proving line that the article does not have is an error, and so is an article that is not there."""
    assert examined({}, {"a": "Ukraine\nleft out"}) == []
    assert examined({}, {"a": "Ukraine"}) == [("error", "a has 1 lines, not 2: count with sed -n")]
    assert examined({}, {"b": "Ukraine"})[0][0] == "error"


def test_doubtful_gold_is_warned_of() -> None:
    """A proof without a word of the answer, an unknown kind and a required term not in the answer are told."""
    found = examined({"kind": "riddle", "must_include": ["Warsaw"]}, {"a": "nothing\nof that"})
    assert [level for level, _ in found] == ["warning", "warning", "warning"]


def test_as_of_a_day_means_its_end() -> None:
    """A date alone is the end of that day in UTC; a date-time without a zone is UTC."""
    assert moment("2025-02-18") == dt.datetime(2025, 2, 18, 23, 59, 59, tzinfo=dt.UTC)
    assert moment("2025-02-18T10:00:00") == dt.datetime(2025, 2, 18, 10, tzinfo=dt.UTC)
    assert moment("2025-02-18T10:00:00+03:00") == dt.datetime(2025, 2, 18, 7, tzinfo=dt.UTC)


def test_a_pinned_revision_is_the_one_that_counts() -> None:
    """Lines are looked up in the pinned revision where there is one, else in the current one."""
    articles = GivenArticles.of({"a": "old"})
    text = articles.text("a")
    corpus = CorpusLines(articles)
    assert list(corpus.lines(Relevant("a", 1, 1, revision=text.revision[:8]), None)) == ["old"]
    question = GoldQuestion(
        id="q",
        question="?",
        answer="x",
        answerable=True,
        kind="date",
        relevant=(Relevant("a", 1, 1, revision="0" * 8),),
    )
    findings = examine(Suite("s", Path("s"), "0", (question,)), corpus)
    assert [f.level for f in findings] == ["error"]


_words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=20
)


@given(
    st.builds(
        dict,
        id=_words,
        question=_words,
        answer=st.just("an answer"),
        answerable=st.booleans(),
        kind=st.sampled_from(["date", "list", "number"]),
        aliases=st.lists(_words, max_size=3),
        tags=st.lists(_words, max_size=3),
        relevant=st.lists(
            st.builds(
                lambda article, first, more: {"article": article, "first_line": first, "last_line": first + more},
                _words,
                st.integers(1, 1000),
                st.integers(0, 50),
            ),
            max_size=3,
        ),
    )
)
def test_whatever_is_read_is_written_back(record: dict[str, object]) -> None:
    """Reading what was written gives the same question, whatever the words."""
    question, problems = parse(record)
    assert problems == []
    assert question is not None
    assert parse(json.loads(json.dumps(question.as_json()))) == (question, [])


def test_seed_text_has_nine_lines() -> None:
    """The seed article, which the line numbers of the gold rest on, has nine lines."""
    assert len(Lines(TEXT)) == 9
