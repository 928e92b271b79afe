"""Answers without a model."""

from rag import extractive
from rag.ask import Asker
from rag.evidence import Evidence
from rag.line_ranking import score
from rag.lines import Embedder, candidates
from rag.meaning import Meaning
from rag.reading import Readings, read
from tests.answers import NOW, Newsroom, seed


def _best(room: Newsroom, question: str) -> list[str]:
    pool = score(question, candidates(room.retrieve(question, as_of=NOW, limit=10), room.lines_of), room.embedder)
    return [line.text for line in extractive.best(Evidence(question, pool))]


def test_the_sentence_that_answers_is_quoted() -> None:
    """The duration of the talks is among at most three exact sentences."""
    quoted = _best(seed(), "How long did the talks last?")
    assert len(quoted) <= 3
    assert any("lasted over four hours" in text for text in quoted)
    assert all(text in seed().texts["us-russia-riyadh-talks"] for text in quoted)


def test_what_a_client_could_render_is_not_quoted() -> None:
    """A sentence with an image or a link in it is no sentence of an answer, however well it fits."""
    room = Newsroom(
        {"a": "Bridge opened\nThe mayor opened the bridge ![x](https://evil.example/q).\nThe bridge cost $3 million."}
    )
    assert _best(room, "Who opened the bridge?") != []
    assert not any("evil" in text for text in _best(room, "Who opened the bridge?"))


def test_a_headline_that_its_feed_cut_off_is_not_quoted() -> None:
    """Its article says the same in a whole sentence."""
    room = Newsroom({"a": "Mayor opens the new bridge over the river after ...\nThe mayor opened the new bridge."})
    assert _best(room, "Who opened the new bridge over the river?") == ["The mayor opened the new bridge."]


def test_the_same_said_twice_is_quoted_once() -> None:
    """Two outlets with nearly the same words are one sentence."""
    body = "Head {n}\nThe mayor opened the new bridge over the river on Monday morning."
    room = Newsroom({"a": body.format(n=1), "b": body.format(n=2) + " Now."})
    assert sum("mayor" in text for text in _best(room, "Who opened the new bridge over the river?")) == 1


def test_reading_order_is_by_article_and_place() -> None:
    """The best article first, each from top to bottom."""
    room = seed()
    pool = score("Riyadh talks", candidates(room.retrieve("Riyadh talks", as_of=NOW, limit=10), room.lines_of), None)
    assert [line.start for line in extractive.in_order(pool)] == sorted(line.start for line in pool)


def test_the_line_that_answers_best_is_quoted_first() -> None:
    """Although another line that is quoted stands above it in the article."""
    text = (
        "Ferry sold\nCastellane, the harbour company, bought the ferry of Orle for its millions of crowns.\n"
        "Castellane bought the ferry of Orle for 12 million crowns on Monday."
    )
    room = Newsroom({"a": text})
    question = "For how much was the ferry of Orle bought by Castellane?"
    hits = room.retrieve(question, as_of=NOW, limit=10)
    readings = Readings(read(question, hits, room.lines_of, room.embedder, None, NOW))
    quoted = [line.text for line in extractive.answer(readings, room.lines_of)]
    assert quoted[0] == text.splitlines()[2]
    assert text.splitlines()[1] in quoted


def test_lines_that_are_as_sure_keep_their_order(real_embedder: Embedder) -> None:
    """Asked where the talks took place, two lines are level: the one that tells it stands higher in the article."""
    room = seed()
    question = "Where did the talks take place?"
    hits = room.retrieve(question, as_of=NOW, limit=10)
    readings = Readings(read(question, hits, room.lines_of, real_embedder, Meaning(real_embedder), NOW))
    assert "in Riyadh on Tuesday" in extractive.answer(readings, room.lines_of)[0].text


