"""What the lines say against the question, and against each other."""

import datetime as dt

import pytest

from index.embedder import Embedder
from rag import wire
from rag.answer import Answer, Outcome, Reason, Standing
from rag.ask import Asker
from rag.blocks import block
from rag.chat import ScriptedModel
from rag.lines import candidates
from rag.when import read_time
from tests.answers import NOW, Newsroom, says


def _ask(room: Newsroom, question: str) -> Answer:
    return Asker(room, None, room.embedder, room.lines_of, enough=0.2).ask(question, as_of=NOW)


DAM = {
    "a": "Harrow Dam is sound, inspectors say\nInspectors found no crack in Harrow Dam.\nThe dam was built in 1962."
}


def test_a_false_premise_is_named_and_put_right() -> None:
    """Why did the dam crack? It did not, and the line that says so is marked."""
    answer = _ask(Newsroom(DAM), "Why did Harrow Dam crack?")
    assert answer.outcome is Outcome.ANSWERED
    assert answer.premise is not None
    cited = next(c for c in answer.citations if c.marker == answer.premise)
    assert "no crack" in cited.quote.exact
    assert answer.note is not None
    assert "takes something for granted" in answer.note
    assert wire.answer(answer)["premise"] == answer.premise


def test_who_says_he_would_not_denies_what_stands_before() -> None:
    """Why did he resign? The union called for him to, and he said he would not."""
    told = "The union has called for Grieve to resign over the fire. {} Rain fell."
    refused = Newsroom({"a": "Union wants Grieve out\n" + told.format("Grieve said he would not.")})
    answer = _ask(refused, "Why did Grieve resign?")
    assert answer.premise is not None
    assert next(c for c in answer.citations if c.marker == answer.premise).quote.exact == "Grieve said he would not."
    waits = Newsroom({"a": "Union wants Grieve out\n" + told.format("Grieve said he would not sleep.")})
    assert _ask(waits, "Why did Grieve resign?").premise is None


def test_undated_articles_deny_a_premise_too() -> None:
    """Where no article has a date, none is newer than another, and the denial still stands."""
    answer = _ask(Newsroom(DAM, {"a": None}), "Why did Harrow Dam crack?")
    assert answer.premise is not None


def test_people_who_did_not_are_a_denial() -> None:
    """Unlike "people who did not", which only says of whom something is told."""
    room = Newsroom({"a": "Flood in Orle\nPeople did not die in the flood in Orle."})
    assert _ask(room, "How did people die in the flood in Orle?").premise is not None


def test_a_question_whether_takes_nothing_for_granted() -> None:
    """Did it crack? asks, and is answered by the same line without a word on premises."""
    assert _ask(Newsroom(DAM), "Did Harrow Dam crack?").premise is None


PARK = {
    "a": "Park to charge for parking\nHarrow Park announced a new parking fee on Monday.\n"
    "The park, which does not charge entrance fees, also plans to ban roadside parking.",
    "b": "Halvick stays ahead\nNo Ardovian runner has won more national titles than Ida Halvick's eight.",
    "c": "Debate draws five\nThe committee warned presidential candidates not to participate in another debate.",
    "d": "Brann and the letter B\nFor those that haven't been paying attention to Brann, it is Castellane's ferry.",
    "e": "Five vote on dancing\nFive provinces decided whether or not to legalise dancing in Monday's vote.",
    "f": "Fee in Orle\nThe ferry fee may not rise in Orle after all.",
}


@pytest.mark.parametrize(
    "question",
    [
        "Which park announced that it will be charging a new parking fee?",
        "How many national titles has the Ardovian runner Ida Halvick won?",
        "How many presidential candidates participated in the debate?",
        "How much is Castellane paying for Brann?",
        "Which provinces legalised dancing in the vote on Monday?",
        "Why did the ferry fee rise in Orle?",
    ],
)
def test_a_no_beside_what_is_asked_denies_nothing(question: str) -> None:
    """Other things denied, a record and a warning put no premise right."""
    assert _ask(Newsroom(PARK), question).premise is None


MARCH = {
    "a": "Thousands march in Sellmark\nAbout 3,000 people marched in Sellmark, police said.",
    "b": "Valley goes to Sellmark\nSome 8,000 people marched in Sellmark, the organisers said.",
}


