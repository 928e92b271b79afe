"""Is there enough evidence?"""

from dataclasses import replace

import pytest

from rag.evidence import READ_MOST, Evidence, crowd, learned
from rag.line_ranking import score
from rag.lines import FARTHEST, EvidenceLine, candidates
from rag.sentences import Placed
from tests.answers import NOW, Newsroom, seed


def _judged(question: str, room: Newsroom | None = None) -> tuple[Evidence, list[EvidenceLine]]:
    room = room or seed()
    hits = room.retrieve(question, as_of=NOW, limit=10)
    pool = score(question, candidates(hits, room.lines_of), room.embedder)
    return Evidence(question, pool), pool


def test_what_the_article_says_is_surer_than_what_it_does_not() -> None:
    """The exclusion from the talks is told, the election of 2024 is not."""
    told, lines = _judged("Who was excluded from the Riyadh talks?")
    untold, others = _judged("Who won the 2024 US presidential election?")
    assert told.judge(lines[:1]).confidence > untold.judge(others[:1]).confidence + 0.3


def test_missing_names_are_named() -> None:
    """The judgement says which names of the question its article does not have, as the reader wrote them."""
    evidence, lines = _judged("What did Trump say about the Geneva talks?")
    missing = evidence.judge(lines[:1]).missing
    assert missing.names == ("Trump", "Geneva")


def _crowded(*behind: float) -> float:
    line = _judged("Who was excluded from the Riyadh talks?")[1][0]
    return crowd([replace(line, hit_rank=at, hit_behind=gap) for at, gap in enumerate(behind, start=1)])


def test_a_hit_that_stands_out_has_no_crowd() -> None:
    """Ten that are as good are a crowd, one alone is hardly one; several lines of a hit count once."""
    assert _crowded(*[0.0] * 10) == 1
    assert _crowded(0.0, *[FARTHEST] * 9) == _crowded(0.0) == pytest.approx(0.1)
    assert _crowded(0.0, 1.0, 2.0) < _crowded(0.0, 0.5, 1.0)
    line = _judged("Who was excluded from the Riyadh talks?")[1][0]
    assert crowd([line, line]) == crowd([line])
    assert crowd([]) == 0


def test_the_more_hits_are_as_good_the_less_sure_is_an_answer() -> None:
    """The same lines, found by one hit that stands out and by ten that do not."""
    question = "Who was excluded from the Riyadh talks?"
    pool = _judged(question)[1]
    sure = [
        Evidence(question, [replace(line, hit_rank=at, hit_behind=gap * (at > 0)) for at, line in enumerate(pool)])
        .judge(pool[:1])
        .confidence
        for gap in (FARTHEST, 0.0)
    ]
    assert sure[0] > sure[1]


def test_what_asks_answers_nothing() -> None:
    """A headline that is the very question is not the line that answers it."""
    room = Newsroom({"a": "How much did Brann pay for the ferry?\nBrann paid 44 million crowns for the ferry."})
    evidence, pool = _judged("How much did Brann pay for the ferry?", room)
    assert any(line.text.endswith("?") for line in pool)
    assert [line.text for _, line in evidence.ranked()] == ["Brann paid 44 million crowns for the ferry."]


def test_no_lines_no_confidence() -> None:
    """Nothing found is nothing known."""
    evidence, _ = _judged("Quantum chromodynamics?", Newsroom({}))
    assert evidence.judge([]).confidence == 0.0


@pytest.mark.parametrize("question", ["Who?", "riyadh talks", "¿Quién fue excluido?", "12", "Was it?"])
def test_confidence_is_a_share(question: str) -> None:
    """Whatever is asked, each feature and the confidence lie in 0 … 1."""
    evidence, lines = _judged(question, seed())
    judged = evidence.judge(lines[:2])
    assert 0 <= judged.confidence <= 1
    assert all(-1e-6 <= value <= 1 + 1e-6 for name, value in judged.features.items() if name != "logit")