def test_what_an_article_takes_back_is_quoted_with_its_headline() -> None:
    """The line that tells the withdrawn story again does not stand alone; other articles' headlines stay out."""
    line = "On Thursday the Herald reported that the house of Mayor Sorley was built with relief money."
    question = "With what money was the house of Mayor Sorley built?"
    for headline, taken_back in (
        ("Our report on Mayor Sorley was wrong, and we withdraw it", True),
        ("Mayor Sorley opens the fair", False),
    ):
        room = Newsroom({"a": f"{headline}\n{line}"})
        hits = room.retrieve(question, as_of=NOW, limit=10)
        found = Readings(read(question, hits, room.lines_of, room.embedder, None, NOW))
        quoted = [one.text for one in extractive.answer(found, room.lines_of)]
        assert line in quoted
        assert (headline in quoted) is taken_back


def test_a_byline_is_no_answer() -> None:
    """What a columnist thinks is told by the column, not by its signature."""
    room = Newsroom({"a": "Castellane has paid too much\nLorcan Mabry, comment\nThe price of 14 crowns was right."})
    quoted = _best(room, "What is Lorcan Mabry's verdict on the price that Castellane paid?")
    assert quoted
    assert "Lorcan Mabry, comment" not in quoted


def test_a_list_beside_the_answer_is_not_what_was_asked_for() -> None:
    """A whole is what the surest line opens; one that a lesser line opens leaves the answer one line."""
    winner = "Halvick completed the grand slam of Ardovian races on Sunday by winning the Sellmark Marathon."
    room = Newsroom(
        {
            "a": f"Halvick wins in Sellmark\n{winner}",
            "b": "Races of Ardovia\nRunners who won races of the grand slam:\n- Tarn: Aldern, 1999\n- Pryce: Corrin",
        }
    )
    asks = "Which runner completed the grand slam of Ardovian races on Sunday?"
    readings = Readings(read(asks, room.retrieve(asks, as_of=NOW, limit=10), room.lines_of, room.embedder, None, NOW))
    assert readings.whole.ranked[0][1].text == winner
    assert not extractive.quoted(readings, room.lines_of).whole
    asks = "Which runners won races of the grand slam?"
    readings = Readings(read(asks, room.retrieve(asks, as_of=NOW, limit=10), room.lines_of, room.embedder, None, NOW))
    assert extractive.quoted(readings, room.lines_of).whole


def test_a_course_is_told_by_each_article_that_knows_a_part_of_it() -> None:
    """How a price has moved: a line of each of three articles, the oldest first, though one has most of the words."""
    room = Newsroom(
        {
            "c": "Bridge price\nThe price of the Kessel Bridge repair is now 81 million.\nThe bridge price rose.\n"
            "The repair price of the bridge shocks many.\nThe Kessel Bridge repair is late.",
            "a": "Works begin\nThe price of the Kessel Bridge repair is 62 million.",
            "b": "More delay\nThe price of the Kessel Bridge repair rose to 78 million.",
        },
        {"a": "2024-09-01", "b": "2024-10-01", "c": "2024-11-01"},
    )
    answer = Asker(room, None, room.embedder, room.lines_of, enough=0.2).ask(
        "How has the price of the Kessel Bridge repair moved?", as_of=NOW
    )
    told = [figure for figure in ("62", "78", "81") if figure in answer.answer]
    assert told == ["62", "78", "81"]
    assert [answer.answer.index(figure) for figure in told] == sorted(answer.answer.index(figure) for figure in told)


def test_half_a_list_is_not_quoted_beside_another_line() -> None:
    """Of sentences two are left where a third comes before them; a list stays whole."""
    room = Newsroom(
        {
            "a": "Jobless rate steady\nThe rate rose in May.\nIt fell in June.\nIt rose in July.\n"
            "The rate by province:\nCorrin: 6.9 percent\nSaltmarsh: 5.8 percent"
        }
    )
    hits = room.retrieve("rate", as_of=NOW, limit=10)
    lines = sorted(candidates(hits, room.lines_of), key=lambda line: line.start)
    told, listed = lines[1:4], lines[3:]
    assert extractive.shorter(told, room.lines_of) == told[:2]
    assert extractive.shorter(listed, room.lines_of) == listed