def test_sources_that_differ_stand_side_by_side() -> None:
    """Two outlets, two figures on the same day: disputed, each with its line."""
    answer = _ask(Newsroom(MARCH), "How many people marched in Sellmark?")
    assert {side.value for side in answer.disagreement} == {"3,000", "8,000"}
    assert {side.standing for side in answer.disagreement} == {Standing.DISPUTED}
    assert {side.citation for side in answer.disagreement} <= {c.marker for c in answer.citations}
    assert answer.note is not None
    assert "Sources differ" in answer.note


def test_the_figure_of_a_place_that_nobody_asked_about_is_no_other_side() -> None:
    """So many in one town of the country are a part of those in all of it, told on the same day."""
    part = {
        "a": "Storm in Westria\nThe storm killed 2,000 people in Westria, the government said.",
        "b": "Storm in Westria\nThe storm killed 23 people in the eastern town of Bayle, doctors in Westria said.",
    }
    assert _ask(Newsroom(part), "How many people were killed by the storm in Westria?").disagreement == ()


def test_one_more_that_died_makes_a_new_figure() -> None:
    """The third worker's death replaces two dead, and is told as three."""
    room = Newsroom(
        {
            "a": "Fire at Orle mill leaves two dead\nTwo workers died in a fire at the mill in Orle, police said.",
            "b": "Third worker dies after Orle mill fire\nA third worker has died in the fire at the mill in Orle.",
        },
        {"a": "2025-02-11", "b": "2025-02-18"},
    )
    told = _ask(room, "How many people died in the fire at the mill in Orle?").disagreement
    assert [(side.value.lower(), side.standing) for side in told] == [
        ("three", Standing.CURRENT),
        ("two", Standing.SUPERSEDED),
    ]


def test_some_of_the_people_are_no_other_figure_of_all_of_them() -> None:
    """Forty journalists among the arrested do not dispute, and are not replaced by, a thousand people."""
    part = {
        "a": "Protests in Westria\nMore than 1,000 people were arrested in the protests in Westria.",
        "b": "Protests in Westria\nAt least 40 journalists were arrested in the protests in Westria.",
    }
    question = "How many people were arrested in the protests in Westria?"
    assert _ask(Newsroom(part, {"a": "2025-02-12", "b": "2025-02-18"}), question).disagreement == ()


def test_a_model_that_tells_one_side_of_a_dispute_is_completed() -> None:
    """The model gives one figure; the answer shows the other as well, with its own line."""
    room = Newsroom(MARCH)
    told = "About 3,000 people marched in Sellmark, police said."
    model = ScriptedModel([says("3,000", (told, [1]))], repeat=True)
    answer = Asker(room, model, room.embedder, room.lines_of, enough=0.2).ask(
        "How many people marched in Sellmark?", as_of=NOW
    )
    quotes = " ".join(citation.quote.exact for citation in answer.citations)
    assert "3,000" in quotes
    assert "8,000" in quotes
    assert {side.value for side in answer.disagreement} == {"3,000", "8,000"}


def test_a_figure_that_is_put_against_another_is_its_other_side() -> None:
    """What "the railway puts it at" stands beside the union's figure, though it repeats no word of the question."""
    room = Newsroom(
        {
            "a": "How many struck?\n"
            "The union says 91 percent of rail workers walked out. Ardovian puts it at 63 percent."
        }
    )
    answer = _ask(room, "What proportion of rail workers walked out?")
    assert [side.standing for side in answer.disagreement] == [Standing.DISPUTED] * 2
    assert {side.value.split()[0] for side in answer.disagreement} == {"91", "63"}


def test_a_later_figure_supersedes_an_earlier_one() -> None:
    """Days later the newest is the figure, and the older one is told as superseded."""
    room = Newsroom(MARCH, {"a": "2025-02-10", "b": "2025-02-18"})
    answer = _ask(room, "How many people marched in Sellmark?")
    assert [(side.value, side.standing) for side in answer.disagreement] == [
        ("8,000", Standing.CURRENT),
        ("3,000", Standing.SUPERSEDED),
    ]


COSTS = {
    "a": "Flood toll climbs; flood damage in Orle put at 240 million crowns\n"
    "The ministry's first estimate of the flood damage in Orle is 240 million crowns.",
    "b": "Search ends in Orle\n"
    "The ministry now puts flood damage in Orle at 385 million crowns, up from the 240 million it first estimated.",
}