@pytest.mark.parametrize(
    ("question", "doubted", "told"),
    [
        (
            "What is the capital of the moon?",
            "The moon rose over the pyramids on the south-western outskirts of the Egyptian capital.",
            "The capital of the moon is a crater.",
        ),
        (
            "Why did Korvan resign over the dam?",
            "Korvan spoke of the dam because of the cracks.",
            "Korvan had to resign over the dam because of the cracks.",
        ),
        (
            "How did Lavrov respond to the criticism of the talks?",
            "Zelensky would not respond to criticism of the talks.",
            "Lavrov did respond to criticism of the talks.",
        ),
    ],
)
def test_what_a_line_leaves_open_is_doubted(question: str, doubted: str, told: str) -> None:
    """One of two things told apart, an event presumed, a deed of another: less sure than where it is said."""
    room = Newsroom({"a": f"A report\n{doubted}", "b": f"Another report\n{told}"})
    evidence, lines = _judged(question, room)
    of = {line.text: evidence.judge([line]).confidence for line in lines}
    assert of[doubted] < of[told] - 0.1


def test_the_year_of_publication_counts_as_said() -> None:
    """An article of 2025 need not name the year."""
    evidence, lines = _judged("Who was excluded from the 2025 Riyadh talks?")
    assert evidence.judge(lines[:1]).missing.names == ()


def test_the_figure_of_another_month_does_not_fit_the_month_asked_about() -> None:
    """September's unemployment, published in October, is not October's."""
    room = Newsroom(
        {
            "a": "Jobs\nSELLMARK, Oct 19 (Wire) - Unemployment was unchanged at 5.5 percent in September.\n"
            "Unemployment was 5.1 percent in October of last year."
        },
        days={"a": "2024-10-19"},
    )
    question = "How high was unemployment in October?"
    pool = score(question, candidates(room.retrieve(question, as_of=NOW, limit=10), room.lines_of), room.embedder)
    evidence = Evidence(question, pool, as_of=NOW)
    fits = {line.text[-20:]: evidence.features(line)["date"] for line in pool if "percent" in line.text}
    assert len(fits) == 2
    assert next(value for text, value in fits.items() if "September" in text) == 0.0
    assert next(value for text, value in fits.items() if "last year" in text) > 0


def test_offered_answers_that_no_article_has_are_a_doubt() -> None:
    """Steel, oil or gas? Sanctions without any of the three do not say."""
    room = Newsroom({"a": "Sanctions stay\nThe European Union has imposed sanctions on Russia."})
    question = "Which goods are covered by the European Union sanctions"
    doubted, lines = _judged(f"{question}, steel, oil or gas?", room)
    asked_plainly, _ = _judged(f"{question}?", room)
    assert doubted.judge(lines[:1]).features["unchosen"] == 1.0
    assert doubted.judge(lines[:1]).confidence < asked_plainly.judge(lines[:1]).confidence
    told, others = _judged(f"{question}, steel, oil or gas?", Newsroom({"a": room.texts["a"] + " They cover oil."}))
    assert told.judge(others[:1]).features["unchosen"] == 0.0


def test_who_will_do_what_no_line_speaks_of_is_a_doubt() -> None:
    """Teams are to be set up; who will lead them no line says."""
    evidence, lines = _judged("Who will lead the American negotiating team?")
    assert evidence.judge(lines[:3]).features["unassigned"] == 1.0
    room = Newsroom({"a": "Team named\nAda Moore will lead the American negotiating team."})
    told, others = _judged("Who will lead the American negotiating team?", room)
    assert told.judge(others[:1]).features["unassigned"] == 0.0


def _line(figure: float, weight: float) -> float:
    """How likely the first line answers where a selector says that of all lines."""
    question = "Who was excluded from the Riyadh talks?"
    lines = [replace(line, parts={**line.parts, "answers": figure}) for line in _judged(question)[1]]
    return Evidence(question, lines, None, replace(learned(), answers=weight)).judge(lines[:1]).line


