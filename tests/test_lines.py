"""From hits to a few evidence lines."""

from rag.line_ranking import Lexicon, score
from rag.lines import MAX_CANDIDATES, candidates, choose
from rag.words import terms
from tests.answers import NOW, Newsroom, seed


def test_candidates_are_sentences_at_their_place() -> None:
    """Each is cut from its line by its offsets, once, and the headline is among them."""
    room = seed()
    hits = room.retrieve("What did Zelensky say about the talks?", as_of=NOW, limit=10)
    pool = candidates([*hits, *hits], room.lines_of)
    text = room.texts["us-russia-riyadh-talks"]
    assert len({line.key for line in pool}) == len(pool)
    assert all(text[line.start : line.end] == line.text for line in pool)
    assert any(line.line == 1 for line in pool)


def test_the_answer_bearing_line_is_chosen() -> None:
    """Of the seed article's sentences the one with the duration is among the three best."""
    room = seed()
    question = "How long did the talks last?"
    pool = score(question, candidates(room.retrieve(question, as_of=NOW, limit=10), room.lines_of), room.embedder)
    assert any("over four hours" in line.text for line in pool[:3])


def test_labels_count_from_one_in_reading_order() -> None:
    """Chosen lines stand article by article, from top to bottom, labelled 1 … n."""
    room = seed()
    pool = score("Riyadh talks", candidates(room.retrieve("Riyadh talks", as_of=NOW, limit=10), room.lines_of), None)
    shown = choose(pool, 5)
    assert [line.label for line in shown] == [1, 2, 3, 4, 5]
    assert [line.start for line in shown] == sorted(line.start for line in shown)


def test_the_same_words_are_shown_once() -> None:
    """A syndicated copy of a sentence takes no second place among the few lines."""
    body = "Head {n}\nThe mayor opened the bridge on Monday."
    room = Newsroom({name: body.format(n=name) for name in ("a", "b", "c")})
    pool = score(
        "Who opened the bridge?", candidates(room.retrieve("mayor opened bridge", as_of=NOW, limit=10)), None
    )
    assert [line.text for line in choose(pool, 8)].count("The mayor opened the bridge on Monday.") == 1


def test_no_hits_make_no_lines() -> None:
    """Nothing found is an empty pool, not an error."""
    assert score("Who?", candidates([]), None) == []
    assert choose([], 8) == []


def test_candidates_are_bounded() -> None:
    """However long the passages, only so many sentences are looked at."""
    text = "Head\n" + "\n".join(f"Talks number {n} were held." for n in range(MAX_CANDIDATES * 2))
    room = Newsroom({"a": text})
    assert len(candidates(room.retrieve("talks held", as_of=NOW, limit=10_000))) == MAX_CANDIDATES


def test_a_word_that_no_candidate_has_weighs_most() -> None:
    """What is missing everywhere tells most about missing evidence."""
    lexicon = Lexicon(["the talks were held in Riyadh", "talks went on", "talks ended"])
    assert lexicon.weight("geneva") > lexicon.weight("riyadh") > lexicon.weight("talk") > 0
    assert all(0 <= value <= 1 for value in lexicon.scores(terms("Where in Riyadh were the talks held?")))