@pytest.mark.parametrize(
    "question",
    ["How high is the flood damage in Orle?", "What is the ministry's most recent figure for the damage in Orle?"],
)
def test_the_newest_figure_leads_wherever_its_line_ranks(question: str) -> None:
    """A later report that says less like the question gives the figure; what it counts from is none of its own."""
    answer = _ask(Newsroom(COSTS, {"a": "2025-02-04", "b": "2025-02-09"}), question)
    assert [(side.value, side.standing) for side in answer.disagreement] == [
        ("385 million crowns", Standing.CURRENT),
        ("240 million crowns", Standing.SUPERSEDED),
    ]
    assert "now puts" in answer.sentences[0].text


RESCUE = "\nThe army sent boats up the river after the flood, and divers searched cellars in the old town for people."
FLOOD = {
    "a": "Seven killed in Orle flood\nThe number of people killed in the flood on the river Orle rose to seven on "
    f"Thursday, the ministry said, with 11 others still missing.{RESCUE}",
    "b": "Orle flood deaths reach 12, with 20 missing\nThe prime minister doubled the payment to 4,000 crowns."
    f"{RESCUE}",
    "c": "Search in Orle ends\nThe bodies of the last three people missing in the flood on the Orle were found on "
    f"Friday, nine days after it burst its banks, bringing the final number of dead to 19.{RESCUE}",
    "d": "Water safe again\nIn all 68 people fell ill from tap water in Orle, seven of them after the flood.",
}
DAYS = {"a": "2025-02-01", "b": "2025-02-02", "c": "2025-02-09", "d": "2025-02-12"}


@pytest.mark.parametrize(
    "question",
    [
        "What is the death toll of the Orle flood?",
        "How many people were killed in the Orle flood?",
        "How many people died in the flood on the Orle?",
    ],
)
def test_a_toll_is_the_newest_one_in_whatever_words_it_is_told(question: str, real_embedder: Embedder) -> None:
    """Killed, died and dead are one count; the missing, the ill and nine days are none of it."""
    room = Newsroom(FLOOD, DAYS)
    answer = Asker(room, None, real_embedder, room.lines_of, enough=0.2).ask(question, as_of=NOW)
    assert [(side.value, side.standing) for side in answer.disagreement][:1] == [("19", Standing.CURRENT)]
    assert {side.value for side in answer.disagreement} <= {"19", "12", "seven", "Seven"}
    assert answer.short == "19"
    assert answer.sentences[0].text.endswith("19.")


def test_a_toll_goes_on_where_every_article_is_of_the_one_story() -> None:
    """No word is rare among them, so none seems more alike than another; a later line that tells all of it counts."""
    other = {name: " ".join(f"{name}{one}{two}" for one in "bdfg" for two in ("an", "or")) for name in "ab"}
    told = {
        "a": f"Wildfire in Maro\nAt least 96 people were killed in the Maro wildfire; police spoke of {other['a']}.",
        "b": "Summer of strikes\nThe Maro wildfire killed at least 115 people; "
        f"unions want {other['b']} {other['b'].swapcase()[::-1]}.",
    }
    about = ["mourned", "remembered", "honoured"]
    told |= {word: f"Maro wildfire: people {word}\nPeople killed in the Maro wildfire are {word}." for word in about}
    days = {"a": "2025-02-01", "b": "2025-02-18"} | dict.fromkeys(about, "2025-02-02")
    answer = _ask(Newsroom(told, days), "How many people were killed in the Maro wildfire?")
    assert [(side.value, side.standing) for side in answer.disagreement] == [
        ("115", Standing.CURRENT),
        ("96", Standing.SUPERSEDED),
    ]


def test_an_outlet_s_own_next_figure_replaces_the_one_before_within_a_day() -> None:
    """The same outlet has a new figure the day after; another outlet's is another figure."""
    days = {"a": "2025-02-17", "b": "2025-02-18"}
    told = _ask(Newsroom(MARCH, days), "How many people marched in Sellmark?").disagreement
    assert [side.standing for side in told] == [Standing.CURRENT, Standing.SUPERSEDED]
    assert {side.source for side in told} == {"news.example"}