def test_what_a_selector_says_of_a_line_counts() -> None:
    """A line that it takes for an answer is likelier than before, one that it does not is less likely."""
    assert _line(3.0, 0.5) > _line(0.0, 0.5) > _line(-3.0, 0.5)
    assert _line(3.0, 0.0) == _line(-3.0, 0.0) == _line(0.0, 0.5)
    assert learned().answers > 0


def test_what_a_selector_says_counts_in_how_sure_an_answer_is() -> None:
    """The surest of its figures, as far as there are any, raises or lowers the confidence."""
    question = "Who was excluded from the Riyadh talks?"
    unread = [replace(line, parts={}) for line in _judged(question)[1]][:3]
    weights = replace(learned(), answers=0.0, read={"bias": 0.0, "before": 1.0, "said": 0.5})

    def sure(figure: float) -> float:
        first = replace(unread[0], parts={"answers": figure})
        return Evidence(question, [first, *unread[1:]], None, weights).judge([first, *unread[1:]]).confidence

    assert sure(3.0) > sure(0.0) > sure(-3.0)
    assert sure(0.0) == pytest.approx(Evidence(question, unread, None, weights).judge(unread).confidence)
    assert sure(60.0) == sure(READ_MOST)


def test_a_line_that_was_not_read_is_worth_the_least_of_those_that_were() -> None:
    """What stands for another sentence of its article has no figure of its own."""
    question = "Who was excluded from the Riyadh talks?"
    pool = [replace(line, parts={**line.parts, "answers": float(at)}) for at, line in enumerate(_judged(question)[1])]
    unread = pool[3].elsewhere(pool[3].line, Placed(pool[3].start, pool[3].end, pool[3].text))
    assert "answers" not in unread.parts
    evidence = Evidence(question, pool)
    least = replace(unread, parts={**unread.parts, "answers": 0.0})
    assert evidence.judge([unread]).line == evidence.judge([least]).line < evidence.judge([pool[3]]).line


def test_a_figure_that_only_lines_on_others_have_is_a_doubt() -> None:
    """The talks lasted four hours; how long the meeting of the two did is told nowhere."""
    talks = "Talks end\nThe talks lasted over four hours."
    met = "Other news\nMarek Adair met Lena Sorley for a meeting in Orle."
    question = "How long did Marek Adair's meeting with Lena Sorley last?"
    doubtful, lines = _judged(question, Newsroom({"a": talks, "b": met}))
    assert doubtful.together([line for line in lines if line.line > 1])["scattered"] == 1.0
    told, others = _judged(question, Newsroom({"a": talks, "b": f"{met[:-1]}, which lasted two hours."}))
    assert told.together([line for line in others if line.line > 1])["scattered"] == 0.0
    same, lines = _judged("How long did the talks in Riyadh last?")
    assert same.judge(lines[:3]).confidence > 0.5


@pytest.mark.parametrize(
    ("question", "published", "other", "stale"),
    [
        ("Which country recently landed on the moon?", "2024-10-01", "2025-02-18", 1.0),
        ("Which country recently landed on the moon?", "2025-01-20", "2025-02-18", 0.0),
        ("Which country has landed on the moon?", "2024-06-01", "2025-02-18", 1.0),
        ("Which country landed on the moon?", "2024-06-01", "2025-02-18", 0.5),
        ("Which country landed on the moon in June 2024?", "2024-06-01", "2025-02-18", 0.0),
        ("Which country recently landed on the moon?", "2023-10-01", "2023-11-01", 0.0),
    ],
)
def test_old_news_is_doubted_where_there_is_new(question: str, published: str, other: str, stale: float) -> None:
    """Most where the latest is asked for; not where a time is named, nor where all the articles end long ago."""
    room = Newsroom(
        {"a": "India lands\nIndia landed on the moon.", "b": "Moon\nThe moon was full over the country."},
        days={"a": published, "b": other},
    )
    pool = score(question, candidates(room.retrieve(question, as_of=NOW, limit=10), room.lines_of), room.embedder)
    evidence = Evidence(question, pool, as_of=NOW)
    line = next(line for line in pool if line.text == "India landed on the moon.")
    assert evidence.features(line)["stale"] == stale
