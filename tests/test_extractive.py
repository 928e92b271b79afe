"""Answers without a model."""

from rag import extractive
from rag.evidence import Evidence
from rag.lines import candidates, score
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


def test_a_byline_is_no_answer() -> None:
    """What a columnist thinks is told by the column, not by its signature."""
    room = Newsroom({"a": "Castellane has paid too much\nLorcan Mabry, comment\nThe price of 14 crowns was right."})
    quoted = _best(room, "What is Lorcan Mabry's verdict on the price that Castellane paid?")
    assert quoted
    assert "Lorcan Mabry, comment" not in quoted
