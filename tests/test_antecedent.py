"""Who "she" is."""

import pytest

from rag import antecedent, asked
from rag.lines import EvidenceLine, candidates
from tests.answers import NOW, Newsroom

ROOM = Newsroom(
    {
        "talks": "Rail talks collapse\nMagda Tull left the ministry at nine. Rain fell.\nNobody else spoke.\n"
        'She called reports of an agreement "fiction". "Ask Lena Tarn," she said.\nThe strike starts on Thursday.',
        "opinion": "Too dear\nLorcan Mabry, comment\nCastellane paid.\nI would not be surprised by a write-down.",
        "ends": "Shells and ministers\nAn earlier version gave 13,400. It is 1,340.\nIn my view Ilse Korvan is both. "
        "She should go.\nThe inquiry opens on Monday. Rain is forecast.\nThane spoke for an hour. He said that he "
        "would not resign, that nobody had asked him to, and that the weather was to blame.\nThe river fell.\nIt "
        "was late.\nThe bridge will not open in November after all. The new date is 5 December, the city said.",
        "nobody": "It rained\nThe river rose overnight.\nHe called it a shame.",
    }
)


def _line(text: str) -> EvidenceLine:
    hits = ROOM.retrieve(text, as_of=NOW, limit=20)
    return next(line for line in candidates(hits, ROOM.lines_of) if text in line.text)


@pytest.mark.parametrize(
    ("question", "quoted", "named"),
    [
        ("Who called the reports fiction?", "called reports", "Magda Tull left the ministry at nine."),
        ("Which union leader spoke of fiction?", "called reports", "Magda Tull left the ministry at nine."),
        ("Who said to ask somebody?", '"Ask Lena Tarn,"', "Magda Tull left the ministry at nine."),
        ("Who would not be surprised by a write-down?", "not be surprised", "Lorcan Mabry, comment"),
        ("Who left the ministry?", "Magda Tull", None),
        ("When does the strike start?", "The strike starts", None),
        ("Who called it a shame?", "He called it a shame", None),
    ],
)
def test_a_line_that_names_nobody_gets_the_sentence_that_does(question: str, quoted: str, named: str | None) -> None:
    """Asked for a person, a pronoun's line is joined by the nearest sentence with a name, "I" by the byline."""
    found = antecedent.of(asked.read(question), _line(quoted), ROOM.lines_of)
    assert (found.text if found is not None else None) == named
    if found is not None:
        assert ROOM.texts[found.article.article_id][found.start : found.end] == found.text
        assert found.text in ROOM.lines_of(found.article.article_id, found.revision)[found.line].text


def test_a_column_is_quoted_with_whose_opinion_it_is() -> None:
    """A line of a column has its byline, a line of a report has none."""
    signed = antecedent.signature(_line("Castellane paid"), ROOM.lines_of)
    assert signed is not None
    assert (signed.text, signed.line) == ("Lorcan Mabry, comment", 2)
    assert ROOM.texts["opinion"][signed.start : signed.end] == signed.text
    assert antecedent.signature(_line("The strike starts"), ROOM.lines_of) is None


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("READ MORE:", True),
        ("USA TODAY", True),
        ("Sign up for the OnPolitics newsletter here.", True),
        ("Click here to read the report", True),
        ("Editor's Note: For the latest on the flood, see our live updates.", True),
        ("RELATED:Here's how to watch Sellmark against Rovers", True),
        ("►Related: the costumes of the year", True),
        ("More on NorthPak:At least six killings linked to the gang", True),
        ("OPINION:If Reich had to go, so does the manager", True),
        ("Here's what you need to know about the outage.", True),
        ("What to know about the new parking fee", True),
        ("Video: the river at noon showed two boats.", True),
        ("Rain fell.", False),
        ("What Thane came to know in May he told nobody until June.", False),
        ("What we know is that the wall held.", False),
        ("The related charges: fraud and perjury.", False),
        ("Watch officers: two were on duty.", False),
        ("RIVER BURSTS ITS BANKS IN ALDERN", False),
        ("Sign-up sheets for the shelters were full by noon.", False),
        ("Subscribers of the ferry line get their money back.", False),
    ],
)
def test_a_label_in_capitals_is_no_sentence(text: str, label: bool) -> None:
    """An outlet's name, links and invitations say nothing; a headline in capitals does."""
    assert antecedent.is_label(text) is label


def test_a_label_is_neither_quoted_nor_names_anybody() -> None:
    """What stands above a sentence in capitals is not the one it speaks of."""
    room = Newsroom({"a": "Vote near\nUSA TODAY\nShe will lead the party from Monday.", "b": "Rain\nIt rained."})
    hits = room.retrieve("Who will lead the party?", as_of=NOW, limit=5)
    line = next(one for one in candidates(hits, room.lines_of) if "lead the party" in one.text)
    named = antecedent.of(asked.read("Who will lead the party?"), line, room.lines_of)
    assert named is None or named.text != "USA TODAY"


@pytest.mark.parametrize(
    ("quoted", "finished"),
    [
        ("An earlier version gave", "It is 1,340."),
        ("Ilse Korvan is both", "She should go."),
        ("The inquiry opens", None),  # what comes next begins anew
        ("Thane spoke for an hour", None),  # what goes on goes on at length
        ("The river fell", None),  # the next line is another line
        ("not open in November", "The new date is 5 December, the city said."),  # when it is not, and then when
    ],
)
def test_a_sentence_is_quoted_with_the_short_one_that_finishes_it(quoted: str, finished: str | None) -> None:
    """Of the same line, short, and about "it", "she" or "both"; or with the date that a line says is not the one."""
    found = antecedent.continuation(_line(quoted), ROOM.lines_of)
    assert (found.text if found is not None else None) == finished
    if found is not None:
        assert ROOM.texts["ends"][found.start : found.end] == found.text