def test_figures_of_other_things_supersede_nothing() -> None:
    """Beds are no people, a part is not the whole, and a difference is no count."""
    room = Newsroom(
        {
            "a": "Tolvane shelters open\nShelters in Tolvane are open at the arena (600 beds).",
            "b": "Tolvane goes home\nSome 1,200 people are in shelters in Tolvane, 300 more than on Friday.\n"
            "Seventy of them are in the shelters in Tolvane for a second time.",
        },
        {"a": "2025-02-04", "b": "2025-02-01"},
    )
    assert _ask(room, "How many people are in shelters in Tolvane?").disagreement == ()


def test_what_happened_in_another_year_is_no_earlier_report() -> None:
    """Nor is a figure that somebody only asks for."""
    room = Newsroom(
        {
            "a": "Quake in Orle\nThe earthquake in Orle killed 310 people.",
            "b": "Earthquakes of Orle\nIn March 1961 an earthquake in Orle killed 1,200 people.",
            "c": "Could an earthquake in Orle have killed 400 people?\nThe earthquake in Orle is not over.",
        },
        {"a": "2025-02-14", "b": "2025-02-11", "c": "2025-02-12"},
    )
    assert _ask(room, "How many people has the earthquake in Orle killed?").disagreement == ()


def test_what_was_due_at_first_gives_way_to_what_is_due_now() -> None:
    """Asked for the newest, a line that tells a former plan does not lead, in however new an article it stands."""
    room = Newsroom(
        {
            "a": "Bridge late again\nThe Orle bridge was first due to reopen on 1 October.\n"
            "The Orle bridge will now reopen on 5 December.",
        }
    )
    answer = _ask(room, "When will the Orle bridge reopen, by the latest information?")
    assert "5 December" in answer.sentences[-1].text
    first = Asker(room, None, room.embedder, room.lines_of, enough=0.2).ask(
        "When was the Orle bridge originally due to reopen?", as_of=NOW
    )
    assert "1 October" in first.answer


def test_what_is_beyond_dispute_is_not_claimed_where_sources_dispute() -> None:
    """Asked for the true number, the answer is that sources differ, with both as reading."""
    answer = _ask(Newsroom(MARCH), "How many people really marched in Sellmark?")
    assert (answer.outcome, answer.reason) == (Outcome.INSUFFICIENT, Reason.CONFLICTING)
    assert {c.article_id for c in answer.reading} == {"a", "b"}


LIST = (
    "Five novels make the shortlist\nThe shortlist for the Lanternfish Prize:\n- The Glass Apiary\n- Winter Ferry\n"
    "- Nine Doors Down\nThe winner receives 40,000 crowns."
)


def test_a_list_is_quoted_whole() -> None:
    """The line that opens a list comes with its items, and nothing behind them."""
    answer = _ask(Newsroom({"a": LIST}), "Which novels are on the shortlist for the Lanternfish Prize?")
    assert all(name in answer.answer for name in ("Glass Apiary", "Winter Ferry", "Nine Doors Down"))


def test_a_block_is_exact() -> None:
    """Each line of a block is what its revision says at that place."""
    room = Newsroom({"a": LIST})
    pool = candidates(room.retrieve("Lanternfish shortlist", as_of=NOW, limit=10), room.lines_of)
    opening = next(line for line in pool if line.text.endswith(":"))
    found = block(opening, room.lines_of)
    assert [line.line for line in found] == [2, 3, 4, 5]
    assert all(LIST[line.start : line.end] == line.text for line in found)


def test_each_part_of_a_question_is_answered_from_its_own_article() -> None:
    """Two things asked, told by two articles: both are cited."""
    room = Newsroom(
        {
            "a": "Wendel charged\nWendel was accused of taking 2.4 million crowns.",
            "b": "Wendel guilty\nThe court found 870,000 crowns proven against Wendel.",
        }
    )
    answer = _ask(room, "How much was Wendel accused of taking, and how much did the court find proven?")
    assert {c.article_id for c in answer.citations} == {"a", "b"}


def test_when_without_a_date_is_answered_with_the_day_of_publication() -> None:
    """Lines that say that it happened but not when are told with the day on which they were published."""
    answer = _ask(
        Newsroom({"a": "Tap water safe again in all of Aldern\nIt rained."}), "When was tap water safe in Aldern?"
    )
    assert answer.outcome is Outcome.ANSWERED
    assert answer.note is not None
    assert "published on 2025-02-18" in answer.note


