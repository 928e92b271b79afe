"""Questions for a whole story are answered by the first sentences of what tells of it."""

import datetime as dt
from pathlib import Path

import pytest

from eval.inprocess import InProcess
from rag.answer import Outcome
from rag.ask import Asker
from rag.overview import time_alone, topic
from rag.settings import Settings
from rag.when import read_time
from tests.answers import Newsroom, seed

NOW = dt.datetime(2026, 3, 20, tzinfo=dt.UTC)
FLOOD = (
    "Orle under water\nThe river Ilder burst its banks and flooded the town of Orle on Monday night.\n"
    "Two hundred people were brought to safety.\nThe town hall is shut."
)
TOLL = (
    "Orle counts the cost\nThree people died in the flood in Orle, the province said on Friday.\n"
    "The bill for the repairs is still open."
)
STRIKE = "Trains stand still\nRail workers in Brann began a strike on Thursday morning.\nIt is to last two days."
ROUND_UP = (
    "Flood in Orle, a new bridge: the week\nBrann has a new bridge, and its mayor cut the ribbon on Sunday.\n"
    "It cost twelve million crowns in all.\n"
    "In Orle the flood took the old mill that had stood for centuries."
)
DAYS = {"flood": "2026-03-02", "toll": "2026-03-06", "strike": "2026-03-12", "week": "2026-03-08"}


def _told(question: str, room: Newsroom) -> tuple[Outcome, list[str]]:
    asker = Asker(room, None, room.embedder, room.lines_of)
    answer = asker.ask(question, as_of=NOW)
    return answer.outcome, [sentence.text for sentence in answer.sentences]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the latest on the flood in Orle?", "the flood in Orle"),
        ("what's the latest news about Gaza", "Gaza"),
        ("Any news on the strike?", "the strike"),
        ("What happened in Riyadh?", "Riyadh"),
        ("What happened to the Titan submersible?", "the Titan submersible"),
        ("What is going on with Twitter?", "Twitter"),
        ("So what's happening in Sudan?", "Sudan"),
        ("What is the status of the ceasefire?", "the ceasefire"),
        ("Tell me about the Kessel Bridge.", "the Kessel Bridge"),
        ("Could you bring me up to date on the talks?", "the talks"),
        ("Summarise the Wendel case", "the Wendel case"),
        ("What do we know about the fire?", "the fire"),
        ("What's new?", ""),
        ("What are today's headlines?", ""),
        ("What is the latest death toll?", None),
        ("What is the latest figure for the dead?", None),
        ("What happened to the price of bread?", None),
        ("What happened to the three football players in the crash near Felton?", None),
        ("What was the latest estimate of the damage?", None),
        ("The story of which band will be told in 2028?", None),
        ("Who is the latest to resign?", None),
        ("How long did the talks last?", None),
        ("What is the status?", None),
    ],
)
def test_a_question_for_a_whole_story_is_known_by_its_words(question: str, expected: str | None) -> None:
    """A question for something about a story is none."""
    assert topic(question) == expected


def test_the_latest_comes_first_with_the_sentence_after_it() -> None:
    """Of two articles on a flood the newer one is told first, the older one by its first sentence."""
    outcome, told = _told("What is the latest on the flood in Orle?", Newsroom({"flood": FLOOD, "toll": TOLL}, DAYS))
    assert outcome is Outcome.ANSWERED
    assert [text.split(" ")[0] for text in told] == ["Three", "The", "The"]
    assert told[0].startswith("Three people died in the flood in Orle")
    assert "burst its banks" in told[2]


def test_one_article_alone_is_told_by_its_first_sentences() -> None:
    """As the article tells it: what matters most stands at its top, whether or not it names the story."""
    room = seed()
    outcome, told = _told("What happened in Riyadh?", room)
    assert outcome is Outcome.ANSWERED
    assert len(told) == 3
    assert told[0].startswith("In a significant diplomatic development")


def test_a_round_up_is_quoted_where_it_comes_to_the_story() -> None:
    """Its first sentence is of something else."""
    _, told = _told("What is the latest on the flood in Orle?", Newsroom({"week": ROUND_UP}, DAYS))
    assert told[0].startswith("In Orle the flood took the old mill")


