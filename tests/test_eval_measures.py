"""The measures, on answers small enough to work out by hand. Expected values are fractions."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.articles import GivenArticles, Text
from eval.bootstrap import estimate, paired
from eval.case import Case, Retrieved
from eval.gold import GoldQuestion, Relevant
from eval.measures import ALL, Measure, Score, Statistic
from eval.measures.cost import cost
from eval.measures.curves import Bin, CurvePoint, refusal_curve, reliability
from eval.measures.lexical_support import bears_out
from eval.measures.token_f1 import token_f1
from eval.record import as_json, from_json, graded
from eval.scripted import answer_of, citation_of
from eval.summary import by_question, figures
from eval.why import reasons
from index.article import revision_name

A = "Talks end\n\nRubio met Lavrov in Riyadh on Tuesday.\nKyiv was not invited.\nThe talks lasted four hours."
B = "Second report\nKyiv was left out, officials said."
ARTICLES = GivenArticles.of({"a": A, "b": B})
NAMED = {measure.name: measure for measure in ALL}


def question(**given: Any) -> GoldQuestion:
    """A gold question about article a, line 4, unless told otherwise."""
    record: dict[str, Any] = {
        "id": "q",
        "question": "Who was left out?",
        "answer": "Kyiv",
        "aliases": ("Ukraine",),
        "must_include": ("Kyiv|Ukraine",),
        "relevant": (Relevant("a", 4, 4),),
        "answerable": True,
        "kind": "single_fact",
    }
    return GoldQuestion(**{**record, **given})


def case(gold: GoldQuestion, text: str, cited: Sequence[tuple[str, int, int]] = (), **more: Any) -> Case:
    """A graded answer that cites these lines; a refusal where the text is empty."""
    citations = [citation_of(n, ARTICLES, article, first, last) for n, (article, first, last) in enumerate(cited, 1)]
    return graded(gold, answer_of(gold.question, text, citations, **more), ARTICLES)


def failed(gold: GoldQuestion) -> Case:
    """A question to which no answer came."""
    return graded(gold, None, ARTICLES, error="HTTP 500")


def value(name: str, *cases: Case) -> float | None:
    """A measure's figure over cases, each its own question."""
    scores = NAMED[name].scores(cases)
    found = estimate(scores, NAMED[name].statistic, resamples=10)
    return found.value if found else None