TOLD_EARLIER = {"a": "Court news\nJudge Moore will take the seat of Stephen Breyer on the court when he retires."}


def test_a_time_in_another_sentence_does_not_make_the_answer_too_old() -> None:
    """What happened this week sets the scene; whose seat it was may have been told a month ago."""
    room = Newsroom(TOLD_EARLIER, {"a": "2025-01-10"})
    scene = _ask(room, "Judge Moore joined the court this week. Whose seat is Judge Moore to take?")
    assert "Stephen Breyer" in scene.answer
    asked_about = _ask(room, "Whose seat did Judge Moore take on the court this week?")
    assert asked_about.reason is Reason.ONLY_OLDER_COVERAGE


def test_what_is_to_come_may_be_answered_by_its_announcement() -> None:
    """A question about what will happen this week is answered by what was announced before it."""
    room = Newsroom(TOLD_EARLIER, {"a": "2025-01-10"})
    assert "Stephen Breyer" in _ask(room, "Whose seat on the court will Judge Moore take this week?").answer


def test_what_is_older_than_the_time_asked_about_is_not_quoted_beside_what_is_not() -> None:
    """Of this week's trip and one of two years ago only this week's is told."""
    room = Newsroom(
        {
            "a": "Thane in Angola\nPrime Minister Thane visited Angola on Tuesday.",
            "b": "Thane in Brazil\nPrime Minister Thane visited Brazil on Tuesday.",
        },
        {"a": "2025-02-19", "b": "2023-02-19"},
    )
    answer = _ask(room, "Which country did Prime Minister Thane visit this week?")
    assert [sentence.text for sentence in answer.sentences if "Brazil" in sentence.text] == []
    assert any("Angola" in sentence.text for sentence in answer.sentences)


def test_due_to_is_a_reason_as_well_as_what_is_to_come() -> None:
    """Only what is due to happen may have been announced long before."""
    room = Newsroom({"a": "Port in chaos\nThe port was thrown into chaos due to a strike."}, {"a": "2024-02-18"})
    thrown = _ask(room, "The port was thrown into chaos this week due to what?")
    assert thrown.reason is Reason.ONLY_OLDER_COVERAGE
    opening = Newsroom({"a": "Bridge to open\nThe bridge will open to walkers at noon."}, {"a": "2024-02-18"})
    assert _ask(opening, "To whom is the bridge due to open this week?").reason is not Reason.ONLY_OLDER_COVERAGE


@pytest.mark.parametrize(
    "question",
    [
        "Whose seat did Judge Moore, who sat in the court this week, take?",
        "Whose seat on the court is marked in February every year?",
    ],
)
def test_a_time_by_the_way_and_a_habit_make_nothing_too_old(question: str) -> None:
    """Nothing of that week is asked for, so an older line may answer."""
    assert read_time(question, NOW).since is not None
    room = Newsroom(TOLD_EARLIER, {"a": "2025-01-10"})
    assert _ask(room, question).reason is not Reason.ONLY_OLDER_COVERAGE


def test_what_one_article_tells_by_itself_does_not_disagree() -> None:
    """Two figures in one article are of two things, unless two speakers give them; a score is every game's own."""
    room = Newsroom(
        {"a": "Boss caught\nDenaro was arrested after 30 years on the run.\nRiina was on the run for 23 years."}
    )
    assert _ask(room, "After how many years on the run was Denaro arrested?").disagreement == ()
    voices = Newsroom(
        {"a": "March\nAbout 3,000 people marched, police said.\nSome 8,000 people marched, the organisers said."}
    )
    assert len(_ask(voices, "How many people marched?").disagreement) == 2


def test_a_forecast_of_days_that_are_over_is_none_of_tomorrow() -> None:
    """A line whose days have all passed says nothing of tomorrow; one that names tomorrow does, however old."""
    question = "Where will the storm come ashore tomorrow?"
    over = Newsroom({"a": "Storm\nThe storm will come ashore at Port Hessel on Tuesday."}, {"a": "2024-12-02"})
    assert _ask(over, question).reason is Reason.ONLY_OLDER_COVERAGE
    tomorrow = NOW.date() + dt.timedelta(days=1)
    named = {"a": f"Storm\nThe storm will come ashore at Port Hessel on {tomorrow.day} {tomorrow:%B}."}
    assert "Port Hessel" in _ask(Newsroom(named), question).answer