def test_news_of_something_else_is_no_overview() -> None:
    """No article is on an airport's strike, though one is on a strike."""
    outcome, told = _told("What is the latest on the airport strike in Vandria?", Newsroom({"strike": STRIKE}, DAYS))
    assert outcome is Outcome.INSUFFICIENT
    assert told == []


def test_the_news_is_what_is_newest() -> None:
    """Asked for no story, the newest articles are told from the newest on."""
    room = Newsroom({"flood": FLOOD, "strike": STRIKE, "toll": TOLL}, DAYS)
    _, told = _told("What is in the news?", room)
    assert told == [] or told[0].startswith("Rail workers")


@pytest.mark.parametrize(
    ("question", "alone"),
    [
        ("What happened on 2 March?", True),
        ("What happened last week?", True),
        ("Any news from yesterday?", True),
        ("What was in the headlines on 2 March 2026?", True),
        ("What happened in Orle on 2 March?", False),
        ("Who resigned on 2 March?", False),
        ("What happened?", False),
    ],
)
def test_the_news_of_a_time_is_known_by_its_words(question: str, alone: bool) -> None:
    """It names a time and nothing else."""
    assert time_alone(question, read_time(question, NOW)) is alone


def test_the_news_of_a_day_is_what_was_published_then(tmp_path: Path) -> None:
    """By a real search that knows no word of the question: what came that day or the next, and else nothing."""
    home = Settings.read({"DATELINE_HOME": str(tmp_path), "DATELINE_MODEL": "extractive"})
    with InProcess(home, [Path(__file__).parent.parent / "seeds"]) as system:
        told, before, after, soon = (
            system.ask(question, as_of=NOW if number < 3 else dt.datetime(2025, 2, 20, 9, tzinfo=dt.UTC))
            for number, question in enumerate(
                (
                    "What happened on 18 February 2025?",
                    "What happened on 9 February 2025?",
                    "What happened on 9 March 2025?",
                    "What happened on 20 February?",
                )
            )
        )
    assert [sentence["text"][:16] for sentence in told["sentences"]][:1] == ["In a significant"]
    assert (told["outcome"], before["outcome"], after["outcome"]) == ("answered", "insufficient", "insufficient")
    reasons = [one["reason"] for one in (before, after, soon)]
    assert reasons == ["no_coverage", "only_older_coverage", "only_older_coverage"]


def test_the_news_of_a_day_begins_with_what_most_tell_of(tmp_path: Path) -> None:
    """Of a match, a concert and two reports of a flood one of the flood comes first, and the other not at all."""
    told = {
        "match": "Rovers win\nA late goal gave Brann Rovers a win over Skarvik Athletic on Monday.\nThe crowd sang.",
        "concert": "Song\nThe choir of Skarvik sang in the old church of Brann on Monday evening.\nIt was full.",
        "flood": FLOOD,
        "flood-too": "Flood in Orle\nThe river Ilder flooded Orle when it burst its banks, and many were saved."
        "\nThe people of Orle were brought to safety in the town of Brann.",
    }
    for name, text in told.items():
        (tmp_path / f"{name}.txt").write_text(text, "utf-8")
        (tmp_path / f"{name}.txt.meta.json").write_text('{"published_at": "2026-03-02T20:00:00Z"}', "utf-8")
    home = Settings.read({"DATELINE_HOME": str(tmp_path / "home"), "DATELINE_MODEL": "extractive"})
    with InProcess(home, [tmp_path]) as system:
        texts = [one["text"] for one in system.ask("What happened on 2 March 2026?", as_of=NOW)["sentences"]]
    assert "Ilder" in texts[0]
    assert len({"Ilder" in text for text in texts}) == 2
    assert sum("burst its banks" in text for text in texts) == 1


def test_every_sentence_of_an_overview_is_a_quote() -> None:
    """Byte for byte, with its place."""
    room = Newsroom({"flood": FLOOD, "toll": TOLL, "week": ROUND_UP}, DAYS)
    answer = Asker(room, None, room.embedder, room.lines_of).ask("Tell me about the flood in Orle", as_of=NOW)
    assert answer.citations
    for one in answer.citations:
        assert room.texts[one.article_id][one.quote.start : one.quote.end] == one.quote.exact