def test_every_measure_names_its_definition_source_and_who_is_not_eligible() -> None:
    """Each measure's file says what it measures, where that comes from and who is left out."""
    folder = Path(__file__).parent.parent / "eval" / "measures"
    measured = [
        p
        for p in sorted(folder.glob("*.py"))
        if re.search(r"^[A-Z0-9_]+ = .*Measure\(|return Measure\(", p.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    ]
    assert len(measured) >= 28
    for path in measured:
        text = path.read_text("utf-8").split('"""')[1]
        for part in ("Definition: ", "Source: ", "Not eligible: "):
            assert part in text, f"{path.name} lacks {part}"
    assert len({measure.name for measure in ALL}) == len(ALL)


def test_exact_match() -> None:
    """Exact match is 1 for the answer or an alias after normalisation; refusals and errors are 0."""
    gold = question()
    cases = [case(gold, "The Ukraine."), case(gold, "Kyiv was left out"), case(gold, ""), failed(gold)]
    assert [s.value for s in NAMED["exact_match"].scores(cases) if s] == [1, 0, 0, 0]
    assert value("exact_match", *cases) == 1 / 4


def test_short_answer_is_graded_where_there_is_one() -> None:
    """Exact match and F1 look at the short answer, the other measures at what the reader sees."""
    told = case(question(), "It was Warsaw that was left out.", short="Kyiv")
    assert value("exact_match", told) == 1
    assert value("f1", told) == 1
    assert value("alias_coverage", told) == 0


@pytest.mark.parametrize(
    ("predicted", "expected", "f1"),
    [
        ("Kyiv was excluded", "Kyiv", 2 * (1 / 3) * 1 / (1 / 3 + 1)),
        ("four hours", "over four hours", 2 * 1 * (2 / 3) / (1 + 2 / 3)),
        ("a b b", "b b c", 2 * 2 / (2 + 3)),  # "a" is an article
        ("Paris", "London", 0),
        ("", "", 1),
        ("the", "London", 0),
    ],
)
def test_token_f1(predicted: str, expected: str, f1: float) -> None:
    """F1 is that of the bags of words after normalisation."""
    assert token_f1(predicted, expected) == pytest.approx(f1)


def test_f1_takes_the_best_alias() -> None:
    """F1 is the best over answer and aliases."""
    assert value("f1", case(question(aliases=("Kyiv was excluded",)), "Kyiv was excluded")) == 1


def test_terms() -> None:
    """Required terms count by share, forbidden ones by whether any stands in the answer."""
    gold = question(must_include=("Rubio", "Lavrov", "Riyadh"), must_not_include=("Moscow",))
    told = case(gold, "Rubio met him in Riyadh, not Moscow.")
    assert value("must_include", told) == 2 / 3
    assert value("must_not_violations", told, case(gold, "")) == 1 / 2
    assert not told.correct
    assert value("must_not_violations", failed(gold)) is None


def test_an_alias_and_no_more_is_enough() -> None:
    """The bare expected answer or an alias is right, though a sentence must hold the required terms."""
    gold = question(
        answer="No: he is free on bail", aliases=("no",), must_include=("bail",), must_not_include=("two",)
    )
    assert case(gold, "No.").correct
    assert case(gold, "He is free on bail.").correct
    assert reasons(case(gold, "No.")) == ["It cites nothing."]
    assert not case(gold, "He has no earlier convictions.").correct
    assert not case(question(aliases=("two",), must_not_include=("two",)), "Two.").correct


def test_correct_counts_answers_and_refusals() -> None:
    """Right answers, right refusals and corrected premises count; wrong answers, needless refusals, errors do not."""
    unanswerable = question(answer="", aliases=(), must_include=(), relevant=(), answerable=False)
    premise = question(answerable=False)
    cases = [
        case(question(), "Kyiv was left out."),
        case(question(), "Warsaw was left out."),
        case(question(), ""),
        case(unanswerable, ""),
        case(unanswerable, "Kyiv."),
        case(premise, "Kyiv was not there."),
        case(premise, ""),
        failed(unanswerable),
    ]
    assert [c.correct for c in cases] == [True, False, False, True, False, True, True, False]
    assert value("correct", *cases) == 4 / 8


def test_the_right_word_for_another_reason_is_not_proof() -> None:
    """A right answer counts as cited with a proving line only; refusals that are due count without one."""
    none = question(answer="", aliases=(), must_include=(), relevant=(), answerable=False)
    cases = [
        case(question(), "Kyiv.", [("a", 4, 4)]),
        case(question(), "Kyiv.", [("a", 5, 5)]),
        case(question(), "Kyiv."),
        broken({"lines": {"first": 4, "last": 4}, "quote": {"exact": "x"}}),
        case(none, ""),
    ]
    assert value("correct", *cases) == 5 / 5
    assert value("correct_and_cited", *cases) == 2 / 5


def test_choices() -> None:
    """Naming the right choice counts, naming another one beside it does not."""
    gold = question(choices=("Kyiv", "Warsaw"))
    assert value("choice_accuracy", case(gold, "It was Kyiv.")) == 1
    assert value("choice_accuracy", case(gold, "It was Kyiv or Warsaw.")) == 0
    assert value("choice_accuracy", case(question(), "It was Kyiv.")) is None


def test_attribution_is_for_its_kinds() -> None:
    """Attribution grades questions of who said it and no others."""
    assert (
        value("attribution", case(question(kind="who_said"), "Kyiv"), case(question(kind="attribution"), "No"))
        == 1 / 2
    )
    assert value("attribution", case(question(), "Kyiv")) is None


def test_conflicts_need_both_sides() -> None:
    """A contradiction is shown with every term and an article of each side; told as a reason it counts half."""
    gold = question(
        kind="contradiction",
        must_include=("four", "six"),
        relevant=(Relevant("a", 5, 5, "x"), Relevant("b", 2, 2, "y"), Relevant("b", 1, 1, "y")),
    )
    both = case(gold, "Four hours, says one; six, says the other.", [("a", 5, 5), ("b", 2, 2)])
    one = case(gold, "Four hours, says one; six, says the other.", [("a", 5, 5)])
    reading = [citation_of(1, ARTICLES, "a", 5, 5), citation_of(2, ARTICLES, "b", 2, 2)]
    told = case(gold, "", reason="conflicting", reading=reading)
    assert [value("conflicts_shown", c) for c in (both, one, told, case(gold, ""))] == [1, 0, 1 / 2, 0]


def test_line_precision_recall_and_f1() -> None:
    """One right line of two cited, one of two needed: precision 1/2, recall 1/2, F1 1/2."""
    gold = question(relevant=(Relevant("a", 4, 4), Relevant("b", 2, 2)))
    told = case(gold, "Kyiv.", [("a", 4, 5)])
    assert value("line_precision", told) == 1 / 2
    assert value("line_recall", told) == 1 / 2
    assert value("line_f1", told) == 1 / 2
    skewed = case(gold, "Kyiv.", [("a", 3, 5), ("b", 2, 2)])
    assert value("line_precision", skewed) == 2 / 4
    assert value("line_recall", skewed) == 1
    assert value("line_f1", skewed) == pytest.approx(2 * (1 / 2) / (3 / 2))


def test_empty_lines_do_not_count() -> None:
    """An empty line between cited paragraphs costs no precision."""
    assert (
        value(
            "line_precision", case(question(relevant=(Relevant("a", 1, 1), Relevant("a", 3, 3))), "x", [("a", 1, 3)])
        )
        == 1
    )


def test_alternative_proofs() -> None:
    """Of lines that prove the same thing, citing one is enough."""
    gold = question(relevant=(Relevant("a", 4, 4, "out"), Relevant("b", 2, 2, "out"), Relevant("a", 5, 5)))
    assert value("line_recall", case(gold, "Kyiv.", [("b", 2, 2)])) == 1 / 2
    assert value("line_recall", case(gold, "Kyiv.", [("b", 2, 2), ("a", 5, 5)])) == 1


def test_a_refusal_cites_nothing() -> None:
    """A refusal and an error have recall and F1 of 0 and no precision; unanswerable questions have neither."""
    for none in (case(question(), ""), failed(question())):
        assert [value(f"line_{name}", none) for name in ("precision", "recall", "f1")] == [None, 0, 0]
    assert value("line_f1", case(question(answerable=False), "Kyiv.", [("a", 4, 4)])) is None


def broken(change: Mapping[str, Any]) -> Case:
    """An answer whose only citation, of line 4, is changed."""
    citation = citation_of(1, ARTICLES, "a", 4, 4)
    for name, part in change.items():
        citation[name] = {**citation[name], **part} if isinstance(part, dict) else part
    return graded(question(), answer_of("?", "Kyiv was not invited.", [citation]), ARTICLES)


@pytest.mark.parametrize(
    ("change", "says", "exact"),
    [
        ({"lines": {"first": 5, "last": 5}}, "outside the cited lines", False),
        ({"lines": {"first": 4, "last": 99}}, "of a text of 5 lines", False),
        ({"lines": {"first": 0, "last": 4}}, "of a text of 5 lines", False),
        ({"lines": {"first": 5, "last": 4}}, "of a text of 5 lines", False),
        ({"lines": {"first": "4", "last": 4}}, "of a text of 5 lines", False),
        ({"quote": {"start": 0}}, "is not the quote", True),
        ({"quote": {"end": 10**9}}, "offsets", True),
        ({"quote": {"exact": "Kyiv was invited."}}, "is not the quote", False),
        ({"quote": {"exact": ""}}, "no quote", False),
        ({"quote": {"prefix": "Warsaw "}}, "prefix", True),
        ({"quote": {"suffix": "Warsaw "}}, "suffix", True),
        ({"article": {"id": "c"}}, "no article `c`", False),
        ({"article": {"revision": "0" * 64}}, "no revision", False),
        ({"article": {"revision": revision_name(A)[:12]}}, "not the name of this text", True),
        ({"article": {"revision": None}}, "not the name of this text", True),
    ],
)
def test_a_pointer_that_is_off_in_any_part_is_not_valid(change: Mapping[str, Any], says: str, exact: bool) -> None:
    """A citation with one thing wrong, whichever, does not count as valid, and the reason names it."""
    told = broken(change)
    assert told.resolved[0].problem is not None
    assert says in told.resolved[0].problem
    assert value("citation_validity", told) == 0
    assert value("quote_exactness", told) == float(exact)


def test_citation_validity_is_over_citations() -> None:
    """Three of four citations valid is 3/4, however they are spread over questions; none cited is not eligible."""
    good = case(question(), "Kyiv.", [("a", 4, 4), ("a", 5, 5), ("b", 2, 2)])
    assert value("citation_validity", good, broken({"lines": {"first": 1, "last": 1}})) == 3 / 4
    assert value("citation_validity", case(question(), "Kyiv."), case(question(), "")) is None


def two_sentences() -> Case:
    """An answer of two sentences, the first with a citation and supported, the second with neither."""
    answer = answer_of("?", "Kyiv was not invited.", [citation_of(1, ARTICLES, "a", 4, 4)])
    answer["sentences"].append({"text": "It objected.", "citations": [7], "support": "partial"})
    return graded(question(), answer, ARTICLES)


def test_sentences_are_counted() -> None:
    """One of two sentences has a source that exists, is called supported, and is borne out by its line."""
    for name in ("cited_sentences", "support_rate", "lexical_support"):
        assert value(name, two_sentences()) == 1 / 2
        assert value(name, case(question(), "")) is None


@pytest.mark.parametrize(
    ("sentence", "borne"),
    [
        ("Rubio met Lavrov in Riyadh.", True),
        ("On Tuesday Rubio and Lavrov met in Riyadh.", True),
        ("Rubio met Putin in Riyadh.", False),
        ("Rubio met Lavrov in Riyadh in 2022.", False),
        ("The weather was mild everywhere.", False),
        ("Putin met Lavrov in Riyadh.", False),
        ("It was on Tuesday that Rubio met Lavrov.", True),
    ],
)
def test_lexical_support(sentence: str, borne: bool) -> None:
    """A sentence is borne out when its numbers, names and most of its words stand in its lines."""
    assert bears_out("Rubio met Lavrov in Riyadh on Tuesday.", sentence) is borne


def test_a_judges_verdicts_are_counted_and_its_failures_too() -> None:
    """Of three verdicts one cannot be read: of the other two one is supported, and a third failed."""
    told = dataclasses.replace(two_sentences(), judged=("supported", "partial", "failed"))
    assert value("judge_support", told) == 1 / 2
    assert value("judge_failures", told) == 1 / 3
    assert value("judge_support", two_sentences()) is None
    assert value("judge_support", dataclasses.replace(told, judged=("failed",))) is None


def test_refusal_precision_recall_and_f1() -> None:
    """Two refusals of which one was due, three due of which one was refused: 1/2, 1/3, 2/5."""
    none = question(answer="", aliases=(), must_include=(), relevant=(), answerable=False)
    cases = [
        case(none, ""),  # rightly refused
        case(question(), ""),  # needlessly refused
        case(none, "Kyiv."),  # not refused
        failed(none),  # an error is no refusal
        case(question(), "Kyiv."),
        case(question(answerable=False), "Kyiv was not there."),  # put right: left out
    ]
    assert value("refusal_precision", *cases) == 1 / 2
    assert value("refusal_recall", *cases) == 1 / 3
    assert value("refusal_f1", *cases) == 2 * 1 / (2 * 1 + 1 + 2)
    assert value("answer_rate", *cases) == 1 / 2
    assert value("wrong_answers", *cases) == 1 / 3


def test_right_reason() -> None:
    """A refusal counts when its reason is one that the gold's tags name."""
    gold = question(answer="", must_include=(), aliases=(), answerable=False, tags=("reason:conflicting",))
    assert value("right_reason", case(gold, "", reason="conflicting"), case(gold, "", reason="no_coverage")) == 1 / 2
    assert value("right_reason", case(question(), "")) is None


def test_brier() -> None:
    """Sure and right is 0, sure and wrong is 1, half sure is a quarter."""
    told = [(0.5, "Kyiv"), (1.0, "Kyiv"), (1.0, "Warsaw")]
    cases = [case(question(), text, confidence=confidence) for confidence, text in told]
    assert value("brier", *cases) == pytest.approx((1 / 4 + 0 + 1) / 3)


def test_refusal_curve_and_reliability() -> None:
    """Each distinct confidence is a point of the curve; bins hold answers of about the same confidence."""
    told = [(0.95, "Kyiv"), (0.95, "Warsaw"), (0.45, "Kyiv"), (0.2, "")]
    cases = [case(question(), text, confidence=confidence) for confidence, text in told]
    assert refusal_curve(cases) == [CurvePoint(0.95, 2 / 4, 1 / 2), CurvePoint(0.45, 3 / 4, 1 - 2 / 3)]
    assert reliability(cases) == [Bin(0.4, 0.5, 0.45, 1, 1), Bin(0.9, 1.0, 0.95, 1 / 2, 2)]


DAY = dt.datetime(2025, 2, 18, tzinfo=dt.UTC)
OLD, NEW = "Toll\nSeven dead.", "Toll\nTwelve dead."
REVISED = GivenArticles(
    {
        "toll": [
            Text(article="toll", revision=revision_name(OLD), text=OLD, published_at=DAY, current_from=DAY),
            Text(
                article="toll",
                revision=revision_name(NEW),
                text=NEW,
                published_at=DAY + dt.timedelta(days=2),
                current_from=DAY + dt.timedelta(days=2),
            ),
        ]
    }
)


def dated(as_of: dt.datetime, text: str, **given: Any) -> Case:
    """An answer as of a moment that cites line 2 of the old or the new text."""
    gold = question(relevant=(Relevant("toll", 2, 2),), as_of=as_of, kind="latest", must_include=(), **given)
    citation = citation_of(1, REVISED, "toll", 2, 2, revision_name(text))
    return graded(gold, answer_of("?", "Kyiv", [citation]), REVISED)


def test_right_revision_and_nothing_later() -> None:
    """Citing the revision of the day is right; an older one is stale, a later one is from the future."""
    early, late = DAY + dt.timedelta(days=1), DAY + dt.timedelta(days=3)
    cases = [dated(early, OLD), dated(early, NEW), dated(late, OLD), dated(late, NEW)]
    assert [value("right_revision", c) for c in cases] == [1, 0, 0, 1]
    assert [value("no_future", c) for c in cases] == [1, 0, 1, 1]
    assert [value("staleness_days", c) for c in cases] == [0, 0, 2, 0]
    assert [value("line_f1", c) for c in cases] == [1, 0, 0, 1]


def test_a_pinned_revision_is_right() -> None:
    """Where the gold asks about an earlier text, citing that text is right."""
    gold = question(
        relevant=(Relevant("toll", 2, 2, revision=revision_name(OLD)[:8]),), as_of=DAY + dt.timedelta(days=9)
    )
    told = graded(gold, answer_of("?", "Kyiv", [citation_of(1, REVISED, "toll", 2, 2, revision_name(OLD))]), REVISED)
    assert value("right_revision", told) == 1
    assert value("line_f1", told) == 1


def found(gold: GoldQuestion, *hits: tuple[str, int, int]) -> Case:
    """A refusal with what was retrieved for it."""
    steps = [{"article_id": article, "lines": [first, last]} for article, first, last in hits]
    return graded(gold, answer_of("?", "", [], trace={"retrieve": steps}), ARTICLES)


def test_retrieval_by_article_and_by_lines() -> None:
    """The proving article is second of two, the proving lines are in the second of three passages."""
    gold = question()
    told = found(gold, ("b", 1, 2), ("a", 3, 4), ("a", 5, 5))
    assert value("RR@10", told) == 1 / 2
    assert value("R@1", told) == 0
    assert value("R@5", told) == 1
    assert value("lines:RR@10", told) == 1 / 2
    assert value("nDCG@10", told) == pytest.approx((1 / 1.584962500721156) / 1)  # log2(3)
    assert value("answer-article-hit@1", told) == 0
    assert value("answer-hit@1", told) == 1  # "Kyiv" stands in b too
    two = question(relevant=(Relevant("a", 4, 4), Relevant("b", 2, 2)))
    assert value("R@1", found(two, ("a", 1, 5))) == 1 / 2
    assert value("lines:R@5", found(two, ("a", 5, 5), ("b", 1, 2))) == 1 / 2


def test_every_question_counts_even_without_hits() -> None:
    """A question for which nothing was retrieved scores 0; a system that shows no hits is not eligible."""
    for name in ("R@5", "RR@10", "nDCG@10", "lines:nDCG@10", "answer-hit@5", "answer-article-hit@5"):
        assert value(name, found(question())) == 0
        assert value(name, case(question(), "Kyiv")) is None


def test_hits_carry_the_text_of_their_lines() -> None:
    """The text of a hit is read back from the articles, not taken from the system."""
    hits = found(question(), ("a", 3, 4)).hits
    assert hits == (Retrieved(article="a", first_line=3, last_line=4, text=A.split("\n", 2)[2].rpartition("\n")[0]),)


def test_effort() -> None:
    """Latency is a percentile in milliseconds, tokens are summed, cost follows from prices; errors have none."""
    told = [dataclasses.replace(case(question(), "Kyiv"), seconds=seconds) for seconds in (0.1, 0.2, 0.4)]
    assert value("latency_p50_ms", *told, failed(question())) == pytest.approx(200)
    assert value("failures", *told, failed(question())) == 1 / 4
    counted = case(question(), "Kyiv", usage={"prompt_tokens": 1000, "completion_tokens": 50})
    assert value("tokens", counted) == 1050
    assert value("tokens", told[0]) is None
    scores = cost(2.0, 10.0).scores([counted, told[0]])
    assert scores == [Score((1000 * 2 + 50 * 10) / 1e6), None]


def test_repeats_are_one_question() -> None:
    """A question asked three times counts once, with the mean of its repeats."""
    cases = [case(question(), "Kyiv"), case(question(), "Kyiv"), case(question(), "")]
    assert by_question(cases, NAMED["correct"]) == {"q": Score(2 / 3, 1)}
    assert figures(cases, [NAMED["correct"]])["correct"].n == 1


def test_a_case_survives_json() -> None:
    """A case written to run.json and read again is the same case, so that it can be graded again."""
    for told in (two_sentences(), failed(question()), found(question(), ("a", 1, 2)), dated(DAY, OLD)):
        assert from_json(as_json(told)) == told


def test_bootstrap_is_seeded_and_brackets_the_figure() -> None:
    """The same seed gives the same interval, which holds the figure; certainty has no width."""
    scores: list[Score | None] = [Score(1), Score(0), Score(1), None, Score(1)]
    first, second = estimate(scores), estimate(scores)
    assert first == second
    assert first is not None
    assert first.value == 3 / 4
    assert first.n == 4
    assert first.low < 3 / 4 < first.high
    sure = estimate([Score(1)] * 5)
    assert sure is not None
    assert (sure.low, sure.high) == (1, 1)
    assert estimate([None, None]) is None


def test_paired_differences_are_by_question() -> None:
    """The change is measured on the same questions; shifting every one alike leaves no doubt."""
    a: list[Score | None] = [Score(float(n % 2)) for n in range(20)]
    b: list[Score | None] = [Score(n % 2 - 1 / 4) for n in range(20)]
    found = paired(a, b)
    assert found is not None
    assert [found.change, found.low, found.high] == pytest.approx([-1 / 4] * 3)
    assert paired(a, [None] * 20) is None
    with pytest.raises(ValueError, match="same questions"):
        paired(a, b[1:])


_scores = st.lists(st.none() | st.builds(Score, st.floats(0, 1), st.floats(0.1, 5)), min_size=1, max_size=30)


@given(_scores)
def test_an_interval_stays_within_the_scores(scores: list[Score | None]) -> None:
    """No mean and no end of its interval lies outside the scores it was made of."""
    held = [s.value for s in scores if s]
    for statistic in Statistic:
        found = estimate(scores, statistic, resamples=50)
        assert (found is None) == (not held)
        if found:
            slack = 1e-9
            assert min(held) - slack <= found.low <= found.high <= max(held) + slack
            assert min(held) - slack <= found.value <= max(held) + slack


_texts = st.sampled_from(["", "Kyiv.", "Rubio met Lavrov.", "No idea", "Warsaw was not invited in 2022."])
_lines = st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(1, 2), st.integers(2, 2)), max_size=3)


@given(st.lists(st.tuples(_texts, _lines, st.booleans(), st.floats(0, 1)), min_size=1, max_size=4))
def test_no_share_leaves_its_range(told: list[tuple[str, list[tuple[str, int, int]], bool, float]]) -> None:
    """Whatever is answered, every share lies between 0 and 1."""
    cases = [
        case(question(id=f"q{n}", answerable=answerable), text, cited, confidence=confidence)
        for n, (text, cited, answerable, confidence) in enumerate(told)
    ]
    measures: list[Measure] = [m for m in ALL if m.unit == "share"]
    for measure in measures:
        for score in measure.scores(cases):
            assert score is None or 0 <= score.value <= 1, measure.name
