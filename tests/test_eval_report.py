"""The report: one page, self-contained, escaped, and true to the run."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from eval.articles import GivenArticles
from eval.gold import GoldQuestion, Relevant, Suite
from eval.plots import Bar, Series, bars, by_rank, highlighted, histogram, reliability, risk_coverage
from eval.report import report
from eval.run import run
from eval.scripted import ScriptedAsker, answer_of, citation_of

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
TEXT = f"Headline {HOSTILE}\nKyiv was not invited {HOSTILE}.\nThe talks lasted four hours."
ARTICLES = GivenArticles.of({f"a{HOSTILE}": TEXT})


@pytest.fixture(scope="module")
def page() -> str:
    """The report of a run on hostile text: a right answer, a wrong one, a refusal and an error."""
    article = f"a{HOSTILE}"
    questions = tuple(
        GoldQuestion(
            id=f"q{n}",
            question=f"Who {n}? {HOSTILE}",
            answer="Kyiv",
            relevant=(Relevant(article, 2, 2),),
            answerable=True,
            kind="single_fact",
            tags=(HOSTILE,),
        )
        for n in range(4)
    )
    cited = [citation_of(1, ARTICLES, article, 2, 2)]
    steps = {"retrieve": [{"article_id": article, "lines": [1, 3]}]}
    asker = ScriptedAsker(
        {
            questions[0].question: answer_of("?", f"Kyiv {HOSTILE}", cited, confidence=0.9, trace=steps),
            questions[1].question: answer_of("?", "Warsaw", cited, confidence=0.4, note=HOSTILE, trace=steps),
            questions[2].question: answer_of("?", "", [], reason=HOSTILE),
        },
        name=HOSTILE,
    )
    return report(run(Suite(HOSTILE, Path("s"), "0", questions), asker, ARTICLES).record)


class Elements(HTMLParser):
    """Every element of a page with its attributes, and what is unbalanced."""

    VOID = frozenset({"meta", "input", "br", "rect", "line", "circle", "polyline", "polygon"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close an element; a mismatch raises."""
        if tag not in self.VOID:
            assert self.open.pop() == tag


def elements(page: str) -> list[tuple[str, dict[str, str | None]]]:
    """The elements of a page, which must be balanced."""
    parser = Elements()
    parser.feed(page)
    assert parser.open == []
    return parser.found


def test_nothing_from_outside_becomes_markup(page: str) -> None:
    """Hostile text of questions, answers, articles, tags and names stays text: one script, no image, no handler."""
    found = elements(page)
    assert [tag for tag, _ in found].count("script") == 1
    assert not any(tag in {"img", "iframe", "object", "link", "base"} for tag, _ in found)
    assert not any(name.startswith("on") for _, attributes in found for name in attributes)


def test_the_page_asks_nothing_of_the_network(page: str) -> None:
    """No element has an address outside the page, and the policy forbids every request."""
    for _, attributes in elements(page):
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            assert (attributes.get(name) or "#").startswith("#")
    assert "default-src 'none'" in page
    assert "@import" not in page
    assert "url(" not in page


def test_style_and_script_match_the_policy(page: str) -> None:
    """The hashes in the policy are those of the page's own style and script, and there is no style attribute."""
    for element in ("style", "script"):
        text = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        assert len(text) == 1
        digest = base64.b64encode(hashlib.sha256(text[0].encode()).digest()).decode()
        assert f"{element}-src &#39;sha256-{digest}" in page or f"{element}-src 'sha256-{digest}" in page
    assert not any("style" in attributes for _, attributes in elements(page))


def test_the_page_shows_every_question_with_its_reason(page: str) -> None:
    """Each question is there with its status, what was wrong in words, and its cited line highlighted."""
    questions = [
        attributes for tag, attributes in elements(page) if tag == "details" and attributes.get("class") == "q"
    ]
    assert [q["data-status"] for q in questions] == ["right", "fault", "fault", "fault"]
    assert [q["data-outcome"] for q in questions] == ["answered", "answered", "insufficient", "error"]
    assert "It does not say “Kyiv”." in page
    assert "It said that the articles do not say, and they do." in page
    assert "No answer: no answer was written for this question" in page
    assert "<mark>Kyiv was not invited" in page
    cited = [a for tag, a in elements(page) if tag == "li" and "cited" in (a.get("class") or "").split()]
    assert [a["value"] for a in cited] == ["2", "2"]


def test_ids_are_unique(page: str) -> None:
    """No two elements share an id, so that every link within the page has one place to go."""
    ids = [attributes["id"] for _, attributes in elements(page) if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {a["href"] for tag, a in elements(page) if tag == "a"}
    assert {target for target in targets if target} <= {f"#{i}" for i in ids}


def test_every_picture_has_words(page: str) -> None:
    """Every plot has a label for those who cannot see it, and the page says its language and works at phone width."""
    pictures = [attributes for tag, attributes in elements(page) if tag == "svg"]
    assert len(pictures) >= 5
    assert all(a.get("aria-label") or a.get("aria-hidden") for a in pictures)
    assert '<html lang="en">' in page
    assert "width=device-width" in page


@pytest.mark.parametrize(
    "svg",
    [
        by_rank([Series("one", ((1, 0.0), (5, 1.0)), (0.0, 0.9), (0.1, 1.0)), Series("two", ((1, 0.5),))]),
        risk_coverage([(0.9, 0.1, 0.0), (0.1, 1.0, 0.5)]),
        reliability([(0.1, 0.0, 3), (0.9, 1.0, 400)]),
        bars([Bar("date", 0.0, 0.0, 0.0, 1), Bar("<b>", 1.0, 0.5, 1.0, 9)], "bars"),
        histogram([5.0], "one"),
        histogram([1.0, 10.0, 100_000.0], "wide"),
        histogram([0.0, 0.0], "zero"),
    ],
)
def test_plots_are_well_formed_whatever_the_figures(svg: Any) -> None:
    """Plots of single, equal, zero and widely spread figures are balanced and hold no NaN."""
    assert elements(str(svg))[0][0] == "svg"
    assert "nan" not in str(svg).lower()
    assert "<b>" not in str(svg)


def test_a_quote_is_marked_where_it_stands() -> None:
    """The quote within a line is marked, everything is escaped, and a quote that is not there marks nothing."""
    assert highlighted("a <b> c", "<b>") == "a <mark>&lt;b&gt;</mark> c"
    assert highlighted("a <b> c", "x") == "a &lt;b&gt; c"
    assert highlighted("a", "") == "a"


def test_a_failed_gate_and_choices_are_told_in_words() -> None:
    """What got worse is told in words beside its measure, and so are choices, spellings and alternatives."""
    gold = GoldQuestion(
        id="q",
        question="When?",
        answer="2 May",
        must_include=("2 May|May 2|2nd May|2.5.",),
        relevant=(Relevant(f"a{HOSTILE}", 2, 2, "p1"), Relevant(f"a{HOSTILE}", 3, 3, "p1")),
        choices=("2 May", "3 May"),
        answerable=True,
        kind="date",
    )
    asker = ScriptedAsker({"When?": answer_of("?", "On 3 May", [])}, name="Dateline, extractive")
    record = run(Suite("s", Path("s"), "0", (gold,)), asker, ARTICLES).record
    told = report({**record, "gate": {"passed": False, "below_required": ["line_f1"], "comparison": None}})
    for words in (
        "Cited the right lines, all of them and no others (<code>line_f1</code>)",
        "it quotes, without a language model",
        "choices: 2 May; 3 May",
        "must say: 2 May or May 2 or 2nd May, or the like",
        "It does not say “2 May or May 2 or 2nd May, or the like”.",
        "one of those is enough",
    ):
        assert words in told
